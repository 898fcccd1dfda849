"""A lock for one run at a time in an output folder, released when its process ends, even by kill -9."""

import fcntl
import os
import platform
from pathlib import Path
from typing import BinaryIO

from audio_pipeline import files

from snakemake_adapter.session import Session, stop

_BUSY = 75  # EX_TEMPFAIL of sysexits.h
_lock_files: list[BinaryIO] = []  # kept open: closing the file would release the lock


def claim_folder(session: Session) -> None:
    """Lock the output folder until this process ends, or exit if another run has it.

    Snakemake's own locks on files in the folder are then stale, and removed. (Runs with other output folders have
    locks in the same working directory.)
    """
    output = session.output
    path = Path(output, "records", ".run")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _lock_files.append(files.open_or_create(path))
        fcntl.lockf(_lock_files[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
        _lock_files[0].truncate(0)
        _lock_files[0].write(f"process {os.getpid()} on {platform.node()}\n".encode())
        _lock_files[0].flush()
    except BlockingIOError:
        if session.is_quiet():
            raise SystemExit(_BUSY) from None  # no error for cron and systemd
        owner = _lock_files[0].read(200).decode(errors="replace").strip()
        stop(
            f"another run is at work in {output} ({owner}); wait for it, or choose another output",
            _BUSY,
        )
    except OSError as error:
        stop(
            f"{path}: cannot be written ({error.strerror}); free some space, or make {output} writable"
        )
    _remove_dead_locks(Path(session.workflow.persistence.path, "locks"), output)


def _remove_dead_locks(locks: Path, output: str) -> None:
    inside = os.path.abspath(output) + os.sep
    for lock in locks.glob("*.lock"):
        try:
            locked = lock.read_text().splitlines()
        except FileNotFoundError:
            continue  # the other run has just ended
        if any(os.path.abspath(file).startswith(inside) for file in locked):
            lock.unlink(missing_ok=True)
