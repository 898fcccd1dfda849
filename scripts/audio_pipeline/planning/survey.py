"""The state of every file, and what would be made and why, for `plan` and `status`."""

import itertools
import math
import os
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from audio_pipeline import files
from audio_pipeline.core import record as records
from audio_pipeline.core.record import Record
from audio_pipeline.core.staleness import State
from audio_pipeline.project import Project


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


def survey(project: Project) -> list[Finding]:
    """Return a finding for each file of each topic, stage by stage."""
    by_stage: dict[str, list[Finding]] = {stage: [] for stage in project.stages}
    for slug in project.topics:
        for finding in findings(project, slug, records_of(project, slug)):
            by_stage[finding.stage].append(finding)
    return [finding for of_stage in by_stage.values() for finding in of_stage]


def records_of(project: Project, slug: str) -> dict[str, Record | None]:
    """Return the records of a topic, by stage."""
    return {stage: records.load(project.record(stage, slug)) for stage in project.stages_of(slug)}


def findings(project: Project, slug: str, by_stage: Mapping[str, Record | None]) -> list[Finding]:
    """Return a finding for each file of a topic. by_stage: its records, in the order of the stages."""
    result: list[Finding] = []
    changing: set[str] = set()
    for stage, record in by_stage.items():
        state, reason = _state(project, stage, slug, record)
        is_kept = state in (State.CURRENT, State.PLACED)
        if is_kept and changing.intersection(project.sources(stage, slug)):
            state = State.FOLLOWS
        if state.is_due or state is State.FOLLOWS:
            changing.add(stage)
        failed = last_error(project.log(stage, slug)) if state.is_due else ""
        as_made = state not in (State.MISSING, State.EDITED)
        warnings = tuple(record.warnings) if record and as_made else ()
        result.append(Finding(stage, slug, state, reason, failed, warnings))
    return result


def _state(project: Project, stage: str, slug: str, record: Record | None) -> tuple[State, str]:
    verdict = project.verdict_by(record, stage, slug)
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


def seconds_of_one(project: Project, stage: str) -> float | None:
    """Return the median time per file, from the records of the stage's engine. Returns None if there are none."""
    loaded = (records.load(project.record(stage, slug)) for slug in project.topics)
    engine = project.settings_of(stage).engine
    times = [record.seconds for record in loaded if record and record.engine == engine]
    return statistics.median(times) if times else None


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
            result[stage] = statistics.median(times) / _concurrency(project, stage)
    return result


def seconds_in_all(project: Project, findings: Iterable[Finding]) -> float | None:
    """Estimate the time for all due files: that of the longest stage, since stages overlap. Returns None if unknown."""
    numbers = Counter(finding.stage for finding in findings if finding.state.is_due)
    longest = 0.0
    for stage, number in numbers.items():
        seconds = seconds_of_one(project, stage)
        if seconds is None:
            return None
        longest = max(longest, seconds * math.ceil(number / _concurrency(project, stage)))
    return longest


def _concurrency(project: Project, stage: str) -> int:
    """Return how many files of the stage are made concurrently."""
    service = project.stages[stage].service
    return project.config.caps[service] if service else 1


def duration(seconds: float | None) -> str:
    """Format a duration: about 40 s, about 12 min, about 3.5 h."""
    if seconds is None:
        return "unknown: a stage has no finished file to estimate from"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    if seconds < 5400:
        return f"about {seconds / 60:.0f} min"
    return f"about {seconds / 3600:.1f} h"
