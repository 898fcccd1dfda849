# Purpose: which jobs a cluster gets (profiles/slurm): those that compute, in chunks of topics
# Inputs:  the engines that are configured; how Snakemake was called
# Outputs: the directives that the rules files take from here; a run of its own for each chunk

from audio_pipeline import slurm_log
from snakemake.jobs import GroupJob
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

# Engines that work where the job runs.
COMPUTING = ("embedded", "card", "cues", "ffmpeg")


def computes(stage):
    return PROJECT.settings_of(stage)["engine"] in COMPUTING


def waits(stage):
    """Directive localrule: a job that only waits for a service is no work for a node, and starts at once."""
    return not computes(stage) and SETTINGS["cluster"]["submit"] == "computing"


def chunk(stage):
    """Directive group: a topic's jobs go to one node together; with --group-components topics=N those of N topics."""
    return "topics" if computes(stage) else None


def cpus(stage):
    """Directive threads. 0: it waits for a service, or for the embedded engine, which is another process."""

    @asked_often
    def of(wildcards):
        # Slurm refuses 0. (Which executor it is, is not known before the jobs are planned.)
        return (
            1 if PROJECT.settings_of(stage)["engine"] == "card" or on_cluster() else 0
        )

    return 0 if waits(stage) else of


def slots(stage):
    """Directive resources: of the service's cap. On one machine cards are bound by its cores alone."""

    @asked_often
    def of(wildcards):
        return 1 if on_cluster() else 0

    return of if SETTINGS[stage]["engine"] == "card" else 1


def on_cluster():
    plugin = workflow.executor_plugin
    return workflow.remote_exec or bool(
        plugin and plugin.common_settings.non_local_exec
    )


# Each node has embedded engines of its own: so their caps hold for each chunk, not for all together.
for stage in STAGES:
    if computes(stage) and stage in turns.CAP:
        workflow.resource_scopes[turns.CAP[stage]] = "local"

if workflow.remote_exec:
    # A chunk is a run of its own: it starts its engines on its node, and they end with it.
    atexit.register(embedded.end_run, embedded.begin_run())


def keep_chunk_together():
    """In a chunk's own Snakemake: a topic that fails stops only its own files, and all topics share one process.

    Snakemake hands on neither --keep-going nor --group-components: it would begin anew, engines and all, for each
    topic. These settings are not documented: min_version and tests/cluster guard them.
    """
    if workflow.remote_exec and workflow.execution_settings:
        workflow.execution_settings.keep_going = True
        workflow.group_settings.group_components = {"topics": sys.maxsize}


def failure_on_cluster(logs, message):
    """Why a cluster job failed, as (cause, [log]); None: it was no job of a cluster.

    logs: the cluster's own log of it; message: what the executor says, if it could not even submit it.
    """
    if refused := slurm_log.refusal(message or ""):
        return refused, []
    logs = [os.path.relpath(log) for log in logs or []]
    return (slurm_log.reason(logs), logs) if logs else None


def remove_logs(paths):
    for path in paths:
        Path(path).unlink(missing_ok=True)


def tell_reason(log_error):
    """Snakemake drops what an executor says of a group that failed: keep it, as `reason` of the event."""

    @functools.wraps(log_error)
    def told(self, msg=None, aux_logs=None, **others):
        log_error(self, msg, aux_logs, reason=msg, **others)

    return told


def look_no_later(pause):
    """The Slurm plugin looks after its jobs 10 s later each time: at most every --seconds-between-status-checks."""

    def pause_s(self):
        settings = self.workflow.remote_execution_settings
        return min(pause.fget(self), settings.seconds_between_status_checks)

    return property(pause_s, pause.fset)


# Two mends of what others do (Snakemake 9.27, its Slurm plugin 2.8), for which there is no setting; tests/cluster
# notices when they are not needed, or possible, any more.
PAUSE = "next_seconds_between_status_checks"
if workflow.is_main_process and not hasattr(GroupJob.log_error, "__wrapped__"):
    GroupJob.log_error = tell_reason(GroupJob.log_error)
    if hasattr(RemoteExecutor, PAUSE):
        setattr(RemoteExecutor, PAUSE, look_no_later(getattr(RemoteExecutor, PAUSE)))
