"""Files whose bytes are locks between processes: the kernel frees a lock when its holder ends, however it does.

They may lie in a folder that other users can write to. So a name there that is a link, or no plain file, is refused;
and every file may be locked by everybody, whatever the umask of the user who was the first to need it.
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
_waited_s = [0.0]  # of this process, in all


def opened(folder: Path, name: str) -> int:
    """A file descriptor; to close it frees what is locked by it. Raises StorageError."""
    path = folder / name
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        try:
            # Without O_CREAT: Linux refuses that on other users' files in a sticky folder (fs.protected_regular).
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            descriptor = _created(path, flags)
    except OSError as error:
        raise StorageError(f"{path}: {_advice(error, folder)}") from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        os.close(descriptor)
        raise StorageError(f"{path}: is not a plain file of its own; remove it")
    return descriptor


def take(descriptor: int, kind: int = fcntl.LOCK_EX, byte: int = 0, *, wait: bool = False) -> bool:
    """Lock one byte; False: another process has it. kind: LOCK_EX, or LOCK_SH beside others of the same."""
    try:
        fcntl.lockf(descriptor, kind | (0 if wait else fcntl.LOCK_NB), 1, byte)
        return True
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise StorageError(
            f"the folder of the locks has none ({error.strerror}); choose one on a local disk "
            "or on a cluster file system with locks"
        ) from None


def free(descriptor: int, byte: int) -> None:
    fcntl.lockf(descriptor, fcntl.LOCK_UN, 1, byte)


@contextlib.contextmanager
def gate(folder: Path, name: str, waits: Callable[[], None]) -> Iterator[None]:
    """Be alone in this block: the others queue up, asleep, and the kernel lets them in one after the other.

    waits: called before a wait.
    """
    descriptor = opened(folder, name)
    try:
        if not take(descriptor):
            waits()
            take(descriptor, wait=True)
        yield
    finally:
        os.close(descriptor)


def is_taken(folder: Path, name: str) -> bool:
    """True if another process is in the block of this gate, or queues for it. Raises nothing, and makes no file."""
    try:
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return not take(descriptor)
    finally:
        os.close(descriptor)


def _created(path: Path, flags: int) -> int:
    mask = os.umask(0)
    try:
        with contextlib.suppress(FileExistsError):
            os.mkdir(path.parent)
            os.chmod(path.parent, 0o1777)  # as /tmp: nobody removes what is another's
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
                f"cannot be written ({error.strerror}); all who share {folder} must be able to: "
                "chmod 1777, or 2770 with a group of its users, on a disk that is writable"
            )
    return f"cannot be opened ({error.strerror})"


@contextlib.contextmanager
def exclusive(folder: str | Path, name: str, timeout_s: float) -> Iterator[None]:
    """Hold the lock of one output: a byte of one file, which the kernel frees when the process dies.

    So an orphan of a killed run, or a second run, never makes the same file at the same time.
    Raises StorageError: another process has held it for timeout_s.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    with files.kept(Path(folder) / ".lock") as file:
        byte, deadline, told = zlib.crc32(name.encode()), time.monotonic() + timeout_s, False
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
                if not told:
                    print(f"{name}: waiting for another process that is making it", file=sys.stderr)
                    told = True
                time.sleep(0.2)
        yield


def waited_s() -> float:
    """Seconds that this process has waited for its turns, in all."""
    return _waited_s[0]


class Wait:
    """Tells once in the job's log that it waits."""

    def __init__(self, what: str) -> None:
        self._what, self._told = what, False
        self._begun = time.monotonic()

    def over(self) -> None:
        _waited_s[0] += time.monotonic() - self._begun

    def __call__(self) -> None:
        if not self._told:
            print(f"waiting for {self._what}", flush=True)
            self._told = True

    def pause(self, seconds: float = _PAUSE_S) -> None:
        self()
        time.sleep(seconds)
