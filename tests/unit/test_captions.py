"""Subtitle files: times, and the escaping of hostile text."""

import re

import pytest
from audio_pipeline.errors import InputError
from audio_pipeline.sound.alignment import Word
from audio_pipeline.video import captions
from audio_pipeline.video.cues import Cue

HOSTILE = [
    "a --> b",
    "<script>alert(1)</script>",
    "<b>bold</b> & <i>italic",
    "{\\an8}top {y:i}",
    "NOTE is no note",
    "WEBVTT",
    "&amp; &lt;b&gt;",
    "\\N \\h \\n",
    "'; rm -rf / %{pts} : , [x]",
    "3 < 4 > 2",
    "00:00:01,000 --> 00:00:02,000",
]


def one(*lines: str) -> list[Cue]:
    return [Cue(1.0, 2.5, lines)]


TYPE = captions.Typography(640, 360, 20, 10)


def test_times_have_hours_and_thousandths():
    cues = [Cue(0.0004, 1.9996, ("a",)), Cue(3661.5, 3662.25, ("b",))]

    assert "00:00:00,000 --> 00:00:02,000\na\n" in captions.srt(cues)
    assert "01:01:01.500 --> 01:01:02.250\nb\n" in captions.vtt(cues)
    assert "Dialogue: 1:01:01.50,1:01:02.25,Default,b" in captions.ass(cues, TYPE)


def test_the_three_forms_of_a_cue():
    assert captions.srt(one("Tea.", "Hot.")) == "1\n00:00:01,000 --> 00:00:02,500\nTea.\nHot.\n"
    assert captions.vtt(one("Tea.")) == "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nTea.\n"
    assert "Default,Tea.\\NHot.\n" in captions.ass(one("Tea.", "Hot."), TYPE)


@pytest.mark.parametrize("text", HOSTILE)
def test_webvtt_has_no_markup_and_shows_the_text(text):
    body = captions.vtt(one(text)).split("\n", 3)[3]

    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", body)
    shown = body.strip().replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown == text


@pytest.mark.parametrize("text", HOSTILE)
def test_subrip_has_no_markup_and_one_cue(text):
    written = captions.srt(one(text))

    assert not re.search(r"<\s*[a-zA-Z/!]|[{}]", written)
    assert written.count("-->") == 1
    assert len(captions.parse(written, "x.srt")) == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_advanced_substation_has_no_codes(text):
    written = captions.ass(one(text), TYPE)
    line = written.rstrip("\n").splitlines()[-1]

    assert line.startswith("Dialogue: ") and not re.search(r"\\[Nnh]|[{}]", line)


def test_signs_that_are_no_markup_stay():
    assert captions.srt(one("3 < 4 > 2, a <3 b")).splitlines()[2] == "3 < 4 > 2, a <3 b"


def test_control_characters_and_directions_are_taken_out():
    text = "a\x00b\x1b[31m \u202eevil\u202c \u2066x\u2069 \ufefftea\ud800 \u2028line"

    assert captions.clean(text) == "a b [31m evil x tea  line"


def test_letters_that_run_leftwards_and_their_marks_stay():
    text = "שלום \u200fمرحبا\u200c 👨‍👩‍👧"

    assert captions.clean(text) == text


def test_a_written_file_is_read_again():
    cues = [Cue(0.5, 2.0, ("One", "two.")), Cue(2.0, 4.25, ("Three.",))]

    assert captions.parse(captions.srt(cues), "x.srt") == cues


def test_a_file_of_another_editor_is_read():
    text = "\ufeff1\r\n00:00:01.000 --> 00:00:02.500 X1:40\r\nTea.\r\n\r\n\r\n00:00:03,000 --> 00:00:04,000\r\nHot.\r\n"

    assert captions.parse(text, "x.srt") == [Cue(1.0, 2.5, ("Tea.",)), Cue(3.0, 4.0, ("Hot.",))]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Tea.\n", "x.srt: cue 1 has no line like 00:00:01,000 --> 00:00:03,500 but 'Tea.'"),
        ("1\n00:00:05,000 --> 00:00:04,000\na\n", "x.srt: cue 1 begins or ends too early"),
        (
            "1\n00:00:05,000 --> 00:00:06,000\na\n\n2\n00:00:04,000 --> 00:00:07,000\nb\n",
            "x.srt: cue 2 begins or ends too early",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text, told):
    with pytest.raises(InputError, match=re.escape(told)):
        captions.parse(text, "x.srt")


def lit(written: str) -> list[tuple[str, str, str]]:
    """Return begin, end and the lit word of each event."""
    pattern = r"Dialogue: 0:00:(\S+?),0:00:(\S+?),Default,.*?\{\\c&H4FD8FF&\}(.*?)\{"
    return re.findall(pattern, written)


def test_each_word_is_lit_while_it_is_said():
    cue = Cue(1, 3, ("Tea is", "hot."))
    words = [
        Word("Tea", True, 0, 1.2, 1.5),
        Word("is", True, 0, 1.6, 1.8),
        Word("hot.", True, 0, 2.2, 2.6),
    ]
    written = captions.ass_by_word([cue], words, TYPE)

    assert lit(written) == [
        ("01.00", "01.60", "Tea"),
        ("01.60", "02.20", "is"),
        ("02.20", "03.00", "hot."),
    ]
    shown = [
        re.sub(r"\{.*?\}", "", line).split("Default,")[1] for line in written.splitlines()[-3:]
    ]
    assert shown == ["Tea is\\Nhot."] * 3


def test_an_edited_cue_is_lit_by_the_length_of_its_words():
    written = captions.ass_by_word([Cue(0, 4, ("abc abcdefgh d",))], [], TYPE)

    assert [word for _, _, word in lit(written)] == ["abc", "abcdefgh", "d"]
    assert [begin for begin, _, _ in lit(written)] == ["00.00", "01.14", "03.71"]


@pytest.mark.parametrize("text", HOSTILE)
def test_lit_words_have_no_other_codes(text):
    for line in captions.ass_by_word(one(text), [], TYPE).splitlines():
        if line.startswith("Dialogue: "):
            rest = re.sub(r"\{\\c&H[0-9A-F]{6}&\}", "", line)
            assert not re.search(r"\\[Nnh]|[{}]", rest)
