"""catalog.csv and catalog.sqlite: what was made, by what, when and at what cost, for queries. From the records."""

import contextlib
import csv
import io
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

from .inventory import Entry, File
from .record import replace_file

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
CREATE INDEX files_of_stage ON files (stage, engine, model);
"""
FILE_COLUMNS = (
    "slug", "stage", "path", "state", "reason", "bytes", "sha256", "engine", "model", "voice", "seed", "take",
    "attempts", "seconds", "tokens", "made", "request", "service",
)  # fmt: skip
_IN_CSV = FILE_COLUMNS[:-2]  # without the JSON


def write(entries: list[Entry], folder: str | Path) -> None:
    """Both files, each whole or not at all."""
    rows = [(entry, _row(entry, file)) for entry in entries for file in entry.files.values()]
    replace_file(Path(folder, "catalog.csv"), _csv(rows))
    _write_sqlite(entries, [row for _, row in rows], Path(folder, "catalog.sqlite"))


def harmless(value: Any) -> Any:
    """A cell that a spreadsheet would take for a formula, made into text.

    Source: OWASP, CSV Injection (owasp.org/www-community/attacks/CSV_Injection).
    """
    return (
        f"'{value}"
        if isinstance(value, str) and value.startswith(tuple("=+-@\t\r\n＝＋－＠"))
        else value
    )


def _row(entry: Entry, file: File) -> dict[str, Any]:
    known = file.record
    row = {"slug": entry.topic.slug, "stage": file.stage, "path": file.path, "state": file.state}
    row |= {"reason": file.reason, "bytes": file.size}
    if known is None:
        return {**dict.fromkeys(FILE_COLUMNS), **row}
    return {
        **row,
        "sha256": known.sha256,
        "engine": known.engine,
        "model": known.model,
        "voice": known.request.get("voice"),
        "seed": known.seed,
        "take": known.take,
        "attempts": known.attempts,
        "seconds": known.seconds,
        "tokens": known.service.get("total_tokens"),
        "made": known.time,
        "request": _json(known.request),
        "service": _json(known.service),
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _csv(rows: list[tuple[Entry, dict[str, Any]]]) -> bytes:
    """RFC 4180, UTF-8 with a byte order mark: without it Excel reads another encoding."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["title", "language", *_IN_CSV])
    for entry, row in rows:
        cells = [entry.topic.text, entry.language, *(row[name] for name in _IN_CSV)]
        writer.writerow([harmless(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def _write_sqlite(entries: list[Entry], files: list[dict[str, Any]], path: Path) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    topics = [
        {
            "slug": one.topic.slug,
            "position": position,
            "title": one.topic.text,
            "language": one.language,
            "voice": one.voice,
            "state": one.state,
            "reason": one.reason,
            "words": one.words,
            "duration_s": one.duration_s,
            "made": one.made or None,
        }
        for position, one in enumerate(entries, 1)
    ]
    try:
        with contextlib.closing(sqlite3.connect(temporary)) as database:
            database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
            with database:
                _insert(database, "topics", topics)
                _insert(database, "files", files)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _insert(database: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        columns = ", ".join(rows[0]), ", ".join(f":{name}" for name in rows[0])
        database.executemany(f"INSERT INTO {table} ({columns[0]}) VALUES ({columns[1]})", rows)
