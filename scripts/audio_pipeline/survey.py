"""What stands and what would be made, and why: for `plan` and `status`."""

import math
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import record as records
from .project import Project
from .staleness import State
from .turns import CAP


@dataclass(frozen=True)
class Finding:
    """One file.

    state: fresh, stale, missing, edited, or follows (what it is made from is made again: it is made only if that then
    is another); reason: why it is made; failed: what its last job said, if that failed.
    """

    stage: str
    slug: str
    state: str
    reason: str = ""
    failed: str = ""


def survey(project: Project) -> list[Finding]:
    """A finding for each file of each topic, stage by stage."""
    findings, again = [], set()
    for stage in project.stages:
        for slug in project.topics:
            state, reason = _state(project, stage, slug)
            if state in ("stale", "missing"):
                again.add((stage, slug))
            elif state == "fresh" and any((one, slug) in again for one in project.sources(stage)):
                again.add((stage, slug))
                state = "follows"
            failed = last_error(project.log(stage, slug)) if state in ("stale", "missing") else ""
            findings.append(Finding(stage, slug, state, reason, failed))
    return findings


def _state(project: Project, stage: str, slug: str) -> tuple[str, str]:
    found = project.verdict(stage, slug)
    if found is None:
        there = Path(project.file(stage, slug)).is_file()
        return ("fresh", "") if there else ("missing", "new")
    if found.state is State.MISSING:
        had = records.load(project.record(stage, slug))
        return "missing", "deleted: a new take" if had else "new"
    if found.state is State.STALE:
        return "stale", found.reason
    return ("edited" if found.state is State.EDITED else "fresh"), ""


def last_error(log: str | Path) -> str:
    """The error that ended the job of this log, or nothing."""
    try:
        lines = Path(log).read_text(errors="replace").strip().splitlines()
    except OSError:
        return ""
    return next((line[7:] for line in reversed(lines) if line.startswith("error: ")), "")


def seconds_of_one(project: Project, stage: str) -> float | None:
    """The median time of one file of the stage, by the records of the same engine; None: there are none."""
    known = (records.load(project.record(stage, slug)) for slug in project.topics)
    engine = project.settings_of(stage)["engine"]
    times = [one.seconds for one in known if one and one.engine == engine]
    return statistics.median(times) if times else None


def seconds_in_all(project: Project, findings: Iterable[Finding]) -> float | None:
    """How long making will take: the stages overlap, so the longest of them counts. None: it is not known."""
    numbers = Counter(one.stage for one in findings if one.state in ("stale", "missing"))
    longest = 0.0
    for stage, number in numbers.items():
        one = seconds_of_one(project, stage)
        if one is None:
            return None
        at_once = project.settings["caps"][CAP[stage]] if stage in CAP else 1
        longest = max(longest, one * math.ceil(number / at_once))
    return longest


def duration(seconds: float | None) -> str:
    """In words for people: about 40 s, about 12 min, about 3.5 h."""
    if seconds is None:
        return "for how long is not known: nothing of the kind was made yet"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    if seconds < 5400:
        return f"about {seconds / 60:.0f} min"
    return f"about {seconds / 3600:.1f} h"
