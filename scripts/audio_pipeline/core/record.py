"""Records: data/output/records/STAGE/SLUG.json says how a file was made.

A record is written before the file that it describes, and then holds what it said before as `previous`: the file's
SHA-256 says which of the two it is. So a job that dies between the two writes leaves no riddle.
"""

import json
import re
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from audio_pipeline import files
from audio_pipeline.files import replace_file

_MOST = 2**63 - 1  # of a number: SQLite holds no larger one
_MOST_BYTES = 64 * 2**20  # of a record: a sentence of an hour's speech has some 100 bytes there
_MOST_DEPTH = 20
_HALF = re.compile("[\ud800-\udfff]")
_MOST_PREVIOUS = 10  # entries: there are two, and more only where each job in between was killed


@dataclass(frozen=True)
class Record:
    """How a file was made.

    request: what shaped it; request_sha256: of its canonical JSON; sha256: of the file.
    seed: as sent, None where the engine has none; take: 0, and 1 more for each time that the user deleted the file;
    attempts: how many answers it took; seconds: that all of them took; checks: the names of those passed;
    time: UTC, ISO 8601. service: what the service told of itself (version, model digest, tokens, …).
    deleted: the user deleted this file; should it come back from a backup, it does not count.
    written: False while the file, the first in its place, is still to be written.
    """

    request: dict[str, Any]
    request_sha256: str
    sha256: str
    engine: str
    model: str
    seed: int | None
    take: int
    attempts: int
    seconds: float
    checks: list[str]
    time: str
    service: dict[str, Any] = field(default_factory=dict)
    deleted: bool = False
    written: bool = True
    previous: "Record | None" = None

    @property
    def warnings(self) -> list[str]:
        """A line for each check at level warn that the file did not pass."""
        found = self.service.get("warnings")
        return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []

    def describes(self, sha256: str) -> "Record | None":
        """The entry, this or the previous one, of a file with this SHA-256. Returns None if it was edited by hand."""
        if self.sha256 == sha256:
            return replace(self, previous=None)
        return self.previous.describes(sha256) if self.previous else None


def load(path: str | Path) -> Record | None:
    """The record, or None where there is none (one that cannot be read counts as none: its file is then kept)."""
    try:
        return _from_json(json.loads(files.read_bytes(path, most=_MOST_BYTES).decode()))
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def store(path: str | Path, record: Record) -> None:
    """Write the record, whole or not at all. To be called by who holds its lock."""
    values = asdict(record)
    if record.previous is None:
        del values["previous"]
    for key, usual in (("deleted", False), ("written", True)):
        if values[key] == usual:
            del values[key]
    text = json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    replace_file(path, text.encode(), alone=True)


def _from_json(values: Any, depth: int = 0) -> Record:
    """Raises TypeError: it is none, or one with values that no record of ours has."""
    if not isinstance(values, dict) or depth > _MOST_PREVIOUS:
        raise TypeError("not a record")
    previous = values.pop("previous", None)
    record = Record(**values)
    if not _is_sound(record):
        raise TypeError("not a record")
    return replace(record, previous=_from_json(previous, depth + 1)) if previous else record


def _is_sound(record: Record) -> bool:
    """True if every value has its type and range: a record may come from an archive or a shared folder."""
    texts = (record.request_sha256, record.sha256, record.engine, record.model, *record.checks)
    numbers = (record.take, record.attempts, 0 if record.seed is None else record.seed)
    return (
        isinstance(record.checks, list)
        and all(map(_is_text, texts))
        and _is_time(record.time)
        and all(type(number) is int and 0 <= number <= _MOST for number in numbers)
        and type(record.seconds) in (int, float)
        and 0 <= record.seconds <= _MOST  # NaN is not
        and type(record.deleted) is bool
        and type(record.written) is bool
        and isinstance(record.request, dict)
        and isinstance(record.service, dict)
        and _is_shallow(record.request, _MOST_DEPTH)
        and _is_shallow(record.service, _MOST_DEPTH)
    )


def _is_text(value: Any) -> bool:
    """True if it can be written as UTF-8: JSON can name half of a character, \\ud800."""
    return type(value) is str and not _HALF.search(value)


def _is_time(value: Any) -> bool:
    try:
        return len(value) == 20 and value[-1] == "Z" and bool(datetime.fromisoformat(value))
    except (TypeError, ValueError, LookupError):
        return False


def _is_shallow(value: Any, depth: int) -> bool:
    """True if it is nested less deeply, and has nothing that a table or another program could not hold."""
    if type(value) is str:
        return _is_text(value)
    if isinstance(value, dict | list):
        each = [*value, *value.values()] if isinstance(value, dict) else value
        return depth > 0 and all(_is_shallow(one, depth - 1) for one in each)
    return not isinstance(value, int | float) or -_MOST <= value <= _MOST
