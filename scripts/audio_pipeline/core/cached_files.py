"""The files of an answer cache: their sizes, and those that no file of a project uses."""

import contextlib
import os
import re
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from audio_pipeline.core.record import Record

_DAY_S = 86_400
_KEY = re.compile(r"([0-9a-f]{64})(\.json)?|\.[0-9a-f]{64}(\.json)?\.[0-9a-f]{16}\.tmp")


@dataclass
class Entry:
    """An entry of the cache. key: "" for a temporary file of a killed job; used: time stamp of the last use."""

    kind: str
    key: str
    paths: list[Path]
    size: int = 0
    used: float = 0.0


def entries(folder: Path) -> Iterator[Entry]:
    """Yield the entries of a cache. Files that are not its own are left out."""
    for kind in _folders(folder):
        for part in _folders(Path(kind)):
            found: dict[str, Entry] = {}
            for file in _scan(Path(part)):
                name = _KEY.fullmatch(file.name)
                if not name or not file.is_file(follow_symlinks=False):
                    continue
                key = name[1] or ""
                entry = found.setdefault(key or file.name, Entry(Path(kind).name, key, []))
                with contextlib.suppress(OSError):  # it was removed meanwhile
                    status = file.stat(follow_symlinks=False)
                    entry.paths.append(Path(file.path))
                    entry.size += status.st_size
                    entry.used = max(entry.used, status.st_mtime)
            yield from found.values()


def unused(folder: Path, keep_days: float, keys: Collection[str]) -> Iterator[Entry]:
    """Yield the entries that were last used more than keep_days ago, but for these keys.

    Temporary files of killed jobs are unused after a day.
    """
    now = time.time()
    for entry in entries(folder):
        if entry.key in keys:
            continue
        if now - entry.used > (keep_days * _DAY_S if entry.key else _DAY_S):
            yield entry


def keys_of(record: Record | None) -> Iterator[str]:
    """Yield the keys that a record names, those of its previous entries included."""
    while record:
        yield from (answer.key for answer in record.answers)
        record = record.previous


def size(count: int) -> str:
    """Format a number of bytes."""
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count //= 1000
    return f"{count} GB"


def _folders(folder: Path) -> list[str]:
    return sorted(entry.path for entry in _scan(folder) if entry.is_dir(follow_symlinks=False))


def _scan(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []
