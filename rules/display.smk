# Purpose: what one sees of a run (bars in a terminal, else lines, or nothing unless something failed), and its metrics
# Inputs:  the events that Snakemake logs; data/output/logs/STAGE/SLUG.log of the jobs
# Outputs: lines on standard error, the file `metrics`; the embedded engines are started and stopped here too

import logging
import signal
import threading

from audio_pipeline.run import folder as run_folder
from audio_pipeline.run import outages
from audio_pipeline.planning import survey
from audio_pipeline.reporting.display import Lines, Silence, count, in_terminal, say
from audio_pipeline.files import full_disk
from audio_pipeline.reporting.progress import Job, Progress, UNKNOWN
from audio_pipeline.core.voices import voice_settings

RULE = {
    "script": "generate_script",
    "prompt": "generate_image_prompt",
    "audio": "synthesize_audio",
    "image": "generate_image",
    "subtitles": "make_subtitles",
    "video": "make_video",
}
STAGE = {rule: stage for stage, rule in RULE.items()}


def run_begins():
    numbers = workflow.dag.stats()[1]
    planned = {stage: numbers[rule] for stage, rule in RULE.items() if rule in numbers}
    topics = f"{len(TOPICS)} topic{'s' * (len(TOPICS) != 1)}"
    parts = [
        f"{count(number, stage)} ({engine(stage)})" for stage, number in planned.items()
    ]
    tell(f"{topics}; to make: {', '.join(parts) or 'nothing'}")
    gc.enable()
    prepare_run()
    end_jobs_on_interrupt()
    handle_termination_apart()
    # With --quiet, Snakemake would not even log that a job has ended.
    workflow.scheduler.print_progress = True
    progress = Progress(planned, survey.sampled_seconds(PROJECT, planned))
    try:
        if RUN["metrics"]:
            RUN["metrics"].begin(progress, RUN["folder"], say)
        check_services(list(planned))
    except PipelineError as error:
        run_ends(success=False)
        stop(error)
    limit_no_job_rate()
    start_ahead()
    watch_queue()
    threading.Thread(target=watch_services, daemon=True).start()
    look_at_what_can_begin()
    RUN["events"].begin(progress)


def watch_services():
    """Tell which services the run waits for, once each, with the seconds left, and when they are back."""
    waited = {}
    while RUN["events"].progress is None:
        time.sleep(0.2)
    while os.path.isdir(RUN["folder"]):
        found = {one.key: one for one in outages.away(RUN["folder"])}
        for key, one in found.items():
            if key not in waited:
                seconds = max(one.until - time.time(), 0)
                RUN["events"].note(f"waiting up to {seconds:.0f} s: {one.reason}")
        for key in waited.keys() - found:
            if outages.is_there(RUN["folder"], key):
                RUN["events"].note(f"back again: {waited[key].reason.split(' at ')[0]}")
        waited = found
        RUN["events"].progress.away = list(found.values())
        time.sleep(0.5)


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
    """Say before any job what will not work; the jobs of the other services go on. Raises PipelineError."""
    from audio_pipeline.planning import preflight  # only real runs need it

    for line in preflight.check(PROJECT, stages):
        if not line.ok or ": note: " in line.text:
            tell(line.text if line.ok else f"✗ {line.text}")
        if line.stops:
            STOPPED[line.stops] = line.text.removeprefix(f"{line.stops}: ")
    if "script" in STOPPED:
        STOPPED["prompt"] = STOPPED["script"]  # by the same model
    preflight.prepare(PROJECT, stages, tell)


def engine(stage):
    settings = PROJECT.settings_of(stage)
    if stage == "audio":
        voices = sorted(
            {voice_settings(topic, settings)["voice"] for topic in TOPICS.values()}
        )
        more = f" and {len(voices) - 3} more" if len(voices) > 3 else ""
        return f"{settings['engine']} {', '.join(voices[:3])}{more}"
    names = {"script": "model", "prompt": "model"}
    named = settings[names[stage]] if stage in names else None
    return f"{settings['engine']} {named}" if named else settings["engine"]


def run_ends(success):
    if RUN["events"].progress:
        RUN["events"].progress.forget_untried()
        if not success:
            RUN["events"].explain_chunks()
    if RUN["metrics"]:
        RUN["metrics"].end(success, say)
    leave_queue()
    run_folder.end(RUN["folder"])
    RUN["events"].end()
    if RUN["events"].progress and not RUN["events"].progress.stopping:
        make_gallery()


class Events(logging.Handler):
    """Takes what Snakemake logs to the progress of the run and to the display, in place of its own blocks of lines.

    Snakemake's log file in .snakemake/log keeps all of it. Events: snakemake_interface_logger_plugins.common.LogEvent.
    display: None where the user wants to see Snakemake's own lines.
    """

    # Ctrl-C, after which each running job ends with an error that means nothing; SIGTERM, which lets them finish.
    STOPS = ("Terminating processes", "Will exit after finishing")

    def __init__(self, display):
        super().__init__(logging.INFO)
        self.progress, self.display, self.cancelled = None, display, False
        self.tables = 0
        self.cluster = {}  # job → what the cluster says of its chunk's failure
        log = logging.getLogger("snakemake.logging")
        if display:
            for handler in log.handlers:
                if handler.name == "DefaultStreamHandler":
                    handler.addFilter(self.leaves)
                    handler.nocolor |= bool(os.environ.get("NO_COLOR"))
        log.addHandler(self)

    def begin(self, progress):
        self.progress = progress
        if self.display:
            self.display.begin(progress)

    def end(self):
        if self.display and self.progress:
            self.display.end()

    def leaves(self, record):
        """What Snakemake itself still shows: before the first job all but the obvious; then, nothing."""
        if quiet() or self.progress:
            return False  # of faults the display tells: see emit
        obvious = (
            "Using shell",
            "Conda environments: ignored",
            "Building DAG",
            "Assuming unrestricted shared filesystem",
            "SLURM run ID",
        )
        event, said = self.event(record), str(record.msg)
        if event in ("resources_info", "group_info") or said.startswith(obvious):
            return False
        asked = {each.name for each in workflow.output_settings.quiet or ()}
        in_lines = not asked & {"ALL", "PROGRESS", "RULES"}
        if said.startswith("Reasons:"):
            return not in_lines  # else each line of a dry run has its own
        if event == "run_info":
            # A table: a run's own heading says the same, and a dry run shows it twice.
            self.tables += 1
            return workflow.dryrun and (self.tables == 1 or not in_lines)
        return True

    def of_job(self, record):
        """Whether a fault is a job's, which the display tells."""
        known = (
            "RuleException",
            "Restored previous version",
            "Cannot restore",  # nothing was there, or its backup is the chunk's
            "Exiting because a job",
            "Exception in run_job",  # of a chunk that could not be submitted
            "--keep-incomplete mode",
            "WorkflowError:\nAt least one job did not complete successfully",
        )
        ours = self.event(record) in ("job_error", "group_error")
        return ours or str(record.msg).startswith(known)

    @staticmethod
    def event(record):
        event = getattr(record, "event", None)
        return getattr(event, "value", event)

    def emit(self, record):
        try:
            if self.progress:
                self.take(self.event(record), record)
            elif "Nothing to be done" in str(record.msg):
                self.nothing_to_do()
            if self.display and (quiet() or self.progress):
                least = logging.ERROR if quiet() else logging.WARNING
                if record.levelno >= least and not self.of_job(record):
                    self.display.fault(record.getMessage())
        except Exception:  # a fault in the display must not end the run
            self.handleError(record)

    def take(self, event, record):
        progress, job = self.progress, None
        if event == "job_info" and record.rule_name in STAGE:
            stage, slug = STAGE[record.rule_name], record.wildcards["slug"]
            progress.begin(record.jobid, Job(stage, slug, list(record.log)))
            if on_cluster():
                # What an earlier run said is no news of a job that may never start.
                remove_logs(record.log)
        elif event == "group_info":
            progress.on_nodes |= {each.jobid for each in record.jobs}
        elif event == "job_finished":
            job = progress.finish(record.job_id)
            if job and job.stage == "image":
                keep_thumbnail(job)
            if not progress.waiting:
                get_gallery_ready(many=progress.finished >= 100)
        elif event == "group_error":
            rules = {each["rule_name"] for each in record.job_error_info}
            first = next((rule for rule in STAGE if rule in rules), "its rule")
            message = getattr(record, "reason", None)
            said = failure_on_cluster(record.aux_logs, message, first)
            self.cluster |= {each["jobid"]: said for each in record.job_error_info}
        elif event == "job_error" and not self.cancelled:
            job = progress.fail(record.jobid, self.said_of(record))
            if job and job.cause == slurm_log.CANCELLED and progress.stopping:
                progress.leave(
                    record.jobid
                )  # by us, before it began: the next run makes it
                job = None
        elif event is None and str(record.msg).startswith(self.STOPS):
            self.cancelled |= str(record.msg).startswith("Terminating")
            if not progress.stopping and self.display:
                self.display.stopping()
            progress.stopping = True
            # What runs is waited for after SIGTERM; what waits in a queue would be waited for as long.
            leave_queue(waiting_only=True)
        if job and job.cause and job.stage in STOPPED:
            job.not_begun = True  # told before the first job, and once more at the end
            return
        if job and self.display:
            for note in progress.news(job):
                self.display.note(note)
            (self.display.failed if job.cause else self.display.made)(job)
            self.display.warned(job)

    def note(self, text):
        """Something that no job says."""
        if self.display and self.progress and not self.progress.stopping:
            self.display.note(text)

    def said_of(self, record):
        """What is known of a job that failed and says nothing itself: (cause, logs), or None."""
        job = self.progress.running.get(record.jobid)
        elsewhere = [name for name in record.log if job and name not in job.logs]
        said = self.cluster.get(record.jobid) or failure_on_cluster(
            elsewhere, record.rule_msg, record.rule_name
        )
        if not said or said[0] == UNKNOWN:
            full = full_disk(OUT)  # then no log has room for a message
            said = (full, said[1] if said else list(record.log)) if full else said
        return said

    def explain_chunks(self):
        """Of a run that counts as failed for chunks alone, all files of which were made: what the cluster says."""
        chunks = {(cause, *logs) for cause, logs in filter(None, self.cluster.values())}
        if not self.progress.failed and not self.progress.stopping:
            for cause, *logs in sorted(chunks):
                self.note(
                    f"✗ a chunk failed when its files were made: {cause} [{', '.join(logs)}]"
                )

    def nothing_to_do(self):
        if RUN["metrics"] and not workflow.dryrun and not workflow.touch:
            RUN["metrics"].end(True, say)


if workflow.is_main_process:
    shown = workflow.output_settings
    own = shown.verbose or shown.printshellcmds or shown.log_handler_settings
    if own:
        display = None
    elif quiet():
        display = Silence(OUT)
    elif in_terminal(sys.stderr) and not shown.dryrun:
        from audio_pipeline.reporting.bars import Bars  # slow to import

        display = Bars(OUT)
    else:
        display = Lines(OUT)
    RUN["events"] = Events(display)
    if SETTINGS["metrics"]:
        from audio_pipeline.reporting import metrics  # slow to import

        RUN["metrics"] = metrics.Textfile(SETTINGS["metrics"], STAGES)
