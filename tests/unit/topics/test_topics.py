"""Reading of the topics file: lines, encodings, control characters, and the examples of the README."""

import os

import pytest
from audio_pipeline.core.topics import MAX_TEXT, Topic, read_topics
from audio_pipeline.errors import InputError
from direct import ROOT
from growth import growth


def test_each_line_is_a_topic_in_the_order_of_the_file(read):
    topics, warnings = read("Why the sky is blue\nHow bread rises\n")

    assert topics == [
        Topic("Why the sky is blue", "why-the-sky-is-blue"),
        Topic("How bread rises", "how-bread-rises"),
    ]
    assert warnings == []


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


@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_what_is_no_regular_file_is_refused_and_not_waited_for(tmp_path, kind):
    path = tmp_path / "topics.txt"
    os.mkfifo(path) if kind == "fifo" else path.symlink_to("/dev/zero")

    with pytest.raises(InputError, match=r"cannot be read \(not a regular file\)"):
        read_topics(path)


def test_a_text_too_long_for_a_command_line_is_refused(faults, read):
    assert read("x" * MAX_TEXT)[0][0].text == "x" * MAX_TEXT

    assert faults("x" * (MAX_TEXT + 1)) == ["1: has 4001 characters; expected at most 4000"]


def test_twice_the_topics_take_twice_as_long(read):
    def text(lines: int) -> str:
        return "\n".join(f"Topic number {n} | seed={n}" for n in range(lines))

    assert len(read(text(10_000))[0]) == 10_000
    assert growth(read, text(5_000), text(10_000)) < 3


def readme_block(first: str) -> str:
    """Return the block of code in config/README.md that begins so."""
    text = (ROOT / "config/README.md").read_text(encoding="utf-8")
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


@pytest.mark.parametrize(("count", "more"), [(21, 1), (45, 25)])
def test_faults_beyond_the_twentieth_are_counted(read, count, more):
    with pytest.raises(InputError, match=f"and {more} more lines with faults"):
        read("|\n" * count)


def test_twenty_faults_are_all_told(read):
    with pytest.raises(InputError) as caught:
        read("|\n" * 20)

    lines = str(caught.value).splitlines()
    assert len(lines) == 20 and lines[-1].partition("topics.txt:")[2].startswith("20: ")


@pytest.mark.parametrize(
    ("length", "shown"), [(60, f"'{'y' * 60}'"), (61, f"'{'y' * 60}...'"), (1, "'y'")]
)
def test_what_is_shown_of_a_line_has_at_most_60_characters(faults, length, shown):
    assert faults(f"Tea | {'y' * length}=1") == [
        f"1: has the unknown key {shown}; expected one of "
        "slug, language, voice, seed, preset, source, text, from, original"
    ]


def test_a_column_counts_what_stands_before_the_text(faults):
    assert faults("Tea\n\t  Green\x07 tea") == [
        "2: has the control character U+0007 at column 9; replace it with a space"
    ]
