"""Music under Piper's speech: each sentence stands out, and a recogniser still hears the words."""

from pathlib import Path

import numpy as np
import pytest
from audio_pipeline.core import record as records
from audio_pipeline.sound import music, recogniser, resampling, wav
from audio_pipeline.text.word_errors import compare
from english_model import english_model
from music_sounds import RATE_HZ, chords, music_in, power_db, read, write
from spoken_texts import TEXTS


def spans_s(recording: Path) -> list[tuple[float, float]]:
    rate_hz = wav.parse(recording.read_bytes()).rate_hz
    record = records.load(recording.with_suffix(".json"))
    return [(begin / rate_hz, end / rate_hz) for begin, end, _ in record.service["sentences"]]


def song(length_s: float) -> np.ndarray:
    """Return chords with a drum on each half second, which has all frequencies of speech."""
    sound = chords(length_s, 0.3).astype(float)
    t = np.arange(RATE_HZ // 2) / RATE_HZ
    hit = np.random.default_rng(4).normal(0, 4000, len(t)) * np.exp(-t / 0.06)
    hit += 9000 * np.sin(2 * np.pi * 70 * t) * np.exp(-t / 0.1)
    return np.rint(sound + np.resize(hit, len(sound))[:, None]).clip(-32768, 32767).astype("<i2")


def mixed(recording: Path, sound: Path, output: Path, spoken) -> np.ndarray:
    length_s = wav.duration_s(recording.read_bytes()) + 1
    music.mixed(recording, sound, spoken, output, length_s=length_s, loudness_lufs=-16)
    return read(output)


@pytest.mark.parametrize("name", ["night", "bridge", "honey"])
def test_each_sentence_is_12_lu_over_the_music_and_is_recognised(name, recordings, tmp_path):
    recording, spoken = recordings[name], spans_s(recordings[name])
    sound = write(tmp_path / "music.wav", song(23))

    mix = mixed(recording, sound, tmp_path / "mix.wav", spoken)

    alone = resampling.alike(wav.parse(recording.read_bytes()), RATE_HZ, 1)
    bed, voice = music_in(mix, alone)
    for begin, end in spoken:
        assert power_db(voice, begin, end) - power_db(bed, begin, end) > 12
    hear = recogniser.load(english_model())
    said = hear(recording.read_bytes(), "en")
    heard = hear((tmp_path / "mix.wav").read_bytes(), "en")
    assert compare(TEXTS[name], heard, "en").rate < compare(TEXTS[name], said, "en").rate + 0.05
