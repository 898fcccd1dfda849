import io
import random
import struct
import wave

import pytest
from audio_pipeline.checks import duration_s, pcm_wav
from audio_pipeline.errors import BadAnswer


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
