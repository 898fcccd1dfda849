"""What stands and what would be made, and why: for `plan` and `status`."""

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
    """One file.

    reason: why it is made; failed: what its last job said, if that failed; warnings: checks at level warn that the file
    did not pass, as it was made.
    """

    stage: str
    slug: str
    state: State
    reason: str = ""
    failed: str = ""
    warnings: tuple[str, ...] = ()


def survey(project: Project) -> list[Finding]:
    """A finding for each file of each topic, stage by stage."""
    found: dict[str, list[Finding]] = {stage: [] for stage in project.stages}
    for slug in project.topics:
        for one in findings(project, slug, records_of(project, slug)):
            found[one.stage].append(one)
    return [one for of_stage in found.values() for one in of_stage]


def records_of(project: Project, slug: str) -> dict[str, Record | None]:
    """The records of a topic, by stage."""
    return {stage: records.load(project.record(stage, slug)) for stage in project.stages_of(slug)}


def findings(project: Project, slug: str, known: Mapping[str, Record | None]) -> list[Finding]:
    """A finding for each file of a topic whose records are `known`, in the order of the stages."""
    found: list[Finding] = []
    again: set[str] = set()
    for stage, record in known.items():
        state, reason = _state(project, stage, slug, record)
        is_kept = state in (State.CURRENT, State.PLACED)
        if is_kept and again.intersection(project.sources(stage, slug)):
            state = State.FOLLOWS
        if state.is_due or state is State.FOLLOWS:
            again.add(stage)
        failed = last_error(project.log(stage, slug)) if state.is_due else ""
        as_made = state not in (State.MISSING, State.EDITED)
        warnings = tuple(record.warnings) if record and as_made else ()
        found.append(Finding(stage, slug, state, reason, failed, warnings))
    return found


def _state(project: Project, stage: str, slug: str, known: Record | None) -> tuple[State, str]:
    found = project.verdict_by(known, stage, slug)
    if found is None:
        there = os.path.isfile(project.file(stage, slug))
        kept = State.CURRENT if known else State.PLACED
        return (kept, "") if there else (State.MISSING, "new")
    if found.state is State.MISSING:
        return found.state, "deleted: a new take" if known else "new"
    return found.state, found.reason


def last_error(log: str | Path) -> str:
    """The error that ended the job of this log, or nothing."""
    try:
        lines = files.read_text(log, errors="replace").strip().splitlines()
    except OSError:
        return ""
    return next((line[7:] for line in reversed(lines) if line.startswith("error: ")), "")


def seconds_of_one(project: Project, stage: str) -> float | None:
    """The median time of one file of the stage, by the records of the same engine. Returns None if there are none."""
    known = (records.load(project.record(stage, slug)) for slug in project.topics)
    engine = project.settings_of(stage).engine
    times = [one.seconds for one in known if one and one.engine == engine]
    return statistics.median(times) if times else None


def sampled_seconds(project: Project, stages: Iterable[str], most: int = 20) -> dict[str, float]:
    """Stage → seconds between two files of it, by the records of some topics and its cap; those of which none is known
    are left out."""
    found = {}
    for stage in stages:
        engine = project.settings_of(stage).engine
        paths = (
            project.record(stage, slug) for slug in itertools.islice(project.topics, 10 * most)
        )
        known = (records.load(path) for path in paths if os.path.exists(path))
        times = [
            one.seconds for one in itertools.islice(known, most) if one and one.engine == engine
        ]
        if times:
            found[stage] = statistics.median(times) / _at_once(project, stage)
    return found


def seconds_in_all(project: Project, findings: Iterable[Finding]) -> float | None:
    """How long making will take: the stages overlap, so the longest of them counts. Returns None if it is not known."""
    numbers = Counter(one.stage for one in findings if one.state.is_due)
    longest = 0.0
    for stage, number in numbers.items():
        one = seconds_of_one(project, stage)
        if one is None:
            return None
        longest = max(longest, one * math.ceil(number / _at_once(project, stage)))
    return longest


def _at_once(project: Project, stage: str) -> int:
    """How many files of the stage are made at once."""
    service = project.stages[stage].service
    return project.config.caps[service] if service else 1


def duration(seconds: float | None) -> str:
    """In words for people: about 40 s, about 12 min, about 3.5 h."""
    if seconds is None:
        return "for how long is not known: nothing of the kind was made yet"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    if seconds < 5400:
        return f"about {seconds / 60:.0f} min"
    return f"about {seconds / 3600:.1f} h"
