# Purpose: what the executor cluster-generic (profiles/generic) leaves to its user: jobs that vanish or do not begin, logs,
#          an environment that no scheduler shows, and nothing left in the queue
# Inputs:  the setting cluster.queue; the jobs that the executor sends
# Outputs: .snakemake/cluster_logs/*.log, of the jobs that failed
#
# Of the executor's own methods (1.0.9) four are wrapped and one replaced, in this run alone; tests/cluster guards them.

import shlex
import threading

from audio_pipeline.run import folder as run_folder
from snakemake_adapter import batch_queue

CLUSTER_LOGS = Path(".snakemake/cluster_logs")
SENT = {}  # the scheduler's number of a job → batch_queue.Sent


def generic_executor():
    return executor_of_run("cluster-generic")


def prepare_generic_cluster():
    executor = generic_executor()
    if not executor:
        return
    CLUSTER_LOGS.mkdir(parents=True, exist_ok=True)
    write_environment(executor)
    prepare_jobs(executor)
    keep_account(executor)
    if executor.workflow.executor_settings.cancel_cmd:
        executor.cancel_jobs = lambda jobs: cancel_sent()
    threading.Thread(
        target=look_at_generic_queue, args=(executor,), daemon=True
    ).start()


def write_environment(executor):
    """Write what jobs read: handed on by the scheduler (-V), it would be shown to all of its users (qstat -j).

    Keys go to the nodes only where jobs that ask services do.
    """
    all_jobs = SETTINGS["cluster"]["submit"] == "all"
    given = {
        name: value
        for name, value in os.environ.items()
        if name != run_folder.RUN_VARIABLE
        and (all_jobs or not embedded.holds_secret(name, value))
    }
    path = os.path.join(executor.tmpdir, "environment")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(batch_queue.settings(given))


def log_on_node(job):
    return CLUSTER_LOGS / f"{START}-{str(job.jobid)[:8]}.log"


START = time.strftime("%Y-%m-%dT%H%M%S")


def prepare_jobs(executor):
    """Set what a job does first, and where the submit command says why it takes none."""
    prefix, settings = (
        executor.get_job_exec_prefix,
        executor.workflow.executor_settings,
    )

    def first(job):
        log = shlex.quote(os.path.abspath(log_on_node(job)))
        environment = shlex.quote(os.path.join(executor.tmpdir, "environment"))
        cpus = f"export AUDIO_PIPELINE_CPUS={max(job.threads, 1)}"
        return f"{prefix(job)} && exec >>{log} 2>&1 && . {environment} && {cpus}"

    executor.get_job_exec_prefix = first
    said = os.path.relpath(f"{executor.tmpdir}/refusal")  # no spaces, no braces
    command = settings.submit_cmd.replace("\n", " ")
    settings.submit_cmd = f"2>{said} {command}"


def keep_account(executor):
    """Know which jobs the scheduler has, and give a failure its reason and its log."""
    succeeded, failed = executor.report_job_success, executor.report_job_error

    def report_success(info):
        SENT.pop(info.external_jobid, None)
        log_on_node(info.job).unlink(missing_ok=True)
        return succeeded(info)

    def report_error(info, msg=None, **others):
        name = info.external_jobid
        if not SENT.pop(name, None):
            name = f"job {info.job.jobid}"
            ENDED[name] = why_not_taken(executor, msg or "")
        logs = [str(log_on_node(info.job))]
        return failed(info, msg=f"cluster job '{name}' failed. ", aux_logs=logs)

    executor.report_job_success, executor.report_job_error = (
        report_success,
        report_error,
    )
    executor.report_job_submission = with_number(
        executor.report_job_submission, report_error
    )


def with_number(submitted, report_error):
    """The executor's report that a job is submitted, with its number alone instead of all that was printed."""

    def report_submission(info, *arguments, **others):
        printed = info.external_jobid or ""
        number = batch_queue.number(printed)
        if not number:
            return report_error(
                info,
                f"the submit command printed {printed or 'nothing'!r}; expected the job's number: "
                "see cluster-generic-submit-cmd in profiles/generic",
            )
        info.external_jobid = number
        SENT[number] = batch_queue.Sent(
            number,
            log_on_node(info.job),
            Path(info.aux["jobfailed"]),
            info.job.resources.get("runtime", 0),
            time.monotonic(),
        )
        return submitted(info, *arguments, **others)

    return report_submission


def why_not_taken(executor, message):
    if not message.startswith("Error submitting"):
        return message
    said = Path(executor.tmpdir, "refusal").read_text(errors="replace")
    return batch_queue.refusal(said)


def look_at_generic_queue(executor):
    # A job's last word may be there some time after it has left the queue.
    patience_s = workflow.execution_settings.latency_wait + QUEUE_S
    told = set()
    while True:
        time.sleep(QUEUE_S)
        rows = queue_rows(told) if SENT else None
        now, sent = time.monotonic(), list(SENT.values())
        for job in sent:
            job.look(now, rows)
            if job.missing is not None and now - job.missing >= patience_s:
                end_sent(job, job.why_gone())
        tell_not_begun(sent, rows, now, told)


def queue_rows(told):
    """The lines of cluster.queue; None: it could not be asked."""
    command = SETTINGS["cluster"]["queue"]
    if not batch_queue.is_there(command) and command not in told:
        told.add(command)
        RUN["events"].note(
            f"note: cluster.queue is {command!r}, which is no command here: a job that is deleted or killed goes "
            "unnoticed; expected one that lists your jobs, like qstat"
        )
    return batch_queue.rows(command)


def tell_not_begun(sent, rows, now, told):
    """Say once that nothing begins, with what the queue says of the job that has waited longest."""
    waiting = [job for job in sent if job.began is None]
    if not waiting or len(waiting) < len(sent) or "wait" in told:
        return
    job = waiting[0]
    if now - job.since >= PATIENCE_S:
        told.add("wait")
        row = batch_queue.row_of(job.number, rows or [])
        says = f"; the queue says: {' '.join(row.split())}" if row else ""
        RUN["events"].note(
            f"waiting: cluster job {job.number} has not begun after {now - job.since:.0f} s{says}; ask the scheduler "
            f"why (as by qstat -j {job.number}), or end the run and ask for less in the profile"
        )


def end_sent(job, why):
    """Let the executor take a job for failed."""
    ENDED[job.number] = why
    try:
        job.failed.touch()
    except OSError:
        pass  # the run has ended


def cancel_sent(waiting_only=False):
    """Cancel the jobs that the scheduler still has; none where another executor is at work."""
    jobs = [
        job for job in list(SENT.values()) if not (waiting_only and job.log.exists())
    ]
    if not jobs or not workflow.executor_settings.cancel_cmd:
        return
    settings, numbers = workflow.executor_settings, [job.number for job in jobs]
    batch_queue.cancel(settings.cancel_cmd, numbers, settings.cancel_nargs or 20)
    for job in jobs:
        end_sent(job, slurm_log.CANCELLED)
