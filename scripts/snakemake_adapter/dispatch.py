"""How jobs get to work without a wait: which ones the scheduler looks at, how many begin ahead, and what runs them.

Undocumented names of Snakemake 9.27 are used here and in patches.py and cluster*.py, and nowhere else. Without them all
is made as well, but slower; tests/workflow/test_dispatch.py fails when a new version changes one.
"""

import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audio_pipeline.files import PROGRAMS
from audio_pipeline.scheduling import caps
from audio_pipeline.workers.client import WarmProcess, parse_command

from snakemake_adapter.ready_queue import ReadyJobs
from snakemake_adapter.session import Session

_MOST_AHEAD = 8
_AGAIN_S = 10  # a second Ctrl-C within this time is the first one's echo


class Dispatch:
    """What runs the jobs of a run. stopped: program → why none of its jobs can succeed: they are not begun."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._process: WarmProcess | None = None
        self.stopped: dict[str, str] = {}
        self._take_over_processes()

    def warm_up(self, folder: Path) -> None:
        """Start the process that the jobs are forked from. folder: the run's."""
        if sys.platform != "linux" or self._session.python != [sys.executable]:
            return  # elsewhere forks of what uses threads are not safe; conda has its own environment
        command = [*self._session.python, self._session.program("serve_jobs")]
        # On a node, the cluster's log says why a job was killed.
        on_node = self._session.workflow.remote_exec
        self._process = WarmProcess(command, folder, logs_kills=not on_node)

    def end_jobs(self) -> None:
        if self._process:
            self._process.end_all()

    def _take_over_processes(self) -> None:
        # The module: "snakemake.shell" is the class in it.
        shell: Any = sys.modules["snakemake.shell"]
        if hasattr(shell, "sp"):
            shell.sp = types.SimpleNamespace(**{**vars(subprocess), "Popen": self._begin})

    def _begin(self, command: Any, **arguments: Any) -> Any:
        """Of a stage's program: a job of the warm process; of all else, a process, as by subprocess.Popen."""
        found = parse_command(command) if isinstance(command, str) else None
        python = self._session.python
        ours = found and found[0][:1] == python and found[0][1].startswith(str(PROGRAMS))
        if found and ours:
            if why := self.stopped.get(Path(found[0][1]).stem):
                Path(found[1]).write_text(f"error: {why}\n")
                return subprocess.Popen("exit 1", shell=True)
            if self._process:
                try:
                    return self._process.begin(found[0][1:], found[1])
                except OSError:
                    pass  # it would not have the job
        return subprocess.Popen(command, **arguments)


def end_on_interrupt(end_jobs: Callable[[], None]) -> None:
    """Ctrl-C ends processes in the terminal's foreground by itself; the warm process's jobs are not there.

    Pressed again at once, it would end Snakemake in the middle of ending its jobs, with a traceback: that is not heard.
    """
    handler, last = signal.getsignal(signal.SIGINT), float(-_AGAIN_S)

    def interrupted(*arguments: Any) -> Any:
        nonlocal last
        before, last = last, time.monotonic()
        if last - before < _AGAIN_S:
            return None
        end_jobs()
        return handler(*arguments) if callable(handler) else None

    if callable(handler):
        signal.signal(signal.SIGINT, interrupted)


def prepare_scheduler(session: Session) -> None:
    """Let jobs begin without a wait. Called when the run begins."""
    # A job rate, even the default one, makes the scheduler look again and again while some jobs wait for a service.
    # With 0s in a busy loop, with 1s once more a second for each job that has ended; and the run's end waits for that.
    session.workflow.scheduler.job_rate_limiter = None
    _start_ahead(session)
    _look_at_what_can_begin(session)


def _look_at_what_can_begin(session: Session) -> None:
    """Let the scheduler weigh only jobs that there is room for, not each time all that are ready (ready_queue.py)."""
    scheduler, dag = session.workflow.scheduler, session.workflow.dag
    kind = type(scheduler)
    if session.on_cluster or not isinstance(getattr(dag, "_ready_jobs", None), set):
        return
    all_open, all_remaining = kind.open_jobs, kind.remaining_jobs
    dag._ready_jobs = ReadyJobs(
        dag._ready_jobs, lambda job: job.rule.name, lambda job: (-dag.priority(job), job.jobid)
    )

    def room(job: Any) -> int:
        """How many jobs like this one can begin."""
        needs = job.scheduler_resources.items()
        room_of_each = (
            scheduler.resources[name] // need
            for name, need in needs
            if name in scheduler.resources and need
        )
        return int(min(room_of_each, default=len(dag.ready_jobs)))

    def open_jobs(self: Any) -> Any:
        found = dag.ready_jobs.first(room)
        return found if found or self.running else all_open.fget(self)

    def remaining_jobs(self: Any) -> Any:
        """A list of thousands, which the scheduler in use does not look at, and which tells of a fault at the end."""
        return [] if dag.ready_jobs else all_remaining.fget(self)

    kind.open_jobs, kind.remaining_jobs = property(open_jobs), property(remaining_jobs)


def _start_ahead(session: Session) -> None:
    """Start more jobs than a service takes at once, as many again: the next ones then wait for its slots already.

    They keep to its cap by themselves (audio_pipeline/scheduling/server_pool.py). Otherwise it would be idle while
    Snakemake finds the next job and that one begins. Without the scheduler's names, Snakemake alone keeps the caps.
    """
    settings = session.project.config
    if session.on_cluster or settings.shared_caps:
        return  # other runs' jobs wait there, and would only be kept waiting
    scheduler, more = session.workflow.scheduler, 0
    services = {stage.service for stage in session.project.stages.values() if stage.service}
    for name in sorted(services):
        if not caps.slot_policy(settings, name, session.totals[name]):
            continue
        ahead = min(session.totals[name], _MOST_AHEAD)
        for resources in (scheduler.resources, scheduler.global_resources):
            if resources.get(name) is not None:
                resources[name] += ahead
        more += session.totals[name] + ahead
    pool = getattr(scheduler._local_executor or scheduler._executor, "pool", None)
    if pool and hasattr(pool, "_max_workers"):  # waiting jobs hold a thread each
        pool._max_workers += more
