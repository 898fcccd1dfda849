"""The folder of a run: temporary files, what its jobs tell each other, and the lock that says that it is alive."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

RUN_VARIABLE = "AUDIO_PIPELINE_RUN"
ALIVE = "run.alive"
_PREFIX = "audio-pipeline-"
_held: dict[Path, BinaryIO] = {}  # the lock of a run of our own: closing the file would free it


@dataclass(frozen=True)
class RunFolder:
    """The folder of the run that this process belongs to, as a store of small texts."""

    path: Path

    @classmethod
    def current(cls) -> "RunFolder | None":
        """Returns None outside of a run, on another machine, and once the run has ended."""
        name = os.environ.get(RUN_VARIABLE, "")
        return cls(Path(name)) if name and os.path.isdir(name) else None

    def file(self, kind: str, url: str) -> Path:
        """Where something is kept about the server at an address, which may be secret."""
        return self.path / f"{kind}-{hashlib.sha256(url.encode()).hexdigest()[:16]}"


def read(file: Path | None) -> str | None:
    """The text of a file. Returns None if there is none."""
    with contextlib.suppress(OSError):
        return file.read_text(encoding="utf-8") if file else None
    return None


def write(file: Path | None, text: str, mtime_s: float | None = None) -> bool:
    """Put a text in place of a file's at once. True if there was none; a folder that is gone is no error.

    mtime_s: the time of the file, in seconds since 1970, if not now.
    """
    if file is None:
        return True
    try:
        temporary = file.with_suffix(f".{os.getpid()}")
        temporary.write_text(text, encoding="utf-8")
        if mtime_s is not None:
            os.utime(temporary, (mtime_s, mtime_s))
        try:
            os.link(temporary, file)  # unlike a rename, one of several processes can do it
            temporary.unlink()
        except FileExistsError:
            temporary.replace(file)
            return False
    except OSError:
        pass  # the run has ended: other jobs find out for themselves
    return True


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


def current_or_new() -> Path:
    """The folder of this process's run; outside of a run, that of one which it begins."""
    found = RunFolder.current()
    return found.path if found else begin()
