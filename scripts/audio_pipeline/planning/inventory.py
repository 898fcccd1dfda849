"""An inventory of each topic's files, states and records, for the gallery, the catalogue and the feed."""

import contextlib
import hashlib
import json
import os
import wave
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from audio_pipeline import files
from audio_pipeline.core.record import Record
from audio_pipeline.core.staleness import State
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError
from audio_pipeline.planning.survey import Finding, findings, records_of, was_edited
from audio_pipeline.project import Project, path_of
from audio_pipeline.text import pauses
from audio_pipeline.text.script_checks import count_words
from audio_pipeline.video import scene_list

# Worst first: a topic has the worst state of its files.
STATES = ("failed", "missing", "stale", "edited", "made")
_SHOWN = {State.CURRENT: "made", State.PLACED: "edited", State.FOLLOWS: "stale"}


@dataclass(frozen=True)
class File:
    """A file of a stage.

    path: relative to the output folder; state: one of STATES; reason: why it is stale, missing or failed; size: in
    bytes, None if there is no file; record: how it was made, None if it was placed by hand; warnings: failed checks at
    level warn.
    """

    stage: str
    path: str
    state: str
    reason: str
    size: int | None
    record: Record | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scene:
    """A scene of a video.

    number: from 1; say: what is spoken; show: what is seen, "" for the topic's picture; picture: path relative to the
    output folder; begin_s: in the video, None if that is not made of these scenes; failed: why it has a card for now.
    """

    number: int
    say: str
    show: str
    picture: str
    begin_s: float | None
    failed: str


@dataclass(frozen=True)
class Entry:
    """A topic.

    script: the words of its text, "" if there is none; duration_s: the length of the recording; scenes: of its video.
    """

    topic: Topic
    language: str
    files: dict[str, File]
    script: str
    words: int
    duration_s: float | None
    scenes: tuple[Scene, ...] = ()

    @property
    def state(self) -> str:
        return min((file.state for file in self.files.values()), key=STATES.index)

    @property
    def reason(self) -> str:
        """The reason of the first file in the topic's state."""
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
        """The time when the last file was made, in UTC (ISO 8601); "" if none was."""
        return max((file.record.time for file in self.files.values() if file.record), default="")

    def existing(self, stage: str) -> File | None:
        """Return the file of a stage. Returns None if it does not exist."""
        file = self.files.get(stage)
        return file if file and file.size is not None else None


def read(project: Project, slugs: Iterable[str] | None = None) -> Iterator[Entry]:
    """Yield an entry for each of these topics, by default for all in the order of their file."""
    for slug in project.topics if slugs is None else slugs:
        yield _entry(project, slug)


def fingerprint(project: Project, *more: bytes) -> str:
    """Return a digest of settings, topics, files and records, which changes whenever an inventory may change.

    Opens no file. Records are written by a rename, which changes the time of their folder.
    """
    result = hashlib.sha256(json.dumps([project.config.values, *more], default=repr).encode())
    for topic in project.topics.values():
        result.update(repr(replace(topic, line=0)).encode(errors="surrogateescape"))
        for path in filter(None, (topic.source, topic.text_file)):
            with contextlib.suppress(FileNotFoundError):
                status = os.stat(path)
                result.update(repr((status.st_ctime_ns, status.st_size)).encode())
    for stage in project.stages:
        with contextlib.suppress(FileNotFoundError):
            result.update(str(os.stat(Path(project.output, "records", stage)).st_ctime_ns).encode())
        for folder in {os.path.dirname(path) for path in project.files(stage, "x")}:
            result.update(repr(sorted(files.listed(folder))).encode(errors="surrogateescape"))
    return result.hexdigest()


def _entry(project: Project, slug: str) -> Entry:
    topic = project.topics[slug]
    records = records_of(project, slug)
    by_stage = {
        finding.stage: _file(project, finding, records[finding.stage])
        for finding in findings(project, slug, records)
    }
    script = ""
    with contextlib.suppress(OSError):
        text = project.file(project.text_of_speech(slug), slug)
        script = pauses.without(files.read_text(text, errors="replace")).strip()
    return Entry(
        topic,
        project.language(project.text_of_speech(slug), slug),
        by_stage,
        script,
        count_words(script),
        _duration_s(project.file("audio", slug), by_stage["audio"]),
        tuple(_scenes(project, slug, by_stage)),
    )


def _scenes(project: Project, slug: str, by_stage: dict[str, File]) -> Iterator[Scene]:
    """Yield the scenes of a topic, none if there is no valid list of them."""
    if "scenes" not in by_stage:
        return
    record, video = by_stage["scenes"].record, by_stage["video"].record
    try:
        shown = scene_list.load(Path(project.file("scenes", slug)))
    except InputError:
        return
    asked = record.request.get("scenes") if record else None
    pairs = (
        asked if isinstance(asked, list) and len(asked) == len(shown) else [["", ""]] * len(shown)
    )
    failed = (record.service.get("failed") if record else None) or {}
    begins = video.service.get("scenes") if video else None
    times = (
        begins if isinstance(begins, list) and len(begins) == len(shown) else [None] * len(shown)
    )
    owner = project.owner("image", slug)
    cover = path_of("image", owner) if owner else ""
    for number, (scene, pair, begin_s) in enumerate(zip(shown, pairs, times, strict=True), start=1):
        name, what = pair if isinstance(pair, list) and len(pair) == 2 else ("", "")
        show = what.get("file", "") if isinstance(what, dict) else what
        picture = f"scenes/{scene.file}" if scene.file else cover
        reason = failed.get(name, "") if isinstance(failed, dict) else ""
        begin = begin_s if isinstance(begin_s, int | float) else None
        yield Scene(number, scene.say, str(show), picture, begin, str(reason))


def _file(project: Project, finding: Finding, record: Record | None) -> File:
    stage, slug = finding.stage, finding.slug
    try:
        size: int | None = os.stat(project.file(stage, slug)).st_size
    except OSError:
        size = None
    state = _SHOWN.get(finding.state, str(finding.state))
    reason = finding.reason if finding.state.is_due else ""
    warnings = finding.warnings
    if finding.failed:
        state, reason = "failed", finding.failed
    elif was_edited(project, finding, record):
        state, warnings = str(State.EDITED), ()
    return File(stage, path_of(stage, slug), state, reason, size, record, warnings)


def _duration_s(path: str, file: File) -> float | None:
    """Return the length of a recording from its header, or from its record if `wave` cannot read it."""
    if file.size is None:
        return None
    try:
        with files.reading(path) as data, wave.open(data) as sound:
            return float(round(sound.getnframes() / sound.getframerate(), 3))
    except (OSError, EOFError, wave.Error, ZeroDivisionError):
        recorded_s: Any = file.record.service.get("duration_s") if file.record else None
        return recorded_s if isinstance(recorded_s, int | float) else None
