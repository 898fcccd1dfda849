"""Checks of scripts: unfinished sentences and repetition."""

import pytest
from audio_pipeline.text import script_checks
from audio_pipeline.text.script_checks import trim_to_sentence
from script_samples import case

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
        == "repeats 1 of its 4 sentences; expected less than 25%"
    )


def test_one_sentence_of_five_may_come_twice():
    text = "Tea is hot now. Tea is from China. Milk goes into it. Sugar does too. Tea is hot now."

    assert script_checks.check_repetition(text, case()) is None


def test_a_sentence_said_again_with_a_word_more_or_less_is_a_repetition():
    """Output of a real small model."""
    text = (
        "The Silk Road was a vast network of trade routes. It stretched across Asia, Europe, and Africa, and was a "
        "crucial artery. The Silk Road was also a major artery for the spread of trade-related diseases, such as "
        "smallpox and measles. The Silk Road was a major artery for the spread of trade-related diseases, such as "
        "smallpox and measles."
    )
    case = script_checks.Case("en")

    assert script_checks.check_repetition(text, case).startswith("repeats 1 of its 4 sentences")
