"""Choice of ffmpeg, and the message when it fails. The programs are stand-ins; tests/engines has the real one."""

from pathlib import Path

import pytest
from audio_pipeline import ffmpeg
from audio_pipeline.errors import EngineError

ABLE = "libx264 aac mov_text perspective ass"


def program(folder: Path, version: str, names: str = ABLE, does: str = "exit 0") -> Path:
    folder.mkdir()
    path = folder / "ffmpeg"
    path.write_text(
        f"#!/bin/sh\ncase \"$*\" in\n*-version*) echo 'ffmpeg version {version} Copyright';;\n"
        f"*-encoders*|*-filters*) echo ' V..... {names} ';;\n*) {does};;\nesac\n"
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def chosen(tmp_path, monkeypatch):
    """Return a function that chooses between a packaged and a system's program."""

    def choose(packaged: Path | None, system: Path | None) -> str:
        ffmpeg.program.cache_clear()
        monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(packaged or tmp_path / "none"))
        monkeypatch.setenv("PATH", f"{system.parent if system else tmp_path}:/bin:/usr/sbin")
        if not system:
            monkeypatch.setattr(ffmpeg.shutil, "which", lambda name: None)
        return ffmpeg.program().path

    yield choose
    ffmpeg.program.cache_clear()


@pytest.mark.parametrize(
    ("version", "names", "is_used"),
    [
        ("9.1", ABLE, True),
        ("n10.0-3-gabc", ABLE, True),
        ("5.1.6-0+deb12u1", ABLE, False),
        ("9.1", ABLE.replace("libx264", "libopenh264"), False),
        ("N-12345-gabcdef", ABLE, False),
    ],
)
def test_the_systems_is_used_if_it_is_newer_and_can_do_all(
    version, names, is_used, tmp_path, chosen
):
    packaged = program(tmp_path / "packaged", "n9.0.2-17-g2a571b6068")
    system = program(tmp_path / "system", version, names)

    assert chosen(packaged, system) == str(system if is_used else packaged)


def test_none_at_all_is_told_with_what_to_do(chosen):
    with pytest.raises(EngineError, match=r"make setup.*video\.enabled: false"):
        chosen(None, None)


def test_its_last_message_about_a_cause_is_told(tmp_path, chosen):
    says = "echo '[mp4 @ 0x5] [x @ 0x6] No space left on device' >&2; echo 'Conversion failed!' >&2; exit 2"
    chosen(program(tmp_path / "packaged", "9.0", does=says), None)

    with pytest.raises(EngineError) as told:
        ffmpeg.run(["-i", "x"], tmp_path, timeout_s=20)
    assert str(told.value) == "ffmpeg failed with exit code 2: No space left on device"


def test_one_that_hangs_is_ended(tmp_path, chosen):
    chosen(program(tmp_path / "packaged", "9.0", does="exec sleep 60"), None)

    with pytest.raises(EngineError, match="did not finish within 1 s"):
        ffmpeg.run(["-i", "x"], tmp_path, timeout_s=1)
