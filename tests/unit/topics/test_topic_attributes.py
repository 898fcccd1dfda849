"""Attributes after the last bar of a topic's line."""

import pytest
from audio_pipeline.core.topic_attributes import MAX_SEED
from audio_pipeline.core.topics import Topic


def test_attributes_follow_the_last_bar(read):
    line = "A história do café | language=pt-BR voice=pt_BR-faber-medium slug=historia-cafe seed=7"

    topics, _ = read(line)

    assert topics == [
        Topic("A história do café", "historia-cafe", "pt-BR", "pt_BR-faber-medium", 7)
    ]


def test_a_bar_may_stand_in_a_text_when_the_line_ends_with_another(read):
    topics, _ = read("Tea | or coffee |\nA | B | seed=3\n")

    assert [(t.text, t.slug, t.seed) for t in topics] == [
        ("Tea | or coffee", "tea-or-coffee", None),
        ("A | B", "a-b", 3),
    ]


def test_a_bar_in_a_text_without_another_is_explained(faults):
    (fault,) = faults("Tea | or coffee")

    assert fault.startswith(
        "1: 'or' after '|' is not an attribute; expected key=value with the keys"
    )
    assert "end the line with another '|'" in fault


@pytest.mark.parametrize(
    "line",
    [
        "Tea|seed=1 voice=x",
        "Tea   |    seed=1     voice=x   ",
        "  Tea |voice=x seed=1",
        "Tea |\u00a0seed=1\u3000voice=x",
    ],
)
def test_spacing_around_attributes_does_not_matter(read, line):
    assert read(line)[0] == [Topic("Tea", "tea", voice="x", seed=1)]


@pytest.mark.parametrize("rest", ["seed = 1", "seed= 1", "seed =1", "=", "seed"])
def test_spaces_around_the_equals_sign_are_an_error(faults, rest):
    assert len(faults(f"Tea | {rest}")) == 1


@pytest.mark.parametrize("line", ["|", "| seed=1", "   | slug=tea"])
def test_attributes_without_a_text_are_an_error(faults, line):
    assert faults(line) == ["1: has no text before '|'; expected: topic | key=value"]


def test_an_unknown_key_is_shown_with_the_known_ones(faults):
    assert faults("Tea | Seed=1") == [
        "1: has the unknown key 'Seed'; expected one of "
        "slug, language, voice, seed, preset, source, text, from, original"
    ]


def test_a_key_given_twice_is_an_error(faults):
    assert faults("Tea | seed=1 seed=1") == ["1: gives seed twice; give it once"]


@pytest.mark.parametrize(
    "attribute",
    [
        "slug=../../etc/passwd",
        "slug=Tea",
        "slug=-tea",
        "slug=tea-",
        "slug=te--a",
        "slug=tea.txt",
        "slug=chá",
        "slug=",
        "slug={{7*7}}",
        "slug=" + "a" * 81,
        "slug=con",
        "language=portuguese",
        "language=pt_BR",
        "language=p",
        "language=pt-",
        "voice=../joe",
        "voice=-joe",
        "voice=a/b",
        "voice=$(reboot)",
        "voice=" + "v" * 101,
        "seed=-1",
        "seed=1.5",
        "seed=1e3",
        "seed=0x10",
        "seed=٣",
        f"seed={MAX_SEED + 1}",
        "seed=" + "9" * 5000,
    ],
)
def test_a_value_outside_its_range_is_shown_with_what_is_expected(faults, attribute):
    (fault,) = faults(f"Tea | {attribute}")

    assert fault.startswith(f"1: has {attribute.partition('=')[0]}=")
    assert len(fault) < 200


@pytest.mark.parametrize(("text", "seed"), [("0", 0), ("007", 7), (str(MAX_SEED), MAX_SEED)])
def test_a_seed_may_be_anything_from_0_to_its_maximum(read, text, seed):
    assert read(f"Tea | seed={text}")[0][0].seed == seed


def test_a_line_feed_cannot_reach_an_attribute(faults):
    assert faults("Tea | slug=tea\nvoice=x | rm=1") == [
        "2: has the unknown key 'rm'; expected one of "
        "slug, language, voice, seed, preset, source, text, from, original"
    ]


def test_hostile_text_in_a_message_is_escaped_and_short(faults):
    (fault,) = faults("Tea | \u202e" + "x" * 500)

    assert "\u202e" not in fault
    assert "\\u202e" in fault
    assert len(fault) < 300


@pytest.mark.parametrize(
    "attribute",
    [
        "language=" + ",".join(f"{a}{b}" for a in "abcdef" for b in "vwxyz"),  # 89 characters
        "language=de" + "-ab" * 20,
        "voice=" + "z" * 100,
    ],
)
def test_the_limits_of_a_slug_are_no_limits_of_other_attributes(read, attribute):
    assert read(f"Tea | {attribute}")[0]


def test_a_fault_names_the_limits_of_its_own_attribute(faults):
    assert faults("Tea | voice=a/b") == [
        "1: has voice='a/b'; expected the name of a voice, like en_US-joe-medium"
    ]
