"""Synthesized speech and music, and what a mix has of the music."""

from pathlib import Path

import numpy as np
from audio_pipeline.sound import loudness, wav
from audio_pipeline.sound.sample_file import SampleFile

RATE_HZ = 48_000
CHORDS = ((220, 261.6, 329.6), (174.6, 220, 261.6), (196, 246.9, 293.7), (164.8, 207.7, 246.9))


def sentences(spans, length_s: float, levels=None, rate_hz: int = RATE_HZ) -> np.ndarray:
    """Return noise like syllables in the spans, and silence elsewhere: int16, mono.

    levels: RMS of each sentence.
    """
    random, made = np.random.default_rng(3), np.zeros(round(length_s * rate_hz))
    for number, (begin, end) in enumerate(spans):
        t = np.arange(round((end - begin) * rate_hz)) / rate_hz
        voice = np.sin(2 * np.pi * 140 * t) + 0.5 * np.sin(2 * np.pi * 700 * t)
        voice += 0.2 * random.normal(size=len(t))
        voice *= 0.6 + 0.4 * np.sin(2 * np.pi * 4 * t)
        first = round(begin * rate_hz)
        made[first : first + len(t)] = voice * (levels[number] if levels else 0.1)
    return np.rint(made * 32767).clip(-32768, 32767).astype(np.int16)[:, None]


def chords(length_s: float, level: float = 0.1, rate_hz: int = RATE_HZ, beat_s=2.0) -> np.ndarray:
    """Return chords with overtones that change every beat_s, with a swell in each: int16, stereo."""
    made = np.zeros((round(length_s * rate_hz), 2))
    for number in range(int(length_s / beat_s) + 1):
        first = round(number * beat_s * rate_hz)
        part = made[first : first + round((beat_s + 0.3) * rate_hz)]
        t = np.arange(len(part)) / rate_hz
        shape = np.clip(np.minimum(t / 0.3, (beat_s + 0.3 - t) / 0.6), 0, 1)
        for tone, hz in enumerate(CHORDS[number % len(CHORDS)]):
            wave = sum(np.sin(2 * np.pi * hz * n * t + tone) / n for n in (1, 2, 3)) * shape
            part[:, tone % 2] += wave
            part[:, (tone + 1) % 2] += 0.5 * wave
    return np.rint(made * level / 3 * 32767).clip(-32768, 32767).astype(np.int16)


def write(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    path.write_bytes(wav.plain(samples.tobytes(), rate_hz, samples.shape[1]))
    return path


def read(path: Path) -> np.ndarray:
    """Return the samples of a file, after checking that it is in the format of a mix."""
    sound = wav.parse(path.read_bytes())
    assert (sound.coding, sound.bits, sound.channels, sound.rate_hz) == (1, 16, 2, RATE_HZ)
    return np.frombuffer(sound.samples, "<i2").reshape(-1, 2)


def music_in(mix: np.ndarray, speech: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the music and the speech of a mix in which no peak was limited: floats, (n, 2).

    speech: at 48 kHz, mono. Its gain in the mix is that with which the least remains.
    """
    voice = np.zeros(mix.shape)
    voice[: len(speech)] = speech
    gain = (mix * voice).sum() / (voice * voice).sum()
    return mix - gain * voice, gain * voice


def power_db(sound: np.ndarray, begin_s: float, end_s: float) -> float:
    """Return the K-weighted power of a part in LU, ungated. sound: full scale is 32768."""
    # Weighted as a whole, since a filter would ring at the edge of a part.
    scaled = np.rint(sound * 1.0).clip(-32768, 32767).astype(np.int16)
    weighted = np.concatenate(
        [powers for _, powers in loudness.analysed(SampleFile.of(scaled), RATE_HZ, 10 * RATE_HZ)]
    )
    part = weighted[round(begin_s * RATE_HZ) : round(end_s * RATE_HZ)]
    return -0.691 + 10 * np.log10(part.mean() + 1e-12)
