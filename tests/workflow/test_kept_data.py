"""Files made by an earlier version stay current: nothing is requested and nothing is made again.

tests/kept has small projects that real runs made: `embedded` by llama.cpp, Piper and ffmpeg, `services` by Ollama 0.17,
Piper's own server and stable-diffusion.cpp, at addresses that no longer exist.
"""

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from project import REPOSITORY, SNAKEMAKE
from waiting import LONGEST_S

KEPT = {
    path.name.removesuffix(".tar.xz"): path for path in (REPOSITORY / "tests/kept").glob("*.xz")
}


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with tarfile.open(KEPT[request.param]) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


def without_scenes(folder: Path) -> None:
    config = folder / "config/config.yaml"
    text = config.read_text() if config.exists() else ""
    config.parent.mkdir(exist_ok=True)
    config.write_text(f"{text.rstrip()}\nscenes: {{enabled: false}}\n")


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LONGEST_S)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def pictures_and_sounds(folder: Path) -> dict[Path, bytes]:
    """Return what services made."""
    paths = [
        path
        for kind in ("scripts", "audio", "images")
        for path in folder.glob(f"data/output/{kind}/*")
    ]
    return {path: path.read_bytes() for path in paths}


@pytest.mark.parametrize("folder", ["embedded"], indirect=True)
def test_scenes_are_new_and_request_nothing(folder: Path) -> None:
    """Videos of this version have scenes, of cards; everything else stays."""
    before = pictures_and_sounds(folder)
    told = run(folder, *SNAKEMAKE, "--cores", "2")
    assert "to make: 1 storyboard (rules), 1 scene list (card), 1 video (ffmpeg)" in told
    assert pictures_and_sounds(folder) == before
    assert "Nothing to be done" in run(folder, *SNAKEMAKE, "-n")


@pytest.mark.parametrize("folder", sorted(KEPT), indirect=True)
def test_there_is_nothing_to_do(folder: Path) -> None:
    without_scenes(folder)
    before = {path: path.read_bytes() for path in folder.glob("data/output/**/*") if path.is_file()}
    assert len(before) >= 8
    assert "Nothing to be done" in run(folder, *SNAKEMAKE, "-n")
    assert "Nothing to be done" in run(folder, *SNAKEMAKE, "--cores", "2")
    assert {path: path.read_bytes() for path in before} == before
    stages = run(folder, sys.executable, f"{REPOSITORY}/scripts/status.py").splitlines()[1:-1]
    assert stages and all(line.split()[1:] == ["1", "0", "0", "0", "0"] for line in stages), stages


@pytest.mark.parametrize("folder", ["services"], indirect=True)
def test_a_change_is_seen(folder: Path) -> None:
    config = folder / "config/config.yaml"
    config.write_text(config.read_text().replace("steps: 2", "steps: 3"))
    assert "images/po.png  (image: steps changed)" in run(folder, *SNAKEMAKE, "-n")
