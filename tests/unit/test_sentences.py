import re

import pytest
from audio_pipeline.text.sentences import MOST_WORDS, paragraphs, parts

CASES = [
    ("en", "Dr. Smith met Mr. J. R. R. Tolkien at 3.14 p.m. on St. James St.| It rained."),
    ("en", "He lives in the U.S.| The weather is fine.| U.S. Army bases stay."),
    ("en", '"Why?" he asked.| "Because I said so!"| She left.'),
    ("en", "We need eggs, milk, etc.| Then we cook.| Use spices, e.g. Cumin or Pepper."),
    ("en", "See No. 5 on the list.| I said no.| He agreed."),
    (
        "en",
        "It costs $5.99.| Version 2.0.1 is out!| Really?!| Yes... well.| He waited…| Then left.",
    ),
    ("en", "Vitamin C.| It helps.| George W. Bush came.| So did Henry V.| The king."),
    ("en", "He left at 5 p.m.| She stayed until 6 a.m. on Monday."),
    ("en", 'Yahoo! is a company.| She shouted "Stop!" and ran.| (It was late.)| They slept.'),
    ("en", "1. Wash the rice.| 2. Boil it."),
    ("en-GB", "Prof. Brown, Ph.D., spoke.| The end."),
    (
        "de",
        "Am 3. Mai 1945 endete es.| Im 19. Jahrhundert war z. B. Dr. Koch da.| Er war 19.| Dann ging er.",
    ),
    ("de", "Ludwig XIV. war König.| Das kostet ca. 5 Mio. Euro usw.| Danach kam er."),
    ("de", "„Komm!“, rief er.| „Nein.“| Sie ging.| Die Fa. Bosch, gegr. 1886, ist groß."),
    ("es", "¿Qué hora es?| Son las 3 p. m. en EE. UU.| El Sr. Pérez llegó.| ¡Hola!"),
    ("pt", "O Dr. Silva chegou às 14h30.| A Sra. Costa, p. ex., saiu no séc. XIX.| Fim."),
    ("fr", "M. Dupont est né en 50 av. J.-C. à Rome.| « Pourquoi ? » dit-il.| Il part."),
    (
        "de",
        "Der 2. Weltkrieg.| Mein 4. Versuch.| Der 100. Geburtstag.| Im 19. und 20. Jahrhundert.",
    ),
    (
        "de",
        "Das war 1945.| Der Krieg war aus.| Er wurde 12.| Dann ging er.| Sie hatte 3.| Er hatte 4.",
    ),
    (
        "de",
        "Sie hatte 3.| Peter hatte 4.| Er kam in Raum 12.| Anna ging.| Am 3. Tag, in 2. Reihe.| Er belegte 2. Platz.",
    ),
    (
        "de",
        "Infos bzgl. Peter, zzgl. Versand.| Vgl. Abb. 3.| "
        "Max. 5 Personen, inkl. Anna, d. h. Ben.| Er heißt Max.| Er ist 5.",
    ),
    (
        "de",
        "Um 50 v. Chr. Rom.| Das war 50 v. Chr.| Dann kam er, usw.| Danach o. Ä.| Das war's.| Sog. Fakten, ggf. Daten.",
    ),
    (
        "pt",
        "Veja a Pág. 5.| Leia o cap. IV.| Mora na av. Paulista.| Veja a Dra. Ana, aprox. 5 casas, etc.| Fim.",
    ),
    ("pt", "Ele tem 3.| Ela tem 4.| Foi em 50 a.C.| Depois, paz."),
    (
        "es",
        "Ver cap. IV.| Vive en EE. UU.| "
        "El presidente habló.| EE. UU. Biden lo dijo.| Mora en la av. Corrientes, núm. 5.",
    ),
    (
        "fr",
        "Mme. Curie et Mlle. Rose, av. Foch, chap. IV.| Des pommes, etc.| Marie vint.| En 50 av. J.-C. César vint.",
    ),
    ("fr", "L'an 50 av. J.-C.| L'empire.| Il a 3.| Elle a 4."),
    (
        "it",
        "Il sig. Rossi, il dott. Bianchi, ecc.| Poi andarono.| Nel cap. IV.| Nel 50 a.C. Roma.| Ne ha 3.| Lei ne ha 4.",
    ),
    (
        "nl",
        "Dhr. Jansen, bijv. Piet, d.w.z. Jan, enz.| Daarna ging hij.| Zie nr. 5.| Hij is 5.| Zij is 6.",
    ),
    (
        "pl",
        "W 1990 r. Polska, np. Anna, ul. Długa, itd.| Potem poszła.| Miał 3.| Ona miała 4.| To był 1990 r.| Potem.",
    ),
    (
        "ru",
        "В 1945 г. Сталин, т. е. Иосиф, и т. д.| "
        "Потом ушёл.| Ул. Ленина.| Было 3.| А. С. Пушкин ушёл.| Это было в 1945 г.| Потом.",
    ),
    ("uk", "У 1945 р. Київ, напр. Львів, і т. д.| Потім.| Вул. Шевченка.| Було 3.| Він пішов."),
    (
        "tr",
        "2. Dünya Savaşı.| 19. Yüzyıl.| Dr. Ahmet, örn. Ali, vb.| Sonra gitti.| Sonuç 3.| Sonra 4.",
    ),
    ("da", "Den 2. Verdenskrig.| Hun fik 3.| Han fik 4."),
    ("nb", "Den 2. Verdenskrig.| Hun fikk 3.| Per fikk 4."),
    ("fi", "Se oli 2. Maailmansota.| Hän täytti 12.| Sitten hän lähti."),
    ("cs", "Byla to 2. Světová válka.| Měl 3.| Pak odešel.| Karel IV. Lucemburský."),
    ("hu", "A 2. Világháború.| II. János Pál.| Kapott 3.| Aztán elment."),
    ("hr", "Bio je 2. Svjetski rat.| Imao je 3.| Onda je otišao."),
    (
        "en",
        "He came at 5 p.m. Monday.| At 6 a.m.| Mary left.| It is approx. Ten.| See fig. IV, est. 1886.| I am no. 5.",
    ),
    (
        "en",
        "His name is Max.| He left.| He paid the max.| "
        "Anna paid less.| She has 3.| He has 4.| It was 1945.| War ended.",
    ),
    ("ja", "空は青い。|なぜですか？|「そうです。」と言った。|終わり"),
    ("zh", "天空是蓝色的。|为什么？|因为光。"),
    ("hi", "यह नीला है।| क्यों?"),
]


@pytest.mark.parametrize(("language", "text"), CASES)
def test_a_text_is_parted_at_the_ends_of_its_sentences(language, text):
    expected = [part.strip() for part in text.split("|")]

    assert paragraphs(text.replace("|", ""), language) == [expected]


@pytest.mark.parametrize(("language", "text"), CASES)
def test_nothing_is_lost_between_sentences(language, text):
    text = text.replace("|", "")

    found = "".join(sentence for block in paragraphs(text, language) for sentence in block)

    assert re.sub(r"\s", "", found) == re.sub(r"\s", "", text)


def test_a_blank_line_parts_paragraphs_and_a_single_break_does_not():
    assert paragraphs("Tea is\nhot. It cools.\n \n\nIt is late", "en") == [
        ["Tea is hot.", "It cools."],
        ["It is late"],
    ]


@pytest.mark.parametrize("text", ["", " \n\n "])
def test_an_empty_text_has_no_paragraph(text):
    assert paragraphs(text, "en") == []


def test_a_sentence_of_usual_length_is_one_part():
    sentence = "tea, " * MOST_WORDS

    assert parts(sentence, "en") == [sentence]


def test_a_long_sentence_is_cut_between_clauses_near_its_middle():
    first = "When the settlers came to the valley they found a river that ran clear and cold, "
    first += (
        "and they built their houses along its banks because the water gave them plenty of fish"
    )
    second = "but in the third year the river rose higher than anyone remembered, and it took away "
    second += "the mill and the old bridge and at least half of all the houses that stood there."

    assert parts(f"{first}; {second}", "en") == [first + ";", second]


@pytest.mark.parametrize(
    "sentence", ["word " * 400, "x" * 5000, "空は青い、" * 100, "空" * 500, "one, " * 300]
)
def test_no_part_is_too_long_and_nothing_is_lost(sentence):
    found = parts(sentence, "en")

    assert "".join("".join(found).split()) == "".join(sentence.split())
    assert all(len(part.split()) <= MOST_WORDS and len(part) <= 600 for part in found)
    assert min(len(part) for part in found) > len(sentence) / len(found) / 4
