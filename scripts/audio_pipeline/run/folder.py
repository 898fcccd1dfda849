"""The folder of a run: temporary files, state shared by its jobs, and the lock that shows that it is alive."""

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
_locks: dict[Path, BinaryIO] = {}  # held by this process until the file is closed


@dataclass(frozen=True)
class RunFolder:
    """The folder of a run, as a store of small texts."""

    path: Path

    @classmethod
    def current(cls) -> "RunFolder | None":
        """Return the folder of this process's run. Returns None outside of it, on another machine and after its end."""
        name = os.environ.get(RUN_VARIABLE, "")
        return cls(Path(name)) if name and os.path.isdir(name) else None

    def file(self, kind: str, url: str) -> Path:
        """Return the path of a text about the server at an address. The address is hashed, as it may be secret."""
        return self.path / f"{kind}-{hashlib.sha256(url.encode()).hexdigest()[:16]}"


def read(file: Path | None) -> str | None:
    """Read a text. Returns None if there is none."""
    with contextlib.suppress(OSError):
        return file.read_text(encoding="utf-8") if file else None
    return None


def write(file: Path | None, text: str, mtime_s: float | None = None) -> bool:
    """Write a text atomically. Return True if the file is new. A missing folder is not an error.

    mtime_s: the file's modification time in seconds since 1970, if not now.
    """
    if file is None:
        return True
    try:
        temporary = file.with_suffix(f".{os.getpid()}")
        temporary.write_text(text, encoding="utf-8")
        if mtime_s is not None:
            os.utime(temporary, (mtime_s, mtime_s))
        try:
            os.link(temporary, file)  # unlike a rename, it succeeds in one process only
            temporary.unlink()
        except FileExistsError:
            temporary.replace(file)
            return False
    except OSError:
        pass  # the run has ended
    return True


def begin() -> Path:
    """Create a run's folder, lock it until `end` or the end of this process, and export it to child processes."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    file = open(folder / ALIVE, "wb")
    fcntl.lockf(file, fcntl.LOCK_EX)
    _locks[folder] = file
    os.environ[RUN_VARIABLE] = str(folder)
    return folder


def _sweep() -> None:
    """Remove the folders of killed runs: those that are unlocked and at least an hour old."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if folder in _locks or time.time() - folder.stat().st_mtime < 3600:
                continue
            with open(folder / ALIVE, "r+b") as file:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # still running, or another user's


def end(folder: Path) -> None:
    """Release the run's lock, wait until its embedded servers have ended, and remove the folder."""
    if folder not in _locks:
        return
    servers = [open(alive, "r+b") for alive in folder.glob("engine-*.alive")]
    _locks.pop(folder).close()
    for alive in servers:
        fcntl.lockf(alive, fcntl.LOCK_EX)
        alive.close()
    shutil.rmtree(folder, ignore_errors=True)
    os.environ.pop(RUN_VARIABLE, None)


def wait_for_end_of(folder: Path) -> None:
    """Block until the run's lock is released, or return at once if the folder is gone.

    Many batch schedulers remove the temporary files of jobs that they kill.
    """
    with contextlib.suppress(FileNotFoundError), open(folder / ALIVE, "r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)


def current_or_new() -> Path:
    """Return the folder of this process's run; begin one if there is none."""
    current = RunFolder.current()
    return current.path if current else begin()
