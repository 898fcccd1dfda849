"""A topic as a single line, the form that a job receives."""

from dataclasses import FrozenInstanceError

import pytest
from audio_pipeline.core.topics import Topic, parse_line
from audio_pipeline.errors import InputError

TEXTS = ["Tea", "Tea | or coffee", "<b>Tea</b>", r"\u003c, \u005c, \u00", "Chá — 茶 🍵", r"C:\u\00"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_line_gives_the_topic_again(text):
    topic = Topic(text, "tea", "pt-BR", "pt_BR-faber-medium", 7)

    assert parse_line(topic.line_text) == topic


@pytest.mark.parametrize("text", TEXTS)
def test_a_line_begins_no_tag(text):
    assert "<" not in Topic(text, "tea").line_text


def test_a_line_names_what_is_given_in_a_fixed_order():
    assert Topic("Tea", "tea", seed=0).line_text == "Tea | slug=tea seed=0"
    assert (
        Topic("Tea", "tea", "en", "joe", 7).line_text
        == "Tea | slug=tea language=en voice=joe seed=7"
    )


def test_the_topic_of_a_line_is_that_of_a_first_line():
    assert parse_line("Tea").line == 1
    assert Topic("Tea", "tea").line == 0  # not from a file


@pytest.mark.parametrize("line", ["", "# Tea", "Tea | language=en,de"])
def test_a_line_without_one_topic_is_refused(line):
    with pytest.raises(InputError) as caught:
        parse_line(line)

    assert str(caught.value) == (
        f"{line!r}: expected one topic in one language, like 'Tea | language=en'"
    )


def test_an_argument_that_is_not_utf8_is_refused():
    with pytest.raises(InputError, match="byte 4 is 0xe9, which is not UTF-8"):
        parse_line("caf\udce9")


def test_a_topic_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Topic("Tea", "tea").slug = "other"
