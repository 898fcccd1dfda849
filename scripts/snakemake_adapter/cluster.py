"""Which jobs a cluster gets (profiles/slurm, profiles/generic): those that compute, in chunks of topics.

A chunk is a Snakemake of its own on its node: it starts the engines once, and makes all files of its topics.
"""

import os
import re
import sys
from pathlib import Path
from typing import Any

from audio_pipeline.core.stage import Stage

from snakemake_adapter import slurm_log, slurm_queue
from snakemake_adapter.session import Session

QUEUE_S = 10  # between two looks at the queue
PATIENCE_S = 20  # a job may wait so long without a word
Cause = tuple[str, list[str]]  # why a job failed, and the logs that say so
ended: dict[str, str] = {}  # a job, as the executor's message names it → why it had to end


def waits(session: Session, stage: Stage[Any]) -> bool:
    """True if a job only waits for a service: that is no work for a node, and starts at once here."""
    settings = session.project.config
    return not stage.computes(settings) and settings.cluster.submit == "computing"


def is_one_at_a_time(session: Session, stage: Stage[Any]) -> bool:
    """True if a chunk is to ask for one job of the stage alone: as much as its largest job asks for.

    Snakemake adds up what could run at once: the videos of six topics would make a chunk ask for twelve CPUs, and wait
    for ever. So it is asked for here, and once more on the node, for the step within the job (which Slurm refuses if it
    asks for more than the job has). Within the step, jobs run at once as its CPUs and caps allow.
    """
    plugin = session.workflow.executor_plugin
    inside = session.workflow.remote_exec and not (plugin and plugin.name == "slurm-jobstep")
    return stage.computes(session.project.config) and session.on_cluster and not inside


def prepare_resources(session: Session) -> None:
    """Each node has embedded engines of its own: so their caps hold for each chunk, not for all together."""
    workflow = session.workflow
    workflow.global_resources.setdefault("in_chunk", 1)
    workflow.resource_scopes["in_chunk"] = "local"
    for stage in session.project.stages.values():
        if stage.service and stage.computes(session.project.config):
            workflow.resource_scopes[stage.service] = "local"


def keep_chunk_together(workflow: Any) -> None:
    """In a chunk's own Snakemake: a topic that fails stops only its own files, and all topics share one process.

    Snakemake hands on neither --keep-going nor --group-components: it would begin anew, engines and all, for each
    topic. These settings are not documented: min_version and tests/cluster guard them. Where the scheduler binds no job
    to its CPUs, the chunk keeps to them by itself.
    """
    if workflow.remote_exec and workflow.execution_settings:
        if cpus := os.environ.get("AUDIO_PIPELINE_CPUS"):
            workflow.global_resources["_cores"] = int(cpus)
        workflow.execution_settings.keep_going = True
        workflow.group_settings.group_components = {"topics": sys.maxsize}


def failure(logs: list[str] | None, message: str | None, rule: str) -> Cause | None:
    """Why a cluster job failed, as (cause, [log]). Returns None if it was no job of a cluster.

    logs: the cluster's own log of it; message: what the executor says, if it could not even submit it; rule: whose
    memory is to be raised, if it was that.
    """
    if refused := slurm_log.refusal(message or ""):
        return refused, []
    logs = [os.path.relpath(log) for log in logs or []]
    for number, why in ended.items():
        if f"'{number}'" in (message or ""):
            return why, [log for log in logs if os.path.exists(log)]
    if not logs:
        return None
    found = re.search(r"SLURM-job '(\d+)'", message or "")
    state = slurm_queue.ended(found[1]) if found else None
    return slurm_log.reason([Path(log) for log in logs], message or "", state, rule), logs


def executor_of_run(workflow: Any, name: str) -> Any:
    """The executor that this run sends its jobs by. Returns None if another one is at work."""
    plugin = workflow.executor_plugin
    ours = plugin and plugin.name == name and not workflow.remote_exec
    return getattr(workflow.scheduler, "_executor", None) if ours else None
