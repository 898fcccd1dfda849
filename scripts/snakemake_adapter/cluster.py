"""Jobs on a cluster (profiles/slurm, profiles/generic): those that compute, grouped into chunks of topics.

Each chunk is a Snakemake process on a node: it starts the engines once, and makes all files of its topics.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

from audio_pipeline.core.stage import Stage

from snakemake_adapter import slurm_log, slurm_queue
from snakemake_adapter.session import Session

QUEUE_S = 10  # polling interval of the queue
PATIENCE_S = 20  # a waiting job is reported after this time
Cause = tuple[str, list[str]]  # the reason why a job failed, and its logs
ended: dict[str, str] = {}  # job, as named by the executor's message → why it had to end


def waits(session: Session, stage: Stage[Any]) -> bool:
    """True if the stage's jobs only wait for a service, so that they run here rather than on a node."""
    settings = session.project.config
    return not stage.computes(settings) and settings.cluster.submit == "computing"


def is_one_at_a_time(session: Session, stage: Stage[Any]) -> bool:
    """True if a chunk is to request resources for one job of the stage at a time.

    Snakemake adds up the jobs that could run in parallel: with the videos of six topics a chunk would request twelve
    CPUs, and wait for ever. The same holds on the node for the step within the job, which Slurm refuses if it requests
    more than the job has. Within the step, jobs run in parallel as its CPUs and caps allow.
    """
    plugin = session.workflow.executor_plugin
    inside = session.workflow.remote_exec and not (plugin and plugin.name == "slurm-jobstep")
    return stage.computes(session.project.config) and session.on_cluster and not inside


def prepare_resources(session: Session) -> None:
    """Apply the caps of embedded engines to each chunk, not to the run, since each node has its own engines."""
    workflow = session.workflow
    workflow.global_resources.setdefault("in_chunk", 1)
    workflow.resource_scopes["in_chunk"] = "local"
    for stage in session.project.stages.values():
        if stage.service and stage.computes(session.project.config):
            workflow.resource_scopes[stage.service] = "local"


def keep_chunk_together(workflow: Any) -> None:
    """Let a chunk's Snakemake keep going after failures, and make all its topics in one process.

    Snakemake hands on neither --keep-going nor --group-components to a chunk, and would start the engines again for
    each topic. These settings are undocumented; min_version and tests/cluster guard them. The chunk limits itself to
    its CPUs, since not all schedulers do that.
    """
    if workflow.remote_exec and workflow.execution_settings:
        if cpus := os.environ.get("AUDIO_PIPELINE_CPUS"):
            workflow.global_resources["_cores"] = int(cpus)
        workflow.execution_settings.keep_going = True
        workflow.group_settings.group_components = {"topics": sys.maxsize}


def failure(logs: list[str] | None, message: str | None, rule: str) -> Cause | None:
    """Return why a cluster job failed, and its logs. Returns None if it was no cluster job.

    logs: the cluster's own logs of the job; message: the executor's; rule: the rule to name if memory must be raised.
    """
    if refused := slurm_log.refusal(message or ""):
        return refused, []
    logs = [os.path.relpath(log) for log in logs or []]
    for number, reason in ended.items():
        if f"'{number}'" in (message or ""):
            return reason, [log for log in logs if os.path.exists(log)]
    if not logs:
        return None
    match = re.search(r"SLURM-job '(\d+)'", message or "")
    state = slurm_queue.ended(match[1]) if match else None
    return slurm_log.reason([Path(log) for log in logs], message or "", state, rule), logs


def executor_of_run(workflow: Any, name: str) -> Any:
    """Return the executor that submits this run's jobs. Returns None if it is not the one of that name."""
    plugin = workflow.executor_plugin
    is_used = plugin and plugin.name == name and not workflow.remote_exec
    return getattr(workflow.scheduler, "_executor", None) if is_used else None
