import contextlib
import io
import random
import struct
import wave

import pytest
from audio_pipeline.errors import BadAnswer
from audio_pipeline.sound.decoding import decoded
from audio_pipeline.sound.wav import duration_s
from growth import growth


def pcm_wav(data: bytes) -> bytes:
    return decoded(data)[0]


def wav(channels: int = 1, width: int = 2, rate: int = 22050) -> bytes:
    """Return a sound of 1024 frames."""
    data = io.BytesIO()
    with wave.open(data, "wb") as sound:
        sound.setparams((channels, width, rate, 0, "NONE", ""))
        sound.writeframes(bytes(range(256)) * 4 * channels * width)
    return data.getvalue()


def with_header(data: bytes, samples: bytes, announced: int) -> bytes:
    """Return a WAV file with a size in its header that does not match its data."""
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


UNKNOWN = [0, 0x7FFFF000, 0x7FFFFFFF, 2_000_000_000, 0x80000000, 0xFFFFFFFF - 36, 0xFFFFFFFF]
LIST = b"LIST" + struct.pack("<I", 26) + b"INFOISFT\x0e\0\0\0Lavf63.1.102\0\0"


@pytest.mark.parametrize(
    "behind", [b"", LIST, LIST + b"\0", b"fact\4\0\0\0\0\0\0\0" + LIST, LIST + b"id3 \3\0\0\0abc\0"]
)
@pytest.mark.parametrize("announced", UNKNOWN)
def test_a_sound_that_was_streamed_gets_its_true_length(announced, behind):
    assert pcm_wav(with_header(WHOLE, SAMPLES + behind, announced)) == WHOLE


def test_the_name_of_a_chunk_within_the_samples_is_sound():
    samples = b"LIST\4\0\0\0INFO" + SAMPLES + b"LIST\xff\0\0\0IN"

    assert pcm_wav(with_header(WHOLE, samples, 0xFFFFFFFF))[44:] == samples


@pytest.mark.parametrize("announced", UNKNOWN)
def test_a_streamed_sound_with_nothing_but_a_list_is_refused(announced):
    with pytest.raises(BadAnswer, match="the sound has 0 of"):
        pcm_wav(with_header(WHOLE, LIST, announced))


def test_a_sound_that_goes_on_behind_its_announced_length_is_refused():
    with pytest.raises(BadAnswer, match=r"goes on for 2048 bytes after the 2048 that its header"):
        pcm_wav(with_header(WHOLE, SAMPLES + SAMPLES, len(SAMPLES)))


def with_length(data: bytes, announced: int) -> bytes:
    return data[:40] + struct.pack("<I", announced) + data[44:]


TWICE = pcm_wav(with_header(WHOLE, SAMPLES * 2, 0))


@pytest.mark.parametrize("behind", [b"", LIST])
@pytest.mark.parametrize("announced", [*UNKNOWN, len(SAMPLES), 2 * len(SAMPLES) + 44])
def test_files_one_after_another_are_joined(announced, behind):
    """The last length: a server may put the length of all parts into the first header."""
    first = with_length(WHOLE, announced) + (behind if announced != 2 * len(SAMPLES) + 44 else b"")

    assert pcm_wav(first + WHOLE + behind) == TWICE


def test_a_file_without_samples_before_others_is_left_out():
    assert pcm_wav(with_length(WHOLE[:44], 0) + WHOLE + WHOLE) == TWICE


@pytest.mark.parametrize("data", [WHOLE + WHOLE[:-10], WHOLE[:-10] + WHOLE, WHOLE + WHOLE[:20]])
def test_a_file_of_several_that_is_cut_off_is_refused(data):
    with pytest.raises(BadAnswer, match=r"expected all of it|cut off"):
        pcm_wav(data)


def test_files_of_several_rates_and_channels_become_one_sound():
    data = pcm_wav(WHOLE + wav(channels=2, rate=44100) + wav(rate=16000))

    frames = 1024 + 512 + round(1024 * 22050 / 16000)
    assert data[22:28] == WHOLE[22:28] and len(data) == 44 + 2 * frames


@pytest.mark.parametrize("name", [b"JUNK", b"\0\0\0\0", b"data"])
def test_millions_of_chunks_are_refused_at_once(name):
    chunk = name + struct.pack("<I", 0)

    def refuse(sound: bytes) -> None:
        with pytest.raises(BadAnswer, match=r"has more than 1000 chunks before its sound"):
            pcm_wav(sound)

    assert growth(refuse, WHOLE[:12] + chunk * 500_000, WHOLE[:12] + chunk * 2_000_000) < 6


@pytest.mark.parametrize(
    "hostile",
    [
        lambda times: with_header(WHOLE, LIST[:4] * times * 2, 0xFFFFFFFF),
        lambda times: with_header(WHOLE, b"LIST\0\0\0\0" * times + b"sound", 0xFFFFFFFF),
        lambda times: with_header(WHOLE, SAMPLES + b"JUNK\0\0\0\0" * times, len(SAMPLES)),
        lambda times: WHOLE[:12] * times,
        lambda times: b"ID3\4\0\0\0\0\0\0" * times,
        lambda times: b"\x1aE\xdf\xa3" * times * 2,
    ],
    ids=["names", "empty chunks", "behind the sound", "files", "tags", "WebM"],
)
def test_hostile_headers_take_no_time(hostile):
    def look(data: bytes) -> None:
        with contextlib.suppress(BadAnswer):
            pcm_wav(data)

    assert growth(look, hostile(500_000), hostile(2_000_000)) < 6


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
    [b"", b"RIFF", b"ID3\x04mp3", b"OggS", b"fLaC", b'{"error": "x"}', b"<html>", b"RIFF0000AVI "],
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
