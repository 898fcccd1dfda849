"""A log handler that feeds the progress and the display with Snakemake's events, in place of its own output."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audio_pipeline.files import full_disk
from audio_pipeline.reporting.display import Lines
from audio_pipeline.reporting.progress import UNKNOWN, Job, Progress

from snakemake_adapter import cluster, slurm_log
from snakemake_adapter.session import Session

# Ctrl-C, after which running jobs end with a meaningless error; SIGTERM, which lets them finish.
_STOPS = ("Terminating processes", "Will exit after finishing")
_OBVIOUS = (
    "Using shell",
    "Conda environments: ignored",
    "Building DAG",
    "Assuming unrestricted shared filesystem",
    "SLURM run ID",
)
_JOB_ERRORS = (
    "RuleException",
    "Restored previous version",
    "Cannot restore",  # there was no file, or the chunk has its backup
    "Exiting because a job",
    "Exception in run_job",  # of a chunk that could not be submitted
    "--keep-incomplete mode",
    "WorkflowError:\nAt least one job did not complete successfully",
)


class Events(logging.Handler):
    """The handler of Snakemake's events; its log file in .snakemake/log still gets all of them.

    display: None if the user wants Snakemake's own output; nothing_to_do: called when no job is due; leave_queue:
    called with True when the run is being stopped, to cancel the jobs that have not started.
    Source: snakemake_interface_logger_plugins.common.LogEvent.
    """

    def __init__(
        self,
        session: Session,
        display: Lines | None,
        nothing_to_do: Callable[[], None],
        leave_queue: Callable[[bool], None],
    ) -> None:
        super().__init__(logging.INFO)
        self._session, self.display = session, display
        self._nothing_to_do, self._leave_queue = nothing_to_do, leave_queue
        self.progress: Progress | None = None
        self.stopped: set[str] = set()  # stages that failed the preflight checks
        self._cancelled, self._tables = False, 0
        # by job: the cluster's reason for the failure of its chunk
        self._chunks: dict[int, cluster.Cause | None] = {}
        self._stage = {stage.rule: stage.name for stage in session.project.stages.values()}
        log = logging.getLogger("snakemake.logging")
        if display:
            for handler in log.handlers:
                if handler.name == "DefaultStreamHandler":
                    handler.addFilter(self._filter)
                    handler.nocolor |= bool(os.environ.get("NO_COLOR"))  # type: ignore[attr-defined]
        log.addHandler(self)

    def begin(self, progress: Progress) -> None:
        self.progress = progress
        if self.display:
            self.display.begin(progress)

    def end(self) -> None:
        if self.display and self.progress:
            self.display.end()

    def note(self, text: str) -> None:
        """Show a line that belongs to no job."""
        if self.display and self.progress and not self.progress.stopping:
            self.display.note(text)

    def explain_chunks(self) -> None:
        """Show the cluster's reasons if chunks failed although all their files were made."""
        chunks = {(cause, *logs) for cause, logs in filter(None, self._chunks.values())}
        if self.progress and not self.progress.failed and not self.progress.stopping:
            for cause, *logs in sorted(chunks):
                self.note(
                    f"✗ a chunk failed after its files were made: {cause} [{', '.join(logs)}]"
                )

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self.progress:
                self._handle(_event(record), record)
            elif "Nothing to be done" in str(record.msg):
                self._nothing_to_do()
            quiet = self._session.is_quiet()
            if self.display and (quiet or self.progress):
                lowest = logging.ERROR if quiet else logging.WARNING
                if record.levelno >= lowest and not _is_job_error(record):
                    self.display.error(record.getMessage())
        except Exception:  # an error in the display must not end the run
            self.handleError(record)

    def _filter(self, record: logging.LogRecord) -> bool:
        """True if Snakemake shows the record itself: before the first job all but the obvious, then nothing."""
        workflow = self._session.workflow
        if self._session.is_quiet() or self.progress:
            return False  # `emit` shows the errors
        event, message = _event(record), str(record.msg)
        if event in ("resources_info", "group_info") or message.startswith(_OBVIOUS):
            return False
        quiet = {option.name for option in workflow.output_settings.quiet or ()}
        in_lines = not quiet & {"ALL", "PROGRESS", "RULES"}
        if message.startswith("Reasons:"):
            return not in_lines  # each line of a dry run has its own
        if event == "run_info":
            # The table of jobs: redundant with a run's heading, and shown twice by a dry run.
            self._tables += 1
            return bool(workflow.dryrun) and (self._tables == 1 or not in_lines)
        return True

    def _handle(self, event: str | None, record: Any) -> None:
        progress, job = self.progress, None
        assert progress
        if event == "job_info" and record.rule_name in self._stage:
            stage, slug = self._stage[record.rule_name], record.wildcards["slug"]
            progress.begin(record.jobid, Job(stage, slug, list(record.log)))
            if self._session.on_cluster:
                # The log of an earlier run would be misleading if this job never starts.
                for path in record.log:
                    Path(path).unlink(missing_ok=True)
        elif event == "group_info":
            progress.on_nodes |= {member.jobid for member in record.jobs}
        elif event == "job_finished":
            job = progress.finish(record.job_id)
        elif event == "group_error":
            rules = {member["rule_name"] for member in record.job_error_info}
            first = next((rule for rule in self._stage if rule in rules), "its rule")
            cause = cluster.failure(record.aux_logs, getattr(record, "reason", None), first)
            self._chunks |= {member["jobid"]: cause for member in record.job_error_info}
        elif event == "job_error" and not self._cancelled:
            job = progress.fail(record.jobid, self._cause_of(record))
            if job and job.cause == slurm_log.CANCELLED and progress.stopping:
                progress.leave(
                    record.jobid
                )  # by this run, before it started: the next run makes it
                job = None
        elif event is None and str(record.msg).startswith(_STOPS):
            self._stop(str(record.msg).startswith("Terminating"))
        if job and job.cause and job.stage in self.stopped:
            job.not_begun = True  # reported before the first job, and in the summary
            return
        if job and self.display:
            for note in progress.new_notes(job):
                self.display.note(note)
            (self.display.failed if job.cause else self.display.made)(job)
            self.display.warned(job)

    def _stop(self, cancelled: bool) -> None:
        assert self.progress
        self._cancelled |= cancelled
        if not self.progress.stopping and self.display:
            self.display.stopping()
        self.progress.stopping = True
        # After SIGTERM, Snakemake waits for queued jobs just as for running ones.
        self._leave_queue(True)

    def _cause_of(self, record: Any) -> cluster.Cause | None:
        """Return the cause of a job's failure that its own log may lack: the cluster's reason, or a full disk."""
        assert self.progress
        job = self.progress.running.get(record.jobid)
        cluster_logs = [name for name in record.log if job and name not in job.logs]
        cause = self._chunks.get(record.jobid) or cluster.failure(
            cluster_logs, record.rule_msg, record.rule_name
        )
        if not cause or cause[0] == UNKNOWN:
            full = full_disk(self._session.output)  # then no log has room for a message
            cause = (full, cause[1] if cause else list(record.log)) if full else cause
        return cause


def _event(record: logging.LogRecord) -> str | None:
    event = getattr(record, "event", None)
    return getattr(event, "value", event)


def _is_job_error(record: logging.LogRecord) -> bool:
    """True if an error is a job's; the display reports those itself."""
    is_event = _event(record) in ("job_error", "group_error")
    return is_event or str(record.msg).startswith(_JOB_ERRORS)
