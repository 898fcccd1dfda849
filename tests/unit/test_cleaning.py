"""Nasty answers and the words to be spoken: the corpus, and what holds for any text."""

import random
import re
import time
from pathlib import Path

import pytest
import yaml
from audio_pipeline.cleaning import spoken_words

CORPUS = [
    pytest.param(
        path.stem, case["given"], case["expected"].strip(), id=f"{path.stem}: {case['name']}"
    )
    for path in sorted((Path(__file__).parent / "corpus").glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize(("language", "given", "expected"), CORPUS)
def test_only_the_words_to_be_spoken_are_left(language, given, expected):
    assert spoken_words(given, language) == expected


@pytest.mark.parametrize(("language", "given", "expected"), CORPUS)
def test_cleaning_twice_is_the_same_as_once(language, given, expected):
    once = spoken_words(given, language)

    assert spoken_words(once, language) == once


def test_the_corpus_is_large_enough():
    languages = [case.values[0] for case in CORPUS]

    assert len(CORPUS) >= 80
    assert all(languages.count(language) >= 8 for language in ("pt", "es", "de", "fr", "ja"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Tea is hot. \n", "Tea is hot."),
        ("Tea\nis   hot.", "Tea is hot."),
        ("One.\n\nTwo.", "One.\n\nTwo."),
        ("One.\n \t\n\n\nTwo.", "One.\n\nTwo."),
        ("One.\r\n\r\nTwo.\rThree.", "One.\n\nTwo. Three."),
        ("Tea\u00a0is\u2028hot.\x0b", "Tea is hot."),
        ("Cafe\u0301", "Café"),
        ("", ""),
        (" \n\n \r\n", ""),
    ],
)
def test_white_space_is_put_in_order(text, expected):
    assert spoken_words(text, "en") == expected


# Any text: pieces of answers put together at random.

PIECES = [
    "Tea is hot.", "It cools!", "Why?", "water", "don't",
    "café", "2*3*4", "__init__", "snake_case", "C#", "#1", "#tag",
    "お茶です。", "「はい」", "**", "*", "_", "__", "`", "```", "~~",
    "#", "## ", "- ", "1. ", "2. ", "> ", "| a | b |", "---", "\n",
    "\n\n", " ", "\t", "(", ")", "(music)", "[VISUAL: x]", "[",
    "]", "[a](b)", "![a](b)", "Narrator:", "Scene 1:", "Intro:",
    "Sure! Here is a script:", "Let me know if you need", '"',
    "“", "”", "'", "<think>", "</think>", "<b>", "</b>", "<br>", "<p>",
    "&amp;", "&lt;", "gt;", "\\*", "🍞", "1️⃣", "™️", "👨‍👩‍👧",
    "https://a.org", "[1]", "0:10", "【", "】", "（間）", "\u200b", "…", "x",
]  # fmt: skip


def mixed(seed: int) -> str:
    dice = random.Random(seed)
    return "".join(dice.choice(PIECES) for _ in range(dice.randint(1, 40)))


@pytest.mark.parametrize("language", ["en", "fr", "ja", "xx"])
def test_cleaning_any_text_twice_is_the_same_as_once(language):
    for seed in range(1500):
        once = spoken_words(mixed(seed), language)

        assert spoken_words(once, language) == once, (seed, mixed(seed))


def test_plain_words_are_never_lost_or_glued_together():
    plain = [
        "Tea",
        "don't",
        "well-known",
        "café",
        "2*3*4",
        "C#",
        "#1",
        "3.14",
        "O'Brien",
        "1969",
        "snake_case",
        "a_b",
        "ÆØÅ",
    ]
    marks = [
        " ",
        "  ",
        "\n",
        "\n\n",
        " 🍞 ",
        "🍞",
        " [VISUAL: a] ",
        "<br>",
        "\t",
        "\u00a0",
        " (https://a.org) ",
        "\r\n",
        "[pause]",
    ]
    for seed in range(1500):
        dice = random.Random(seed)
        words = [dice.choice(plain) for _ in range(dice.randint(2, 20))]
        text = "".join(word + dice.choice(marks) for word in words[:-1]) + words[-1]

        assert spoken_words(text, "en").split() == words, (seed, text)


def test_every_paragraph_break_stays_one():
    for seed in range(300):
        dice = random.Random(seed)
        gaps = [
            dice.choice(["\n\n", "\n\n\n", "\r\n\r\n", "\n \n", "\n---\n", "\n\n[Music]\n\n"])
            for _ in range(5)
        ]
        text = "".join(f"Sentence {n} is plain.{gap}" for n, gap in enumerate(gaps))

        assert spoken_words(text, "en").count("\n\n") == 4, text


@pytest.mark.parametrize(
    "piece",
    [
        "\n", " \n", "<a ", "<b ", "<b x=", "[", "(\n", "(", "<think>",
        "</think>", "**", "** a", "*a", "_a", "`", "```\n", "[a](", "[a](x",
        "[VISUAL", "[VISUAL: a", "(music ", "#a ", ". #a ", "# ", "- ",
        "1. a\n", "1. ", "|", "| a |\n", "🍞", "🍞 ", "\ufe0f", "\u200d👩", "'", '"',
        "“", "<!--", "&amp;", "&amp", "http://", "http://a(", "(http://a",
        "[1]", "[^", "Narrator: ", "Narrator:\n", "Scene 1: ", "Sure! ", "Here is ",
        "here is a script ", "let me know if ", "。", "お茶", "0:00 ", "【",
        "\\*", "> ", "a ", "a", "Intro: (", "***", "<|channel|>analysis<|message|>",
        "visual(", "music ", "voice (a)",
    ],
)  # fmt: skip
def test_hostile_text_is_cleaned_in_linear_time(piece):
    text = piece * (150_000 // len(piece))
    started = time.process_time()
    spoken_words(text, "en")

    assert (
        time.process_time() - started < 4
    )  # an idle core needs 0.8 s at most; what is quadratic needs more than this


def test_nothing_but_a_word_to_the_user_is_left_to_the_checks():
    assert spoken_words("Sure! Here is a script:", "en") == "Sure! Here is a script:"
    assert re.match("Let me know", spoken_words("Let me know if you need anything.", "en"))
