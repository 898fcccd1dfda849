# Purpose: which jobs a cluster gets (profiles/slurm, profiles/generic): those that compute, in chunks of topics
# Inputs:  the engines that are configured; how Snakemake was called
# Outputs: the directives that the rules files take from here; a run of its own for each chunk

import threading

from snakemake_adapter import slurm_log
from snakemake_adapter import slurm_queue
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


def one_at_a_time(stage):
    """Directive resources, in_chunk: a chunk asks for what its largest job asks for, whatever its number of topics.

    Snakemake adds up what could run at once: the videos of six topics would make a chunk ask for twelve CPUs, and wait
    for ever. So it is asked for here, and once more on the node, for the step within the job (which Slurm refuses if it
    asks for more than the job has). Within the step, jobs run at once as its CPUs and caps allow.
    """

    @asked_often
    def of(wildcards):
        plugin = workflow.executor_plugin
        inside = workflow.remote_exec and not (
            plugin and plugin.name == "slurm-jobstep"
        )
        return 1 if computes(stage) and on_cluster() and not inside else 0

    return of


workflow.global_resources.setdefault("in_chunk", 1)
workflow.resource_scopes["in_chunk"] = "local"


def on_cluster():
    plugin = workflow.executor_plugin
    return workflow.remote_exec or bool(
        plugin and plugin.common_settings.non_local_exec
    )


# Each node has embedded engines of its own: so their caps hold for each chunk, not for all together.
for stage in STAGES:
    if computes(stage) and stage in server_pool.CAP:
        workflow.resource_scopes[server_pool.CAP[stage]] = "local"


def keep_chunk_together():
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


def failure_on_cluster(logs, message, rule):
    """Why a cluster job failed, as (cause, [log]); None: it was no job of a cluster.

    logs: the cluster's own log of it; message: what the executor says, if it could not even submit it; rule: whose memory
    is to be raised, if it was that.
    """
    if refused := slurm_log.refusal(message or ""):
        return refused, []
    logs = [os.path.relpath(log) for log in logs or []]
    if why := next(
        (why for number, why in ENDED.items() if f"'{number}'" in (message or "")),
        None,
    ):
        return why, [log for log in logs if os.path.exists(log)]
    if not logs:
        return None
    number = re.search(r"SLURM-job '(\d+)'", message or "")
    ended = slurm_queue.ended(number[1]) if number else None
    return slurm_log.reason(logs, message or "", ended, rule), logs


def remove_logs(paths):
    for path in paths:
        Path(path).unlink(missing_ok=True)


def tell_reason(log_error):
    """Snakemake drops what an executor says of a group that failed: keep it, as `reason` of the event."""

    @functools.wraps(log_error)
    def told(self, msg=None, aux_logs=None, **others):
        log_error(self, msg, aux_logs, reason=msg, **others)

    return told


def take_for_the_end(query):
    """The Slurm plugin waits for ever for a job in one of these states."""

    @functools.wraps(query)
    async def queried(*arguments, **others):
        states, seconds = await query(*arguments, **others)
        for number, state in (states or {}).items():
            if state in slurm_log.WAITED_FOR:
                states[number] = "FAILED"
        return states, seconds

    return queried


def look_no_later(pause):
    """The Slurm plugin looks after its jobs 10 s later each time: at most every --seconds-between-status-checks."""

    def pause_s(self):
        settings = self.workflow.remote_execution_settings
        return min(pause.fget(self), settings.seconds_between_status_checks)

    return property(pause_s, pause.fset)


def rule_of_chunk(chunk):
    return next(iter(chunk.jobs)).rule


# Mends of what others do (Snakemake 9.27, its Slurm plugin 2.8), for which there is no setting; tests/cluster notices
# when they are not needed, or possible, any more.
PAUSE = "next_seconds_between_status_checks"
QUERY = "query_job_status"
if workflow.is_main_process and not hasattr(GroupJob.log_error, "__wrapped__"):
    GroupJob.log_error = tell_reason(GroupJob.log_error)
    if not hasattr(GroupJob, "rule"):
        # The plugin names it when a chunk cannot be submitted; without, its thread dies, and the run waits for ever.
        GroupJob.rule = property(rule_of_chunk)
    if plugin := sys.modules.get("snakemake_executor_plugin_slurm"):
        setattr(plugin, QUERY, take_for_the_end(getattr(plugin, QUERY)))
    if hasattr(RemoteExecutor, PAUSE):
        setattr(RemoteExecutor, PAUSE, look_no_later(getattr(RemoteExecutor, PAUSE)))


ENDED = {}  # a job, as the executor's message names it → why it had to end
QUEUE_S = 10  # between two looks at the queue
PATIENCE_S = 20  # a job may wait so long without a word


def executor_of_run(name):
    """The executor that this run sends its jobs by; None where another one is at work."""
    plugin = workflow.executor_plugin
    ours = plugin and plugin.name == name and not workflow.remote_exec
    return getattr(workflow.scheduler, "_executor", None) if ours else None


def slurm_run():
    """The name of this run's jobs in Slurm; None where another executor is at work."""
    return getattr(executor_of_run("slurm"), "run_uuid", None)


def watch_queue():
    """Tell why jobs do not begin, once and when it changes; those that no node can ever hold are ended with a reason.

    The executor looks at whether a job is there, and would wait for ever without a word.
    """
    prepare_generic_cluster()
    executor = executor_of_run("slurm")
    if not slurm_run():
        return
    if getattr(executor, "_fallback_account_arg", "") is None:
        # Slurm knows the default account itself; the plugin's guess fails where there is no accounting.
        executor._fallback_account_arg = ""
    threading.Thread(target=look_at_queue, daemon=True).start()


def look_at_queue():
    since, told, nodes = {}, {}, {}
    while True:
        time.sleep(QUEUE_S)
        for job in slurm_queue.waiting(slurm_run()):
            if job.partition not in nodes:
                nodes[job.partition] = slurm_queue.largest_node(job.partition)
            node = nodes[job.partition]
            if slurm_queue.can_never_begin(job, node):
                ENDED[job.number] = slurm_queue.explained(job, node)
                slurm_queue.cancel([job.number])
                continue
            waits_s = time.monotonic() - since.setdefault(job.number, time.monotonic())
            text = slurm_queue.explained(job, node)
            # Of many chunks that wait for the same, one is enough.
            if waits_s >= PATIENCE_S and told.get(job.partition) != job.reason:
                told[job.partition] = job.reason
                RUN["events"].note(f"waiting: Slurm job {job.number}: {text}")


def leave_queue(waiting_only=False):
    """See that no job of this run is left in the queue."""
    cancel_sent(waiting_only)
    if run := slurm_run():
        slurm_queue.cancel_waiting(run) if waiting_only else slurm_queue.cancel_all(run)
