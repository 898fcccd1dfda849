"""The folder of a run, for temporary files, and its lock, which goes with the process that holds it."""

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

RUN_VARIABLE = "AUDIO_PIPELINE_RUN"
ALIVE = "run.alive"
_PREFIX = "audio-pipeline-"
_held: dict[Path, BinaryIO] = {}  # the lock of a run of our own: closing the file would free it


def begin() -> Path:
    """Make a run's folder, hold its lock until `end` or the end of this process, and tell child processes."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    file = open(folder / ALIVE, "wb")
    fcntl.lockf(file, fcntl.LOCK_EX)
    _held[folder] = file
    os.environ[RUN_VARIABLE] = str(folder)
    return folder


def _sweep() -> None:
    """Remove the folders of runs that were killed: an hour old and more, and their lock is free."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if folder in _held or time.time() - folder.stat().st_mtime < 3600:
                continue
            with open(folder / ALIVE, "r+b") as file:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # at work, or not ours


def end(folder: Path) -> None:
    """Let the servers end, wait until they have, and remove the folder."""
    if folder not in _held:
        return
    servers = [open(alive, "r+b") for alive in folder.glob("engine-*.alive")]
    _held.pop(folder).close()
    for alive in servers:
        fcntl.lockf(alive, fcntl.LOCK_EX)
        alive.close()
    shutil.rmtree(folder, ignore_errors=True)
    os.environ.pop(RUN_VARIABLE, None)


def wait_for_end_of(folder: Path) -> None:
    """Return when the process that holds the run has ended or let go.

    Without the folder too: many a scheduler removes what a job that it kills has for temporary files.
    """
    with contextlib.suppress(FileNotFoundError), open(folder / ALIVE, "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)


def current() -> Path:
    folder = Path(os.environ.get(RUN_VARIABLE, ""))
    return folder if RUN_VARIABLE in os.environ and folder.is_dir() else begin()
