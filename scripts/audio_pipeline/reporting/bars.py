"""The display in a terminal: a bar per stage, the running jobs and the last failure; all failures stay above.

The cursor stays visible and the terminal's mode unchanged, so that a killed run leaves the terminal usable.
"""

import atexit
import sys
import time

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from audio_pipeline.planning.survey import duration
from audio_pipeline.reporting.display import Lines, printable
from audio_pipeline.reporting.progress import Job, Progress

_PER_SECOND = 2  # refreshes
_BAR_COLUMNS = 30
_MOST_AT_WORK = 8  # running jobs that are listed


class _Console(Console):
    """A console that never hides the cursor, since it would stay hidden after kill -9."""

    def show_cursor(self, show: bool = True) -> bool:
        return False


class Bars(Lines):
    """Bars by rich. Messages of jobs are shown as plain text, without markup or escape codes (see `progress`)."""

    def begin(self, progress: Progress) -> None:
        super().begin(progress)
        self._console = _Console(file=sys.stderr, force_terminal=True)
        self._live = Live(
            get_renderable=self._render,
            console=self._console,
            refresh_per_second=_PER_SECOND,
            redirect_stdout=False,
        )
        self._live.start()
        atexit.register(self._live.stop)  # also if the run is aborted

    def made(self, job: Job) -> None:
        """Print nothing, since the bars show it."""

    def failed(self, job: Job) -> None:
        cause = "" if job.cause in self._shown_causes else f": {job.cause}"
        self._shown_causes.add(job.cause)
        self.error(f"{job.stage} {job.slug} FAILED{cause}")

    def stopping(self) -> None:
        self.error("stopping: what is finished stays; the rest is made by the next run")

    def note(self, text: str) -> None:
        self.error(text)

    def error(self, text: str) -> None:
        """Print a line above the bars, where it stays."""
        self._console.print(Text(printable(text)), soft_wrap=True)

    def end(self) -> None:
        self._live.stop()
        super().end()

    def _render(self) -> RenderableType:
        progress, now = self._progress, time.monotonic()
        table = Table.grid(padding=(0, 1))
        table.add_column(no_wrap=True)
        table.add_column(width=min(_BAR_COLUMNS, max(self._console.width - 45, 4)))
        table.add_column(justify="right", no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis")
        for stage, planned in progress.planned.items():
            states = progress.states(stage)
            done = states["made"] + states["kept"]
            bar = ProgressBar(total=planned, completed=done + states["failed"])
            more: str | Text = self._pace(stage)
            if states["failed"]:
                more = Text.assemble((f"{states['failed']} failed", "red"), " ", more)
            table.add_row(stage, bar, f"{done}/{planned}", more)
        lines: list[RenderableType] = [table]
        if progress.running:
            jobs = sorted(progress.running.copy().values(), key=lambda job: job.begun)
            named = [f"{job.stage} {job.slug} {now - job.begun:.0f} s" for job in jobs]
            lines.append(_line("at work: " + ", ".join(named[:_MOST_AT_WORK])))
        for outage in progress.away:
            left = max(outage.until - time.time(), 0)
            lines.append(_line(f"waiting, {left:.0f} s left: {outage.reason}", "yellow"))
        if last := progress.last_failed:
            lines.append(_line(f"last failure: {last.stage} {last.slug}: {last.cause}", "red"))
        return Group(*lines)

    def _pace(self, stage: str) -> str:
        """Return the stage's rate and remaining time."""
        rate, left = self._progress.rate(stage), self._progress.left_s(stage)
        if not left:
            return ""
        per = f"{rate:.1f}/s" if rate >= 1 else f"{60 * rate:.1f}/min"
        return f"{per}, {duration(left)} left"


def _line(text: str, style: str = "") -> Text:
    return Text(text, style, no_wrap=True, overflow="ellipsis")
