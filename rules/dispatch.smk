# Purpose: how jobs get to work without a wait: which ones are looked at, how many are begun ahead, and what runs them
# Inputs:  the jobs that Snakemake has planned; the caps
# Outputs: the process of the run that jobs are forked from (scripts/serve_jobs.py)
#
# Undocumented names of Snakemake 9.27 are used here and in cluster.smk, and nowhere else. Without them all is made as
# well, but slower; tests/workflow/test_dispatch.py fails when a new version changes one.

import atexit
import signal
import subprocess
import types

from audio_pipeline.run import folder as run_folder
from audio_pipeline.scheduling.ready_queue import ReadyJobs
from audio_pipeline.workers.client import WarmProcess, words

MOST_AHEAD = 8
AGAIN_S = 10  # a second Ctrl-C within this time is the first one's echo
WARM = {"process": None}
STOPPED = (
    {}
)  # stage that the check before the run has found to be unable to make anything → why
RUN = {"folder": None, "events": None, "metrics": None}


def get_ready():
    """As soon as it is known that there will be jobs: what they need gets ready during planning."""
    real = workflow.is_main_process and workflow.executor_plugin
    if real and not (workflow.dryrun or workflow.touch or on_cluster()):
        prepare_run()


def prepare_run():
    """Begin the run, once."""
    if RUN["folder"]:
        return
    RUN["folder"] = run_folder.begin()
    atexit.register(run_folder.end, RUN["folder"])
    if not on_cluster() or workflow.remote_exec:
        warm_up(RUN["folder"])


def warm_up(folder):
    """Start the process that runs the jobs."""
    if sys.platform != "linux" or RUN_PYTHON != [sys.executable]:
        return  # elsewhere forks of what uses threads are not safe; conda: each rule has an environment of its own
    command = [*RUN_PYTHON, f"{PROGRAMS}/serve_jobs.py"]
    # On a node, the cluster's log says why a job was killed.
    WARM["process"] = WarmProcess(command, folder, told_elsewhere=workflow.remote_exec)


if workflow.remote_exec:
    prepare_run()  # a chunk is a run of its own: it starts its engines on its node, and they end with it


def begin_process(command, **arguments):
    """Of a stage's program: a job of the warm process; of all else, a process, as by subprocess.Popen."""
    found = words(command) if isinstance(command, str) else None
    ours = found and found[0][:1] == RUN_PYTHON and found[0][1].startswith(PROGRAMS)
    if ours and (why := STOPPED.get(STAGE.get(Path(found[0][1]).stem))):
        Path(found[1]).write_text(f"error: {why}\n")
        return subprocess.Popen("exit 1", shell=True)
    if ours and WARM["process"]:
        try:
            return WARM["process"].begin(found[0][1:], found[1])
        except OSError:
            pass  # it would not have the job
    return subprocess.Popen(command, **arguments)


SHELL = sys.modules[
    "snakemake.shell"
]  # the module: "snakemake.shell" is the class in it
if hasattr(SHELL, "sp"):
    names = {**vars(subprocess), "Popen": begin_process}
    SHELL.sp = types.SimpleNamespace(**names)


def end_jobs_on_interrupt():
    """Ctrl-C ends processes in the terminal's foreground by itself; the warm process's jobs are not there.

    Pressed again at once, it would end Snakemake in the middle of ending its jobs, with a traceback: that is not heard.
    """
    handler, last = signal.getsignal(signal.SIGINT), -AGAIN_S

    def interrupted(*arguments):
        nonlocal last
        before, last = last, time.monotonic()
        if last - before < AGAIN_S:
            return None
        if WARM["process"]:
            WARM["process"].end_all()
        return handler(*arguments)

    if callable(handler):
        signal.signal(signal.SIGINT, interrupted)


def limit_no_job_rate():
    """A job rate, even the default one, makes the scheduler look again and again while some jobs wait for a service.

    With 0s in a busy loop, with 1s once more a second for each job that has ended; and the run's end waits for that second.
    """
    workflow.scheduler.job_rate_limiter = None


def look_at_what_can_begin():
    """Let the scheduler weigh only jobs that there is room for, not each time all that are ready: see scheduling/ready_queue.py."""
    scheduler, dag = workflow.scheduler, workflow.dag
    kind = type(scheduler)
    if on_cluster() or not isinstance(getattr(dag, "_ready_jobs", None), set):
        return
    all_open, all_remaining = kind.open_jobs, kind.remaining_jobs
    place = lambda job: (-dag.priority(job), job.jobid)
    dag._ready_jobs = ReadyJobs(dag._ready_jobs, lambda job: job.rule.name, place)

    def room(job):
        """How many jobs like this one can begin."""
        needs = job.scheduler_resources.items()
        return min(
            (
                scheduler.resources[name] // need
                for name, need in needs
                if name in scheduler.resources and need
            ),
            default=len(dag.ready_jobs),
        )

    def open_jobs(self):
        found = dag.ready_jobs.first(room)
        return found if found or self.running else all_open.fget(self)

    def remaining_jobs(self):
        """A list of thousands, which the scheduler in use does not look at, and which tells of a fault at the end."""
        return [] if dag.ready_jobs else all_remaining.fget(self)

    kind.open_jobs, kind.remaining_jobs = property(open_jobs), property(remaining_jobs)


def start_ahead():
    """Start more jobs than a service takes at once, as many again: the next ones are then ready at its door.

    They take turns there (audio_pipeline/scheduling/server_pool.py), so that it never has more than its cap. Otherwise it would be idle
    while Snakemake finds the next job and that one begins. Without the scheduler's names, Snakemake alone keeps the caps.
    """
    if on_cluster() or SETTINGS["shared_caps"]:
        return  # other runs' jobs are at the door, and would only be kept waiting
    scheduler, more = workflow.scheduler, 0
    for name in {server_pool.CAP[stage] for stage in STAGES if takes_turns(stage)}:
        ahead = min(TOTAL[name], MOST_AHEAD)
        for resources in (scheduler.resources, scheduler.global_resources):
            if resources.get(name) is not None:
                resources[name] += ahead
        more += TOTAL[name] + ahead
    pool = getattr(scheduler._local_executor or scheduler._executor, "pool", None)
    if pool and hasattr(pool, "_max_workers"):  # waiting jobs hold a thread each
        pool._max_workers += more


def takes_turns(stage):
    return stage in server_pool.CAP and bool(
        server_pool.terms(SETTINGS, stage, TOTAL[server_pool.CAP[stage]])
    )
