"""Records: data/output/records/STAGE/SLUG.json says how a file was made.

A record is written before its file, and keeps the preceding record as `previous`. If a job dies between the two writes,
the file's SHA-256 shows which of the two describes it.
"""

import json
import re
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from audio_pipeline import files
from audio_pipeline.core.request import Request, digest
from audio_pipeline.files import replace_file

_MAX_NUMBER = 2**63 - 1  # the limit of SQLite
_MAX_BYTES = 64 * 2**20  # of a record: each sentence of an hour's speech takes about 100 bytes
_MAX_DEPTH = 20
_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_PREVIOUS = 10  # usually one entry, more only if several jobs were killed in succession
_KEY = re.compile("[0-9a-f]{64}")
_UNIT_DIGITS = 16  # of a unit's digest: units are only compared within a record
_OMITTED = {
    "answers": [], "latest": 0, "takes": {}, "again": [], "deleted": False, "written": True
}  # fmt: skip


class UsedAnswer(NamedTuple):
    """An answer in the cache. key: there; unit: `unit_of` its request; take: number of its take, from 0."""

    key: str
    unit: str
    take: int


@dataclass(frozen=True)
class Record:
    """Record of how a file was made.

    request: that it was made for; request_sha256: of its canonical JSON; sha256: of the file; seed: as sent, None if
    the engine has none; take: number of the file's take, from 0; attempts: answers that were requested, 0 if all came
    from the cache; seconds: for all of them; checks: names of those passed; time: UTC, ISO 8601; service: details from
    the service (version, model digest, tokens, …); answers: that the file was made of; latest: highest take so far;
    takes: unit of an answer → its chosen and its highest take, if not 0; again: units of which another take is wanted;
    deleted: True if the user deleted the file, which is stale if it returns from a backup; written: False until the
    first file of this record is written; previous: the preceding record.
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
    answers: list["UsedAnswer"] = field(default_factory=list)
    latest: int = 0
    takes: dict[str, list[int]] = field(default_factory=dict)
    again: list[str] = field(default_factory=list)
    deleted: bool = False
    written: bool = True
    previous: "Record | None" = None

    @property
    def warnings(self) -> list[str]:
        """One line for each check at level warn that the file failed."""
        lines = self.service.get("warnings")
        return [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []

    def describes(self, sha256: str) -> "Record | None":
        """Return the entry, this or a previous one, of a file with this SHA-256, or None if it was edited by hand."""
        if self.sha256 == sha256:
            return replace(self, previous=None)
        return self.previous.describes(sha256) if self.previous else None


def now() -> str:
    """Return the time, UTC, as records have it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def unit_of(request: Request) -> str:
    """Return the unit of an answer: what its takes have in common. request: the answer's, without seed and take."""
    return digest(request)[:_UNIT_DIGITS]


def load(path: str | Path) -> Record | None:
    """Load a record. Returns None if it is missing or invalid; its file then counts as placed by hand."""
    try:
        return _from_json(json.loads(files.read_bytes(path, most=_MAX_BYTES).decode()))
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def store(path: str | Path, record: Record) -> None:
    """Write the record atomically. The caller must hold its lock."""
    values = asdict(record)
    if record.previous is None:
        del values["previous"]
    for key, default in _OMITTED.items():
        if values[key] == default:
            del values[key]
    text = json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    replace_file(path, text.encode(), alone=True)


def _from_json(values: Any, depth: int = 0) -> Record:
    """Return the record of parsed JSON. Raises TypeError: it is not a record, or has invalid values."""
    if not isinstance(values, dict) or depth > _MAX_PREVIOUS:
        raise TypeError("not a record")
    previous = values.pop("previous", None)
    answers = values.pop("answers", [])
    record = Record(**values, answers=[UsedAnswer(*answer) for answer in answers])
    if not _is_sound(record):
        raise TypeError("not a record")
    return replace(record, previous=_from_json(previous, depth + 1)) if previous else record


def _is_sound(record: Record) -> bool:
    """True if every value has the right type and range. Records may come from archives and shared folders."""
    texts = (record.request_sha256, record.sha256, record.engine, record.model, *record.checks)
    numbers = (
        record.take, record.latest, record.attempts, 0 if record.seed is None else record.seed
    )  # fmt: skip
    return (
        isinstance(record.checks, list)
        and all(map(_is_text, texts))
        and _is_time(record.time)
        and all(type(number) is int and 0 <= number <= _MAX_NUMBER for number in numbers)
        and type(record.seconds) in (int, float)
        and 0 <= record.seconds <= _MAX_NUMBER  # False for NaN
        and type(record.deleted) is bool
        and type(record.written) is bool
        and all(map(_is_answer, record.answers))
        and _are_takes(record.takes)
        and type(record.again) is list
        and all(map(_is_text, record.again))
        and isinstance(record.request, dict)
        and isinstance(record.service, dict)
        and _is_shallow(record.request, _MAX_DEPTH)
        and _is_shallow(record.service, _MAX_DEPTH)
    )


def _is_text(value: Any) -> bool:
    """True for a text that UTF-8 can encode; JSON may hold a lone surrogate like \\ud800."""
    return type(value) is str and not _SURROGATE.search(value)


def _is_answer(answer: UsedAnswer) -> bool:
    return (
        type(answer.key) is str
        and bool(_KEY.fullmatch(answer.key))
        and _is_text(answer.unit)
        and _is_take(answer.take)
    )


def _are_takes(takes: Any) -> bool:
    return type(takes) is dict and all(
        _is_text(unit) and type(pair) is list and len(pair) == 2 and all(map(_is_take, pair))
        for unit, pair in takes.items()
    )


def _is_take(value: Any) -> bool:
    return type(value) is int and 0 <= value <= _MAX_NUMBER


def _is_time(value: Any) -> bool:
    try:
        return len(value) == 20 and value[-1] == "Z" and bool(datetime.fromisoformat(value))
    except (TypeError, ValueError, LookupError):
        return False


def _is_shallow(value: Any, depth: int) -> bool:
    """True if the value is nested at most so deeply, with texts and numbers that SQLite can store."""
    if type(value) is str:
        return _is_text(value)
    if isinstance(value, dict | list):
        items = [*value, *value.values()] if isinstance(value, dict) else value
        return depth > 0 and all(_is_shallow(item, depth - 1) for item in items)
    return not isinstance(value, int | float) or -_MAX_NUMBER <= value <= _MAX_NUMBER
