"""Music under speech: the mix, measured. The files that are decoded are in test_music_files.py."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from audio_pipeline.sound import ducking, loudness, music
from audio_pipeline.sound.levelling import PEAK_DBTP
from audio_pipeline.sound.looping import Looped
from audio_pipeline.sound.sample_file import SampleFile
from direct import ROOT
from music_sounds import RATE_HZ, chords, music_in, power_db, read, sentences, write

SPANS = [(3.0, 5.5), (5.85, 8.0), (8.7, 9.1), (12.5, 16.0), (16.3, 18.2)]
LENGTH_S, TAIL_S = 18.5, 4.0
ALL_S = LENGTH_S + TAIL_S


def mixed(folder: Path, speech: np.ndarray, sound: np.ndarray, spoken=SPANS, **options):
    """Return the mix, and its levels."""
    options = {"length_s": ALL_S, "loudness_lufs": None, **options}
    levels = music.mixed(
        write(folder / "speech.wav", speech), write(folder / "music.wav", sound), spoken,
        folder / "mix.wav", **options,
    )  # fmt: skip
    return read(folder / "mix.wav"), levels


@pytest.fixture(scope="module")
def parts(tmp_path_factory) -> tuple[np.ndarray, np.ndarray]:
    """Return music and speech of a mix."""
    speech = sentences(SPANS, LENGTH_S)
    mix, _ = mixed(tmp_path_factory.mktemp("mix"), speech, chords(30))
    return music_in(mix, speech)


def test_music_is_about_15_lu_below_each_sentence_and_8_db_louder_in_long_pauses(parts):
    bed, speech = parts

    under = [power_db(speech, *span) - power_db(bed, *span) for span in SPANS]
    assert all(13 < difference < 18 for difference in under)
    assert np.mean(under) == pytest.approx(15, abs=1)
    pauses = [(0.6, 2.7), (9.8, 12.2), (18.9, 20.4)]
    ducked = np.mean([power_db(bed, *span) for span in SPANS])
    for pause in pauses:
        assert power_db(bed, *pause) - ducked == pytest.approx(ducking.LIFT_DB, abs=2)
    for short in [(5.5, 5.85), (8.0, 8.7), (16.0, 16.3)]:
        assert power_db(bed, *short) - ducked < 2.5


def test_speech_without_a_target_stays_as_it_is(tmp_path):
    speech = sentences(SPANS, LENGTH_S)

    mix, _ = mixed(tmp_path, speech, chords(30))

    _, found = music_in(mix, speech)
    loud = np.abs(speech[:, 0]) > 1000
    gains_db = 20 * np.log10(np.abs(found[: len(speech), 0][loud] / speech[loud, 0]))
    assert np.abs(gains_db).max() < 0.1


@pytest.mark.parametrize("levels", [[0.1, 0.02, 0.1, 0.05, 0.2], [0.2, 0.2, 0.01, 0.2, 0.1]])
def test_each_sentence_is_12_lu_over_music_that_swells_and_fades(levels, tmp_path):
    speech = sentences(SPANS, LENGTH_S, levels)
    t = np.arange(30 * RATE_HZ) / RATE_HZ
    swelling = chords(30, 0.3) * 10 ** ((12 * np.sin(2 * np.pi * t / 7) - 12) / 20)[:, None]

    mix, _ = mixed(tmp_path, speech, np.rint(swelling).astype(np.int16))

    bed, voice = music_in(mix, speech)
    assert min(power_db(voice, *span) - power_db(bed, *span) for span in SPANS) > 12.5


def test_the_gain_changes_smoothly_before_and_after_speech():
    steps = round(ALL_S / ducking.STEP_S)
    speech, bed = np.full(steps, 0.1), np.full(steps, 0.1)
    bed[700:710] *= 100  # within a sentence

    curve = ducking.ducking(-20, SPANS, speech, bed, ALL_S)

    times = np.arange(0, ALL_S, 0.001)
    level_db = 20 * np.log10(np.maximum(curve.gains(times), 1e-9))
    at = dict(zip(np.round(times, 3), level_db, strict=True))
    assert at[2.7] == pytest.approx(-12, abs=0.01)
    assert at[2.875] == pytest.approx(-16, abs=0.01)  # half-way
    assert at[3.0] == at[8.4] == at[9.1] == pytest.approx(-20, abs=0.01)
    assert at[9.4] == pytest.approx(-16, abs=0.01)
    assert at[9.75] == at[11.3] == pytest.approx(-12, abs=0.01)
    # A loud fifth of a second raises the mean of the sentence by 8.23 dB, to 11.77 LU below it.
    assert level_db[(times >= 12.5) & (times <= 16)].max() == pytest.approx(-21.23, abs=0.01)
    audible = (times > 0.5) & (times < ALL_S - 2)
    assert np.abs(np.diff(level_db[audible])).max() < 0.1  # dB in a millisecond
    assert np.abs(np.diff(level_db[audible], 2)).max() < 0.005


def test_music_fades_in_and_out_and_the_length_is_exact(parts, tmp_path):
    bed, _ = parts

    assert len(bed) == round(ALL_S * RATE_HZ)
    assert np.abs(bed[:480]).max() < 0.02 * np.abs(bed).max()
    assert np.abs(bed[-480:]).max() <= 2
    assert power_db(bed, 20.6, 21.0) > power_db(bed, 21.3, 21.7) + 3 > power_db(bed, 22, 22.4) + 9

    odd_s = 7.654321
    mix, _ = mixed(tmp_path, sentences([(1, 6)], 6.5), chords(3), [(1, 6)], length_s=odd_s)
    assert len(mix) == round(odd_s * RATE_HZ)


@pytest.mark.parametrize("target", [-23.0, -16.0, -12.0])
@pytest.mark.parametrize("level", [0.05, 0.3])
def test_the_mix_has_the_loudness_and_no_higher_peak(target, level, tmp_path):
    speech = sentences(SPANS, LENGTH_S, [level] * len(SPANS))

    mix, levels = mixed(tmp_path, speech, chords(30, 0.9), loudness_lufs=target)

    assert loudness.integrated_lufs(mix, RATE_HZ) == pytest.approx(target, abs=0.3)
    assert loudness.true_peak_dbtp(mix, RATE_HZ) <= PEAK_DBTP + 0.05
    assert levels.lufs == pytest.approx(target, abs=0.3) and levels.dbtp <= PEAK_DBTP


def test_peaks_of_speech_at_full_scale_are_limited_without_a_target_too(tmp_path):
    speech = sentences(SPANS, LENGTH_S, [0.9] * len(SPANS))

    mix, _ = mixed(tmp_path, speech, chords(30))

    assert loudness.true_peak_dbtp(mix, RATE_HZ) <= PEAK_DBTP + 0.05


def test_without_sentences_all_of_the_recording_counts_as_speech(tmp_path):
    speech = sentences([(0.1, 10)], 10)

    mix, _ = mixed(tmp_path, speech, chords(30), [], length_s=16)

    bed, voice = music_in(mix, speech)
    assert power_db(voice, 0.5, 9.9) - power_db(bed, 0.5, 9.9) > 13
    assert power_db(bed, 10.8, 14) - power_db(bed, 0.5, 9.9) == pytest.approx(8, abs=1.5)


@pytest.mark.parametrize("spoken", [[(5, 5)], [(-3, -1), (90, 99)], [(4, 6), (1, 5), (-1, 30)]])
def test_odd_times_of_sentences_do_no_harm(spoken, tmp_path):
    mix, levels = mixed(tmp_path, sentences(SPANS, LENGTH_S), chords(5), spoken, loudness_lufs=-16)

    assert len(mix) == round(ALL_S * RATE_HZ)
    assert levels.lufs == pytest.approx(-16, abs=0.3)


@pytest.mark.parametrize(("rate_hz", "channels"), [(22050, 1), (44100, 2), (8000, 1)])
def test_the_speech_keeps_its_time_and_levels_at_any_rate(rate_hz, channels, tmp_path):
    spans = [(1.0, 3.0), (4.0, 6.0)]
    speech = sentences(spans, 7, [0.2, 0.1], rate_hz)
    write(tmp_path / "speech.wav", np.repeat(speech, channels, axis=1), rate_hz)
    write(tmp_path / "music.wav", chords(9, 0.001))

    music.mixed(
        tmp_path / "speech.wav", tmp_path / "music.wav", spans, tmp_path / "mix.wav",
        length_s=8, loudness_lufs=None,
    )  # fmt: skip

    mix = read(tmp_path / "mix.wav")
    assert power_db(mix, 1.1, 2.9) - power_db(mix, 4.1, 5.9) == pytest.approx(6.02, abs=0.2)
    loud = np.flatnonzero(np.abs(mix[:, 0]) > 1500)
    assert loud[0] / RATE_HZ == pytest.approx(1.0, abs=0.02)
    assert loud[-1] / RATE_HZ == pytest.approx(6.0, abs=0.03)


@pytest.mark.parametrize("length_s", [1.0, 2.7, 5.0, 11.3])
def test_loops_have_no_click_and_no_hole(length_s):
    # A tone that ends in the middle of a wave clicks if the end is joined to the beginning.
    t = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    tone = np.stack([np.sin(2 * np.pi * 311.7 * t), np.cos(2 * np.pi * 197.3 * t)], 1) * 9000
    samples = SampleFile.of(np.rint(tone).astype(np.int16))

    looped = Looped(samples, 0, len(t), 40 * RATE_HZ, 2 * RATE_HZ)
    made = looped.read(0, len(looped)).astype(float)

    curvature = np.abs(np.diff(made, 2, axis=0)).max()
    assert curvature < 1.6 * np.abs(np.diff(tone, 2, axis=0)).max()
    steady = np.concatenate([looped.read(s, s + 4321) for s in range(0, len(looped), 4321)])
    assert np.array_equal(steady[: len(looped)], made.astype(np.int16))  # however it is read


def test_noise_is_as_loud_in_the_cross_fade_as_elsewhere():
    noise = np.random.default_rng(5).normal(0, 3000, (10 * RATE_HZ, 2)).astype(np.int16)

    looped = Looped(SampleFile.of(noise), 0, len(noise), 45 * RATE_HZ, 2 * RATE_HZ)
    made = looped.read(0, len(looped)).astype(float)

    powers = (made**2).reshape(-1, RATE_HZ // 5, 2).mean(axis=(1, 2))
    assert np.abs(10 * np.log10(powers / powers.mean())).max() < 0.4


def test_a_loop_is_zero_outside_and_long_music_is_not_repeated():
    noise = np.random.default_rng(5).integers(-99, 99, (5 * RATE_HZ, 2)).astype(np.int16)

    looped = Looped(SampleFile.of(noise), 100, len(noise), 3 * RATE_HZ, 2 * RATE_HZ)

    assert not looped.read(-50, 0).any() and not looped.read(len(looped), len(looped) + 50).any()
    assert np.array_equal(looped.read(0, len(looped)), noise[100 : 100 + len(looped)])


def test_quiet_music_is_raised_by_20_db_at_most(tmp_path):
    speech, quiet = sentences([(2, 5)], 6), chords(20, 0.002)

    mix, _ = mixed(tmp_path, speech, quiet, [(2, 5)], length_s=12)

    bed, _ = music_in(mix, speech)
    assert power_db(bed, 7, 9.5) - power_db(quiet, 7, 9.5) == pytest.approx(20, abs=1)


CHILD = """
import sys
from pathlib import Path
from audio_pipeline.sound import music

folder, length_s = Path(sys.argv[1]), 601
spoken = [(10 * number + 1.0, 10 * number + 8.0) for number in range(60)]
speech, sound, mix = (folder / f"{name}.wav" for name in ("speech", "music", "mix"))
music.mixed(speech, sound, spoken, mix, length_s=length_s, loudness_lufs=-16)
status = Path("/proc/self/status").read_text().splitlines()
print(*(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM:")))
"""


# ru_maxrss of a child would include the memory of its parent, from before it was another program.
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_ten_minutes_take_little_memory(tmp_path):
    """The mix alone has 115 MB; Python and numpy take 36 MB."""
    ten_s = sentences([(1, 8)], 10, rate_hz=22050)
    write(tmp_path / "speech.wav", np.tile(ten_s, (60, 1)), 22050)
    write(tmp_path / "music.wav", chords(50))
    path = {"PYTHONPATH": f"{ROOT / 'scripts'}:{ROOT / 'tests'}"}

    command = [sys.executable, "-c", CHILD, str(tmp_path)]
    megabytes = int(subprocess.run(command, check=True, capture_output=True, env=path).stdout)

    assert (tmp_path / "mix.wav").stat().st_size == 44 + 601 * RATE_HZ * 4
    assert megabytes < 130
