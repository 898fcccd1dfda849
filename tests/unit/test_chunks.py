"""Texts split into chunks that a synthesizer can take."""

import pytest
from audio_pipeline.sound.chunks import MOST_CHARACTERS, MOST_WORDS, passages

SENTENCE = "The quick brown fox jumps over the lazy dog. "


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE * 40,
        "word after word, and " * 300,
        "word " * 1000,
        "word" * 3000,
        "空は青い。" * 800,
        "雨が降る、" * 900,
        "One.\n\nTwo.\n\n" * 200,
        "a " * 10 + "b" * 2000 + " c" * 400,
        "He said: “Go!” " * 200,
        "... ! ? " * 300 + "end",
        "",
        "\n\n",
    ],
)
def test_passages_lose_nothing_and_stay_in_bounds(text):
    parts = passages(text, "en")

    assert "".join("".join(parts).split()) == "".join(text.split())
    for part in parts:
        assert part and len(part.split()) <= MOST_WORDS and len(part) <= MOST_CHARACTERS + 2
        for sentence in part.split("\n\n"):
            assert len(sentence.split()) <= MOST_WORDS


def test_a_long_sentence_is_parted_at_a_comma():
    """A blank line ends a sentence for Piper; its memory grows with the longest one."""
    (part,) = passages("one two three four five six seven, " * 12, "en")

    lines = part.split("\n\n")
    assert len(lines) == 2 and lines[0].endswith(",")
    assert all(len(line.split()) <= 60 for line in lines)


def test_an_abbreviation_ends_no_passage():
    sentence = "Then Dr. Smith said " + "word " * 50 + "again."
    assert passages(" ".join([sentence] * 3), "en") == [f"{sentence} {sentence}", sentence]
