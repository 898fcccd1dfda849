"""Folders of runs."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

import pytest
from audio_pipeline.engines import embedded
from audio_pipeline.errors import EngineError
from audio_pipeline.run import folder as run_folder


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv(run_folder.RUN_VARIABLE, raising=False)


def old_run(tmp_path, name, age_s):
    folder = tmp_path / f"audio-pipeline-{name}"
    folder.mkdir()
    (folder / run_folder.ALIVE).touch()
    os.utime(folder, (time.time() - age_s,) * 2)
    return folder


def test_a_run_has_a_folder_until_it_ends():
    folder = run_folder.begin()
    assert folder.is_dir() and os.environ[run_folder.RUN_VARIABLE] == str(folder)

    run_folder.end(folder)

    assert not folder.exists() and run_folder.RUN_VARIABLE not in os.environ


def test_the_folder_of_a_killed_run_is_removed_by_a_later_one(tmp_path):
    dead, young = old_run(tmp_path, "dead", 7200), old_run(tmp_path, "young", 10)

    run_folder.end(run_folder.begin())

    assert not dead.exists() and young.exists()


def test_the_folder_of_a_run_at_work_stays_however_old_it_is(tmp_path):
    busy = old_run(tmp_path, "busy", 7200)
    program = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+b'); fcntl.lockf(file, fcntl.LOCK_EX); "
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(busy / run_folder.ALIVE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"

        run_folder.end(run_folder.begin())

        assert busy.exists()
        holder.stdin.close()


def test_a_run_is_over_for_its_servers_when_its_lock_is_free():
    folder = run_folder.begin()
    held = subprocess.run([sys.executable, "-c", f"""
import fcntl
with open({str(folder / run_folder.ALIVE)!r}, "r+b") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        print("free")
    except OSError:
        print("held")
"""], capture_output=True, text=True)  # fmt: skip

    run_folder.end(folder)

    assert held.stdout == "held\n"


@pytest.mark.parametrize(
    ("ends", "free_bytes", "told"),
    [
        ("kill -9 $$", 2**30, embedded.KILLED_ADVICE),
        ("kill -9 $$", 0, embedded.KILLED_ADVICE),
        ("echo no such model; exit 3", 2**30, "it failed with exit code 3: no such model; run 'make setup'"),
        ("exit 1", 0, "the disk of {} is full; free some space there, or set TMPDIR, and run again"),
    ],
)  # fmt: skip
def test_why_a_server_did_not_start_is_told(tmp_path, monkeypatch, ends, free_bytes, told):
    server = tmp_path / "server.py"
    server.write_text(f"import os; os.execv('/bin/sh', ['sh', '-c', {ends!r}])")
    usage = shutil.disk_usage(tmp_path)._replace(free=free_bytes)
    monkeypatch.setattr(embedded, "_SERVER", server)
    monkeypatch.setattr(embedded.shutil, "disk_usage", lambda _: usage)
    folder = run_folder.begin()
    with pytest.raises(EngineError) as error:
        embedded._start("piper", [], folder)
    run_folder.end(folder)

    said = "the embedded piper server did not start: " + told.format(tmp_path)
    assert str(error.value).startswith(said)


def test_a_run_whose_folder_was_removed_has_ended(tmp_path):
    """Otherwise the worker pool of a chunk killed by a scheduler would stay on its node forever."""
    run_folder.wait_for_end_of(tmp_path)
    run_folder.wait_for_end_of(tmp_path / "gone")


@pytest.mark.parametrize(
    ("name", "value", "held_back"),
    [
        ("OPENAI_API_KEY", "x", True),
        ("SD_SERVER_AUTH", "me:x", True),
        ("HTTPS_PROXY", "http://me:x@proxy:3128", True),
        ("DATABASE_URL", "postgres://me:x@db/a", True),
        ("HTTPS_PROXY", "http://proxy:3128", False),
        ("MAIL", "me@example.org", False),
        ("PATH", "/usr/bin", False),
    ],
)
def test_engines_get_no_variable_with_a_secret(name, value, held_back):
    assert embedded.holds_secret(name, value) == held_back
