"""Each check: what passes, what it finds, and how error, warn and off treat that."""

import random
import subprocess
import sys
import time
from pathlib import Path

import direct
import pytest
import yaml
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import BadAnswer, InputError
from audio_pipeline.settings import ScriptSettings
from audio_pipeline.text import script_checks
from audio_pipeline.text.cleaning import spoken_words
from audio_pipeline.text.script_checks import (
    CHECKS,
    Case,
    count_words,
    run,
    terms,
    trim_to_sentence,
)

CORPUS = Path(__file__).parent / "corpus"
TOPIC = Topic("Tea", "tea")
GOOD = (
    "Tea began in the mountains of southern China, where people boiled the leaves long before anyone wrote about "
    "them. Merchants carried it along old roads, and later across the sea. Today it's drunk in nearly every country."
)
STUB = "This is all about Alpha waves, version 3. It has two sentences of plain words."
PORTUGUESE = (
    "O chá começou nas montanhas do sul da China, onde as pessoas ferviam as folhas muito antes de alguém escrever "
    "sobre elas. Os mercadores levaram-no por estradas antigas e, mais tarde, através do mar."
)


def settings(**changes) -> ScriptSettings:
    """As a job gets them: every check an error, unless `changes` says otherwise."""
    levels = dict.fromkeys(CHECKS, "error") | changes.pop("checks", {})
    return direct.settings("script", "ollama", checks=levels, **changes)


def case(tmp_path: Path | None = None, language: str = "en", **changes) -> Case:
    limits = {"min_words": 3, "max_words": 400, **changes}
    return Case(language, **limits, output=tmp_path and tmp_path / "tea.txt")


@pytest.fixture
def forbidden(tmp_path: Path) -> str:
    path = tmp_path / "forbidden.txt"
    path.write_text("\ufeff# Names of others\nAcme Corp\n\nnaïve\r\nC++\n抹茶\n", encoding="utf-8")
    return str(path)


def neighbour(folder: Path, text: str = GOOD, name: str = "another.txt") -> None:
    (folder / name).write_text(text + "\n", encoding="utf-8")


# What each finds: name → (a text, the finding). near_duplicate has another.txt beside it.

FOUND = {
    "characters": (f"{GOOD} Caf\x07é.", "has the character U+0007 in it; expected text"),
    "words": ("Tea.", "has 1 words; expected 3 to 400 (min_words, max_words)"),
    "refusal": (
        "I'm sorry, but I can't assist with that.",
        'is a refusal, "I\'m sorry, but I"; expected a text on the topic',
    ),
    "markup": ("Tea is **hot.", "has bold or code marks in it, '**'; expected plain sentences"),
    "sentence": (
        "Tea is hot. It was first",
        "ends in mid-sentence, 'Tea is hot. It was first'; expected a full stop, or its like",
    ),
    "repetition": (
        "Tea is hot and good and tea is hot and good and tea is hot and good and so on.",
        "says 'tea is hot and good and' 3 times in a row; expected fewer than 3",
    ),
    "forbidden": ("We asked the ACME  corp. about tea.", "has the forbidden term 'ACME corp' of "),
    "near_duplicate": (GOOD.replace("Today", "Now"), "is nearly that of "),
    "language": (PORTUGUESE, "is in 'pt', as it seems; expected 'en'"),
}


def test_every_check_has_an_example():
    assert list(FOUND) == list(CHECKS)


@pytest.mark.parametrize("name", CHECKS)
def test_a_good_script_passes(name, tmp_path, forbidden):
    neighbour(tmp_path, PORTUGUESE)

    assert CHECKS[name](GOOD, case(tmp_path, forbidden=forbidden)) is None


@pytest.mark.parametrize("name", FOUND)
def test_a_finding_is_told(name, tmp_path, forbidden):
    neighbour(tmp_path)
    text, told = FOUND[name]

    assert CHECKS[name](text, case(tmp_path, forbidden=forbidden)).startswith(told)


def only(name: str, level: str, folder: Path, forbidden: str) -> tuple[list[str], list[str]]:
    """What comes out when this check alone looks at its example."""
    neighbour(folder)
    levels = dict.fromkeys(CHECKS, "off") | {name: level}
    return run(
        FOUND[name][0], "en", settings(checks=levels, forbidden=forbidden), folder / "tea.txt"
    )


@pytest.mark.parametrize("name", FOUND)
def test_at_level_error_a_finding_is_a_bad_answer_with_the_name_of_the_check(
    name, tmp_path, forbidden
):
    with pytest.raises(BadAnswer) as caught:
        only(name, "error", tmp_path, forbidden)

    assert str(caught.value).startswith(f"the script {FOUND[name][1]}"[:60])
    assert str(caught.value).endswith(f" (script.checks.{name})")


@pytest.mark.parametrize("name", FOUND)
def test_at_level_warn_a_finding_is_a_warning(name, tmp_path, forbidden):
    passed, warnings = only(name, "warn", tmp_path, forbidden)

    assert passed == []
    assert len(warnings) == 1 and warnings[0].endswith(f" (script.checks.{name})")


@pytest.mark.parametrize("name", FOUND)
def test_at_level_off_nothing_is_looked_for(name, tmp_path, forbidden):
    assert only(name, "off", tmp_path, forbidden) == ([], [])


def test_the_names_of_the_checks_that_passed_come_back():
    assert run(GOOD, "en", settings()) == (list(CHECKS), [])


@pytest.mark.parametrize("text", [GOOD, STUB, "Tea is hot."])
def test_short_plain_texts_pass(text):
    run(text, "en", settings())


def test_the_language_of_the_topic_goes_before_the_default():
    run(PORTUGUESE, "pt-BR", settings())


# The corpus


def cases():
    for path in sorted(CORPUS.glob("*.yaml")):
        for one in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(path.stem, one, id=f"{path.stem}: {one['name']}")


@pytest.mark.parametrize(("language", "one"), cases())
def test_what_cleaning_leaves_is_found_and_nothing_else(language, one):
    text = spoken_words(one["given"], language)
    found = {
        name
        for name in ("characters", "refusal", "markup", "repetition", "language")
        if CHECKS[name](text, case(language=language))
    }

    assert found == ({one["fails"]} if one.get("fails") else set())


# Words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("Tea is hot.", 3),
        ("Tea – it's hot … — !", 3),
        ("Well-known cafés don't sell 3.14 pies.", 7),
        ("お茶は美味しいです。", 9),
        ("茶 tea 茶", 3),
        ("ชาร้อน", 5),
        ("차는 뜨겁다.", 2),
    ],
)
def test_words_are_counted_as_the_language_is_written(text, words):
    assert count_words(text) == words


@pytest.mark.parametrize("count", [3, 5])
def test_a_number_of_words_within_the_limits_passes(count):
    assert script_checks.check_words("tea " * count, case(max_words=5)) is None


@pytest.mark.parametrize("count", [0, 2, 6])
def test_a_number_of_words_outside_the_limits_is_told(count):
    found = script_checks.check_words("tea " * count, case(max_words=5))

    assert found == f"has {count} words; expected 3 to 5 (min_words, max_words)"


# Characters


def test_letters_of_all_kinds_pass():
    assert script_checks.check_characters("Chá, 茶, чай, شاي, चाय ÃÂ â 🍵\nsecond", case()) is None


@pytest.mark.parametrize(
    "character", ["\0", "\x1b", "\x7f", "\x85", "\t", "\r", "\ufffd", "\ud800", "\ue000"]
)
def test_a_character_that_is_no_text_is_named(character):
    found = script_checks.check_characters(f"Tea{character}", case())

    assert found == f"has the character U+{ord(character):04X} in it; expected text"


@pytest.mark.parametrize("text", ["café", "it’s", "“tea”", "ação", "20 °C", "お茶"])
def test_a_wrong_decoding_is_found(text):
    wrong = text.encode().decode("cp1252", errors="replace")

    assert script_checks.check_characters(wrong, case())


@pytest.mark.parametrize(
    "text",
    ["Te\u0301\u0323\u0308\u031ba", "Z\u0337\u031b\u032e\u0353algo", "\u05d1" + "\u05b0" * 9],
)
def test_a_heap_of_marks_on_a_letter_is_found(text):
    assert script_checks.check_characters(text, case()).startswith(
        "has too many marks on one letter, U+"
    )


def test_a_refusal_is_named_though_it_is_too_short_as_well():
    with pytest.raises(BadAnswer, match="is a refusal"):
        run("I'm sorry, but I can't help with that.", "en", settings(min_words=20))


def test_a_text_that_is_far_too_long_is_refused_before_it_is_cleaned():
    thoughts = f"<think>{'hm ' * 5000}</think>"
    script_checks.refuse_far_too_long(thoughts + "tea " * 4000, settings())
    script_checks.refuse_far_too_long("tea " * 4001, settings(checks={"words": "warn"}))

    with pytest.raises(
        BadAnswer, match=r"has 4001 words; expected at most 400 \(script\.max_words\)"
    ):
        script_checks.refuse_far_too_long(thoughts + "tea " * 4001, settings())


def test_a_question_of_four_words_is_too_short_by_default():
    config = yaml.safe_load((CORPUS.parents[2] / "config/config.yaml").read_text(encoding="utf-8"))
    least = config["script"]["min_words"]

    assert script_checks.check_words("Como você se sente?", case(min_words=least)) == (
        f"has 4 words; expected {least} to 400 (min_words, max_words)"
    )
    assert script_checks.check_words(GOOD, case(min_words=least)) is None


# Markup


@pytest.mark.parametrize(
    "text",
    [
        "In 1999, prices rose - a lot.",
        "Why? Because 2 < 3 and 5 > 4, a<b.",
        "She said (quietly) that tea [sic] is hot.",
        "It costs $3.50, i.e. 10% more; see below: yes.",
        "C# and #1 are names; 5 * 3 = 15, 2*3*4, 2**3, __init__ and snake_case stay.",
        "– Olá, disse ela.\n\n– Olá!",
        "1945. That year the war ended.\n\n1946. The next.",
        "-5 degrees is cold.",
        "AT&T & Co. say: 'R&D; now'.",
        "Lego™, ©, ® and ★ are signs.",
        "The user of a bicycle thinks ahead; we need to write our own history.",
        "Let me think, said the fox. a<b, I think, and c>d.",
        "Analysis: what is it? Thought, reason and a channel.",
    ],
)
def test_plain_sentences_have_no_markup(text):
    assert script_checks.check_markup(text, case()) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# Tea", "a heading"),
        ("Tea.\n\n### Steps", "a heading"),
        ("- one", "a list"),
        ("• one", "a list"),
        ("1. one\n\n2. two", "a list"),
        ("| a | b |", "a table"),
        ("Tea is **hot**.", "bold or code marks"),
        ("Tea is __hot all day__.", "bold or code marks"),
        ("``` tea", "bold or code marks"),
        ("Tea is ~~cold~~ hot.", "bold or code marks"),
        ("Tea is *hot.", "a star"),
        ("See [tea](tea.html).", "a link"),
        ("See https://example.org", "a link"),
        ("See www.example.org", "a link"),
        ("Tea is #hot now.", "a hashtag"),
        ("[Soft wind]\n\nTea is hot.", "a stage direction"),
        ("Tea [SCENE 2] is hot.", "a stage direction"),
        ("Tea (pause) is hot.", "a stage direction"),
        ("I am [Your Name].", "a placeholder"),
        ("Olá, [nome do canal].", "a placeholder"),
        ("I am {{ name }}.", "a placeholder"),
        ("<think>Hm. Tea.", "a thinking block"),
        ("Hm.</THINK> Tea.", "a thinking block"),
        ("Tea <|start_thinking|> is hot.", "a thinking block"),
        ("Tea <channel|> is hot.", "a thinking block"),
        ("◁think▷Tea is hot.", "a thinking block"),
        ("<seed:cot_think_reflect>Tea is hot.", "a thinking block"),
        ("analysisWe need five sentences.", "a thinking block"),
        ("thought The user wants tea.", "a thinking block"),
        ("Tea is hot.assistantcommentary It is.", "a thinking block"),
        ("Thinking Process:\n\nAnalyze the request.", "a thinking block"),
        ("The user wants me to write about tea.", "thoughts about the task"),
        ("Okay, so I need to write a narration about tea.", "thoughts about the task"),
        ("好的，用户让我写一段旁白。", "thoughts about the task"),
        ("Tea<｜User｜>is hot.", "a token of the model"),
        ("Tea[|endofturn|]", "a token of the model"),
        ("User: Thank you!", "a label"),
        ("Tea.<|eot_id|>", "a token of the model"),
        ("Tea<wbr>is hot", "a tag"),
        ('<p class="x">Tea', "a tag"),
        ("Tea &eacute; hot", "an escape"),
        ("Tea.\\n\\nHot.", "an escape"),
        (r"\frac{1}{2}", "an escape"),
        ('{"script": "Tea."}', "an answer in JSON"),
        ("Tea is hot 🍵.", "an emoji"),
        ("Sure! Here is a script about tea:", "words to you"),
        ("Let me know if you need anything.", "words to you"),
    ],
)
def test_markup_is_named(text, name):
    assert script_checks.check_markup(text, case()).startswith(f"has {name} in it, ")


@pytest.mark.parametrize(
    "text", ["Här är ett manus om te:\n\nTe är gott.", "Berättare: Te är gott.", "Röst 1: Te."]
)
def test_a_label_is_refused_in_a_language_without_phrases(text):
    found = script_checks.check_markup(text, case(language="sv"))

    assert found.startswith("begins with ") and "for 'sv' there is no list of such phrases" in found


@pytest.mark.parametrize(
    "text", ["Te är gott: det värmer.", "10:30 är det te.", "Te.\n\nObs: Te är hett."]
)
def test_other_colons_pass_in_a_language_without_phrases(text):
    assert script_checks.check_markup(text, case(language="sv")) is None


@pytest.mark.parametrize("language", ["en", "sv"])
def test_hostile_text_is_checked_in_linear_time(language):
    for piece in (
        '"',
        "“",
        "«a",
        "<think",
        "<",
        "the user wants ",
        "Okay, ",
        "— a\n",
        "I'm sorry, ",
        "a\u0301",
        "1.\n\n",
    ):
        started = time.process_time()
        text = piece * (150_000 // len(piece))
        for name in ("characters", "refusal", "markup"):
            CHECKS[name](text, case(language=language))

        assert time.process_time() - started < 4, piece


# Sentences


@pytest.mark.parametrize(
    "text",
    [
        "Tea is hot.", "Is it?", "It is!", "And then…",
        'He said "tea."', "He said “tea”.", "(It was.)", "お茶です。", "「お茶です。」",
        "चाय गरम है।", "هل الشاي ساخن؟", "O chá é quente!»", "Tea is hot.\n\n",
    ],
)  # fmt: skip
def test_a_finished_text_passes(text):
    assert script_checks.check_sentence(text, case()) is None


@pytest.mark.parametrize(
    "text", ["Tea is hot. It", "Tea is hot,", "Tea is:", "Tea -", "お茶は", "", "Tea is hot. (It"]
)
def test_an_unfinished_text_is_found(text):
    assert script_checks.check_sentence(text, case()).startswith("ends in mid-sentence")


def test_thai_ends_without_a_full_stop():
    assert script_checks.check_sentence("ชาร้อน", case(language="th")) is None


@pytest.mark.parametrize(
    ("text", "language", "kept"),
    [
        ("Tea is hot. It was first drunk in", "en", "Tea is hot."),
        ("Tea is hot. It is good.", "en", "Tea is hot. It is good."),
        ("Tea is hot.\n\nIt is good! And the", "en", "Tea is hot.\n\nIt is good!"),
        ("Tea is hot. It costs 3.50 at Dr. Smith's", "en", "Tea is hot."),
        ("Tea is hot. Ask Mr.", "en", "Tea is hot."),
        ("Tea is hot. Pi is 3.", "en", "Tea is hot."),
        ("Tea is hot. In the U.S. it is", "en", "Tea is hot."),
        ("Tea is hot. It took e.g. hours to", "en", "Tea is hot."),
        ("Es war heiß. Am 3. Oktober kam der", "de", "Es war heiß."),
        ("Es war heiß. Der 2. Weltkrieg", "de", "Es war heiß."),
        ("Es war heiß. Fragen bzgl. Peter", "de", "Es war heiß."),
        ("Das war 1945. Der Krieg", "de", "Das war 1945."),
        ("Sie hatte 3. Er hatte 4 und", "de", "Sie hatte 3."),
        ("O chá é quente. Veja o cap. IV da", "pt", "O chá é quente."),
        ("Çay sıcak. 2. Dünya Savaşı", "tr", "Çay sıcak."),
        ("He said “tea is hot.” Then he", "en", "He said “tea is hot.”"),
        ("O chá é quente. Segundo o Sr. Silva, a", "pt-BR", "O chá é quente."),
        ("お茶です。「美味しい。」と彼は", "ja", "お茶です。「美味しい。」"),
        ("Wait... is it hot? It may", "en", "Wait... is it hot?"),
    ],
)
def test_a_text_that_was_cut_off_is_trimmed_to_its_last_whole_sentence(text, language, kept):
    assert trim_to_sentence(text, language, 1) == kept


@pytest.mark.parametrize(
    ("text", "least"), [("Tea is hot and", 1), ("Tea is hot. It was", 4), ("", 1), ("Dr. Smith", 1)]
)
def test_where_too_little_would_be_left_there_is_nothing(text, least):
    assert trim_to_sentence(text, "en", least) is None


# Refusals


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I'm sorry, but I can't help with that request."),
        ("en", "I’m sorry, but as an AI language model, I cannot write this."),
        ("en", "I cannot fulfill this request."),
        ("en", "As an AI assistant, I do not have opinions."),
        ("pt-BR", "Desculpe, mas não posso criar roteiros de vídeo contendo cenas de chuva."),
        ("pt", "Como um modelo de linguagem, não posso fazer isso."),
        ("es", "Lo siento, pero no puedo ayudarte con eso."),
        ("es", "Como modelo de lenguaje, no tengo opiniones."),
        ("de", "Es tut mir leid, aber ich kann dabei nicht helfen."),
        ("de", "Als KI-Sprachmodell kann ich das nicht."),
        ("fr", "Je suis désolé, mais je ne peux pas répondre à cette demande."),
        ("fr", "En tant que modèle de langage, je ne peux pas."),
        ("ja", "申し訳ありませんが、そのご要望にはお応えできません。"),
        ("ja", "AI言語モデルとして、そのような文章は作成できません。"),
        ("pt", "I'm sorry, but I can't assist with that."),
        ("it", "Purtroppo non sono in grado di fornire questo contenuto."),
        ("it", "Sono un modello linguistico e non posso farlo."),
        ("nl", "Helaas kan ik je daar niet bij helpen."),
        ("nl", "Sorry, ik kan dit verzoek niet uitvoeren."),
        ("pl", "Niestety nie mogę pomóc w tej sprawie."),
        ("pl", "Jestem tylko modelem językowym."),
        ("ru", "К сожалению, я не могу выполнить этот запрос."),
        ("ru", "Как ИИ, я не могу писать такое."),
        ("uk", "На жаль, я не можу виконати цей запит."),
        ("tr", "Maalesef bu konuda yardımcı olamıyorum."),
        ("tr", "Özür dilerim, ancak bu metni yazamam."),
        ("zh", "抱歉，这个话题我不能讨论。"),
        ("zh-TW", "對不起，我無法協助。"),
        ("ar", "أعتذر، ولكن لا يمكنني المساعدة."),
        ("ar", "لَا أَسْتَطِيعُ كتابة هذا النص."),
    ],
)
def test_a_refusal_is_found(language, text):
    assert script_checks.check_refusal(text, case(language=language)).startswith("is a refusal")


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but the tea is cold, said the captain.",
        "As an AI learns, it changes its weights.",
        "Scientists cannot explain it. I can't believe it, she wrote.",
        "Sorry seems to be the hardest word.",
        "“I'm sorry, but I can't help with that,” said the wolf.",
        "— I cannot help you, said the wolf.",
        "I can't help it: tea is hot. I cannot help but smile.",
    ],
)
def test_words_of_a_refusal_in_a_plain_text_pass(text):
    assert script_checks.check_refusal(text, case()) is None


# Repetition


@pytest.mark.parametrize(
    "text",
    [
        "Location, location, location is all that counts.",
        "It went on and on and on, again and again and again.",
        "We shall fight on the beaches, we shall fight on the landing grounds, we shall fight in the fields.",
        "I have a dream today. I have a dream that one day this nation will rise. I have a dream of more.",
        "Yes. No. Yes. No. Tea is hot and good.",
        "どんどんどんどん進みます。",
    ],
)
def test_rhetoric_passes(text):
    assert script_checks.check_repetition(text, case()) is None


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("tea " * 30, "'tea' 30 times"),
        ("the hot tea " * 3, "'the hot tea' 3 times"),
        (
            "A whole sentence that is said again and again without any end in sight. " * 3,
            " 3 times",
        ),
        ("お茶は美味しい" * 5, " 5 times"),
    ],
)
def test_a_loop_is_found(text, times):
    assert times in script_checks.check_repetition(text, case())


def test_the_share_of_sentences_said_twice_is_told():
    text = "Tea is hot now. Tea is from China. Milk goes into it. Tea is hot now."

    assert (
        script_checks.check_repetition(text, case())
        == "says 1 of its 4 sentences again; expected less than 25%"
    )


def test_one_sentence_of_five_may_come_twice():
    text = "Tea is hot now. Tea is from China. Milk goes into it. Sugar does too. Tea is hot now."

    assert script_checks.check_repetition(text, case()) is None


# Language

TEXTS = {
    "en": GOOD,
    "pt-BR": PORTUGUESE,
    "es": "El té empezó en las montañas del sur de China, donde la gente hervía las hojas mucho antes de que nadie "
    "escribiera sobre ellas. Los mercaderes lo llevaron por viejos caminos y después por el mar.",
    "de": "Der Tee begann in den Bergen Südchinas, wo man die Blätter kochte, lange bevor jemand darüber schrieb. "
    "Händler trugen ihn auf alten Straßen und später über das Meer in die ganze Welt.",
    "fr": "Le thé est né dans les montagnes du sud de la Chine, où l'on faisait bouillir les feuilles bien avant que "
    "quelqu'un n'en parle. Des marchands l'ont porté sur de vieilles routes, puis à travers la mer.",
    "ja": "お茶は中国南部の山々で始まりました。人々は文字に残すよりずっと前から"
    "葉を煮出していました。商人たちは古い道を通り、海を越えて運びました。",
}  # fmt: skip


@pytest.mark.parametrize("written", TEXTS)
@pytest.mark.parametrize("wanted", TEXTS)
def test_a_text_in_the_language_of_the_topic_passes_and_in_another_is_found(written, wanted):
    found = script_checks.check_language(TEXTS[written], case(language=wanted))

    assert (found is None) == (written == wanted)


@pytest.mark.parametrize(
    "text",
    [
        "São Paulo, Łódź, Reykjavík and Göteborg met Tromsø in Besançon, where José Núñez, Søren Ångström and François "
        "Lefèvre ate Käsespätzle, pão de queijo and crème brûlée before the train to Plzeň left.",
        "In 1502 Leonardo da Vinci met Niccolò Machiavelli at Imola, while Cesare Borgia ruled the Romagna. Later "
        "Michelangelo Buonarroti and Raffaello Sanzio worked for Pope Giulio della Rovere in the Cappella Sistina.",
        "Tokyo's Shibuya, Shinjuku, Asakusa, Akihabara and Ginza, or Kyoto's Gion, Arashiyama and Fushimi Inari: "
        "sushi, ramen, okonomiyaki, takoyaki, soba, udon, and matcha.",
    ],
)
def test_english_full_of_foreign_names_is_english(text):
    assert script_checks.check_language(text, case()) is None


def test_a_text_that_changes_its_language_on_the_way_is_found():
    assert script_checks.check_language(
        f"{GOOD} {GOOD} {GOOD}\n\n{PORTUGUESE} {PORTUGUESE}", case()
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Isto é chá. É muito bom.", "en"),
        (PORTUGUESE, "pt-PT"),
        (PORTUGUESE, "tlh"),
        (GOOD, "EN-gb"),
    ],
)
def test_the_language_of_short_texts_variants_and_unknown_languages_passes(text, language):
    assert script_checks.check_language(text, case(language=language)) is None


def test_the_detector_is_loaded_only_where_it_is_asked():
    program = "import sys, audio_pipeline.text.script_checks; print('py3langid' in sys.modules, 'numpy' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", program],
        cwd=CORPUS.parents[2] / "scripts",
        capture_output=True,
        text=True,
    )
    assert found.stdout.split() == ["False", "False"]


# Forbidden terms


@pytest.mark.parametrize(
    "text", ["ACME corp sells it.", "A Naïve idea.", "Use c++!", "お抹茶です。", "Acme\nCorp."]
)
def test_a_forbidden_term_is_found_whatever_its_case(text, forbidden):
    assert script_checks.check_forbidden(text, case(forbidden=forbidden)).startswith(
        "has the forbidden term "
    )


@pytest.mark.parametrize(
    "text", ["Acme sells it.", "A naïveté.", "Acme Corpse.", "C+ is a mark.", "# Names of others"]
)
def test_a_part_of_a_word_is_no_forbidden_term(text, forbidden):
    assert script_checks.check_forbidden(text, case(forbidden=forbidden)) is None


def test_an_empty_file_forbids_nothing(tmp_path):
    path = tmp_path / "none.txt"
    path.write_text("# nothing\n\n")

    assert terms(str(path)) == ()
    assert script_checks.check_forbidden(GOOD, case(forbidden=str(path))) is None


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_of_forbidden_terms_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "terms.txt"
    if content:
        path.write_bytes(content)

    with pytest.raises(
        InputError, match=r"^script\.forbidden: .*terms\.txt .*; expected one term a line$"
    ):
        terms(str(path))


# Near duplicates


def test_the_old_file_of_the_topic_itself_is_no_neighbour(tmp_path):
    neighbour(tmp_path, name="tea.txt")

    assert script_checks.check_near_duplicate(GOOD, case(tmp_path)) is None


def test_a_first_script_has_no_neighbours(tmp_path):
    assert script_checks.check_near_duplicate(GOOD, case(tmp_path / "none")) is None


def test_a_paraphrase_is_no_duplicate(tmp_path):
    neighbour(
        tmp_path,
        "In the mountains of southern China people boiled tea leaves long before there were books. It travelled on old "
        "roads, then by ship. There is hardly a country now where nobody drinks it.",
    )

    assert script_checks.check_near_duplicate(GOOD, case(tmp_path)) is None


def test_a_copy_in_a_language_without_spaces_is_found(tmp_path):
    neighbour(tmp_path, TEXTS["ja"].replace("お茶", "緑茶"))

    assert "is nearly that of" in script_checks.check_near_duplicate(
        TEXTS["ja"], case(tmp_path, "ja")
    )


def test_a_thousand_neighbours_cost_little_and_the_duplicate_among_them_is_found(tmp_path):
    dice, words = random.Random(1), GOOD.split()
    for number in range(1000):
        neighbour(tmp_path, " ".join(dice.sample(words, len(words))), f"{number}.txt")
    started = time.process_time()
    assert script_checks.check_near_duplicate(GOOD, case(tmp_path)) is None
    seconds = time.process_time() - started
    neighbour(tmp_path)

    (tmp_path / "0.txt").unlink()

    assert "another.txt" in script_checks.check_near_duplicate(GOOD, case(tmp_path))
    assert seconds < 0.5  # 0.03 to 0.1 s; the texts here share all of their words, the worst case


def test_a_sentence_said_again_with_a_word_more_or_less_is_a_repetition():
    """What a real small model wrote."""
    text = (
        "The Silk Road was a vast network of trade routes. It stretched across Asia, Europe, and Africa, and was a "
        "crucial artery. The Silk Road was also a major artery for the spread of trade-related diseases, such as "
        "smallpox and measles. The Silk Road was a major artery for the spread of trade-related diseases, such as "
        "smallpox and measles."
    )
    case = script_checks.Case("en", {}, None)

    assert script_checks.check_repetition(text, case).startswith("says 1 of its 4 sentences again")
