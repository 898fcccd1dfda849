"""Additions to the executor cluster-generic (profiles/generic).

They detect jobs that vanish or do not start, keep logs and an environment hidden from other users, and cancel jobs
that are left in the queue. Logs of failed jobs are in .snakemake/cluster_logs.
Four methods of the executor (1.0.9) are wrapped and one replaced, on its instance; tests/cluster guards them.
"""

import contextlib
import os
import shlex
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audio_pipeline.engines import embedded
from audio_pipeline.run.folder import RUN_VARIABLE

from snakemake_adapter import batch_queue, cluster, slurm_log
from snakemake_adapter.cluster import PATIENCE_S, QUEUE_S
from snakemake_adapter.session import Session

_LOGS = Path(".snakemake/cluster_logs")
_START = time.strftime("%Y-%m-%dT%H%M%S")
_sent: dict[str, batch_queue.Sent] = {}  # by the scheduler's job number


def prepare(session: Session, note: Callable[[str], None]) -> None:
    """Prepare the executor, if it is in use, and watch its queue. note: shows a line."""
    executor = cluster.executor_of_run(session.workflow, "cluster-generic")
    if not executor:
        return
    _LOGS.mkdir(parents=True, exist_ok=True)
    submits_all = session.project.config.cluster.submit == "all"
    _write_environment(executor.tmpdir, with_keys=submits_all)
    _prepare_jobs(executor)
    _track_jobs(executor)
    if executor.workflow.executor_settings.cancel_cmd:
        executor.cancel_jobs = lambda jobs: cancel_sent(session.workflow)
    threading.Thread(target=_watch_queue, args=(session, note), daemon=True).start()


def cancel_sent(workflow: Any, *, waiting_only: bool = False) -> None:
    """Cancel the submitted jobs that have not ended, if this executor is in use."""
    jobs = [job for job in list(_sent.values()) if not (waiting_only and job.log.exists())]
    if not jobs or not workflow.executor_settings.cancel_cmd:
        return
    settings, numbers = workflow.executor_settings, [job.number for job in jobs]
    batch_queue.cancel(settings.cancel_cmd, numbers, settings.cancel_nargs or 20)
    for job in jobs:
        _end(job, slurm_log.CANCELLED)


def _write_environment(folder: str, *, with_keys: bool) -> None:
    """Write the jobs' environment to a file: the scheduler (-V) would show it to all users (qstat -j).

    with_keys: include secrets, needed only if jobs on the nodes call services.
    """
    variables = {
        name: value
        for name, value in os.environ.items()
        if name != RUN_VARIABLE and (with_keys or not embedded.holds_secret(name, value))
    }
    path = os.path.join(folder, "environment")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(batch_queue.settings(variables))


def _log_of(job: Any) -> Path:
    return _LOGS / f"{_START}-{str(job.jobid)[:8]}.log"


def _prepare_jobs(executor: Any) -> None:
    """Set the first commands of each job, and the file for the submit command's errors."""
    prefix, settings = executor.get_job_exec_prefix, executor.workflow.executor_settings

    def first(job: Any) -> str:
        log = shlex.quote(os.path.abspath(_log_of(job)))
        environment = shlex.quote(os.path.join(executor.tmpdir, "environment"))
        cpus = f"export AUDIO_PIPELINE_CPUS={max(job.threads, 1)}"
        return f"{prefix(job)} && exec >>{log} 2>&1 && . {environment} && {cpus}"

    executor.get_job_exec_prefix = first
    errors = os.path.relpath(f"{executor.tmpdir}/refusal")  # no spaces, no braces
    command = settings.submit_cmd.replace("\n", " ")
    settings.submit_cmd = f"2>{errors} {command}"


def _track_jobs(executor: Any) -> None:
    """Keep track of submitted jobs, and add the reason and the log to failures."""
    succeeded, failed = executor.report_job_success, executor.report_job_error

    def report_success(info: Any) -> Any:
        _sent.pop(info.external_jobid, None)
        _log_of(info.job).unlink(missing_ok=True)
        return succeeded(info)

    def report_error(info: Any, msg: str | None = None, **options: Any) -> Any:
        name = info.external_jobid
        if not _sent.pop(name, None):
            name = f"job {info.job.jobid}"
            cluster.ended[name] = _refusal(executor, msg or "")
        logs = [str(_log_of(info.job))]
        return failed(info, msg=f"cluster job '{name}' failed. ", aux_logs=logs)

    executor.report_job_success, executor.report_job_error = report_success, report_error
    executor.report_job_submission = _with_number(executor.report_job_submission, report_error)


def _with_number(submitted: Callable[..., Any], report_error: Callable[..., Any]) -> Any:
    """Wrap the executor's report of a submitted job, to pass on its number instead of the command's output."""

    def report_submission(info: Any, *arguments: Any, **options: Any) -> Any:
        printed = info.external_jobid or ""
        number = batch_queue.number(printed)
        if not number:
            return report_error(
                info,
                f"the submit command printed {printed or 'nothing'!r}; expected the job's number: "
                "see cluster-generic-submit-cmd in profiles/generic",
            )
        info.external_jobid = number
        _sent[number] = batch_queue.Sent(
            number,
            _log_of(info.job),
            Path(info.aux["jobfailed"]),
            info.job.resources.get("runtime", 0),
            time.monotonic(),
        )
        return submitted(info, *arguments, **options)

    return report_submission


def _refusal(executor: Any, message: str) -> str:
    if not message.startswith("Error submitting"):
        return message
    return batch_queue.refusal(Path(executor.tmpdir, "refusal").read_text(errors="replace"))


def _watch_queue(session: Session, note: Callable[[str], None]) -> None:
    # The result of a job may become visible some time after it has left the queue.
    patience_s = session.workflow.execution_settings.latency_wait + QUEUE_S
    command: str = session.project.config.cluster.queue
    reported: set[str] = set()
    while True:
        time.sleep(QUEUE_S)
        rows = _read_queue(command, reported, note) if _sent else None
        now, sent = time.monotonic(), list(_sent.values())
        for job in sent:
            job.look(now, rows)
            if job.missing is not None and now - job.missing >= patience_s:
                _end(job, job.why_gone())
        _report_waiting(sent, rows, now, reported, note)


def _read_queue(command: str, reported: set[str], note: Callable[[str], None]) -> list[str] | None:
    """Return the lines that cluster.queue prints. Returns None if it failed."""
    if not batch_queue.is_installed(command) and command not in reported:
        reported.add(command)
        note(
            f"note: cluster.queue is {command!r}, and no such command is installed: deleted or killed jobs go "
            "unnoticed; set a command that lists your jobs, like qstat"
        )
    return batch_queue.rows(command)


def _report_waiting(
    sent: list[batch_queue.Sent],
    rows: list[str] | None,
    now: float,
    reported: set[str],
    note: Callable[[str], None],
) -> None:
    """Report once that no job starts, with the queue's row of the job that has waited longest."""
    waiting = [job for job in sent if job.began is None]
    if not waiting or len(waiting) < len(sent) or "wait" in reported:
        return
    job = waiting[0]
    if now - job.since >= PATIENCE_S:
        reported.add("wait")
        row = batch_queue.row_of(job.number, rows or [])
        state = f"; the queue says: {' '.join(row.split())}" if row else ""
        note(
            f"waiting: cluster job {job.number} has not begun after {now - job.since:.0f} s{state}; ask the scheduler "
            f"why (as by qstat -j {job.number}), or end the run and ask for less in the profile"
        )


def _end(job: batch_queue.Sent, reason: str) -> None:
    """Mark a job as failed for the executor."""
    cluster.ended[job.number] = reason
    with contextlib.suppress(OSError):  # the run has ended
        job.failed.touch()
