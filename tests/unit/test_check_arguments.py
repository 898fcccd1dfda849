"""A target behind --configfile is a line, not a page of traceback."""

import os
import subprocess
import sys

import check_arguments
import pytest
from check_arguments import fault
from project import REPOSITORY


@pytest.mark.parametrize(
    "word",
    [
        "images",
        "all",
        "data/output/scripts/a.txt",
        "data/output/images/a.png",
        "data/output/videos/a.mp4",
    ],
)
@pytest.mark.parametrize("option", ["--configfile", "--configfiles"])
def test_a_target_behind_the_configuration_is_refused(tmp_path, monkeypatch, word, option):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").touch()
    for there in (False, True):
        if there and "/" in word:
            (tmp_path / word).parent.mkdir(parents=True)
            (tmp_path / word).touch()
        line = fault(["--cores", "4", option, "own.yaml", word])
        assert line.startswith(f"{word!r} stands behind --configfile")
        assert "put the target first, or behind --" in line


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["images", "--configfile", "own.yaml"], ["--configfile", "own.yaml", "--", "images"],
        ["--configfile", "own.yaml", "own.yaml", "--cores", "4", "images"], ["images"], ["--configfile=own.yaml"],
        ["--configfile", "own.yaml", "-n"], ["--configfile", "/dev/null", "--quiet", "images"],
    ],
)  # fmt: skip
def test_what_is_right_is_left_alone(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").touch()

    assert fault(arguments) is None


def test_a_configuration_that_is_not_there_is_named():
    assert fault(["--configfile", "none.yaml"]) == "--configfile none.yaml: no such file"


@pytest.mark.parametrize("target", ["images", "data/output/images/x.png"])
def test_the_environment_says_it_before_snakemake_reads_anything(target):
    command = ["-m", "snakemake", "-n", "--configfile", "config/services.yaml", target]
    run = subprocess.run([sys.executable, *command], cwd=REPOSITORY, capture_output=True, text=True)

    assert run.returncode == 1
    assert run.stderr.splitlines() == [run.stderr.strip()]
    assert run.stderr.startswith(f"error: {target!r} stands behind --configfile")


def test_an_environment_of_an_earlier_version_gets_the_check_and_is_not_installed_anew(tmp_path):
    for name in ("Makefile", "scripts", "envs"):
        (tmp_path / name).symlink_to(REPOSITORY / name)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / ".venv"], check=True)
    for stamp in (".created", ".installed-yes"):
        (tmp_path / ".venv" / stamp).touch()
        os.utime(tmp_path / ".venv" / stamp, (2**32, 2**32))

    run = subprocess.run(
        ["make", ".venv/.installed-yes"], cwd=tmp_path, capture_output=True, text=True
    )

    assert run.returncode == 0 and "installing" not in run.stdout, run.stdout + run.stderr
    assert list((tmp_path / ".venv").rglob(check_arguments.HOOK))
