"""Slugs: duplicates, lengths, reserved names and hostile texts."""

import hashlib
import re
import unicodedata

import pytest
from audio_pipeline.core.topic_attributes import MAX_SLUG, SLUG
from audio_pipeline.core.topics import Topic, slug_of
from audio_pipeline.errors import InputError
from snakemake.io import PeriodicityDetector


def test_an_exact_duplicate_is_built_once_with_a_warning(read):
    topics, warnings = read("Tea | seed=1\nCoffee\n  Tea   |   seed=01\n")

    assert [topic.text for topic in topics] == ["Tea", "Coffee"]
    (warning,) = warnings
    assert warning.endswith("topics.txt:3: the same topic as in line 1; it is built once")


@pytest.mark.parametrize("second", ["TEA", "Tea!", "Tea | seed=1", "Coffee | slug=tea"])
def test_two_topics_with_one_slug_are_an_error_that_offers_another(faults, second):
    assert faults(f"Tea\n{second}") == [
        "2: has the slug 'tea' of line 1; give one of them another: | slug=tea-2"
    ]


def test_the_slug_that_is_offered_is_accepted(read):
    text = "x" * 200
    with pytest.raises(InputError) as caught:
        read(f"{text}\n{text}!| slug={slug_of(text)}")
    offered = str(caught.value).rpartition("slug=")[2]

    topics, _ = read(f"{text}\n{text}! | slug={offered}")

    assert len(topics) == 2


def test_composed_and_decomposed_characters_are_the_same_topic(read):
    composed = unicodedata.normalize("NFC", "Café à São João")
    decomposed = unicodedata.normalize("NFD", composed)

    topics, warnings = read(f"{decomposed}\n{composed}\n")

    assert topics == [Topic(composed, "cafe-a-sao-joao")]
    assert len(warnings) == 1


def test_a_slug_of_80_characters_is_not_cut():
    slug = "tea-cups-x" * 8

    assert slug_of(slug) == slug and len(slug) == MAX_SLUG


@pytest.mark.parametrize(
    "text",
    [
        "Z" * 20, "Zz" * 30, "ha " * 21, "Part 10000000000000000000000", "Tea " * 21, "na-" * 26, "1 " * 25,
        "The story of the sound " + "z" * 40, "哈" * 21,
    ],
)  # fmt: skip
def test_a_slug_that_repeats_a_part_20_times_gets_a_hash(read, text):
    """Snakemake would mistake it for the output of a rule that feeds itself, and stop the run."""
    topics, _ = read(f"{text}\n{text}!\n")

    for topic in topics:
        assert len(topic.slug) <= MAX_SLUG and not PeriodicityDetector().is_periodic(topic.slug)
    assert len({topic.slug for topic in topics}) == 2


@pytest.mark.parametrize(
    "text", ["Z" * 19, "ha " * 19, "1000000", "zzzz" * 10 + " end", "Tea " * 19]
)
def test_a_slug_that_repeats_a_part_less_often_is_left(text):
    assert slug_of(text) == "-".join(text.lower().split())


@pytest.mark.parametrize("slug", ["z" * 20, "ha-" * 20 + "ha", "x1" * 21])
def test_a_given_slug_that_repeats_a_part_20_times_is_refused(faults, slug):
    assert faults(f"Tea\nHa | slug={slug}\n")[0].startswith("2: has slug=")


def test_a_longer_slug_is_cut_to_80_characters_with_a_hash():
    slug = slug_of("a" * (MAX_SLUG + 1))

    assert len(slug) == MAX_SLUG
    assert slug[:72] == "a" * 71 + "-"


def test_two_long_topics_that_share_71_characters_have_two_slugs(read):
    topics, warnings = read(f"{'a' * 71} {'b' * 20}\n{'a' * 71} {'c' * 20}\n")

    assert len({topic.slug for topic in topics}) == 2
    assert {topic.slug[:71] for topic in topics} == {"a" * 71}
    assert warnings == []


def test_a_cut_leaves_no_double_hyphen():
    slug = slug_of("a" * 70 + " " + "b" * 20)

    assert slug.startswith("a" * 70 + "-")
    assert "--" not in slug


def test_a_slug_does_not_depend_on_the_line(read):
    assert read("Tea\nCoffee")[0][1] == read("Coffee\nTea")[0][0]


@pytest.mark.parametrize("text", ["CON", "nul", "Aux!", "com1", "LPT9", "prn"])
def test_a_name_that_windows_reserves_is_refused_with_another(faults, text):
    (fault,) = faults(text)

    assert "a name that Windows reserves" in fault
    assert fault.endswith("-2")


@pytest.mark.parametrize("text", ["???", "🎉🎉", "—", "' '"])
def test_a_text_without_letters_needs_a_slug(faults, read, text):
    (fault,) = faults(text)
    assert fault.endswith("has no letter or digit to name files by; add one: | slug=some-name")

    assert read(f"{text} | slug=party")[0][0].slug == "party"


HOSTILE = [
    "../../etc/passwd",
    "..\\..\\windows\\system32",
    "/etc/passwd",
    "$(rm -rf /)",
    "`reboot`; reboot && reboot",
    "{{ 7*7 }}",
    "{% raw %}",
    "%s %d %(x)s {0} {slug}",
    "It's \"quoted\" and 'quoted'",
    "-rf --help",
    "a\\nb",
    "{wildcards.slug} {output:q}",
    "&#0;&#x2f;&#xD800;&#99999999999999999999; x",
    "<script>alert(1)</script>",
    "' OR 1=1 --",
    "~root",
    "a" * 3000,
    "\u202egnp.exe",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_stays_a_text_and_its_slug_a_plain_name(read, text):
    (topic,) = read(text)[0]

    assert topic.text == text
    assert re.fullmatch(SLUG, topic.slug)
    assert len(topic.slug) <= MAX_SLUG


LONGEST = "tea-cups-x" * 8


def test_a_given_slug_has_at_most_80_characters(read, faults):
    assert read(f"Tea | slug={LONGEST}")[0][0].slug == LONGEST
    assert faults(f"Tea | slug={LONGEST}y") == [
        f"1: has slug='{(LONGEST + 'y')[:60]}...'; expected lower-case letters a-z, digits and single "
        "hyphens, at most 80 characters"
    ]


@pytest.mark.parametrize("name", ["com0", "com10", "lpt0", "lpt10", "com", "console", "nula"])
def test_a_name_like_those_that_windows_reserves_is_fine(read, name):
    assert read(name)[0][0].slug == name


@pytest.mark.parametrize(
    "name", [f"{device}{n}" for device in ("com", "lpt") for n in range(1, 10)]
)
def test_every_numbered_device_of_windows_is_refused(faults, name):
    assert faults(f"Tea | slug={name}") == [
        f"1: has slug={name}, a name that Windows reserves; choose another"
    ]


def test_the_slug_that_is_offered_is_cut_to_80_characters(faults):
    slug = "ab-" * 26 + "cd"

    assert faults(f"Tea | slug={slug}\nMilk | slug={slug}") == [
        f"2: has the slug {slug!r} of line 1; give one of them another: | slug={'ab-' * 25}ab-2"
    ]
    offered = "x1-" * 25 + "abc"
    assert faults(f"Tea | slug={offered}\nMilk | slug={offered}")[0].endswith(f"slug={offered}-2")


def test_a_longer_slug_ends_with_the_first_digits_of_the_hash_of_its_text():
    text = f"{LONGEST}y"

    assert slug_of(text) == f"{text[:71]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
