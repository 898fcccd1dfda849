"""Loudness, with ffmpeg's ebur128 as the reference."""

import re
import subprocess

import numpy as np
import pytest
from audio_pipeline.sound import wav
from audio_pipeline.sound.levelling import PEAK_DBTP
from audio_pipeline.sound.loudness import Levels, integrated_lufs, true_peak_dbtp
from audio_pipeline.sound.resampling import resampled
from levelled_sound import level, levelled
from waiting import LONGEST_S

RATE_HZ = 22050


def speech_like(seconds: float, rate_hz: int = RATE_HZ, channels: int = 1, level=0.12, seed=1):
    """Return noise in syllables, with peaks far above its loudness, up to full scale: int16, (n, channels)."""
    random = np.random.default_rng(seed)
    count = round(seconds * rate_hz)
    t = np.arange(count) / rate_hz
    voiced = np.sin(2 * np.pi * 140 * t)[:, None] ** 9 * 4
    sound = (voiced + random.normal(size=(count, channels))) * level
    sound *= (np.sin(2 * np.pi * 2.1 * t) > -0.4)[:, None] * (0.3 + np.sin(0.7 * t)[:, None] ** 2)
    return np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)


def referee(samples: np.ndarray, rate_hz: int, folder) -> tuple[float, float]:
    """Return integrated loudness in LUFS and true peak in dBTP, as ffmpeg measures them."""
    import imageio_ffmpeg

    path = folder / "sound.wav"
    path.write_bytes(wav.plain(samples.tobytes(), rate_hz, samples.shape[1]))
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostats", "-i", str(path)]
    command += ["-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S).stderr
    said = said[said.rindex("Summary") :]
    return (
        float(re.search(r"I:\s+(\S+)", said)[1]),
        float(re.findall(r"Peak:\s+(\S+)", said)[-1]),
    )


CASES = [
    (0.5, RATE_HZ, 1, 0.12),
    (1.0, RATE_HZ, 1, 0.02),
    (3.0, 16000, 1, 0.3),
    (7.3, RATE_HZ, 2, 0.12),
    (12.0, 24000, 1, 0.01),
    (20.0, 44100, 2, 0.2),
    (5.0, 48000, 1, 0.12),
    (75.0, RATE_HZ, 1, 0.05),  # more than one chunk
]


@pytest.mark.parametrize(("seconds", "rate_hz", "channels", "level"), CASES)
def test_loudness_and_true_peak_are_those_of_ffmpeg(tmp_path, seconds, rate_hz, channels, level):
    samples = speech_like(seconds, rate_hz, channels, level)

    lufs, dbtp = referee(samples, rate_hz, tmp_path)

    assert integrated_lufs(samples, rate_hz) == pytest.approx(lufs, abs=0.1)
    assert true_peak_dbtp(samples, rate_hz) == pytest.approx(dbtp, abs=0.2)


@pytest.mark.parametrize("target", [-16.0, -23.0])
@pytest.mark.parametrize(("seconds", "rate_hz", "channels", "level"), CASES)
def test_a_levelled_sound_has_the_target_loudness_and_no_peak_above_the_bound(
    tmp_path, seconds, rate_hz, channels, level, target
):
    samples = speech_like(seconds, rate_hz, channels, level)

    made = levelled(samples, rate_hz, target)

    lufs, dbtp = referee(made, rate_hz, tmp_path)
    assert (made.shape, made.dtype) == (samples.shape, np.int16)
    assert lufs == pytest.approx(target, abs=0.5)
    assert dbtp <= PEAK_DBTP


def test_the_levels_are_those_of_the_levelled_sound():
    made, levels = level(speech_like(75), RATE_HZ, -16.0)

    assert levels == Levels(integrated_lufs(made, RATE_HZ), true_peak_dbtp(made, RATE_HZ))


def test_levelling_twice_changes_next_to_nothing():
    once = levelled(speech_like(5), RATE_HZ, -16.0)

    assert np.abs(levelled(once, RATE_HZ, -16.0).astype(int) - once).max() < 400


def test_levelling_twice_the_same_gives_the_same_bytes():
    samples = speech_like(2)

    assert (
        levelled(samples, RATE_HZ, -16.0).tobytes() == levelled(samples, RATE_HZ, -16.0).tobytes()
    )


@pytest.mark.parametrize("seconds", [0.05, 0.39])
def test_a_sound_below_four_tenths_of_a_second_gets_the_loudness_that_it_would_have_if_repeated(
    seconds,
):
    samples = speech_like(seconds, level=0.02)

    made = levelled(samples, RATE_HZ, -20.0)

    assert integrated_lufs(samples, RATE_HZ) is None
    repeated = np.tile(made, (round(4 / seconds), 1))
    assert integrated_lufs(repeated, RATE_HZ) == pytest.approx(-20, abs=0.5)


def test_a_loud_sound_below_four_tenths_of_a_second_is_limited():
    loud = np.full((5000, 1), 32767, np.int16) * np.sign(np.sin(np.arange(5000) / 9))[:, None]

    assert true_peak_dbtp(levelled(loud.astype(np.int16), RATE_HZ, -16.0), RATE_HZ) <= PEAK_DBTP


def test_silence_stays_silent():
    silence = np.zeros((RATE_HZ, 1), np.int16)

    assert integrated_lufs(silence, RATE_HZ) is None
    assert not levelled(silence, RATE_HZ, -16.0).any()


def test_pauses_stay_silent():
    samples = speech_like(4)
    samples[RATE_HZ : 2 * RATE_HZ] = 0

    assert not levelled(samples, RATE_HZ, -16.0)[RATE_HZ : 2 * RATE_HZ].any()


def test_a_whisper_is_amplified_by_30_decibels_at_most():
    samples = speech_like(3, level=0.002)

    made = levelled(samples, RATE_HZ, -16.0)

    gained = integrated_lufs(made, RATE_HZ) - integrated_lufs(samples, RATE_HZ)
    assert gained == pytest.approx(30, abs=0.5)


def test_a_peak_between_two_samples_is_seen():
    phase = np.arange(4800) * np.pi / 2 + np.pi / 4  # a quarter of the sample rate, off the peaks
    samples = np.rint(20000 * np.sin(phase) * np.hanning(4800)).astype(np.int16)[:, None]

    seen = true_peak_dbtp(samples, 48000) - 20 * np.log10(np.abs(samples).max() / 32768)

    assert seen == pytest.approx(3.01, abs=0.1)


def test_an_empty_sound_is_left_empty():
    assert levelled(np.zeros((0, 1), np.int16), RATE_HZ, -16.0).shape == (0, 1)


@pytest.mark.parametrize(
    ("have", "wanted"), [(22050, 48000), (22050, 44100), (48000, 22050), (16000, 24000)]
)
def test_resampling_keeps_length_pitch_and_level(have, wanted):
    tone = np.rint(9000 * np.sin(2 * np.pi * 440 * np.arange(have) / have)).astype(np.int16)[
        :, None
    ]

    made = resampled(tone, have, wanted)

    spectrum = np.abs(np.fft.rfft(made[:, 0]))
    assert made.shape == (wanted, 1) and made.dtype == np.int16
    assert spectrum.argmax() == 440
    inner = made[wanted // 10 : -wanted // 10].astype(float)
    assert np.sqrt((inner**2).mean()) == pytest.approx(9000 / np.sqrt(2), rel=0.01)


def test_the_same_rate_changes_nothing():
    samples = speech_like(1)

    assert resampled(samples, RATE_HZ, RATE_HZ) is samples
