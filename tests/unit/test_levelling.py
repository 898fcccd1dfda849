"""Recordings of many sentences, levelled one by one, in little memory."""

import functools
import itertools
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from audio_pipeline.sound.levelling import PEAK_DBTP
from audio_pipeline.sound.loudness import integrated_lufs
from direct import ROOT
from levelled_sound import level
from test_loudness import RATE_HZ, speech_like

TARGET = -16.0
REPLACED = 2


def sentences(count: int) -> list[np.ndarray]:
    """Return sounds of different length and loudness; a few are very short."""
    random = np.random.default_rng(7)
    return [
        speech_like(
            0.3 if number % 9 == 4 else random.uniform(0.8, 2),
            level=0.12 * 10 ** (random.uniform(-12, 0) / 20),
            seed=number,
        )
        for number in range(count)
    ]


def loudness_of_each(sounds: list[np.ndarray], pause_s: float = 0.3) -> list[float | None]:
    """Return the loudness of each sentence of a levelled recording."""
    pause, spans, position = np.zeros((round(pause_s * RATE_HZ), 1), np.int16), [], 0
    for sound in sounds:
        spans.append((position, position + len(sound)))
        position += len(sound) + len(pause)
    joined = np.concatenate([part for sound in sounds for part in (sound, pause)])
    made, levels = level(joined, RATE_HZ, TARGET, spans)
    assert levels.lufs == pytest.approx(TARGET, abs=0.5)
    assert levels.dbtp <= PEAK_DBTP
    for (_, end), (start, _) in itertools.pairwise(spans):
        assert not made[end:start].any()
    return [integrated_lufs(made[start:end], RATE_HZ) for start, end in spans]


@functools.cache
def loudness_before(count: int, pause_s: float) -> list[float | None]:
    sounds = sentences(count)
    sounds[REPLACED] = speech_like(2, level=0.03, seed=98)
    return loudness_of_each(sounds, pause_s)


@pytest.mark.parametrize("pause_s", [0.3, 0.0])
@pytest.mark.parametrize("change_db", [12, -12])
@pytest.mark.parametrize("count", [5, 40])
def test_another_sentence_leaves_the_loudness_of_the_others(count, change_db, pause_s):
    sounds = sentences(count)
    sounds[REPLACED] = speech_like(1.5, level=0.03 * 10 ** (change_db / 20), seed=99)

    before, after = loudness_before(count, pause_s), loudness_of_each(sounds, pause_s)

    both = [
        (old, new)
        for number, (old, new) in enumerate(zip(before, after, strict=True))
        if number != REPLACED and None not in (old, new)
    ]
    assert len(both) >= count - 2 - count // 9
    assert max(abs(new - old) for old, new in both) < 0.5
    found = [lufs for lufs in after if lufs is not None]
    assert max(found) - min(found) < 0.5  # all are equally loud


def test_a_silent_sentence_gets_no_gain():
    hiss = np.random.default_rng(1).integers(-3, 4, (RATE_HZ, 1)).astype(np.int16)
    speech = speech_like(3, level=0.02)

    made, _ = level(
        np.concatenate([speech, hiss]),
        RATE_HZ,
        TARGET,
        [(0, len(speech)), (len(speech), len(speech) + len(hiss))],
    )

    assert np.abs(made[len(speech) + RATE_HZ // 50 :]).max() <= 4


def test_the_gain_changes_smoothly_between_sentences_without_a_pause():
    half = 2 * RATE_HZ
    tone = 8000 * np.sin(np.arange(2 * half) / 7)
    tone[half:] /= 4
    samples = np.rint(tone).astype(np.int16)[:, None]

    made, _ = level(samples, RATE_HZ, -23.0, [(0, half), (half, 2 * half)])

    audible = np.flatnonzero(np.abs(samples[:, 0]) > 400)
    gain_db = 20 * np.log10(made[audible, 0] / samples[audible, 0])
    assert gain_db[-1000] - gain_db[1000] == pytest.approx(12.04, abs=0.1)
    assert np.abs(np.diff(gain_db)).max() < 0.4
    ramp = audible[(gain_db > gain_db[1000] + 0.2) & (gain_db < gain_db[-1000] - 0.2)]
    assert half - 0.012 * RATE_HZ < ramp.min() < half < ramp.max() < half + 0.012 * RATE_HZ


CHILD = """
import sys
import numpy as np
from pathlib import Path
from audio_pipeline.sound import assembly, sound_checks, wav
from direct import settings

rate_hz, count = int(sys.argv[1]), int(sys.argv[2])
sound = np.random.default_rng(1).normal(0, 3000, 10 * rate_hz).clip(-32768, 32767).astype(np.int16)
file = wav.plain(sound.tobytes(), rate_hz, 1)
wanted = {"language": "en", "rate_hz": None, "loudness_lufs": -16.0, "sentence_pause_s": 0.35, "paragraph_pause_s": 0.7}
values = settings("audio", "piper", checks=dict.fromkeys(sound_checks.CHECKS, "warn"))
pieces = [assembly.Piece("One.", "One.", "sentence")] * count
assembly.assembled(pieces, [lambda: file] * count, wanted, values, Path(sys.argv[3]))
status = Path("/proc/self/status").read_text().splitlines()
print(*(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM:")))
"""


# ru_maxrss of a child would include the memory of its parent, from before it was another program.
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_twenty_minutes_take_little_memory(tmp_path):
    """The samples alone are 53 MB, and 212 MB as numpy's default floats; Python and numpy take 36 MB."""
    command = [sys.executable, "-c", CHILD, str(RATE_HZ), "120", str(tmp_path / "made.wav")]
    path = {"PYTHONPATH": f"{ROOT / 'scripts'}:{ROOT / 'tests'}"}

    megabytes = int(subprocess.run(command, check=True, capture_output=True, env=path).stdout)

    assert (tmp_path / "made.wav").stat().st_size > 120 * 10 * 2 * RATE_HZ
    assert megabytes < 130
