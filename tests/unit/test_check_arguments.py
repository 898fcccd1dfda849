"""A target behind an option, and an unreadable configuration, give a line, not a traceback."""

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
        assert line.startswith(f"{word!r} follows --configfile")
        assert "put the target first, or after --" in line


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["images", "--configfile", "own.yaml"], ["--configfile", "own.yaml", "--", "images"],
        ["--configfile", "own.yaml", "own.yaml", "--cores", "4", "images"], ["images"], ["--configfile=own.yaml"],
        ["--configfile", "own.yaml", "-n"], ["--configfile", "/dev/null", "--quiet", "images"],
        ["--config", "language=en", "script={seed: 7}", "--", "images"], ["images", "--resources", "llm=2"],
        ["--config=language=en", "images"], ["--default-resources", "base64//bWVtX21iPTEw", "mem_mb=1", "-n"],
        ["--configfile", "tabs.json"], ["--configfile", "pipe.yaml"],
    ],
)  # fmt: skip
def test_what_is_right_is_left_alone(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").touch()
    (tmp_path / "tabs.json").write_text('{\n\t"language": "en"\n}')
    os.mkfifo(tmp_path / "pipe.yaml")  # readable once, as <(…) is

    assert fault(arguments) is None


@pytest.mark.parametrize(
    "option", ["--config", "-C", "--resources", "--res", "--set-threads", "--default-resources"]
)
def test_so_is_one_behind_values(option):
    line = fault([option, "llm=2", "a=b", "images"])

    assert line.startswith(f"'images' follows {option}, which takes all following words")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.yaml", b"\xff\xfe", "is not UTF-8"),
        ("a.yaml", b"a: [1", "is not YAML: expected ',' or ']'"),
        ("a.yaml", b"[" * 100_000, "is nested too deeply"),
        ("a.json", b"[" * 100_000, "is nested too deeply"),
        ("a.json", b'{"a": 1', "a.json:1: is not JSON"),
        ("a.yaml", b"a: 2020-13-45", "month must be in 1..12"),
        ("a.yaml", b"a: &a [*a]", "its aliases (*name) make it far too large"),
        ("a.yaml", b"a: !!python/object/apply:os.system [x]", "could not determine a constructor"),
        ("a.yaml", b"- 1", "holds [1]; expected keys"),
        ("a.yaml", None, "cannot be read (Is a directory)"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_a_line(tmp_path, name, content, said):
    path = tmp_path / name
    path.mkdir() if content is None else path.write_bytes(content)

    line = fault(["-n", "--configfile", str(path), "--", "images"])
    assert said in line and "\n" not in line and str(path) in line


def test_the_run_brings_its_own_package(tmp_path):
    """With -s, it may be that of another checkout."""
    (tmp_path / "a.yaml").write_text("language: en")
    looked = f"import check_arguments as c, sys; assert c.fault(['--configfile', '{tmp_path}/a.yaml']) is None"
    command = f"{looked}; assert 'yaml' in sys.modules and 'audio_pipeline' not in sys.modules"
    subprocess.run([sys.executable, "-c", command], cwd=REPOSITORY / "scripts", check=True)


def test_a_configuration_that_is_not_there_is_named():
    assert fault(["--configfile", "none.yaml"]) == "--configfile none.yaml: no such file"


@pytest.mark.parametrize("target", ["images", "data/output/images/x.png"])
def test_the_environment_says_it_before_snakemake_reads_anything(target):
    command = ["-m", "snakemake", "-n", "--configfile", "config/services.yaml", target]
    run = subprocess.run([sys.executable, *command], cwd=REPOSITORY, capture_output=True, text=True)

    assert run.returncode == 1
    assert run.stderr.splitlines() == [run.stderr.strip()]
    assert run.stderr.startswith(f"error: {target!r} follows --configfile")


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
