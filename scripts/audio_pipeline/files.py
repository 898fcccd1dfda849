"""Files where others may have put something: read without waiting, and written without following a link."""

import contextlib
import errno
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


def opened(path: str | Path, flags: int = os.O_RDONLY) -> int:
    """The descriptor of a regular file.

    Raises OSError: it cannot be opened, or is a FIFO or a device, which would be waited for without end;
    ValueError: a NUL in the path.
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
    """A regular file to read from. Raises OSError, ValueError: see `opened`."""
    return open(opened(path), "rb")


def kept(path: str | Path) -> BinaryIO:
    """A file to lock, to read and to write, that is made if it is missing; a link is not followed. Raises OSError."""
    return open(opened(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW), "r+b")


def read_bytes(path: str | Path, most: int = 2**30) -> bytes:
    """What is in a regular file, at most so many bytes of it. Raises OSError, also if it is too large; ValueError."""
    with reading(path) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise OSError(errno.EFBIG, f"larger than {most // 2**20} MB", str(path))
        return file.read()


def read_text(path: str | Path, errors: str = "strict") -> str:
    """The same as UTF-8, lines ended by \\n alone. Raises UnicodeDecodeError besides."""
    return io.TextIOWrapper(io.BytesIO(read_bytes(path)), "utf-8", errors).read()


def full_disk(folder: str | Path) -> str | None:
    """The line about the disk of a folder that has no room even for a message, or None."""
    if shutil.disk_usage(folder).free >= _ROOM_FOR_MESSAGES:
        return None
    return f"{folder}: the disk is full; free some space and run again"


def new(path: str | Path) -> BinaryIO:
    """A file to write to, in the place of what is there: a link that leads elsewhere is removed, not followed."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return open(os.open(path, flags, 0o666), "wb")


def replace_file(
    path: str | Path, data: bytes, mode: int | None = None, *, alone: bool = False
) -> None:
    """Put the data in the place of the file, by a rename: at no moment is there a part of a file.

    mode: its permissions, if not those of the umask; alone: by a lock, no other process does the same now.
    """
    with replacing(path, alone=alone) as temporary, new(temporary) as file:
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def replacing(path: str | Path, *, alone: bool = False) -> Iterator[Path]:
    """A path to write to; at the end, its file takes the place of the one at `path`.

    alone: as for `replace_file`. By itself only for what can be made again: the disk is not waited for, which for
    thousands of files would take minutes.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_of(path) if alone else path.with_name(f".{path.name}.{os.getpid()}.tmp")
    new(temporary).close()  # what writes to it next finds a file, not a link
    try:
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        error.filename = error.filename or str(path)  # a write names no file
        raise
    finally:
        temporary.unlink(missing_ok=True)


def temporary_of(path: Path) -> Path:
    """What a file is written to at first, alone: by its name, a leftover is found without a look through the folder."""
    return path.with_name(f".{path.name}.tmp")


def sha256_of(path: str | Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with reading(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type] # typeshed


def seen(path: str | Path, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The SHA-256 of a file with its size and time. It is not read again while these are as they were `before`.

    So thousands of recordings and pictures need not be read to plan a run. Raises OSError: the file is not there.
    """
    status = os.stat(path)
    now = {"size": status.st_size, "mtime_ns": status.st_mtime_ns}
    if (
        isinstance(before, dict)
        and isinstance(before.get("sha256"), str)
        and {**before, **now} == before
    ):
        return dict(before)
    return {"sha256": sha256_of(path), **now}
