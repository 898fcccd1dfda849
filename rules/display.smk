# Purpose: what one sees of a run: a plan line, a line for each file, and at the end the folder or what failed and why
# Inputs:  the events that Snakemake logs; data/output/logs/STAGE/SLUG.log of the jobs that failed
# Outputs: lines on standard error; the embedded engines are started and stopped here too

import logging
import signal
import threading
from collections import Counter

RULE = {
    "script": "generate_script",
    "prompt": "generate_image_prompt",
    "audio": "synthesize_audio",
    "image": "generate_image",
}
STAGE = {rule: stage for stage, rule in RULE.items()}
NAMES = {
    "script": ("script", "scripts"),
    "prompt": ("prompt", "prompts"),
    "audio": ("recording", "recordings"),
    "image": ("picture", "pictures"),
}
RUN = {"folder": None, "display": None}


def say(text):
    print(text, file=sys.stderr, flush=True)


def count(number, stage):
    return f"{number} {NAMES[stage][number != 1]}"


def run_begins():
    numbers = workflow.dag.stats()[1]
    planned = {stage: numbers[rule] for stage, rule in RULE.items() if rule in numbers}
    topics = f"{len(TOPICS)} topic{'s' * (len(TOPICS) != 1)}"
    parts = [
        f"{count(number, stage)} ({engine(stage)})" for stage, number in planned.items()
    ]
    say(f"{topics}; to make: {', '.join(parts) or 'nothing'}")
    gc.enable()
    RUN["folder"] = embedded.begin_run()
    handle_termination_apart()
    check_services(list(planned))
    if RUN["display"]:
        RUN["display"].begin(sum(planned.values()))


def handle_termination_apart():
    """Let Snakemake's handler of SIGTERM run in a thread of its own.

    It takes a lock that the main thread, which signals interrupt, may hold at that moment: the run then hangs for ever
    (Snakemake 9.27.1, scheduling/job_scheduler.py, exit_gracefully; seen once in 50 kills).
    """
    handler = signal.getsignal(signal.SIGTERM)
    if callable(handler):
        apart = lambda *arguments: threading.Thread(
            target=handler, args=arguments, daemon=True
        ).start()
        signal.signal(signal.SIGTERM, apart)


def check_services(stages):
    """Say before any job what will not work; the jobs of the other services go on."""
    from audio_pipeline import doctor  # only real runs need it

    for line in doctor.check(PROJECT, stages):
        if not line.ok or ": note: " in line.text:
            say(line.text if line.ok else f"✗ {line.text}")
    try:
        doctor.prepare(PROJECT, stages, say)
    except PipelineError as error:
        embedded.end_run(RUN["folder"])
        stop(error)


def engine(stage):
    settings = PROJECT.settings_of(stage)
    named = settings["voice"] if stage == "audio" else settings["model"]
    named = None if stage == "image" else named
    return f"{settings['engine']} {named}" if named else settings["engine"]


def run_ends():
    embedded.end_run(RUN["folder"])
    if RUN["display"]:
        RUN["display"].summarize()


class Display(logging.Handler):
    """One line for each file in place of Snakemake's block of lines, on the same stream.

    Snakemake's log file in .snakemake/log keeps all of it. Events: snakemake_interface_logger_plugins.common.LogEvent.
    """

    MOST_ALIKE = 5  # failures with one cause that get a line each
    SILENT = "it ended without a message"

    def __init__(self):
        super().__init__(logging.INFO)
        self.total, self.finished, self.jobs, self.failed = 0, 0, {}, {}
        self.on_nodes, self.cluster = (
            set(),
            {},
        )  # jobs of chunks; job → what the cluster says of a failure
        self.begun, self.running, self.stopping = time.monotonic(), False, False
        log = logging.getLogger("snakemake.logging")
        for handler in log.handlers:
            if handler.name == "DefaultStreamHandler":
                handler.addFilter(self.leaves)
        log.addHandler(self)

    def begin(self, total):
        self.total, self.running = total, True

    def leaves(self, record):
        """What Snakemake itself still shows: before the first job all but the obvious, then only faults that are no job's."""
        if not self.running:
            obvious = ("Using shell", "Conda environments: ignored", "Building DAG")
            return self.event(record) != "resources_info" and not str(
                record.msg
            ).startswith(obvious)
        known = (
            "RuleException",
            "Restored previous version",
            "Cannot restore",  # nothing was there, or its backup is the chunk's
            "Exiting because a job",
            "--keep-incomplete mode",
            "WorkflowError:\nAt least one job did not complete successfully",
        )
        ours = self.event(record) in ("job_error", "group_error")
        return (
            record.levelno > logging.INFO
            and not ours
            and not str(record.msg).startswith(known)
        )

    @staticmethod
    def event(record):
        event = getattr(record, "event", None)
        return getattr(event, "value", event)

    def emit(self, record):
        try:
            self.take(record)
        except Exception:  # a fault in the display must not end the run
            self.handleError(record)

    def take(self, record):
        event = self.event(record)
        if event == "job_info" and record.rule_name in STAGE:
            self.jobs[record.jobid] = (
                STAGE[record.rule_name],
                record.wildcards["slug"],
                list(record.log),
                time.monotonic(),
            )
            if (
                on_cluster()
            ):  # what an earlier run said is no news of a job that may never start
                remove_logs(record.log)
        elif event == "group_info":
            self.on_nodes |= {job.jobid for job in record.jobs}
        elif event == "job_finished" and record.job_id in self.jobs:
            self.finish(record.job_id)
        elif event == "group_error":
            self.cluster |= {
                job["jobid"]: failure_on_cluster(
                    record.aux_logs, getattr(record, "reason", None)
                )
                for job in record.job_error_info
            }
        elif event == "job_error" and record.jobid in self.jobs and not self.stopping:
            stage, slug, log, _ = self.jobs[record.jobid]
            if record.jobid in self.on_nodes and self.last_line(log).startswith(
                ("made ", "kept ")
            ):
                self.finish(record.jobid)  # its chunk failed, it did not
                return
            cause, told = self.cause(log), {
                cause for _, _, cause, _ in self.failed.values()
            }
            elsewhere = [name for name in record.log if name not in log]
            said = self.cluster.get(record.jobid) or failure_on_cluster(
                elsewhere, record.rule_msg
            )
            if said and cause == self.SILENT:
                cause, log = said
            self.failed[record.jobid] = (stage, slug, cause, log)
            detail = "" if cause in told else f": {cause}"
            say(
                f"[{self.finished + len(self.failed)}/{self.total}] {stage} {slug} FAILED{detail}"
            )
        elif event is None and "Terminating processes" in record.getMessage():
            self.stopping = True
            say("stopping: what is finished stays; the rest is made by the next run")

    def finish(self, job):
        stage, slug, log, begun = self.jobs[job]
        self.finished += 1
        self.failed.pop(job, None)
        note = f"{time.monotonic() - begun:.1f} s"
        if job in self.on_nodes:
            note = "on a node"  # when it ended there is not known
        if self.last_line(log).startswith("kept "):
            note = "kept"
        say(
            f"[{self.finished + len(self.failed)}/{self.total}] {stage} {slug} ({note})"
        )

    def forget_untried(self):
        """A chunk's files that were not tried, for want of another one of the topic, count as failed for Snakemake."""
        causes = {(slug, cause) for _, slug, cause, _ in self.failed.values()}
        told = {slug for slug, cause in causes if cause != slurm_log.UNKNOWN}
        for job, (_, slug, cause, _) in list(self.failed.items()):
            if cause == slurm_log.UNKNOWN and slug in told:
                del self.failed[job]

    def failures(self):
        """What failed for one reason together: [(stage, slug, cause, log), …] each."""
        groups = {}
        for job, failure in self.failed.items():
            stage, _, cause, log = failure
            one_node = job in self.on_nodes and log != self.jobs[job][2]
            groups.setdefault((*log,) if one_node else (stage, cause), []).append(
                failure
            )
        return groups.values()

    def cause(self, log):
        said = self.last_line(log).removeprefix("error: ").removeprefix("not asked: ")
        return said or self.SILENT

    @staticmethod
    def last_line(log):
        try:
            lines = Path(log[0]).read_text(errors="replace").strip().splitlines()
        except (OSError, IndexError):
            return ""
        return next(
            (line for line in reversed(lines) if line.startswith("error: ")),
            lines[-1] if lines else "",
        )

    def summarize(self):
        seconds = time.monotonic() - self.begun
        say(f"{self.finished} of {self.total} files in {seconds:.0f} s, in {OUT}/")
        self.forget_untried()
        for jobs in self.failures():
            logs = {*(name for *_, log in jobs for name in log)}
            if len(jobs) <= self.MOST_ALIKE and len(logs) in (0, len(jobs)):
                for stage, slug, cause, log in jobs:
                    where = f" [{' '.join(log)}]" if log else ""
                    say(f"failed: {stage} {slug}: {cause}{where}")
                continue
            stages, cause = Counter(stage for stage, *_ in jobs), jobs[0][2]
            what = ", ".join(count(number, stage) for stage, number in stages.items())
            slugs = list(dict.fromkeys(slug for _, slug, *_ in jobs))
            more = len(slugs) - self.MOST_ALIKE
            named = ", ".join(slugs[: self.MOST_ALIKE])
            named += f" and {more} more" if more > 0 else ""
            folders = {os.path.dirname(log) + "/" for log in logs}
            where = "".join(
                f" [{name}]" for name in (logs if len(logs) == 1 else folders)
            )
            say(f"failed: {what}: {cause}{where}: {named}")
        missing = self.total - self.finished - len(self.failed)
        if missing and not self.stopping:
            say(
                f"not tried: {missing} that need one of these; run again when that is mended"
            )


shown = workflow.output_settings
if workflow.is_main_process and not (
    shown.verbose or shown.printshellcmds or shown.log_handler_settings
):
    RUN["display"] = Display()
