"""Byte-range locks between processes, which the kernel releases whenever and however the holder ends.

Lock files may lie in a folder that other users can write to. A link or special file there is therefore refused, and
lock files are created writable for all users, regardless of the umask.
"""

import contextlib
import errno
import fcntl
import os
import stat
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from audio_pipeline import files
from audio_pipeline.errors import StorageError

_PAUSE_S = 0.1
_waited_s = [0.0]  # total of this process


def open_lock_file(folder: Path, name: str) -> int:
    """Return a descriptor of the lock file; closing it releases its locks. Raises StorageError."""
    path = folder / name
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        try:
            # Without O_CREAT: Linux refuses that on other users' files in a sticky folder (fs.protected_regular).
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            descriptor = _create(path, flags)
    except OSError as error:
        raise StorageError(f"{path}: {_advice(error, folder)}") from None
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        os.close(descriptor)
        raise StorageError(f"{path}: is not a regular file with a single link; remove it")
    return descriptor


def acquire(
    descriptor: int, kind: int = fcntl.LOCK_EX, byte: int = 0, *, wait: bool = False
) -> bool:
    """Lock one byte. Return False if another process holds it. kind: LOCK_EX (exclusive) or LOCK_SH (shared)."""
    try:
        fcntl.lockf(descriptor, kind | (0 if wait else fcntl.LOCK_NB), 1, byte)
        return True
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise StorageError(
            f"the lock folder does not support file locks ({error.strerror}); set one on a local disk "
            "or on a cluster file system with locks"
        ) from None


def release(descriptor: int, byte: int) -> None:
    fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, byte)


@contextlib.contextmanager
def queue(folder: Path, name: str, on_wait: Callable[[], None]) -> Iterator[None]:
    """Run this block in one process at a time; the rest sleep in the kernel's queue.

    on_wait: called before a wait.
    """
    descriptor = open_lock_file(folder, name)
    try:
        if not acquire(descriptor):
            on_wait()
            acquire(descriptor, wait=True)
        yield
    finally:
        os.close(descriptor)


def is_queue_busy(folder: Path, name: str) -> bool:
    """True if another process runs the block of this queue, or waits for it. Raises nothing and creates no file."""
    try:
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return not acquire(descriptor)
    finally:
        os.close(descriptor)


def _create(path: Path, flags: int) -> int:
    mask = os.umask(0)
    try:
        with contextlib.suppress(FileExistsError):
            os.mkdir(path.parent)
            os.chmod(path.parent, 0o1777)  # like /tmp: users can remove their own files only
        try:
            return os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            return os.open(path, flags)  # another process was faster
    finally:
        os.umask(mask)


def _advice(error: OSError, folder: Path) -> str:
    match error.errno:
        case errno.ELOOP:
            return "is a link; remove it"
        case errno.ENOENT | errno.ENOTDIR:
            return f"cannot be made; make the folder {folder} first (chmod 1777, or 2770 with a group of its users)"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return (
                f"cannot be written ({error.strerror}); make {folder} writable for all its users: "
                "chmod 1777, or 2770 with a group of its users, on a writable disk"
            )
    return f"cannot be opened ({error.strerror})"


@contextlib.contextmanager
def exclusive(folder: str | Path, name: str, timeout_s: float) -> Iterator[None]:
    """Hold the lock of one output, so that an orphan of a killed run, or a second run, cannot write it too.

    Raises StorageError: another process has held it for timeout_s.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    with files.open_or_create(Path(folder) / ".lock") as file:
        byte, deadline, reported = zlib.crc32(name.encode()), time.monotonic() + timeout_s, False
        while True:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
                break
            except (BlockingIOError, PermissionError):
                if time.monotonic() > deadline:
                    raise StorageError(
                        f"{name}: another process has been making it for {timeout_s:.0f} s; "
                        "wait for that run, or stop it"
                    ) from None
                if not reported:
                    print(f"{name}: waiting for another process that is making it", file=sys.stderr)
                    reported = True
                time.sleep(0.2)
        yield


def waited_s() -> float:
    """Return the seconds that this process has waited for slots in all."""
    return _waited_s[0]


class Wait:
    """A wait, timed and reported once in the job's log. subject: the noun after "waiting for"."""

    def __init__(self, subject: str) -> None:
        self._subject, self._reported = subject, False
        self._begun = time.monotonic()

    def over(self) -> None:
        _waited_s[0] += time.monotonic() - self._begun

    def __call__(self) -> None:
        if not self._reported:
            print(f"waiting for {self._subject}", flush=True)
            self._reported = True

    def pause(self, seconds: float = _PAUSE_S) -> None:
        self()
        time.sleep(seconds)
