"""The state of every file, and what would be made and why, for `plan` and `status`."""

import itertools
import os
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from audio_pipeline import files
from audio_pipeline.core import record as records
from audio_pipeline.core.record import Record
from audio_pipeline.core.staleness import State, Verdict
from audio_pipeline.project import Input, Project
from audio_pipeline.scheduling import caps

_TEXTS = (
    ".srt",
    ".txt",
    ".yaml",
)  # suffixes of files that people edit, and that take no time to read


@dataclass(frozen=True)
class Finding:
    """The state of one file.

    reason: why it is due; failed: the error of its last job, "" if that succeeded; warnings: failed checks at level
    warn.
    """

    stage: str
    slug: str
    state: State
    reason: str = ""
    failed: str = ""
    warnings: tuple[str, ...] = ()


class Judged(NamedTuple):
    """A finding with what it follows from. after_sources: True if a source of the file is missing or made first.

    verdict: None if that needs sources that are not made yet.
    """

    finding: Finding
    record: Record | None
    verdict: Verdict | None
    after_sources: bool


def survey(project: Project, note: Callable[[Judged], None] = lambda judged: None) -> list[Finding]:
    """Return a finding for each file of each topic, stage by stage. note: called for each, topic by topic."""
    by_stage: dict[str, list[Finding]] = {stage: [] for stage in project.stages}
    for slug in project.topics:
        for judged in _judged(project, slug, records_of(project, slug)):
            note(judged)
            by_stage[judged.finding.stage].append(judged.finding)
    return [finding for of_stage in by_stage.values() for finding in of_stage]


def was_edited(project: Project, finding: Finding, record: Record | None) -> bool:
    """True if a text that is kept is not as it was made. Reads the file; a plan does so only if its request changed."""
    path = project.file(finding.stage, finding.slug)
    if finding.state is not State.CURRENT or record is None or Path(path).suffix not in _TEXTS:
        return False
    try:
        return record.describes(files.sha256_of(path)) is None
    except OSError:
        return False


def records_of(project: Project, slug: str) -> dict[str, Record | None]:
    """Return the records of a topic, by stage."""
    return {stage: records.load(project.record(stage, slug)) for stage in project.stages_of(slug)}


def findings(project: Project, slug: str, by_stage: Mapping[str, Record | None]) -> list[Finding]:
    """Return a finding for each file of a topic. by_stage: its records, in the order of the stages."""
    return [judged.finding for judged in _judged(project, slug, by_stage)]


def _judged(project: Project, slug: str, by_stage: Mapping[str, Record | None]) -> Iterator[Judged]:
    changing = _changing_of_original(project, slug)
    for stage, record in by_stage.items():
        verdict = project.verdict_by(record, stage, slug)
        state, reason = _state(project, stage, slug, record, verdict)
        is_kept = state in (State.CURRENT, State.PLACED)
        after_sources = bool(changing.intersection(project.all_inputs(stage, slug).values()))
        if is_kept and after_sources:
            state = State.FOLLOWS
        if state.is_due or state is State.FOLLOWS:
            changing.add(Input(stage, slug))
        failed = last_error(project.log(stage, slug)) if state.is_due else ""
        as_made = state not in (State.MISSING, State.EDITED)
        warnings = tuple(record.warnings) if record and as_made else ()
        finding = Finding(stage, slug, state, reason, failed, warnings)
        yield Judged(finding, record, verdict, after_sources)


def _changing_of_original(project: Project, slug: str) -> set[Input]:
    """Return the files of a translation's original that are missing, or will change."""
    original = project.topics[slug].original
    if original is None:
        return set()
    return {
        Input(judged.finding.stage, original)
        for judged in _judged(project, original, records_of(project, original))
        if judged.finding.state.is_due or judged.finding.state is State.FOLLOWS
    }


def _state(
    project: Project, stage: str, slug: str, record: Record | None, verdict: Verdict | None
) -> tuple[State, str]:
    if verdict is None:
        exists = os.path.isfile(project.file(stage, slug))
        kept = State.CURRENT if record else State.PLACED
        return (kept, "") if exists else (State.MISSING, "new")
    if verdict.state is State.MISSING:
        return verdict.state, "deleted: a new take" if record else "new"
    return verdict.state, verdict.reason


def last_error(log: str | Path) -> str:
    """Return the error that ended the job of this log, or "" if there is none."""
    try:
        lines = files.read_text(log, errors="replace").strip().splitlines()
    except OSError:
        return ""
    return next((line[7:] for line in reversed(lines) if line.startswith("error: ")), "")


def sampled_seconds(project: Project, stages: Iterable[str], most: int = 20) -> dict[str, float]:
    """Return the seconds between two files of each stage that has records, from its cap and up to `most` records."""
    result = {}
    for stage in stages:
        engine = project.settings_of(stage).engine
        paths = (
            project.record(stage, slug) for slug in itertools.islice(project.topics, 10 * most)
        )
        loaded = (records.load(path) for path in paths if os.path.exists(path))
        times = [
            record.seconds
            for record in itertools.islice(loaded, most)
            if record and record.engine == engine
        ]
        if times:
            result[stage] = statistics.median(times) / concurrency(project, stage)
    return result


def concurrency(project: Project, stage: str) -> int:
    """Return how many files of the stage are made concurrently."""
    service = project.stages[stage].service
    return caps.totals(project.config)[service] if service else 1


def duration(seconds: float | None) -> str:
    """Format a duration: about 40 s, about 12 min, about 3.5 h."""
    if seconds is None:
        return "unknown: a stage has no finished file to estimate from"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    if seconds < 5400:
        return f"about {seconds / 60:.0f} min"
    return f"about {seconds / 3600:.1f} h"
