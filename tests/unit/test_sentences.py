import re

import pytest
from audio_pipeline.sentences import MOST_WORDS, paragraphs, parts

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

    assert parts(sentence) == [sentence]


def test_a_long_sentence_is_cut_between_clauses_near_its_middle():
    first = "When the settlers came to the valley they found a river that ran clear and cold, "
    first += (
        "and they built their houses along its banks because the water gave them plenty of fish"
    )
    second = "but in the third year the river rose higher than anyone remembered, and it took away "
    second += "the mill and the old bridge and at least half of all the houses that stood there."

    assert parts(f"{first}; {second}") == [first + ";", second]


@pytest.mark.parametrize(
    "sentence", ["word " * 400, "x" * 5000, "空は青い、" * 100, "空" * 500, "one, " * 300]
)
def test_no_part_is_too_long_and_nothing_is_lost(sentence):
    found = parts(sentence)

    assert "".join("".join(found).split()) == "".join(sentence.split())
    assert all(len(part.split()) <= MOST_WORDS and len(part) <= 600 for part in found)
    assert min(len(part) for part in found) > len(sentence) / len(found) / 4
