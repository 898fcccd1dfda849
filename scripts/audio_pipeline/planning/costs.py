"""The costs of a plan: the answers that its due files need and that are not in the cache, and the time for all."""

import itertools
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field

from audio_pipeline.core import answer_cache
from audio_pipeline.core.production import next_attempt
from audio_pipeline.core.record import Record
from audio_pipeline.core.staleness import State
from audio_pipeline.planning import wanted_answers
from audio_pipeline.planning.survey import Judged, concurrency, duration, survey
from audio_pipeline.planning.wanted_answers import DueFile
from audio_pipeline.project import Project

_MOST_READ = 20  # answers in the cache whose time is read
_ASSEMBLY_S = 0.2  # of a file whose answers are all in the cache, until there is one


@dataclass
class Cost:
    """What due files of a stage need. An answer that several files need counts once, for the first of them.

    files: due; asking: those with a missing answer; answers: that are needed; missing: those of them that are not in
    the cache; unknown: files whose answers are not known before their sources are made.
    """

    files: int = 0
    asking: int = 0
    answers: int = 0
    missing: int = 0
    unknown: int = 0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.files + other.files,
            self.asking + other.asking,
            self.answers + other.answers,
            self.missing + other.missing,
            self.unknown + other.unknown,
        )


@dataclass
class _Times:
    """Seconds, from the records of a stage's engine. file: of a file; answer: of an answer that was requested;
    assembly: of a file without requests; answers: of a file, a number; keys: of answers of such files.
    """

    file: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    assembly: list[float] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def add(self, record: Record) -> None:
        passages = record.service.get("passages")  # of older recordings
        old = passages if isinstance(passages, int) and passages > 0 else 1
        self.file.append(record.seconds)
        self.answers.append(len(record.answers) or old)
        if record.attempts:
            self.answer.append(record.seconds / (record.attempts * (1 if record.answers else old)))
        else:
            self.assembly.append(record.seconds)
            if len(self.keys) < _MOST_READ:
                self.keys += [answer.key for answer in record.answers[:3]]


class Costs:
    """The costs of the due files of a project. findings: of all its files; by_stage: stage → reason → cost."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._kinds: dict[str, str] = {}
        self._times = {stage: _Times() for stage in project.stages}
        self.by_stage: dict[str, dict[str, Cost]] = {stage: {} for stage in project.stages}
        self._following = dict.fromkeys(project.stages, 0)
        due: list[tuple[DueFile, Cost]] = []
        self.findings = survey(project, lambda judged: self._add(judged, due))
        self._count(due)

    def of(self, stage: str) -> Cost:
        """Return the cost of all due files of a stage."""
        return sum(self.by_stage[stage].values(), Cost())

    def seconds(self, stage: str) -> float | None:
        """Estimate the time for all due files of a stage. Returns None if there is nothing to estimate from."""
        cost, times = self.of(stage), self._times[stage]
        if not self._noun(stage):  # a video that follows a changed recording is made again, too
            files = cost.files + self._following[stage]
            return statistics.median(times.file) * files if times.file else None
        asking = cost.asking + cost.unknown
        assembly = statistics.median(times.assembly) if times.assembly else _ASSEMBLY_S
        if not asking:
            return assembly * cost.files / concurrency(self._project, stage)
        each = self._seconds_of_answer(stage)
        if each is None:
            return None
        requested = cost.missing + cost.unknown * (self._answers_of_file(stage) or 1)
        busy = min(asking, concurrency(self._project, stage))
        return (each * requested + assembly * (cost.files - asking)) / busy

    def seconds_in_all(self) -> float | None:
        """Estimate the time for all: that of the longest stage, since stages overlap. Returns None if unknown."""
        longest = 1.0
        for stage in (name for name, costs in self.by_stage.items() if costs or self._waits(name)):
            seconds = self.seconds(stage)
            if seconds is None:
                return None
            longest = max(longest, seconds)
        return longest

    def lines(self, stage: str) -> Iterator[str]:
        """Yield what the stage's due files need, then for each of several reasons if that says more than the files."""
        costs, total = self.by_stage[stage], self.of(stage)
        reasons = sorted(costs.items(), key=lambda item: -item[1].files)
        listed = ", ".join(f"{cost.files} {reason}" for reason, cost in reasons)
        line = f"{total.files} to make" + (f" ({listed})" if listed else "")
        if needs := self.answers(stage, total):
            line += f": {needs}"
        if costs and (seconds := self.seconds(stage)) is not None:
            line += f", {duration(max(1, seconds))}"
        yield line
        if (
            len(costs) > 1
            and total.missing
            and any(cost.missing != cost.files for cost in costs.values())
        ):
            yield from (f"{reason}: {self.answers(stage, cost)}" for reason, cost in reasons)

    def answers(self, stage: str, cost: Cost) -> str:
        """Say how many answers are requested, "" for a stage that needs none."""
        noun = self._noun(stage)
        if not noun or not (cost.answers or cost.unknown):
            return ""
        one, several = noun
        later = f"{several} not known before their sources are made"
        if cost.unknown and (number := round(cost.unknown * self._answers_of_file(stage))):
            later = f"about {number} {one if number == 1 else several} when their sources are made"
        if not cost.answers:
            return later
        asked = f"{cost.missing} of {cost.answers} {several}"
        if cost.missing == cost.answers:
            asked = f"{cost.missing} {one if cost.missing == 1 else several}"
        text = f"{asked if cost.missing else f'no {several}'} to request"
        return f"{text}, and {later}" if cost.unknown else text

    def _waits(self, stage: str) -> bool:
        """True for a stage without a service that follows others."""
        return bool(self._following[stage]) and not self._noun(stage)

    def _noun(self, stage: str) -> tuple[str, str] | None:
        return self._project.stages[stage].answer_noun(self._project.settings_of(stage))

    def _add(self, judged: Judged, due: list[tuple[DueFile, Cost]]) -> None:
        """Note the times of a file, and if it is due, its cost, to which its answers are added later."""
        finding, record, stage = judged.finding, judged.record, judged.finding.stage
        if record and record.engine == self._project.settings_of(stage).engine:
            self._times[stage].add(record)
        self._following[stage] += finding.state is State.FOLLOWS
        if not finding.state.is_due:
            return
        cost = self.by_stage[stage].setdefault(finding.reason, Cost())
        cost.files += 1
        if not self._noun(stage):
            return
        if judged.after_sources or not judged.verdict:
            cost.unknown += 1
            return
        _, attempt = next_attempt(record, judged.verdict)
        due.append((DueFile(stage, finding.slug, wanted_answers.slim(attempt)), cost))

    def _count(self, due: list[tuple[DueFile, Cost]]) -> None:
        """Add the answers of due files to their costs."""
        counted: set[bytes] = set()
        found = wanted_answers.of_files(self._project, [file for file, _ in due])
        for (file, cost), answers in zip(due, found, strict=True):
            if answers is None:
                cost.unknown += 1
                continue
            new = {answer.name: answer for answer in answers if answer.name not in counted}
            missing = sum(answer.is_missing for answer in new.values())
            counted.update(new)
            cost.answers += len(new)
            cost.missing += missing
            cost.asking += missing > 0
            if answers:
                self._kinds[file.stage] = answers[0].kind

    def _answers_of_file(self, stage: str) -> float:
        """Return the median number of answers of a file, 0 if there is no file."""
        return statistics.median(self._times[stage].answers or [0])

    def _seconds_of_answer(self, stage: str) -> float | None:
        """Return the median time of an answer: of those requested for the files, or of those in the cache."""
        times, kind = self._times[stage], self._kinds.get(stage)
        if not times.answer and kind:
            cache = answer_cache.of(self._project.config)
            found = (cache.seconds(kind, key) for key in times.keys)
            known = (seconds for seconds in found if seconds)
            times.answer = list(itertools.islice(known, _MOST_READ))
        return statistics.median(times.answer) if times.answer else None
