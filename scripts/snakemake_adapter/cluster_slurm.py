"""What the Slurm executor leaves to its user: why jobs do not begin, and nothing left in the queue."""

import threading
import time
from collections.abc import Callable
from typing import Any

from snakemake_adapter import cluster, slurm_queue


def watch_queue(workflow: Any, note: Callable[[str], None]) -> None:
    """Tell why jobs do not begin, once and when it changes; those that no node can ever hold are ended with a reason.

    The executor looks at whether a job is there, and would wait for ever without a word. note: shows a line.
    """
    run = run_name(workflow)
    if not run:
        return
    executor = cluster.executor_of_run(workflow, "slurm")
    if getattr(executor, "_fallback_account_arg", "") is None:
        # Slurm knows the default account itself; the plugin's guess fails where there is no accounting.
        executor._fallback_account_arg = ""
    threading.Thread(target=_look, args=(run, note), daemon=True).start()


def leave_queue(workflow: Any, *, waiting_only: bool = False) -> None:
    """See that no job of this run is left in the queue."""
    if run := run_name(workflow):
        slurm_queue.cancel_waiting(run) if waiting_only else slurm_queue.cancel_all(run)


def run_name(workflow: Any) -> str | None:
    """The name of this run's jobs in Slurm. Returns None if another executor is at work."""
    name: str | None = getattr(cluster.executor_of_run(workflow, "slurm"), "run_uuid", None)
    return name


def _look(run: str, note: Callable[[str], None]) -> None:
    since: dict[str, float] = {}
    told: dict[str, str] = {}
    nodes: dict[str, Any] = {}
    while True:
        time.sleep(cluster.QUEUE_S)
        for job in slurm_queue.waiting(run):
            if job.partition not in nodes:
                nodes[job.partition] = slurm_queue.largest_node(job.partition)
            node = nodes[job.partition]
            if slurm_queue.can_never_begin(job, node):
                cluster.ended[job.number] = slurm_queue.explained(job, node)
                slurm_queue.cancel([job.number])
                continue
            waits_s = time.monotonic() - since.setdefault(job.number, time.monotonic())
            # Of many chunks that wait for the same, one is enough.
            if waits_s >= cluster.PATIENCE_S and told.get(job.partition) != job.reason:
                told[job.partition] = job.reason
                note(f"waiting: Slurm job {job.number}: {slurm_queue.explained(job, node)}")
