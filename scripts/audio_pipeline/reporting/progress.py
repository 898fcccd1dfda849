"""The progress of a run: files by stage that are planned, running, made, kept or failed, with the causes."""

import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from audio_pipeline import files
from audio_pipeline.engines.embedded import KILLED
from audio_pipeline.run.outages import Away
from audio_pipeline.sanitize import excerpt

SILENT = "it ended without a message"
UNKNOWN = f"{SILENT}; its log may say why"
_WARNING = "warning: "
_LONGEST_CAUSE = 1000  # characters: a cause is a line, not a log


@dataclass
class Job:
    """A job that makes one file. logs: its log files; begun: time.monotonic(), in seconds."""

    stage: str
    slug: str
    logs: list[str]
    begun: float = field(default_factory=time.monotonic)
    seconds: float = 0
    kept: bool = False  # its file was up to date already
    warnings: list[str] = field(default_factory=list)  # failed checks at level warn
    cause: str = ""  # the reason for its failure, as one printable line
    on_node: bool = False  # in a chunk on a cluster node: its own end time is unknown
    not_begun: bool = False  # the preflight check reported the cause
    chunk_failed: bool = False  # cause and logs are those of its chunk


class Progress:
    """The jobs of a run, by numbers that the caller gives. planned: files by stage, in the order of the stages.

    seconds: stage → time per file in earlier runs, used until a file is finished in this run.
    """

    def __init__(
        self, planned: Mapping[str, int], seconds: Mapping[str, float] | None = None
    ) -> None:
        self.planned, self._seconds = dict(planned), dict(seconds or {})
        self.begun = time.monotonic()
        self.made: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()
        self.running: dict[int, Job] = {}
        self.failed: dict[int, Job] = {}
        self.on_nodes: set[int] = set()  # jobs of chunks
        self.stopping = False
        self.away: list[Away] = []  # services that jobs wait for
        self.last_failed: Job | None = None
        self.warned: Counter[str] = Counter()  # files with warnings, by stage
        self._first: dict[str, float] = {}  # stage → start of its first job
        self._noted: dict[str, str] = {}  # server → last note about it

    def begin(self, number: int, job: Job) -> None:
        self.running[number] = job
        self._first.setdefault(job.stage, job.begun)

    def finish(self, number: int) -> Job | None:
        """Count a job as finished, even if an earlier try failed. Returns None if the number is unknown."""
        job = self.running.pop(number, None) or self.failed.get(number)
        self.failed.pop(number, None)
        if job:
            job.seconds, job.cause = time.monotonic() - job.begun, ""
            job.on_node = number in self.on_nodes
            line = _last_line(job.logs)
            job.kept = line.startswith("kept ")
            if match := re.search(r" in (\d+(?:\.\d+)?) s$", line):
                job.seconds = float(match[1])  # without its waits for a slot
            (self.kept if job.kept else self.made)[job.stage] += 1
            job.warnings = list(_warnings(job.logs))
            self.warned[job.stage] += bool(job.warnings)
        return job

    def fail(self, number: int, fallback: tuple[str, list[str]] | None = None) -> Job | None:
        """Count a job as failed, and set its cause. Counts it as finished if only its chunk failed.

        fallback: cause and logs for a job whose own log has no error, or only that its engine was killed.
        Returns None if the number is unknown.
        """
        job = self.running.get(number)
        if not job:
            return None
        line = _last_line(job.logs)
        if number in self.on_nodes and line.startswith(("made ", "kept ")):
            return self.finish(number)
        self.failed[number] = self.last_failed = self.running.pop(number)
        line = line.removeprefix("error: ").removeprefix("not asked: ")
        job.seconds, job.on_node = time.monotonic() - job.begun, number in self.on_nodes
        job.cause = excerpt(line, _LONGEST_CAUSE) or SILENT
        if fallback and (job.cause == SILENT or (KILLED in job.cause and fallback[0] != UNKNOWN)):
            cause, job.logs = fallback
            job.cause, job.chunk_failed = excerpt(cause, _LONGEST_CAUSE), job.on_node
        return job

    def leave(self, number: int) -> None:
        """Count a job neither as failed nor as running: it is left to the next run."""
        self.running.pop(number, None)
        self.failed.pop(number, None)

    def new_notes(self, job: Job) -> list[str]:
        """Return new notes from a job's log about the run: a server that is no longer used, or is used again."""
        notes = []
        for line in _lines(job.logs):
            address = re.search(r"https?://[^\s;]+", line)
            server = address[0] if address else ""
            if line.startswith("note: ") and self._noted.get(server) != line:
                self._noted[server] = line
                notes.append(excerpt(line, _LONGEST_CAUSE))
        return notes

    @property
    def total(self) -> int:
        return sum(self.planned.values())

    @property
    def finished(self) -> int:
        return self.made.total() + self.kept.total()

    @property
    def waiting(self) -> int:
        """The number of files that are neither finished nor failed nor running."""
        return self.total - self.finished - len(self.failed) - len(self.running)

    def left(self) -> dict[str, int]:
        """Return the number of files that are waiting or running, for each stage that has any."""
        states = {stage: self.states(stage) for stage in self.planned}
        left = {stage: counts["waiting"] + counts["running"] for stage, counts in states.items()}
        return {stage: number for stage, number in left.items() if number}

    def states(self, stage: str) -> dict[str, int]:
        """Return the number of the stage's files in each state."""
        running = sum(job.stage == stage for job in list(self.running.values()))
        failed = sum(job.stage == stage for job in list(self.failed.values()))
        made, kept = self.made[stage], self.kept[stage]
        waiting = self.planned.get(stage, 0) - running - failed - made - kept
        return {
            "waiting": waiting, "running": running, "made": made, "kept": kept, "failed": failed
        }  # fmt: skip

    def forget_untried(self) -> None:
        """Remove failures of a chunk's jobs that never ran because another file of their topic failed."""
        failed = list(self.failed.items())
        explained = {job.slug for _, job in failed if job.cause != UNKNOWN}
        for number, job in failed:
            if job.cause == UNKNOWN and job.slug in explained:
                del self.failed[number]

    def rate(self, stage: str) -> float:
        """Return the stage's files that were made, kept or failed per second, since its first job started."""
        states = self.states(stage)
        ended = states["made"] + states["kept"] + states["failed"]
        if not ended:
            return 1 / self._seconds[stage] if self._seconds.get(stage) else 0
        return ended / max(time.monotonic() - self._first[stage], 0.001)

    def left_s(self, stage: str) -> float | None:
        """Estimate the seconds that the rest of the stage needs. Returns None if its rate is unknown.

        The stages depend on the first one, so none ends before it.
        """
        states, rate, first = self.states(stage), self.rate(stage), next(iter(self.planned))
        left = states["waiting"] + states["running"]
        if not left or not rate:
            return None if left else 0
        return max(left / rate, 0 if stage == first else self.left_s(first) or 0)

    def failures_by_cause(self) -> list[list[Job]]:
        """Return the failed jobs in order of their start, grouped by stage and cause, or by chunk."""
        groups: dict[tuple[str, ...], list[Job]] = {}
        for job in sorted(self.failed.values(), key=lambda job: job.begun):
            key = tuple(job.logs) if job.chunk_failed else (job.stage, job.cause)
            groups.setdefault(key, []).append(job)
        return list(groups.values())


def _lines(logs: list[str]) -> list[str]:
    try:
        return files.read_text(logs[0], errors="replace").strip().splitlines()
    except (OSError, IndexError):
        return []


def _warnings(logs: list[str]) -> Iterator[str]:
    for line in _lines(logs):
        if line.startswith(_WARNING):
            yield excerpt(line.removeprefix(_WARNING), _LONGEST_CAUSE)


def _last_line(logs: list[str]) -> str:
    """Return the last error in the first log, or its last line if there is none."""
    lines = _lines(logs)
    errors = (line for line in reversed(lines) if line.startswith("error: "))
    return next(errors, lines[-1] if lines else "")
