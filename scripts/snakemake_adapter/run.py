"""A run from start to end: preflight checks, display, metrics, and publishing."""

import atexit
import functools
import gc
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from audio_pipeline.errors import PipelineError
from audio_pipeline.planning import survey
from audio_pipeline.reporting.display import Lines, Silence, count, in_terminal, say
from audio_pipeline.reporting.progress import Progress
from audio_pipeline.run import context, outages, unusable
from audio_pipeline.run import folder as run_folder
from audio_pipeline.sanitize import excerpt

from snakemake_adapter import cluster_generic, cluster_slurm
from snakemake_adapter.dispatch import Dispatch, end_on_interrupt, prepare_scheduler
from snakemake_adapter.events import Events
from snakemake_adapter.session import Session, stop


class Run:
    """One run; the handlers onstart, onsuccess and onerror call `begin` and `end`."""

    def __init__(self, session: Session) -> None:
        self._session, self._project = session, session.project
        self._folder: Path | None = None
        self._metrics: Any = None
        self._dispatch = Dispatch(session)
        atexit.register(gc.freeze)  # saves collecting the plan at exit
        if session.workflow.remote_exec:
            self.prepare()  # a chunk is a run of its own, with its own engines on its node
        if not session.workflow.is_main_process:
            return
        self.display = self._create_display()
        self._events = Events(session, self.display, self._finish_without_jobs, self._leave_queue)
        if path := self._project.config.metrics:
            from audio_pipeline.reporting import metrics  # slow to import

            self._metrics = metrics.Textfile(path, list(self._project.stages))

    def begin_early(self, first: str) -> None:
        """Prepare during planning, as soon as it is known that there will be jobs. first: their first stage."""
        if self._session.is_real and not self._session.on_cluster:
            self.prepare(first)

    def prepare(self, first: str = "script") -> Path:
        """Create the run's folder and start the worker pool, once. first: the stage of the first jobs."""
        if self._folder is None:
            self._folder = run_folder.begin()
            atexit.register(run_folder.end, self._folder)
            context.write(self._folder, context.Context(self._project.config, self._session.totals))
            if not self._session.on_cluster or self._session.workflow.remote_exec:
                self._dispatch.warm_up(self._folder, first)
        return self._folder

    def begin(self) -> None:
        """Check the services, and let the jobs start."""
        gc.freeze()  # the plan lives until the end: no need to scan it for garbage
        session = self._session
        rules = session.workflow.dag.stats()[1]
        stages = self._project.stages
        planned = {name: rules[stage.rule] for name, stage in stages.items() if stage.rule in rules}
        session.report(self._heading(planned))
        gc.enable()
        folder = self.prepare(next(iter(planned), "script"))
        end_on_interrupt(self._dispatch.end_jobs)
        _handle_termination_apart()
        # With --quiet, Snakemake would not even log the end of a job.
        session.workflow.scheduler.print_progress = True
        progress = Progress(planned, survey.sampled_seconds(self._project, planned))
        try:
            if self._metrics:
                self._metrics.begin(progress, folder, say)
            self._check_services(list(planned), folder)
        except PipelineError as error:
            self.end(success=False)
            stop(error)
        prepare_scheduler(session)
        cluster_generic.prepare(session, self._events.note)
        cluster_slurm.watch_queue(session.workflow, self._events.note)
        threading.Thread(target=self._watch_services, args=(folder,), daemon=True).start()
        self._events.begin(progress)

    def end(self, success: bool) -> None:
        """Report what was made and what failed, stop the engines, and publish."""
        events, progress = self._events, self._events.progress
        if progress:
            progress.forget_untried()
            if not success:
                events.explain_chunks()
        if self._metrics:
            self._metrics.end(success, say)
        self._leave_queue(False)
        if self._folder:
            run_folder.end(self._folder)
        events.end()
        if progress and not progress.stopping:
            self._publish()

    def _heading(self, planned: dict[str, int]) -> str:
        topics, settings = list(self._project.topics.values()), self._project.config
        parts = [
            f"{count(number, name)} ({self._project.stages[name].describe(settings, topics)})"
            for name, number in planned.items()
        ]
        return f"{len(topics)} topic{'s' * (len(topics) != 1)}; to make: {', '.join(parts) or 'nothing'}"

    def _create_display(self) -> Lines | None:
        settings = self._session.workflow.output_settings
        if settings.verbose or settings.printshellcmds or settings.log_handler_settings:
            return None
        if self._session.is_quiet():
            return Silence(self._session.output)
        if in_terminal(sys.stderr) and not settings.dryrun:
            from audio_pipeline.reporting.bars import Bars  # slow to import

            return Bars(self._session.output)
        return Lines(self._session.output)

    def _check_services(self, stages: list[str], folder: Path) -> None:
        """Report failed checks before any job; jobs that need other services, or none, go on. Raises PipelineError."""
        from audio_pipeline.planning import preflight  # only real runs need it

        stopped = {}
        for line in preflight.check(self._project, stages):
            if not line.ok or ": note: " in line.text:
                self._session.report(line.text if line.ok else f"✗ {line.text}")
            if line.stops:
                stopped[line.stops] = line.text.removeprefix(f"{line.stops}: ")
        for name in self._project.stages:
            if reason := stopped.get(self._project.checked_with(name)):
                self._events.stopped.add(name)
                unusable.note(folder, self._project.settings_of(name), reason)
        preflight.prepare(self._project, stages, self._session.report)

    def _watch_services(self, folder: Path) -> None:
        """Report each service that the run waits for, with the seconds left, and when it is back."""
        waited: dict[str, outages.Away] = {}
        while self._events.progress is None:
            time.sleep(0.2)
        while os.path.isdir(folder):
            away = {outage.key: outage for outage in outages.waited_for(folder)}
            for key, outage in away.items():
                if key not in waited:
                    seconds = max(outage.until - time.time(), 0)
                    self._events.note(f"waiting up to {seconds:.0f} s: {outage.reason}")
            for key in waited.keys() - away:
                if outages.is_there(folder, key):
                    self._events.note(f"back again: {waited[key].reason.split(' at ')[0]}")
            waited = away
            self._events.progress.away = list(away.values())
            time.sleep(0.5)

    def _leave_queue(self, waiting_only: bool) -> None:
        """Cancel the jobs of this run that are left in a cluster's queue."""
        cluster_generic.cancel_sent(self._session.workflow, waiting_only=waiting_only)
        cluster_slurm.leave_queue(self._session.workflow, waiting_only=waiting_only)

    def _finish_without_jobs(self) -> None:
        """Publish if nothing is due: Snakemake calls no handler then, but topics may have been removed."""
        workflow = self._session.workflow
        if workflow.dryrun or workflow.touch or workflow.remote_exec:
            return
        if self._metrics:
            self._metrics.end(True, say)
        if self._project.config.gallery.enabled:
            from audio_pipeline.publishing import publication

            if not publication.is_current(self._project):
                self._publish()

    def _publish(self) -> None:
        if not self._project.config.gallery.enabled:
            return
        try:
            from audio_pipeline.publishing import publication

            self._session.report(f"to look at: {publication.make(self._project)[0]}")
        except PipelineError as error:
            print(f"warning: the gallery was not made: {error}", file=sys.stderr)
        except Exception as error:  # must not fail a run that succeeded
            path = getattr(error, "filename2", None) or getattr(error, "filename", None)
            reason = f"{path}: {getattr(error, 'strerror', error)}" if path else repr(error)
            print(f"warning: the gallery was not made: {excerpt(reason)}", file=sys.stderr)


def _handle_termination_apart() -> None:
    """Run Snakemake's SIGTERM handler in a thread of its own.

    It takes a lock that the interrupted main thread may hold; the run would then deadlock (Snakemake 9.27.1,
    scheduling/job_scheduler.py, exit_gracefully; seen once in 50 kills).
    """
    handler = signal.getsignal(signal.SIGTERM)
    if callable(handler):
        run = functools.partial(threading.Thread, target=handler, daemon=True)
        signal.signal(signal.SIGTERM, lambda *arguments: run(args=arguments).start())
