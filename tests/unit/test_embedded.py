"""The folders of runs."""

import os
import shutil
import subprocess
import sys
import tempfile
import time

import pytest
from audio_pipeline import embedded
from audio_pipeline.errors import EngineError


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv(embedded.RUN_VARIABLE, raising=False)


def old_run(tmp_path, name, age_s):
    folder = tmp_path / f"audio-pipeline-{name}"
    folder.mkdir()
    (folder / embedded.ALIVE).touch()
    os.utime(folder, (time.time() - age_s,) * 2)
    return folder


def test_a_run_has_a_folder_until_it_ends():
    folder = embedded.begin_run()
    assert folder.is_dir() and os.environ[embedded.RUN_VARIABLE] == str(folder)

    embedded.end_run(folder)

    assert not folder.exists() and embedded.RUN_VARIABLE not in os.environ


def test_the_folder_of_a_killed_run_is_removed_by_a_later_one(tmp_path):
    dead, young = old_run(tmp_path, "dead", 7200), old_run(tmp_path, "young", 10)

    embedded.end_run(embedded.begin_run())

    assert not dead.exists() and young.exists()


def test_the_folder_of_a_run_at_work_stays_however_old_it_is(tmp_path):
    busy = old_run(tmp_path, "busy", 7200)
    program = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+b'); fcntl.lockf(file, fcntl.LOCK_EX); "
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(busy / embedded.ALIVE)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"

        embedded.end_run(embedded.begin_run())

        assert busy.exists()
        holder.stdin.close()


def test_a_run_is_over_for_its_servers_when_its_lock_is_free():
    folder = embedded.begin_run()
    held = subprocess.run([sys.executable, "-c", f"""
import fcntl
with open({str(folder / embedded.ALIVE)!r}, "r+b") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        print("free")
    except OSError:
        print("held")
"""], capture_output=True, text=True)  # fmt: skip

    embedded.end_run(folder)

    assert held.stdout == "held\n"


@pytest.mark.parametrize(
    ("ends", "free_bytes", "told"),
    [
        ("kill -9 $$", 2**30, embedded.GONE),
        ("kill -9 $$", 0, embedded.GONE),
        ("echo no such model; exit 3", 2**30, "it ended with exit code 3 and said: no such model; run 'make setup'"),
        ("exit 1", 0, "the disk of {} is full; free some space there, or set TMPDIR, and run again"),
    ],
)  # fmt: skip
def test_why_a_server_did_not_start_is_told(tmp_path, monkeypatch, ends, free_bytes, told):
    server = tmp_path / "server.py"
    server.write_text(f"import os; os.execv('/bin/sh', ['sh', '-c', {ends!r}])")
    usage = shutil.disk_usage(tmp_path)._replace(free=free_bytes)
    monkeypatch.setattr(embedded, "_SERVER", server)
    monkeypatch.setattr(embedded.shutil, "disk_usage", lambda _: usage)
    folder = embedded.begin_run()
    with pytest.raises(EngineError) as error:
        embedded._start("piper", [], folder)
    embedded.end_run(folder)

    said = "the embedded piper server did not start: " + told.format(tmp_path)
    assert str(error.value).startswith(said)


def test_a_run_whose_folder_was_removed_has_ended(tmp_path):
    """Else the jobs' process of a chunk that a scheduler has killed would stay on its node for ever."""
    embedded.wait_for_end_of(tmp_path)
    embedded.wait_for_end_of(tmp_path / "gone")


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
