"""The parts of a long source that matter for a topic."""

import pytest
from audio_pipeline.text.excerpt import excerpt

HEARTS = "Octopuses have three hearts. Two of their hearts push blood through the gills."
FILLER = [
    f"Paragraph {number} is about the weather and the price of bread." for number in range(60)
]


def test_a_text_that_fits_is_kept_whole():
    assert excerpt("One.\n\n\nTwo.\n", "x", 100, "en") == ("One.\n\nTwo.", 2, 2)


def test_what_is_about_the_topic_is_taken_with_the_beginning_in_order():
    parts = [*FILLER[:40], HEARTS, *FILLER[40:]]

    found = excerpt("\n\n".join(parts), "Why octopuses have three hearts", 400, "en")

    kept = found.text.split("\n\n")
    assert kept[0] == FILLER[0] and HEARTS in kept
    assert [parts.index(part) for part in kept] == sorted(parts.index(part) for part in kept)
    assert len(found.text) <= 400 and (found.kept, found.of) == (len(kept), 61)


def test_a_long_paragraph_is_divided_at_its_sentences():
    text = " ".join([*FILLER, HEARTS])

    found = excerpt(text, "octopus heart", 900, "en")

    assert "Two of their hearts push blood through the gills." in found.text
    assert len(found.text) <= 900 and found.text.endswith(".")


@pytest.mark.parametrize("text", ["x" * 5000, "word " * 2000, "。" * 3000, "a. " * 3000])
def test_whatever_the_text_the_limit_holds(text):
    assert 0 < len(excerpt(text, "word", 1000, "en").text) <= 1000


def test_the_same_text_gives_the_same_excerpt():
    text = "\n\n".join(FILLER)

    assert len({excerpt(text, "bread", 500, "en").text for _ in range(3)}) == 1
