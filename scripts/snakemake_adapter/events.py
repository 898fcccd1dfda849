"""What Snakemake logs, for the progress of the run and the display, in place of its own blocks of lines."""

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

# Ctrl-C, after which each running job ends with an error that means nothing; SIGTERM, which lets them finish.
_STOPS = ("Terminating processes", "Will exit after finishing")
_OBVIOUS = (
    "Using shell",
    "Conda environments: ignored",
    "Building DAG",
    "Assuming unrestricted shared filesystem",
    "SLURM run ID",
)
_OF_A_JOB = (
    "RuleException",
    "Restored previous version",
    "Cannot restore",  # nothing was there, or its backup is the chunk's
    "Exiting because a job",
    "Exception in run_job",  # of a chunk that could not be submitted
    "--keep-incomplete mode",
    "WorkflowError:\nAt least one job did not complete successfully",
)


class Events(logging.Handler):
    """Snakemake's log file in .snakemake/log keeps all of it.

    display: None where the user wants to see Snakemake's own lines; nothing_to_do: called when there is nothing to do;
    leave_queue: called with True when the run is being stopped, to cancel what has not begun.
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
        self.stopped: set[str] = set()  # stages that can make nothing
        self._cancelled, self._tables = False, 0
        self._chunks: dict[
            int, cluster.Cause | None
        ] = {}  # job → what the cluster says of its chunk's failure
        self._stage = {stage.rule: stage.name for stage in session.project.stages.values()}
        log = logging.getLogger("snakemake.logging")
        if display:
            for handler in log.handlers:
                if handler.name == "DefaultStreamHandler":
                    handler.addFilter(self._leaves)
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
        """Show something that no job says."""
        if self.display and self.progress and not self.progress.stopping:
            self.display.note(text)

    def explain_chunks(self) -> None:
        """Of a run that counts as failed for chunks alone, all files of which were made: show what the cluster says."""
        chunks = {(cause, *logs) for cause, logs in filter(None, self._chunks.values())}
        if self.progress and not self.progress.failed and not self.progress.stopping:
            for cause, *logs in sorted(chunks):
                self.note(f"✗ a chunk failed when its files were made: {cause} [{', '.join(logs)}]")

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self.progress:
                self._take(_event(record), record)
            elif "Nothing to be done" in str(record.msg):
                self._nothing_to_do()
            quiet = self._session.is_quiet()
            if self.display and (quiet or self.progress):
                least = logging.ERROR if quiet else logging.WARNING
                if record.levelno >= least and not _is_of_a_job(record):
                    self.display.fault(record.getMessage())
        except Exception:  # a fault in the display must not end the run
            self.handleError(record)

    def _leaves(self, record: logging.LogRecord) -> bool:
        """What Snakemake itself still shows: before the first job all but the obvious; then, nothing."""
        workflow = self._session.workflow
        if self._session.is_quiet() or self.progress:
            return False  # of faults the display tells: see emit
        event, said = _event(record), str(record.msg)
        if event in ("resources_info", "group_info") or said.startswith(_OBVIOUS):
            return False
        asked = {each.name for each in workflow.output_settings.quiet or ()}
        in_lines = not asked & {"ALL", "PROGRESS", "RULES"}
        if said.startswith("Reasons:"):
            return not in_lines  # else each line of a dry run has its own
        if event == "run_info":
            # A table: a run's own heading says the same, and a dry run shows it twice.
            self._tables += 1
            return bool(workflow.dryrun) and (self._tables == 1 or not in_lines)
        return True

    def _take(self, event: str | None, record: Any) -> None:
        progress, job = self.progress, None
        assert progress
        if event == "job_info" and record.rule_name in self._stage:
            stage, slug = self._stage[record.rule_name], record.wildcards["slug"]
            progress.begin(record.jobid, Job(stage, slug, list(record.log)))
            if self._session.on_cluster:
                # What an earlier run said is no news of a job that may never start.
                for path in record.log:
                    Path(path).unlink(missing_ok=True)
        elif event == "group_info":
            progress.on_nodes |= {each.jobid for each in record.jobs}
        elif event == "job_finished":
            job = progress.finish(record.job_id)
        elif event == "group_error":
            rules = {each["rule_name"] for each in record.job_error_info}
            first = next((rule for rule in self._stage if rule in rules), "its rule")
            said = cluster.failure(record.aux_logs, getattr(record, "reason", None), first)
            self._chunks |= {each["jobid"]: said for each in record.job_error_info}
        elif event == "job_error" and not self._cancelled:
            job = progress.fail(record.jobid, self._said_of(record))
            if job and job.cause == slurm_log.CANCELLED and progress.stopping:
                progress.leave(record.jobid)  # by us, before it began: the next run makes it
                job = None
        elif event is None and str(record.msg).startswith(_STOPS):
            self._stop(str(record.msg).startswith("Terminating"))
        if job and job.cause and job.stage in self.stopped:
            job.not_begun = True  # told before the first job, and once more at the end
            return
        if job and self.display:
            for note in progress.news(job):
                self.display.note(note)
            (self.display.failed if job.cause else self.display.made)(job)
            self.display.warned(job)

    def _stop(self, cancelled: bool) -> None:
        assert self.progress
        self._cancelled |= cancelled
        if not self.progress.stopping and self.display:
            self.display.stopping()
        self.progress.stopping = True
        # What runs is waited for after SIGTERM; what waits in a queue would be waited for as long.
        self._leave_queue(True)

    def _said_of(self, record: Any) -> cluster.Cause | None:
        """What is known of a job that failed and says nothing itself."""
        assert self.progress
        job = self.progress.running.get(record.jobid)
        elsewhere = [name for name in record.log if job and name not in job.logs]
        said = self._chunks.get(record.jobid) or cluster.failure(
            elsewhere, record.rule_msg, record.rule_name
        )
        if not said or said[0] == UNKNOWN:
            full = full_disk(self._session.output)  # then no log has room for a message
            said = (full, said[1] if said else list(record.log)) if full else said
        return said


def _event(record: logging.LogRecord) -> str | None:
    event = getattr(record, "event", None)
    return getattr(event, "value", event)


def _is_of_a_job(record: logging.LogRecord) -> bool:
    """True if a fault is a job's, which the display tells."""
    ours = _event(record) in ("job_error", "group_error")
    return ours or str(record.msg).startswith(_OF_A_JOB)
