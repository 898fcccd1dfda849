"""Music and sounds of clips under speech: what is heard when, and how loud."""

from pathlib import Path

import numpy as np
import pytest
from audio_pipeline.sound import loudness
from audio_pipeline.sound.background import Background, ClipSound
from audio_pipeline.sound.sample_file import SampleFile

RATE_HZ = 48_000
LUFS = -26


def tone(hertz: float, seconds: float, amplitude: float) -> SampleFile:
    times_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = amplitude * 32767 * np.sin(2 * np.pi * hertz * times_s)
    return SampleFile.of(np.repeat(np.rint(wave).astype(np.int16)[:, None], 2, axis=1))


def clip(begin_s: float, end_s: float, *, loop: bool = False) -> ClipSound:
    return ClipSound(Path("sea.mp4"), 0.0, loop, begin_s, end_s)


def background(music, *clips, seconds: float = 12.0) -> np.ndarray:
    made = Background(music, clips, round(seconds * RATE_HZ), RATE_HZ)
    whole = made.read(0, len(made))
    parts = [
        made.read(start, min(start + 33_333, len(made))) for start in range(0, len(made), 33_333)
    ]
    assert np.array_equal(np.concatenate(parts), whole)  # however it is read
    return whole


def share_of(sound: np.ndarray, hertz: float, begin_s: float, end_s: float) -> float:
    """Return the share of the power that a frequency has."""
    part = sound[round(begin_s * RATE_HZ) : round(end_s * RATE_HZ), 0].astype(float)
    turning = np.exp(2j * np.pi * hertz * np.arange(len(part)) / RATE_HZ)
    return float(2 * abs(np.mean(part * turning)) ** 2 / np.mean(part**2))


def test_a_clip_takes_the_place_of_the_music_while_it_is_seen():
    sound = background(tone(440, 12, 0.5), (clip(4, 8), tone(2000, 6, 0.02)))

    assert share_of(sound, 440, 1, 3.8) == pytest.approx(1, abs=0.01)
    assert share_of(sound, 2000, 4.2, 7.8) == pytest.approx(1, abs=0.01)
    assert share_of(sound, 440, 8.2, 11) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("amplitude", [0.9, 0.1, 0.02])
def test_all_sounds_are_equally_loud(amplitude):
    sound = background(tone(997, 12, amplitude), (clip(6, 12), tone(997, 6.3, amplitude / 2)))

    for half in (sound[: 5 * RATE_HZ], sound[7 * RATE_HZ :]):
        assert loudness.integrated_lufs(half, RATE_HZ) == pytest.approx(LUFS, abs=0.2)


def test_music_returns_when_the_sound_of_a_clip_is_over():
    sound = background(tone(440, 12, 0.5), (clip(2, 10), tone(2000, 3, 0.2)))

    assert share_of(sound, 2000, 2.2, 4.5) == pytest.approx(1, abs=0.01)
    assert share_of(sound, 440, 5, 12) == pytest.approx(1, abs=0.01)


def test_a_clip_that_repeats_is_heard_to_the_end_of_its_scene_without_music():
    sound = background(None, (clip(2, 10, loop=True), tone(2000, 1.2345, 0.2)))

    levels = np.abs(sound[round(2.3 * RATE_HZ) : round(9.7 * RATE_HZ), 0].astype(int))
    assert levels.reshape(-1, RATE_HZ // 50).max(axis=1).min() > 0.6 * levels.max()
    assert not sound[:RATE_HZ].any() and not sound[11 * RATE_HZ :].any()


def test_two_clips_in_a_row_leave_no_room_for_music():
    sound = background(
        tone(440, 12, 0.5), (clip(2, 6), tone(2000, 5, 0.2)), (clip(6, 10), tone(3000, 5, 0.2))
    )

    assert share_of(sound, 440, 5.8, 6.2) < 0.01


def test_clips_without_a_sound_are_silence():
    assert not background(None, (clip(2, 6), tone(2000, 5, 0.0))).any()
    assert not background(None, (clip(2, 6, loop=True), tone(2000, 0, 0.0))).any()
