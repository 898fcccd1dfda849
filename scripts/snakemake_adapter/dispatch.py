"""Start jobs without delay: which of them the scheduler considers, how many start ahead, and their processes.

Uses undocumented names of Snakemake 9.27, as do patches.py and cluster*.py. Without them a run works, but is slower;
tests/workflow/test_dispatch.py fails when a new version changes one.
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
_AGAIN_S = 10  # a second Ctrl-C within this time is ignored


class Dispatch:
    """The processes of a run's jobs."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._process: WarmProcess | None = None
        self._take_over_processes()

    def warm_up(self, folder: Path, first: str) -> None:
        """Start the process that jobs are forked from. folder: the run's folder; first: the stage of the first jobs."""
        if sys.platform != "linux" or self._session.python != [sys.executable]:
            return  # elsewhere forking a process with threads is not safe; conda has its own environment
        command = [*self._session.python, self._session.program("serve_jobs"), "--first", first]
        # On a node, the cluster's log has the reason if a job is killed.
        on_node = self._session.workflow.remote_exec
        self._process = WarmProcess(command, folder, logs_kills=not on_node)

    def end_jobs(self) -> None:
        if self._process:
            self._process.end_all()

    def _take_over_processes(self) -> None:
        # sys.modules, since the attribute snakemake.shell is the class in that module.
        shell: Any = sys.modules["snakemake.shell"]
        if hasattr(shell, "sp"):
            shell.sp = types.SimpleNamespace(**{**vars(subprocess), "Popen": self._begin})

    def _begin(self, command: Any, **arguments: Any) -> Any:
        """Run a stage program as a job of the warm process, and anything else by subprocess.Popen."""
        parsed = parse_command(command) if isinstance(command, str) else None
        python = self._session.python
        is_program = parsed and parsed[0][:1] == python and parsed[0][1].startswith(str(PROGRAMS))
        if parsed and is_program and self._process:
            try:
                return self._process.begin(parsed[0][1:], parsed[1])
            except OSError:
                pass  # the warm process is gone: fall back to a new process
        return subprocess.Popen(command, **arguments)


def end_on_interrupt(end_jobs: Callable[[], None]) -> None:
    """End the warm process's jobs on Ctrl-C, which reaches only the terminal's foreground processes.

    Ignores a second Ctrl-C shortly after: it would break Snakemake off while it ends its jobs, with a traceback.
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
    """Let jobs start without delay. Called at the start of the run."""
    # With a rate limit, even the default one, the scheduler polls while jobs wait for a service: in a busy loop (0s),
    # or once more per second for each job that has ended (1s), which also delays the end of the run.
    session.workflow.scheduler.job_rate_limiter = None
    _start_ahead(session)
    _limit_open_jobs(session)


def _limit_open_jobs(session: Session) -> None:
    """Let the scheduler consider only the jobs that can start now, not all ready jobs (ready_queue.py)."""
    scheduler, dag = session.workflow.scheduler, session.workflow.dag
    kind = type(scheduler)
    if session.on_cluster or not isinstance(getattr(dag, "_ready_jobs", None), set):
        return
    all_open, all_remaining = kind.open_jobs, kind.remaining_jobs
    dag._ready_jobs = ReadyJobs(
        dag._ready_jobs, lambda job: job.rule.name, lambda job: (-dag.priority(job), job.jobid)
    )

    def room(job: Any) -> int:
        """Return the number of jobs like this one that can start."""
        needs = job.scheduler_resources.items()
        room_of_each = (
            scheduler.resources[name] // need
            for name, need in needs
            if name in scheduler.resources and need
        )
        return int(min(room_of_each, default=len(dag.ready_jobs)))

    def open_jobs(self: Any) -> Any:
        jobs = dag.ready_jobs.first(room)
        return jobs if jobs or self.running else all_open.fget(self)

    def remaining_jobs(self: Any) -> Any:
        """Return the remaining jobs only when none is ready: the list is long, and needed for an error at the end."""
        return [] if dag.ready_jobs else all_remaining.fget(self)

    kind.open_jobs, kind.remaining_jobs = property(open_jobs), property(remaining_jobs)


def _start_ahead(session: Session) -> None:
    """Start up to twice as many jobs as a service's cap, so that the next ones wait for its slots already.

    They keep to the cap by themselves (audio_pipeline/scheduling/server_pool.py). Otherwise the service would be idle
    while Snakemake selects and starts the next job.
    """
    settings = session.project.config
    if session.on_cluster or settings.shared_caps:
        return  # jobs ahead would only delay those of other runs
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
