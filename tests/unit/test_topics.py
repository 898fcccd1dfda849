import os
import re
import unicodedata
from pathlib import Path

import pytest
from audio_pipeline.core.topics import (
    MAX_SEED,
    MAX_SLUG,
    MAX_TEXT,
    SLUG,
    Topic,
    read_topics,
    slug_of,
)
from audio_pipeline.errors import InputError
from growth import growth
from snakemake.io import PeriodicityDetector


@pytest.fixture
def read(tmp_path):
    """Reads a topics file with the given content."""

    def of(content: bytes | str):
        path = tmp_path / "topics.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_topics(path)

    return of


@pytest.fixture
def faults(read):
    """The messages about a topics file, without its name."""

    def of(content: bytes | str) -> list[str]:
        with pytest.raises(InputError) as caught:
            read(content)
        return [line.partition("topics.txt:")[2] for line in str(caught.value).splitlines()]

    return of


def test_each_line_is_a_topic_in_the_order_of_the_file(read):
    topics, warnings = read("Why the sky is blue\nHow bread rises\n")

    assert topics == [
        Topic("Why the sky is blue", "why-the-sky-is-blue"),
        Topic("How bread rises", "how-bread-rises"),
    ]
    assert warnings == []


def test_attributes_follow_the_last_bar(read):
    line = "A história do café | language=pt-BR voice=pt_BR-faber-medium slug=historia-cafe seed=7"

    topics, _ = read(line)

    assert topics == [
        Topic("A história do café", "historia-cafe", "pt-BR", "pt_BR-faber-medium", 7)
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_topic(read):
    topics, _ = read(b"\xef\xbb\xbfTea")

    assert [topic.text for topic in topics] == ["Tea"]


def test_a_byte_order_mark_does_not_hide_a_comment(read):
    topics, _ = read(b"\xef\xbb\xbf# all topics\nTea")

    assert [topic.text for topic in topics] == ["Tea"]


def test_lines_may_end_with_carriage_return_and_line_feed(read):
    topics, _ = read(b"Tea\r\n\r\nCoffee | seed=1\r\n")

    assert [(topic.text, topic.seed) for topic in topics] == [("Tea", None), ("Coffee", 1)]


def test_the_last_line_needs_no_line_feed(read):
    assert read(b"Tea")[0] == read(b"Tea\n")[0]


def test_blank_lines_and_comments_are_skipped_but_counted(read, faults):
    content = "\n   \n\t\n# a comment\n   # an indented one\n"
    topics, _ = read(content + "Tea")

    assert [topic.text for topic in topics] == ["Tea"]
    assert faults(content + "Tea | x=1")[0].startswith("6: ")


def test_a_number_sign_inside_a_topic_is_no_comment(read):
    assert read("The language C# explained")[0][0].text == "The language C# explained"


@pytest.mark.parametrize("content", ["", "\n\n", "# only a comment\n", b"\xef\xbb\xbf"])
def test_a_file_without_topics_is_an_error_that_shows_what_to_write(read, content):
    with pytest.raises(InputError, match=r"topics\.txt: has no topics; write one a line"):
        read(content)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.txt: cannot be read \(No such file"):
        read_topics(tmp_path / "none.txt")


def test_a_folder_in_place_of_the_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        read_topics(tmp_path)


def test_a_path_with_a_nul_is_refused_like_any_other_that_cannot_be_read():
    with pytest.raises(InputError, match="cannot be read"):
        read_topics("topics\0.txt")


def test_undecodable_bytes_are_named_with_line_and_byte(faults):
    assert faults(b"Tea\nCaf\xe9 au lait\n") == [
        "2: byte 4 is 0xe9, which is not UTF-8; save the file as UTF-8"
    ]


def test_undecodable_bytes_in_a_comment_are_an_error_too(faults):
    assert faults(b"# caf\xe9\nTea\n")[0].startswith("1: byte 6 is 0xe9")


def test_utf_16_is_refused(faults):
    assert faults("Tea\n".encode("utf-16"))[0].startswith("1: byte 1 is 0xff")


def test_an_encoded_surrogate_is_refused(faults):
    assert faults(b"Tea \xed\xa0\x80")[0].startswith("1: byte 5 is 0xed")


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\0", "U+0000"),
        ("\t", "U+0009"),
        ("\x0b", "U+000B"),
        ("\x0c", "U+000C"),
        ("\x1b", "U+001B"),
        ("\x7f", "U+007F"),
        ("\x85", "U+0085"),
        ("\u2028", "U+2028"),
        ("\u2029", "U+2029"),
    ],
)
def test_a_control_character_is_named_with_its_column(faults, character, name):
    assert faults(f"Tea\n  Green{character}tea") == [
        f"2: has the control character {name} at column 8; replace it with a space"
    ]


def test_a_line_separator_does_not_split_a_topic_in_two(faults):
    assert len(faults("Tea\u2028Coffee")) == 1


def test_a_lone_carriage_return_is_an_error(faults):
    assert faults(b"Tea\rCoffee\r") == [
        "1: has a lone carriage return (U+000D) at column 4; end lines with LF or CRLF"
    ]


def test_a_lone_carriage_return_in_a_comment_swallows_no_topic(faults):
    assert faults(b"# topics\rTea\nCoffee\n")[0].startswith("1: has a lone carriage return")


def test_two_carriage_returns_before_the_line_feed_are_an_error(faults):
    assert faults(b"Tea\r\r\n")[0].startswith("1: has a lone carriage return")


def test_a_bar_may_stand_in_a_text_when_the_line_ends_with_another(read):
    topics, _ = read("Tea | or coffee |\nA | B | seed=3\n")

    assert [(t.text, t.slug, t.seed) for t in topics] == [
        ("Tea | or coffee", "tea-or-coffee", None),
        ("A | B", "a-b", 3),
    ]


def test_a_bar_in_a_text_without_another_is_explained(faults):
    (fault,) = faults("Tea | or coffee")

    assert fault.startswith("1: 'or' after '|' is no attribute; expected key=value with the keys")
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
        "1: has the unknown key 'Seed'; expected one of slug, language, voice, seed"
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


def test_all_faults_are_told_at_once(faults):
    assert [line[:2] for line in faults("Tea | x=1\nCoffee\n|\n\xe9\nMilk\tshake")] == [
        "1:",
        "3:",
        "5:",
    ]


def test_many_faults_are_counted(faults, read):
    with pytest.raises(InputError) as caught:
        read("|\n" * 30)

    assert len(str(caught.value).splitlines()) == 21
    assert str(caught.value).endswith("and 10 more lines with faults")


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
    """Snakemake would take its files for the works of a rule that feeds itself, and stop the whole run."""
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


@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path, kind):
    path = tmp_path / "topics.txt"
    os.mkfifo(path) if kind == "fifo" else path.symlink_to("/dev/zero")

    with pytest.raises(InputError, match=r"cannot be read \(not a regular file\)"):
        read_topics(path)


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


def test_a_line_feed_cannot_reach_an_attribute(faults):
    assert faults("Tea | slug=tea\nvoice=x | rm=1") == [
        "2: has the unknown key 'rm'; expected one of slug, language, voice, seed"
    ]


def test_hostile_text_in_a_message_is_escaped_and_short(faults):
    (fault,) = faults("Tea | \u202e" + "x" * 500)

    assert "\u202e" not in fault
    assert "\\u202e" in fault
    assert len(fault) < 260


def test_a_text_too_long_for_a_command_line_is_refused(faults, read):
    assert read("x" * MAX_TEXT)[0][0].text == "x" * MAX_TEXT

    assert faults("x" * (MAX_TEXT + 1)) == ["1: has 4001 characters; expected at most 4000"]


def test_twice_the_topics_take_twice_as_long(read):
    def text(lines: int) -> str:
        return "\n".join(f"Topic number {n} | seed={n}" for n in range(lines))

    assert len(read(text(10_000))[0]) == 10_000
    assert growth(read, text(5_000), text(10_000)) < 3


def readme_block(first: str) -> str:
    """The block of code in config/README.md that begins so."""
    text = (Path(__file__).parents[2] / "config" / "README.md").read_text(encoding="utf-8")
    return next(block for block in text.split("```")[1::2] if block.startswith(f"\n{first}"))


def test_the_examples_of_the_readme_are_topics(read):
    topics, warnings = read(readme_block("# One topic per line"))

    assert topics == [
        Topic("Why the sky is blue", "why-the-sky-is-blue"),
        Topic("How bread rises", "how-bread-rises", seed=7),
        Topic("A história do café", "historia-cafe", "pt-BR", "pt_BR-faber-medium"),
        Topic("Tea | or coffee?", "tea-or-coffee"),
    ]
    assert warnings == []


def test_the_errors_of_the_readme_are_those_that_are_told(faults):
    lines = [b"Tea", b"tea!", b"Tea | or coffee", b"Tea | sed=1", b"Tea | seed=-1", b"???", b"CON"]
    lines += [b"Tea\tpot", b"Tea\rpot", b"Caf\xe9"]

    told = [f"topics.txt:{fault}" for fault in faults(b"\n".join(lines))]

    assert told == readme_block("topics.txt:2:").strip().splitlines()


# Several languages


def several(tmp_path, text):
    path = tmp_path / "topics.txt"
    path.write_text(text, encoding="utf-8")
    return read_topics(path)[0]


def test_a_topic_in_several_languages_is_a_topic_for_each(tmp_path):
    topics = several(tmp_path, "Coffee\nThe history of tea | language=en,pt-BR,es seed=7\n")

    assert [(t.slug, t.language, t.text_id, t.seed, t.line) for t in topics] == [
        ("coffee", None, None, None, 1),
        ("the-history-of-tea", "en", "the-history-of-tea", 7, 2),
        ("the-history-of-tea-pt-br", "pt-BR", "the-history-of-tea", 7, 2),
        ("the-history-of-tea-es", "es", "the-history-of-tea", 7, 2),
    ]


def test_a_further_language_leaves_the_slug_of_the_first_as_it_was(tmp_path):
    before = several(tmp_path, "Tea | language=en\n")
    after = several(tmp_path, "Tea | language=en,de\n")

    assert before[0].slug == after[0].slug == "tea"


def test_the_slug_of_a_further_language_stays_within_80_characters(tmp_path):
    topics = several(tmp_path, f"{'tea ' * 30} | language=en,pt-BR\n")

    assert len(topics[1].slug) <= 80 and topics[1].slug.endswith("-pt-br")
    assert topics[0].slug != topics[1].slug


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ("language=en,EN", "name each language once"),
        ("language=en,", "expected a language code like en or pt-BR, or several like en,pt-BR,es"),
        ("language=en,de voice=x", "one voice for several languages"),
    ],
)
def test_what_cannot_be_meant_by_several_languages_is_told(tmp_path, attributes, message):
    with pytest.raises(InputError, match=message):
        several(tmp_path, f"Tea | {attributes}\n")
