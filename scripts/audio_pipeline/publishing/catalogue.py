"""catalog.csv and catalog.sqlite: the files and their records, with engine, model, time and cost, for queries."""

import contextlib
import csv
import dataclasses
import io
import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from audio_pipeline.files import replacing
from audio_pipeline.planning.inventory import Entry, File
from audio_pipeline.publishing import spliced_file
from audio_pipeline.publishing.spliced_file import Span

SCHEMA = """
CREATE TABLE topics (
  slug TEXT PRIMARY KEY, position INTEGER NOT NULL, title TEXT NOT NULL, language TEXT NOT NULL, voice TEXT NOT NULL,
  state TEXT NOT NULL, reason TEXT NOT NULL, words INTEGER NOT NULL, duration_s REAL, made TEXT
);
CREATE TABLE files (
  slug TEXT NOT NULL REFERENCES topics, stage TEXT NOT NULL, path TEXT NOT NULL, state TEXT NOT NULL,
  reason TEXT NOT NULL, bytes INTEGER, sha256 TEXT, engine TEXT, model TEXT, voice TEXT, seed INTEGER, take INTEGER,
  attempts INTEGER, seconds REAL, tokens INTEGER, made TEXT, request TEXT, service TEXT,
  PRIMARY KEY (slug, stage)
);
CREATE TABLE scenes (
  slug TEXT NOT NULL REFERENCES topics, number INTEGER NOT NULL, say TEXT NOT NULL, show TEXT NOT NULL,
  picture TEXT NOT NULL, begin_s REAL, failed TEXT NOT NULL,
  PRIMARY KEY (slug, number)
);
CREATE INDEX files_of_stage ON files (stage, engine, model);
"""
FILE_COLUMNS = (
    "slug", "stage", "path", "state", "reason", "bytes", "sha256", "engine", "model", "voice", "seed", "take",
    "attempts", "seconds", "tokens", "made", "request", "service",
)  # fmt: skip
_COLUMNS = {
    "topics": (
        "slug", "position", "title", "language", "voice", "state", "reason", "words", "duration_s", "made",
    ),
    "files": FILE_COLUMNS,
    "scenes": ("slug", "number", "say", "show", "picture", "begin_s", "failed"),
}  # fmt: skip
_KEY = {"topics": "slug", "files": "slug, stage", "scenes": "slug, number"}
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def write(
    entries: Iterable[Entry], folder: str | Path, kept: Mapping[str, Span | None] | None = None
) -> dict[str, Span]:
    """Write both files atomically, and return the span of each topic's lines in catalog.csv, by slug.

    kept: by slug, in the order of the topics, the spans in the existing files; None for topics whose entries are given.
    Without it, all entries are given.
    """
    lines: dict[str, bytes | Span | None] = {**(kept or {})}
    with _database(Path(folder, "catalog.sqlite"), update=any(lines.values())) as database:
        for entry in entries:
            rows = [_row(entry, file) for file in entry.files.values()]
            lines[entry.topic.slug] = _csv(
                [[entry.topic.text, entry.language, *row[:-2]] for row in rows]
            )
            _put(database, "topics", [_topic(entry)])
            _put(database, "files", rows)
            slug = entry.topic.slug
            scenes = [(slug, *dataclasses.astuple(scene)) for scene in entry.scenes]
            _put(database, "scenes", scenes)
            database.execute(
                "DELETE FROM scenes WHERE slug = ? AND number > ?", (slug, len(scenes))
            )
        _arrange(database, list(lines))
    # Excel needs a byte order mark to detect UTF-8.
    head = b"\xef\xbb\xbf" + _csv([["title", "language", *FILE_COLUMNS[:-2]]])
    pieces = {slug: piece for slug, piece in lines.items() if piece is not None}
    return spliced_file.write(Path(folder, "catalog.csv"), pieces, head=head)


def escape_formula(value: Any) -> Any:
    """Return a cell's value, with a leading apostrophe if a spreadsheet would take it for a formula.

    Source: OWASP, CSV Injection (owasp.org/www-community/attacks/CSV_Injection).
    """
    return (
        f"'{value}"
        if isinstance(value, str) and value.startswith(tuple("=+-@\t\r\n＝＋－＠"))
        else value
    )


def _topic(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.topic.slug,
        0,  # set by _arrange
        entry.topic.text,
        entry.language,
        entry.voice,
        entry.state,
        entry.reason,
        entry.words,
        entry.duration_s,
        entry.made or None,
    )


def _row(entry: Entry, file: File) -> tuple[Any, ...]:
    cells = (entry.topic.slug, file.stage, file.path, file.state, file.reason, file.size)
    record = file.record
    if record is None:
        return cells + (None,) * (len(FILE_COLUMNS) - len(cells))
    return (
        *cells,
        record.sha256,
        record.engine,
        record.model,
        _scalar(record.request.get("voice")),
        record.seed,
        record.take,
        record.attempts,
        record.seconds,
        _scalar(record.service.get("total_tokens")),
        record.time,
        _JSON.encode(record.request),
        _JSON.encode(record.service),
    )


def _scalar(value: Any) -> str | int | float | None:
    """Return the value if a cell can hold it: a foreign record may have any JSON there."""
    return value if isinstance(value, str | int | float) else None


def _csv(rows: list[list[Any]]) -> bytes:
    """Return the rows as CSV (RFC 4180) in UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerows([escape_formula(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


@contextlib.contextmanager
def _database(path: Path, update: bool) -> Iterator[sqlite3.Connection]:
    """Replace the database at `path` by one that is changed in the block. update: begin with a copy of the old one."""
    with replacing(path) as temporary:
        temporary.unlink(missing_ok=True)
        if update:
            shutil.copyfile(path, temporary)
        with contextlib.closing(sqlite3.connect(temporary)) as database:
            database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
            if not update:
                database.executescript(SCHEMA)
            with database:
                yield database


def _put(database: sqlite3.Connection, table: str, rows: list[tuple[Any, ...]]) -> None:
    """Insert or update rows by their key, so that existing rows keep their order."""
    columns = _COLUMNS[table]
    names, values = ", ".join(columns), ", ".join("?" for _ in columns)
    new = ", ".join(f"{name} = excluded.{name}" for name in columns)
    database.executemany(
        f"INSERT INTO {table} ({names}) VALUES ({values}) ON CONFLICT ({_KEY[table]}) DO UPDATE SET {new}",
        rows,
    )


def _arrange(database: sqlite3.Connection, slugs: list[str]) -> None:
    """Set the topics' positions, and delete those that no longer exist."""
    stored = dict(database.execute("SELECT slug, position FROM topics"))
    removed = [(slug,) for slug in stored.keys() - set(slugs)]
    for table in _COLUMNS:
        database.executemany(f"DELETE FROM {table} WHERE slug = ?", removed)
    positions = [(at, slug) for at, slug in enumerate(slugs, 1) if stored[slug] != at]
    database.executemany("UPDATE topics SET position = ? WHERE slug = ?", positions)
