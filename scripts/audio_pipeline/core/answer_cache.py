"""Answer cache: the answers of services, each under the SHA-256 of all that shaped it.

An entry is FOLDER/KIND/xx/KEY, the answer as it came from the service, and KEY.json beside it, written last. KEY is the
digest of the answer's request: what was sent to the service, but not where to. Entries are never changed, so the folder
may be shared by projects, users and machines; what others wrote there is checked like an answer.
"""

import contextlib
import hashlib
import json
import os
import secrets
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audio_pipeline import files, locks, sanitize
from audio_pipeline.core.request import Request, digest
from audio_pipeline.errors import StorageError
from audio_pipeline.settings import Configuration

_MOST_BYTES = 256 * 2**20  # of an answer
_MOST_ABOUT = 4 * 2**20  # of KEY.json, which has the prompt
_TOUCH_S = 86_400  # the time of last use is kept to a day
_LOCK_PAUSE_S = 0.05


@dataclass(frozen=True)
class Answer:
    """An answer of a service. data: as it came; details: from the service, JSON values; seconds: that it took;
    time: when it came, UTC, ISO 8601.
    """

    data: bytes
    model: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    time: str = ""


class AnswerCache:
    """A folder for answers, and further folders that are only read. folder: None to keep nothing."""

    def __init__(self, folder: Path | None, read: Sequence[Path] = ()) -> None:
        self._folder = folder
        self._folders = [*([folder] if folder else []), *read]
        self._reported: set[str] = set()

    def has(self, kind: str, request: Request) -> bool:
        """True if there is an entry, which `get` may still find to be damaged."""
        return self.has_key(kind, digest(request))

    def has_key(self, kind: str, key: str) -> bool:
        return any(os.path.exists(_about(folder, kind, key)) for folder in self._folders)

    def keys(self, kind: str, beginning: str) -> set[str]:
        """Return the keys of all entries of a kind that begin with these two digits."""
        found: set[str] = set()
        for folder in self._folders:
            with contextlib.suppress(OSError):
                names = os.listdir(_about(folder, kind, beginning).parent)
                found.update(name[:-5] for name in names if name.endswith(".json"))
        return found

    def is_empty(self, kind: str, key: str) -> bool:
        """True if the answer of an entry has no data."""
        for folder in self._folders:
            with contextlib.suppress(OSError):
                return os.stat(_about(folder, kind, key).with_suffix("")).st_size == 0
        return False

    def seconds(self, kind: str, key: str) -> float | None:
        """Return the seconds that an answer took. Returns None if there is no such entry, or it is damaged."""
        for folder in self._folders:
            with contextlib.suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
                about = json.loads(files.read_bytes(_about(folder, kind, key), most=_MOST_ABOUT))
                return float(about["seconds"])
        return None

    def get(self, kind: str, request: Request) -> Answer | None:
        """Return the answer to a request, or None. A damaged entry is reported and counts as none."""
        key = digest(request)
        for folder in self._folders:
            path = _about(folder, kind, key)
            try:
                answer = _read(path, key)
            except FileNotFoundError:
                continue
            except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
                self._report(f"{path}: the cached answer is damaged ({error}); it is not used")
                continue
            if folder == self._folder:
                _note_use(path)
            return answer
        return None

    def put(self, kind: str, request: Request, answer: Answer) -> bool:
        """Keep an answer. Return False if it cannot be written, which is reported once."""
        if not self._folder:
            return False
        path = _about(self._folder, kind, digest(request))
        about = {
            "request": sanitize.value(request),
            "sha256": hashlib.sha256(answer.data).hexdigest(),
            "model": answer.model,
            "seconds": round(answer.seconds, 3),
            "time": answer.time,
            "details": sanitize.value(dict(answer.details)),
        }
        if about["request"] != request or sanitize.has_secret(answer.data.decode(errors="ignore")):
            return False  # it repeats a secret, which is written nowhere
        try:
            _make_folder(path.parent, self._folder)
            mode = _file_mode(self._folder)
            _write(path.with_suffix(""), answer.data, mode)
            _write(path, json.dumps(about, ensure_ascii=False).encode(), mode)
        except OSError as error:
            self._report(f"note: {self._folder}: {error.strerror}; answers are not kept there")
            return False
        return True

    def remove(self, kind: str, request: Request) -> None:
        """Remove an answer that turned out to be unusable."""
        self.remove_key(kind, digest(request))

    def remove_key(self, kind: str, key: str) -> None:
        """Remove an answer by its key."""
        if self._folder:
            path = _about(self._folder, kind, key)
            for part in (path, path.with_suffix("")):
                with contextlib.suppress(OSError):
                    part.unlink()

    @contextlib.contextmanager
    def lock(self, kind: str, request: Request, wait_s: float) -> Iterator[None]:
        """Hold the right to ask for an answer, so that several processes do not all ask for it.

        wait_s: after that the block runs without it. So it does if the folder has no locks.
        """
        descriptor, byte = self._open_lock(kind), int(digest(request)[:15], 16)
        try:
            if descriptor is not None:
                with contextlib.suppress(StorageError):
                    _wait(descriptor, byte, wait_s)
            yield
        finally:
            if descriptor is not None:
                os.close(descriptor)

    def _open_lock(self, kind: str) -> int | None:
        if not self._folder:
            return None
        try:
            _make_folder(self._folder / kind, self._folder)
            return locks.open_lock_file(self._folder / kind, ".lock")
        except (OSError, StorageError):
            return None  # `put` reports why nothing is kept

    def _report(self, line: str) -> None:
        if line not in self._reported:
            print(line, flush=True)
            self._reported.add(line)


def of(config: Configuration) -> AnswerCache:
    """Return the cache of a project in the working directory."""
    folder = Path(config.cache.folder) if config.cache.folder else None
    return AnswerCache(folder, [Path(folder) for folder in config.cache.read])


def _about(folder: Path, kind: str, key: str) -> Path:
    return folder / kind / key[:2] / f"{key}.json"


def _read(path: Path, key: str) -> Answer:
    """Read and verify an entry. Raises FileNotFoundError: there is none; OSError, ValueError, …: it is damaged."""
    about = json.loads(files.read_bytes(path, most=_MOST_ABOUT))
    if digest(about["request"]) != key:
        raise ValueError("it answers another request")
    try:
        data = files.read_bytes(path.with_suffix(""), most=_MOST_BYTES)
    except FileNotFoundError:
        raise ValueError("the answer itself is missing") from None
    if hashlib.sha256(data).hexdigest() != about["sha256"]:
        raise ValueError("its SHA-256 differs")
    model, seconds, details = about["model"], about["seconds"], about["details"]
    written = str(about["time"])[:20]
    if not isinstance(model, str) or not isinstance(details, dict) or not 0 <= seconds < 1e9:
        raise ValueError("its description is invalid")
    return Answer(data, model, details, float(seconds), written)


def _note_use(path: Path) -> None:
    """Set the time of the last use, by which `make prune` finds unused entries."""
    with contextlib.suppress(OSError):
        if time.time() - os.path.getmtime(path) > _TOUCH_S:
            os.utime(path)


def _write(path: Path, data: bytes, mode: int) -> None:
    """Write a file atomically. The name of the temporary file is unique, also on a file system of several machines."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with files.new(temporary) as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _make_folder(path: Path, root: Path) -> None:
    """Create a folder of the cache with the permissions of its root, which may be shared by a group."""
    if path.is_dir():
        return
    if path == root:
        path.mkdir(parents=True, exist_ok=True)
        return
    _make_folder(path.parent, root)
    with contextlib.suppress(FileExistsError):
        path.mkdir()
        with contextlib.suppress(PermissionError):
            path.chmod(stat.S_IMODE(path.parent.stat().st_mode))


def _file_mode(root: Path) -> int:
    """Return the permissions of entries: those of the cache's folder, without execution."""
    return stat.S_IMODE(root.stat().st_mode) & 0o666


def _wait(descriptor: int, byte: int, wait_s: float) -> None:
    if locks.acquire(descriptor, byte=byte):
        return
    print("waiting for another job that is requesting the same answer", flush=True)
    deadline = time.monotonic() + wait_s
    while time.monotonic() < deadline and not locks.acquire(descriptor, byte=byte):
        time.sleep(_LOCK_PAUSE_S)
