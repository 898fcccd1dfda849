"""How far a run has come, by stage: what is planned, at work, made, kept and failed, and why it failed."""

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
    """The making of one file. logs: where it says what it did; begun: time.monotonic(), seconds."""

    stage: str
    slug: str
    logs: list[str]
    begun: float = field(default_factory=time.monotonic)
    seconds: float = 0
    kept: bool = False  # its file was good already
    warnings: list[str] = field(default_factory=list)  # checks at level warn that it did not pass
    cause: str = ""  # why it failed, on one line, printable
    on_node: bool = False  # in a chunk on a cluster's node: when it ended there is not known
    not_begun: bool = False  # the check before the run said why
    chunk_failed: bool = False  # the cause is that of its chunk, and so are the logs


class Progress:
    """planned: files by stage, in the order of the stages. Jobs are known by the numbers that the caller gives.

    seconds: stage → that a file of it takes, by the records of earlier runs; it counts until one has ended in this run.
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
        self._first: dict[str, float] = {}  # when the first job of a stage began
        self._noted: dict[str, str] = {}  # server → what was last said of it

    def begin(self, number: int, job: Job) -> None:
        self.running[number] = job
        self._first.setdefault(job.stage, job.begun)

    def finish(self, number: int) -> Job | None:
        """The job, if it is one of ours; a failure of its earlier try is forgotten."""
        job = self.running.pop(number, None) or self.failed.get(number)
        self.failed.pop(number, None)
        if job:
            job.seconds, job.cause = time.monotonic() - job.begun, ""
            job.on_node = number in self.on_nodes
            said = _last_line(job.logs)
            job.kept = said.startswith("kept ")
            if worked := re.search(r" in (\d+(?:\.\d+)?) s$", said):
                job.seconds = float(worked[1])  # without its waits for a turn
            (self.kept if job.kept else self.made)[job.stage] += 1
            job.warnings = list(_warnings(job.logs))
            self.warned[job.stage] += bool(job.warnings)
        return job

    def fail(self, number: int, elsewhere: tuple[str, list[str]] | None = None) -> Job | None:
        """The job with its cause, if it is one of ours; without one if only its chunk failed.

        elsewhere: the cause and the logs that a cluster tells, for a job that has said nothing itself, or only that its
        engine was killed.
        """
        job = self.running.get(number)
        if not job:
            return None
        said = _last_line(job.logs)
        if number in self.on_nodes and said.startswith(("made ", "kept ")):
            return self.finish(number)
        self.failed[number] = self.last_failed = self.running.pop(number)
        said = said.removeprefix("error: ").removeprefix("not asked: ")
        job.seconds, job.on_node = time.monotonic() - job.begun, number in self.on_nodes
        job.cause = excerpt(said, _LONGEST_CAUSE) or SILENT
        if elsewhere and (job.cause == SILENT or (KILLED in job.cause and elsewhere[0] != UNKNOWN)):
            cause, job.logs = elsewhere
            job.cause, job.chunk_failed = excerpt(cause, _LONGEST_CAUSE), job.on_node
        return job

    def leave(self, number: int) -> None:
        """Count a job neither as failed nor as at work: it is left to the next run."""
        self.running.pop(number, None)
        self.failed.pop(number, None)

    def news(self, job: Job) -> list[str]:
        """What an ended job says of the run, and none did before: a server that is left out, or taken back."""
        news = []
        for line in _lines(job.logs):
            address = re.search(r"https?://[^\s;]+", line)
            server = address[0] if address else ""
            if line.startswith("note: ") and self._noted.get(server) != line:
                self._noted[server] = line
                news.append(excerpt(line, _LONGEST_CAUSE))
        return news

    @property
    def total(self) -> int:
        return sum(self.planned.values())

    @property
    def finished(self) -> int:
        return self.made.total() + self.kept.total()

    @property
    def waiting(self) -> int:
        """Files that are neither finished nor failed nor at work."""
        return self.total - self.finished - len(self.failed) - len(self.running)

    def left(self) -> dict[str, int]:
        """How many files of each stage have not been made and have not failed, where there are any."""
        states = {stage: self.states(stage) for stage in self.planned}
        left = {stage: each["waiting"] + each["running"] for stage, each in states.items()}
        return {stage: number for stage, number in left.items() if number}

    def states(self, stage: str) -> dict[str, int]:
        """How many files of the stage are in each state."""
        running = sum(job.stage == stage for job in list(self.running.values()))
        failed = sum(job.stage == stage for job in list(self.failed.values()))
        made, kept = self.made[stage], self.kept[stage]
        waiting = self.planned.get(stage, 0) - running - failed - made - kept
        return {
            "waiting": waiting, "running": running, "made": made, "kept": kept, "failed": failed
        }  # fmt: skip

    def forget_untried(self) -> None:
        """A chunk's files that were not tried, for want of another one of the topic, count as failed for Snakemake."""
        failed = list(self.failed.items())
        told = {job.slug for _, job in failed if job.cause != UNKNOWN}
        for number, job in failed:
            if job.cause == UNKNOWN and job.slug in told:
                del self.failed[number]

    def rate(self, stage: str) -> float:
        """Files of the stage that were made, kept or failed in a second, since its first job began."""
        states = self.states(stage)
        ended = states["made"] + states["kept"] + states["failed"]
        if not ended:
            return 1 / self._seconds[stage] if self._seconds.get(stage) else 0
        return ended / max(time.monotonic() - self._first[stage], 0.001)

    def left_s(self, stage: str) -> float | None:
        """Seconds that the rest of the stage needs at that rate. Returns None if it cannot be said yet.

        All stages wait for the first one.
        """
        states, rate, first = self.states(stage), self.rate(stage), next(iter(self.planned))
        left = states["waiting"] + states["running"]
        if not left or not rate:
            return None if left else 0
        return max(left / rate, 0 if stage == first else self.left_s(first) or 0)

    def alike(self) -> list[list[Job]]:
        """The jobs that failed, as they began; those of one stage and cause, or of one chunk, together."""
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
    """The last error in the first log, or else its last line."""
    lines = _lines(logs)
    errors = (line for line in reversed(lines) if line.startswith("error: "))
    return next(errors, lines[-1] if lines else "")
