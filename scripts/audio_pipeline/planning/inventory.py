"""What there is of each topic: its files, their states and records. The gallery, the catalogue and the feed show it."""

import contextlib
import hashlib
import json
import os
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audio_pipeline import files
from audio_pipeline.core.record import Record
from audio_pipeline.core.staleness import State
from audio_pipeline.core.topics import Topic
from audio_pipeline.planning.survey import Finding, findings, records_of
from audio_pipeline.project import Project, path_of
from audio_pipeline.text.script_checks import count_words

# The worst of its files is the state of a topic.
STATES = ("failed", "missing", "stale", "edited", "made")
_SHOWN = {State.CURRENT: "made", State.PLACED: "edited", State.FOLLOWS: "stale"}


@dataclass(frozen=True)
class File:
    """A file of a stage.

    path: from the output folder; state: one of STATES; reason: why it is stale, missing or failed; size: in bytes, None
    where there is no file; record: how it was made, None for one that was placed by hand; warnings: checks at level
    warn that it did not pass.
    """

    stage: str
    path: str
    state: str
    reason: str
    size: int | None
    record: Record | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A topic. script: its text, "" where there is none; duration_s: of the recording."""

    topic: Topic
    language: str
    files: dict[str, File]
    script: str
    words: int
    duration_s: float | None

    @property
    def state(self) -> str:
        return min((file.state for file in self.files.values()), key=STATES.index)

    @property
    def reason(self) -> str:
        """Of the first file in this state."""
        return next(
            f"{file.stage}: {file.reason}" if file.reason else file.stage
            for file in self.files.values()
            if file.state == self.state
        )

    @property
    def voice(self) -> str:
        record = self.files["audio"].record
        return str(record.request.get("voice", "")) if record else ""

    @property
    def made(self) -> str:
        """When the last of its files was made: UTC, ISO 8601; "" where none was."""
        return max((file.record.time for file in self.files.values() if file.record), default="")

    def there(self, stage: str) -> File | None:
        """The file of a stage, if there is one."""
        file = self.files.get(stage)
        return file if file and file.size is not None else None


def read(project: Project, slugs: Iterable[str] | None = None) -> Iterator[Entry]:
    """An entry for each of these topics, or for each in the order of their file."""
    for slug in project.topics if slugs is None else slugs:
        yield _entry(project, slug)


def fingerprint(project: Project, *more: bytes) -> str:
    """Another one whenever an inventory may be another: of the settings, topics, files and records, as they lie there.

    No file is opened. A record is put in its place by a rename, which shows in the time of its folder.
    """
    found = hashlib.sha256(json.dumps([project.config.values, *more], default=repr).encode())
    topics = [
        (one.text, one.slug, one.language, one.voice, one.seed) for one in project.topics.values()
    ]
    found.update(repr(topics).encode())
    for stage in project.stages:
        with contextlib.suppress(FileNotFoundError):
            found.update(str(os.stat(Path(project.output, "records", stage)).st_ctime_ns).encode())
        for folder in {os.path.dirname(path) for path in project.files(stage, "x")}:
            found.update(repr(sorted(_listed(folder))).encode(errors="surrogateescape"))
    return found.hexdigest()


def _listed(folder: str) -> Iterator[tuple[str, int, int]]:
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            try:
                status = entry.stat()
            except FileNotFoundError:
                continue
            yield entry.name, status.st_size, status.st_ctime_ns


def _entry(project: Project, slug: str) -> Entry:
    topic = project.topics[slug]
    known = records_of(project, slug)
    found = findings(project, slug, known)
    made = {one.stage: _file(project, one, known[one.stage]) for one in found}
    script = ""
    with contextlib.suppress(OSError):
        text = project.file(project.text_of_speech(slug), slug)
        script = files.read_text(text, errors="replace").strip()
    return Entry(
        topic,
        project.language(project.text_of_speech(slug), slug),
        made,
        script,
        count_words(script),
        _duration_s(project.file("audio", slug), made["audio"]),
    )


def _file(project: Project, one: Finding, known: Record | None) -> File:
    try:
        size: int | None = os.stat(project.file(one.stage, one.slug)).st_size
    except OSError:
        size = None
    state, reason = _SHOWN.get(one.state, str(one.state)), one.reason
    if one.failed:
        state, reason = "failed", one.failed
    return File(one.stage, path_of(one.stage, one.slug), state, reason, size, known, one.warnings)


def _duration_s(path: str, file: File) -> float | None:
    """Of a recording, by its header alone; of a kind that `wave` cannot read, by its record."""
    if file.size is None:
        return None
    try:
        with files.reading(path) as data, wave.open(data) as sound:
            return float(round(sound.getnframes() / sound.getframerate(), 3))
    except (OSError, EOFError, wave.Error, ZeroDivisionError):
        said: Any = file.record.service.get("duration_s") if file.record else None
        return said if isinstance(said, int | float) else None
