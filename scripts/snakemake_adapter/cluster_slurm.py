"""Additions to the Slurm executor: report why jobs do not start, and cancel jobs that are left in the queue."""

import threading
import time
from collections.abc import Callable
from typing import Any

from snakemake_adapter import cluster, slurm_queue


def watch_queue(workflow: Any, note: Callable[[str], None]) -> None:
    """Report why jobs do not start, and end those that no node can ever hold. note: shows a line.

    The executor only checks that a job exists, and would wait for ever without a message.
    """
    run = run_name(workflow)
    if not run:
        return
    executor = cluster.executor_of_run(workflow, "slurm")
    if getattr(executor, "_fallback_account_arg", "") is None:
        # Slurm knows the default account itself; the plugin's guess fails without accounting.
        executor._fallback_account_arg = ""
    threading.Thread(target=_poll_queue, args=(run, note), daemon=True).start()


def leave_queue(workflow: Any, *, waiting_only: bool = False) -> None:
    """Cancel the jobs of this run that are left in the queue."""
    if run := run_name(workflow):
        slurm_queue.cancel_waiting(run) if waiting_only else slurm_queue.cancel_all(run)


def run_name(workflow: Any) -> str | None:
    """Return the name of this run's jobs in Slurm. Returns None if another executor is in use."""
    name: str | None = getattr(cluster.executor_of_run(workflow, "slurm"), "run_uuid", None)
    return name


def _poll_queue(run: str, note: Callable[[str], None]) -> None:
    since: dict[str, float] = {}
    reported: dict[str, str] = {}  # partition → reason
    nodes: dict[str, Any] = {}
    while True:
        time.sleep(cluster.QUEUE_S)
        for job in slurm_queue.waiting(run):
            if job.partition not in nodes:
                nodes[job.partition] = slurm_queue.largest_node(job.partition)
            node = nodes[job.partition]
            if slurm_queue.can_never_begin(job, node):
                cluster.ended[job.number] = slurm_queue.explain(job, node)
                slurm_queue.cancel([job.number])
                continue
            waits_s = time.monotonic() - since.setdefault(job.number, time.monotonic())
            # One message is enough for all chunks that wait for the same reason.
            if waits_s >= cluster.PATIENCE_S and reported.get(job.partition) != job.reason:
                reported[job.partition] = job.reason
                note(f"waiting: Slurm job {job.number}: {slurm_queue.explain(job, node)}")
