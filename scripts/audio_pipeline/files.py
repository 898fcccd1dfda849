"""File access in folders that other programs write to: reads never block, and writes never follow a link."""

import contextlib
import errno
import functools
import hashlib
import io
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

WORKFLOW = Path(__file__).parents[2]  # the checkout
PROGRAMS = WORKFLOW / "scripts"
_ROOM_FOR_MESSAGES = 2**16  # bytes


def open_regular(path: str | Path, flags: int = os.O_RDONLY) -> int:
    """Return the descriptor of a regular file.

    Raises OSError: it cannot be opened, or is a FIFO or a device, which could block for ever; ValueError: a NUL in the
    path.
    """
    try:
        descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno == errno.ELOOP:
            error.strerror = "a link is in the way"
        raise
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.EINVAL, "not a regular file", str(path))


def reading(path: str | Path) -> BinaryIO:
    """Open a regular file for reading. Raises OSError, ValueError: see `open_regular`."""
    return open(open_regular(path), "rb")


def open_or_create(path: str | Path) -> BinaryIO:
    """Open a file for locking, reading and writing; create it if it is missing. Raises OSError: also for a link."""
    return open(open_regular(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW), "r+b")


def read_bytes(path: str | Path, most: int = 2**30) -> bytes:
    """Read a regular file. Raises OSError: also if it has more than `most` bytes; ValueError."""
    with reading(path) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise OSError(errno.EFBIG, f"larger than {most // 2**20} MB", str(path))
        return file.read()


def read_text(path: str | Path, errors: str = "strict") -> str:
    """Read a regular file as UTF-8, all line ends as \\n. Raises UnicodeDecodeError too."""
    return io.TextIOWrapper(io.BytesIO(read_bytes(path)), "utf-8", errors).read()


def downloads() -> Path:
    """Return the folder for downloads that all checkouts of a user share."""
    if folder := os.environ.get("AUDIO_PIPELINE_CACHE"):
        return Path(folder).absolute()  # the servers have another working directory
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "audio-pipeline"


def full_disk(folder: str | Path) -> str | None:
    """Return a message if the folder's disk has no room even for a log line, or None."""
    if shutil.disk_usage(folder).free >= _ROOM_FOR_MESSAGES:
        return None
    return f"{folder}: the disk is full; free some space and run again"


def new(path: str | Path) -> BinaryIO:
    """Create a file for writing. An existing file or link is removed first, so that no link is followed."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return open(os.open(path, flags, 0o666), "wb")


def replace_file(
    path: str | Path, data: bytes, mode: int | None = None, *, alone: bool = False
) -> None:
    """Write the file atomically, by a rename.

    mode: permissions, if not those of the umask; alone: True if a lock keeps other processes from writing it.
    """
    with replacing(path, alone=alone) as temporary, new(temporary) as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def replacing(path: str | Path, *, alone: bool = False) -> Iterator[Path]:
    """Yield a temporary path, and rename its file to `path` at the end.

    alone: as for `replace_file`. There is no fsync, which would take minutes for thousands of files: use it directly
    only for files that can be regenerated.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_of(path) if alone else path.with_name(f".{path.name}.{os.getpid()}.tmp")
    new(temporary).close()  # removes a link of that name
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        error.filename = error.filename or str(path)  # errors of write() have no file name
        raise
    finally:
        temporary.unlink(missing_ok=True)


def rename(temporary: Path, path: Path) -> None:
    """Replace the file atomically by a temporary one on the same disk, after that is on the disk."""
    with open(temporary, "rb") as file:
        os.fsync(file.fileno())
    os.replace(temporary, path)


def temporary_of(path: Path) -> Path:
    """Return the temporary path of an `alone` write, fixed so that leftovers are found without listing the folder."""
    return path.with_name(f".{path.name}.tmp")


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with reading(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type] # typeshed


def known_sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file, which is read once by this process while its size and time are the same."""
    status = os.stat(path)
    return _sha256_of_state(str(path), status.st_size, status.st_mtime_ns)


@functools.cache
def _sha256_of_state(path: str, size: int, mtime_ns: int) -> str:
    return sha256_of(path)


def listed(folder: str | Path) -> Iterator[tuple[str, int, int]]:
    """Yield name, size in bytes and ctime in ns of each file in a folder; none if there is no folder."""
    try:
        entries = os.scandir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        for entry in entries:
            try:
                status = entry.stat()
            except FileNotFoundError:
                continue
            yield entry.name, status.st_size, status.st_ctime_ns


def fingerprint(path: str | Path, known: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the SHA-256, size and modification time of a file.

    known: an earlier fingerprint, returned as it is while size and time match, so that a plan need not read thousands
    of recordings and pictures. Raises OSError: the file does not exist.
    """
    status = os.stat(path)
    now = {"size": status.st_size, "mtime_ns": status.st_mtime_ns}
    if (
        isinstance(known, dict)
        and isinstance(known.get("sha256"), str)
        and {**known, **now} == known
    ):
        return dict(known)
    return {"sha256": sha256_of(path), **now}
