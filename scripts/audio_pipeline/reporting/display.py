"""The displays of a run on standard error: a line per file, or only failures. In a terminal, see `bars`.

All displays get the same events, and show data of `progress`.
"""

import os
import sys
import time
from collections import Counter
from collections.abc import Mapping
from typing import TextIO

from audio_pipeline.planning.survey import duration
from audio_pipeline.reporting.progress import Job, Progress
from audio_pipeline.stages import registry

_MOST_ALIKE = 5  # failures with the same cause that get a line each
_SUMMARY_S = 30  # between two summary lines


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def count(number: int, stage: str) -> str:
    return f"{number} {registry.every()[stage].noun[number != 1]}"


def warnings_line(warned: Mapping[str, int]) -> str:
    """Return a line with the numbers of files that have warnings. warned: numbers by stage."""
    return f"with warnings: {', '.join(count(number, stage) for stage, number in warned.items())}"


def in_terminal(stream: TextIO) -> bool:
    """True if the stream can show bars: a terminal that can move its cursor, and no CI log."""
    dumb = os.environ.get("TERM", "") in ("", "dumb", "unknown")
    return stream.isatty() and not dumb and not os.environ.get("CI")


def printable(text: str) -> str:
    """Replace control characters, which a terminal would interpret, except for newlines."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


class Lines:
    """A line for each file, and at the end a summary and the failures. output: the output folder."""

    shows_preflight = True  # failures of the preflight check

    def __init__(self, output: str) -> None:
        self._output = output
        self._shown_causes: set[str] = set()  # causes

    def begin(self, progress: Progress) -> None:
        self._progress = progress
        self._summary_at = time.monotonic()

    def made(self, job: Job) -> None:
        how = "kept" if job.kept else "on a node" if job.on_node else f"{job.seconds:.1f} s"
        say(f"{self._number()} {job.stage} {job.slug} ({how})")
        self._sum_up()

    def failed(self, job: Job) -> None:
        detail = "" if job.cause in self._shown_causes else f": {job.cause}"
        self._shown_causes.add(job.cause)
        say(f"{self._number()} {job.stage} {job.slug} FAILED{detail}")
        self._sum_up()

    def warned(self, job: Job) -> None:
        """Show the warnings of a file that was made."""
        for text in job.warnings:
            self.note(f"warning: {job.stage} {job.slug}: {text}")

    def note(self, text: str) -> None:
        """Show a line about the run."""
        say(text)

    def stopping(self) -> None:
        say("stopping: what is finished stays; the rest is made by the next run")

    def end(self) -> None:
        progress = self._progress
        seconds = time.monotonic() - progress.begun
        say(f"{progress.finished} of {progress.total} files in {seconds:.0f} s, in {self._output}/")
        self._list_failures()
        if progress.stopping and (left := progress.left()):
            parts = ", ".join(count(number, stage) for stage, number in left.items())
            say(f"left to the next run: {parts}")
        if warned := +progress.warned:
            say(f'{warnings_line(warned)}: make status ARGS="--list warned" lists them')
        missing = progress.waiting + len(progress.running)
        if missing and not progress.stopping:
            files = "1 file depends" if missing == 1 else f"{missing} files depend"
            say(f"skipped: {files} on these; fix and rerun")

    def error(self, text: str) -> None:
        """Show an error that belongs to no job."""
        say(printable(text))

    def _sum_up(self) -> None:
        """Show the progress of each stage and the remaining time, from time to time."""
        progress, now = self._progress, time.monotonic()
        if now - self._summary_at < _SUMMARY_S or progress.finished == progress.total:
            return
        self._summary_at = now
        stages = [
            f"{stage} {progress.made[stage] + progress.kept[stage]}/{planned}"
            for stage, planned in progress.planned.items()
        ]
        times = [left for stage in progress.planned if (left := progress.left_s(stage)) is not None]
        remaining = f", {duration(max(times))} left" if any(times) else ""
        failed = f", {len(progress.failed)} failed" if progress.failed else ""
        say(f"--- {', '.join(stages)}{failed}{remaining}")

    def _number(self) -> str:
        progress = self._progress
        return f"[{progress.finished + len(progress.failed)}/{progress.total}]"

    def _list_failures(self) -> None:
        for jobs in self._progress.failures_by_cause():
            logs = sorted({log for job in jobs for log in job.logs})
            few = len(jobs) <= _MOST_ALIKE and not (self.shows_preflight and jobs[0].not_begun)
            if few and len(logs) in (0, len(jobs)):
                for job in jobs:
                    where = f" [{' '.join(job.logs)}]" if job.logs else ""
                    say(f"failed: {job.stage} {job.slug}: {job.cause}{where}")
                continue
            stages = Counter(job.stage for job in jobs)
            what = ", ".join(count(number, stage) for stage, number in stages.items())
            slugs = sorted({job.slug for job in jobs})
            named, more = ", ".join(slugs[:_MOST_ALIKE]), len(slugs) - _MOST_ALIKE
            named += f" and {more} more" if more > 0 else ""
            folders = sorted({os.path.dirname(log) + "/" for log in logs})
            where = "".join(f" [{name}]" for name in (logs if len(logs) == 1 else folders))
            say(f"failed: {what}: {jobs[0].cause}{where}: {named}")


class Silence(Lines):
    """Only failures, at the end, and a line if the run was stopped, since files are missing then."""

    shows_preflight = False

    def made(self, job: Job) -> None:
        pass

    def failed(self, job: Job) -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def stopping(self) -> None:
        pass

    def end(self) -> None:
        self._list_failures()
        progress = self._progress
        missing = progress.waiting + len(progress.running)
        if progress.stopping and missing:
            say(f"stopped: {missing} of {progress.total} files are left to the next run")
