"""One run at a time in an output folder: a lock that goes with its process, even by kill -9."""

import fcntl
import os
import platform
from pathlib import Path
from typing import BinaryIO

from audio_pipeline import files

from snakemake_adapter.session import Session, stop

_BUSY = 75  # EX_TEMPFAIL of sysexits.h
_held: list[BinaryIO] = []  # the open file: closing it would free the lock


def claim_folder(session: Session) -> None:
    """Hold the lock for as long as this process lives, or end.

    Whoever holds it is the only run with this output, so a lock of Snakemake's on files in it is a dead run's. (Another
    run in the same working directory, with another output, has locks there too.)
    """
    output = session.output
    path = Path(output, "records", ".run")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _held.append(files.open_or_create(path))
        fcntl.lockf(_held[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
        _held[0].truncate(0)
        _held[0].write(f"process {os.getpid()} on {platform.node()}\n".encode())
        _held[0].flush()
    except BlockingIOError:
        if session.is_quiet():
            raise SystemExit(
                _BUSY
            ) from None  # for cron and systemd that is no fault: the next time will do
        who = _held[0].read(200).decode(errors="replace").strip()
        stop(
            f"another run is at work in {output} ({who}); wait for it, or choose another output",
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
