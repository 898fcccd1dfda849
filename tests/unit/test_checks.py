import io
import random
import struct
import time
import wave

import pytest
from audio_pipeline.checks import (
    check_characters,
    check_markup,
    check_words,
    duration_s,
    pcm_wav,
    spoken_text,
)
from audio_pipeline.errors import BadAnswer


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
    assert spoken_text(text) == expected


def test_putting_in_order_twice_changes_nothing():
    once = spoken_text(" a \n\n\n b\tc \r\n")

    assert spoken_text(once) == once


@pytest.mark.parametrize("count", [3, 5])
def test_a_number_of_words_within_the_limits_passes(count):
    check_words("tea " * count, 3, 5)


@pytest.mark.parametrize("count", [0, 2, 6])
def test_a_number_of_words_outside_the_limits_is_told(count):
    with pytest.raises(BadAnswer, match=rf"^the script has {count} words; expected 3 to 5"):
        check_words("tea " * count, 3, 5)


@pytest.mark.parametrize(
    "text",
    [
        "Tea is hot. It cools!",
        "In 1999, prices rose - a lot.",
        "Why? Because 2 < 3 and 5 > 4.",
        "She said (quietly) that tea [sic] is hot.",
        "It costs $3.50, i.e. 10% more; see below: yes.",
        "C# and #1 are names.",
        "5 * 3 = 15",
        "snake_case stays",
        "– Olá, disse ela.\n\n– Olá!",
        "1945. That year the war ended.",
        "-5 degrees is cold.",
    ],
)
def test_plain_sentences_pass(text):
    check_markup(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# Tea\nis hot", "a heading"),
        ("Tea\n### Steps\n", "a heading"),
        ("- one\n- two", "a list"),
        ("Tea:\n\n  * one", "a list"),
        ("• one", "a list"),
        ("1. one\n2. two", "a list"),
        ("10) ten", "a list"),
        ("Tea is **hot**.", "bold or code marks"),
        ("Tea is __hot__.", "bold or code marks"),
        ("```\ntea\n```", "bold or code marks"),
        ("See [tea](tea.html).", "a link"),
        ("See https://example.org", "a link"),
        ("[Music]\nTea is hot.", "a stage direction"),
        ("Tea is hot.\n(Fade to black)  \n", "a stage direction"),
        ("Tea [pause] is hot.", "a stage direction"),
        ("Tea [SCENE 2] is hot.", "a stage direction"),
        ("<think>Hm.</think> Tea.", "a thinking block"),
        ("Hm.\n</THINK>\nTea.", "a thinking block"),
        ("Tea<br>is hot", "a tag"),
        ('<p class="x">Tea</p>', "a tag"),
    ],
)
def test_markup_is_named(text, name):
    with pytest.raises(BadAnswer, match=rf"^the script has {name} in it, "):
        check_markup(text)


@pytest.mark.parametrize(
    "text", ["\n" * 50_000 + "x", " \n" * 50_000, "<a " * 50_000, "[" * 50_000, "(\n" * 50_000]
)
def test_a_degenerate_answer_is_checked_in_no_time(text):
    started = time.monotonic()
    check_markup(text)
    spoken_text(text)

    assert time.monotonic() - started < 1


def test_letters_of_all_kinds_pass():
    check_characters("Chá, 茶, чай, شاي, चाय 🍵\nsecond line")


@pytest.mark.parametrize(
    "character", ["\0", "\x1b", "\x7f", "\x85", "\t", "\r", "\ufffd", "\ud800"]
)
def test_a_character_that_is_no_text_is_named(character):
    with pytest.raises(BadAnswer, match=rf"the character U\+{ord(character):04X} in it"):
        check_characters(f"Tea{character}")


def wav(channels: int = 1, width: int = 2, rate: int = 22050) -> bytes:
    """A sound of 1024 frames."""
    data = io.BytesIO()
    with wave.open(data, "wb") as sound:
        sound.setparams((channels, width, rate, 0, "NONE", ""))
        sound.writeframes(bytes(range(256)) * 4 * channels * width)
    return data.getvalue()


def with_header(data: bytes, samples: bytes, announced: int) -> bytes:
    """A WAV file whose header announces another size than follows."""
    return data[:40] + struct.pack("<I", announced) + samples


WHOLE = wav()
SAMPLES = WHOLE[44:]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_a_whole_sound_passes_unchanged(channels, rate):
    data = wav(channels=channels, rate=rate)

    assert pcm_wav(data) == data


def test_other_chunks_are_dropped():
    chunk = b"LIST" + struct.pack("<I", 4) + b"INFO"
    size = struct.pack("<I", len(WHOLE) - 8 + len(chunk))
    data = b"RIFF" + size + WHOLE[8:36] + chunk + WHOLE[36:]

    assert pcm_wav(data) == WHOLE


def test_bytes_after_the_sound_are_dropped():
    assert pcm_wav(WHOLE + b"trailing") == WHOLE


@pytest.mark.parametrize("announced", [0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFFF00 + 4096])
def test_a_sound_that_was_streamed_gets_its_true_length(announced):
    assert pcm_wav(with_header(WHOLE, SAMPLES, announced)) == WHOLE


@pytest.mark.parametrize("missing", [1, 2, 1000, len(SAMPLES) - 2])
def test_a_sound_that_is_cut_off_is_refused(missing):
    with pytest.raises(BadAnswer, match="expected all of it"):
        pcm_wav(WHOLE[:-missing])


def test_half_a_sample_at_the_end_of_a_stream_is_refused():
    with pytest.raises(BadAnswer):
        pcm_wav(with_header(WHOLE, SAMPLES[:-1], 0xFFFFFFFF))


@pytest.mark.parametrize("announced", [0, 0xFFFFFFFF])
def test_a_sound_without_samples_is_refused(announced):
    with pytest.raises(BadAnswer, match="the sound has 0 of"):
        pcm_wav(with_header(WHOLE, b"", announced))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"width": 1}, "has 8 bits"),
        ({"width": 3}, "24 bits"),
        ({"width": 4}, "32 bits"),
        ({"rate": 4000}, "4000 Hz"),
        ({"rate": 4_000_000}, "4000000 Hz"),
        ({"channels": 6}, "6 channels"),
    ],
)
def test_another_format_is_told(change, told):
    with pytest.raises(BadAnswer, match=told):
        pcm_wav(wav(**change))


@pytest.mark.parametrize("tag", [0, 3, 6, 0x55, 0xFFFE])
def test_another_encoding_is_refused(tag):
    with pytest.raises(BadAnswer, match="PCM"):
        pcm_wav(WHOLE[:20] + struct.pack("<H", tag) + WHOLE[22:])


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF", b"ID3\x04mp3", b"OggS", b"fLaC", b'{"error": "x"}', b"<html>", b"RIFX0000WAVE"],
)
def test_what_is_no_wav_file_is_shown(data):
    with pytest.raises(BadAnswer, match="expected a WAV file"):
        pcm_wav(data)


@pytest.mark.parametrize("size", [12, 16, 20, 30, 40, 44])
def test_a_header_that_is_cut_off_is_refused(size):
    with pytest.raises(BadAnswer):
        pcm_wav(WHOLE[:size])


def test_a_header_that_is_cut_off_is_told_so():
    with pytest.raises(BadAnswer, match="cut off"):
        pcm_wav(WHOLE[:30])


def test_whatever_a_header_says_is_refused_or_a_whole_sound():
    dice = random.Random(1)
    for _ in range(5000):
        data = bytearray(WHOLE)
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(48)] = dice.choice([0, 1, 2, 127, 128, 255, dice.randrange(256)])
        try:
            sound = pcm_wav(bytes(data[: dice.choice([len(data), dice.randrange(len(data))])]))
        except BadAnswer:
            continue
        assert duration_s(sound) > 0


def test_the_duration_is_that_of_the_samples():
    assert duration_s(WHOLE) == pytest.approx(len(SAMPLES) / 2 / 22050)
