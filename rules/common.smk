# Purpose: the configuration, the topics, the caps, and which files Snakemake is asked for.
# Inputs:  config/config.yaml and what overlays it; data/input/topics.txt; the records of earlier runs
# Outputs: the helpers that the rules files use; data/output/records/.stale/* (marks: see stale)

import atexit
import dataclasses
import difflib
import fcntl
import functools
import gc
import inspect
import json
import os
import platform
import re
import sys
import time
from pathlib import Path

sys.path.append(os.path.join(workflow.basedir, "scripts"))
from audio_pipeline.core import configuration
from audio_pipeline.engines import embedded
from audio_pipeline import files
from audio_pipeline.core import production
from audio_pipeline import project
from audio_pipeline.scheduling import server_pool
from audio_pipeline.errors import PipelineError
from audio_pipeline.planning.current import CurrentTopics
from audio_pipeline.core.staleness import State
from audio_pipeline.core.topics import SLUG

gc.disable()  # until the first job: planning makes many objects, and next to no garbage


def plan_ends():
    """What the plan is made of stays until the end: nobody need look through it for garbage, nor take it apart then."""
    gc.freeze()


atexit.register(plan_ends)


def quiet():
    """Whether nothing is to be said unless something failed: --quiet, --quiet all. A dry run is there to say something."""
    shown = workflow.output_settings
    about = {each.name for each in shown.quiet or ()}
    silent = "ALL" in about or {"PROGRESS", "RULES"} <= about
    return silent and not shown.dryrun


def tell(text):
    """What a user should know, and need do nothing about."""
    if workflow.is_main_process and not quiet():
        print(text, file=sys.stderr)


def stop(error, code=1):
    """End with the message alone: there is no use in where in these files it was raised."""
    for line in str(error).splitlines():
        print(f"error: {line}", file=sys.stderr)
    sys.exit(code)


try:
    PROJECT = project.load([("--configfile or --config", configuration.typed(config))])
except PipelineError as error:
    stop(error)
for warning in PROJECT.warnings:
    tell(f"warning: {warning}")

SETTINGS, TOPICS, STAGES = PROJECT.settings, PROJECT.topics, PROJECT.stages
OUT = PROJECT.output
POSITION = {slug: number for number, slug in enumerate(TOPICS)}
DEPLOYMENT = {method.name for method in workflow.deployment_settings.deployment_method}
PROGRAMS = os.path.join(workflow.basedir, "scripts")
# Not "python": .venv/bin/snakemake is to work without an activated environment.
RUN_PYTHON = ["python"] if "CONDA" in DEPLOYMENT else [sys.executable]
LOCK_WAIT_S = 60


@functools.cache
def before_planning():
    """Refuse what would lose files: a profile without the settings below, or a second run in the same folder."""
    execution, dag = workflow.execution_settings, workflow.dag_settings
    if execution is None or not workflow.is_main_process:
        return
    triggers = {trigger.name for trigger in dag.rerun_triggers}
    if not (execution.keep_incomplete and dag.force_incomplete) or triggers != {
        "MTIME"
    }:
        stop(
            "the profile lacks keep-incomplete: true, rerun-incomplete: true or rerun-triggers: [mtime]; "
            "add them, as in profiles/default/config.yaml"
        )
    given = {"cores": workflow.resource_settings.cores, **TOTAL}
    for name in (name for name, value in given.items() if value == 0):
        option = "--cores 0" if name == "cores" else f"--resources {name}=0"
        stop(f"{option}: nothing could begin; expected 1 or more")
    if workflow.storage_settings and workflow.storage_settings.default_storage_provider:
        stop(
            "--default-storage-provider is not supported: outputs are compared with records that lie beside them; "
            "take it out, and copy the output folder to the storage when a run has ended"
        )
    if execution.lock and workflow.executor_plugin is not None and not workflow.dryrun:
        claim_folder()


def asked_often(function):
    """For what Snakemake calls for each job: it looks up the signature each time, a tenth of the planning.

    Where it does not know the second name, which is undocumented, any more, the first still spares it the most.
    """
    function.__signature__ = inspect.signature(function)
    function._overwrite_params = function.__signature__.parameters
    return function


CLAIM = []  # the open file: closing it would free the lock


def claim_folder():
    """Hold a lock for as long as this run lives: unlike Snakemake's own it goes with its process, even by kill -9.

    Whoever holds it is the only run with this output, so a lock of Snakemake's on files in it is a dead run's. (Another
    run in the same working directory, with another output, has locks there too.)
    """
    path = Path(OUT, "records", ".run")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        CLAIM.append(files.kept(path))
        fcntl.lockf(CLAIM[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
        CLAIM[0].truncate(0)
        CLAIM[0].write(f"process {os.getpid()} on {platform.node()}\n".encode())
        CLAIM[0].flush()
    except BlockingIOError:
        if quiet():
            sys.exit(75)  # for cron and systemd that is no fault: the next time will do
        stop(
            f"another run is at work in {OUT} ({CLAIM[0].read(200).decode().strip()}); wait for it, or choose another output",
            75,
        )
    except OSError as error:
        stop(
            f"{path}: cannot be written ({error.strerror}); free some space, or make {OUT} writable"
        )
    inside = os.path.abspath(OUT) + os.sep
    for lock in Path(workflow.persistence.path, "locks").glob("*.lock"):
        try:
            locked = lock.read_text().splitlines()
        except FileNotFoundError:
            continue  # the other run has just ended
        if any(os.path.abspath(file).startswith(inside) for file in locked):
            lock.unlink(missing_ok=True)


for name, total in server_pool.totals(SETTINGS).items():
    workflow.global_resources.setdefault(name, total)
TOTAL = {name: workflow.global_resources[name].value for name in SETTINGS["caps"]}
# With gpu: shared, a language model job takes one of these, and a picture all. (Slurm has a meaning of its own for "gpu".)
SHARED_GPU = TOTAL["llm"] if server_pool.is_gpu_shared(SETTINGS) else 0
workflow.global_resources.setdefault("shared_gpu", SHARED_GPU)


wildcard_constraints:
    slug=SLUG,


def topic_of(wildcards):
    if wildcards.slug not in TOPICS:
        near = difflib.get_close_matches(wildcards.slug, TOPICS, n=1)
        hint = (
            f"did you mean {near[0]!r}?"
            if near
            else f"add a line to {SETTINGS['topics']}"
        )
        stop(
            f"no topic in {SETTINGS['topics']} has the slug {wildcards.slug!r}; {hint}"
        )
    return TOPICS[wildcards.slug]


def spec(stage):
    """All that a job needs to know, as one param."""

    @asked_often
    def of(wildcards):
        topic = dataclasses.asdict(topic_of(wildcards))
        said = {"topic": topic, "settings": settings, "http": http}
        # In the page of `snakemake --report`, params stand within a script.
        return json.dumps(said, ensure_ascii=False).replace("<", r"\u003c")

    settings = PROJECT.settings_of(stage)
    http = SETTINGS["http"]
    if stage in server_pool.CAP:
        agreed = server_pool.terms(SETTINGS, stage, TOTAL[server_pool.CAP[stage]])
        settings = {**settings, "turns": agreed} if agreed else settings
    if stage == "image" and SETTINGS["gallery"]["enabled"]:
        settings = {**settings, "thumbnails": f"{OUT}/thumbnails"}
    return of


def given(stage):
    """The files of other stages that a job works from, as its arguments."""

    @asked_often
    def of(wildcards):
        files = {one: PROJECT.file(one, wildcards.slug) for one in PROJECT.media(stage)}
        return [word for one, file in files.items() for word in (f"--{one}", file)]

    return of


def as_label(text):
    """The text as it is, in `snakemake --report`: that puts labels into a script, and takes braces for wildcards.

    Behind each of these signs comes U+2060, which is not seen and has no width.
    """
    return re.sub("[<{]", "\\g<0>\u2060", text)


CATEGORY = {
    "script": "Scripts",
    "prompt": "Prompts of the pictures",
    "audio": "Recordings",
    "image": "Pictures",
    "subtitles": "Subtitles",
    "video": "Videos",
}


def made(stage, path=None):
    """An output file: it stays until the new one takes its place, and has its place in `snakemake --report`."""
    path = path or PROJECT.file(stage, "{slug}")

    def labels(wildcards):
        topic = topic_of(wildcards)
        language = topic.language or SETTINGS["language"]
        kind = Path(path).suffix
        return {
            "topic": as_label(topic.text),
            "language": language,
            "file": topic.slug + kind,
        }

    # Not on a line of its own: there "report" is a keyword of Snakemake's.
    shown = report(
        path, caption=f"report/{stage}.rst", category=CATEGORY[stage], labels=labels
    )
    return update(shown)


@asked_often
def first_topics_first(wildcards):
    """Priority: topics are finished in the order of the file."""
    return len(TOPICS) - POSITION.get(wildcards.slug, len(TOPICS))


@asked_often
def after_all_scripts(wildcards):
    """Priority of a picture: where it shares a GPU with the language model, that is to be done first."""
    return first_topics_first(wildcards) - (len(TOPICS) if SHARED_GPU else 0)


VERDICTS = (
    {}
)  # (stage, slug) → what was found of a file, without its record, which is not needed any more


def verdict(stage, slug):
    """`judged`, once a plan."""
    if (stage, slug) not in VERDICTS:
        remember(stage, slug, judged(stage, slug))
    return VERDICTS[stage, slug]


def remember(stage, slug, found):
    if found and found.standing:
        found = dataclasses.replace(found, standing=None)
    VERDICTS[stage, slug] = found


def judged(stage, slug):
    """`Project.verdict`; a real plan confirms what the last jobs left unconfirmed, and names what is kept."""
    path, record = PROJECT.file(stage, slug), PROJECT.record(stage, slug)
    try:
        found = PROJECT.verdict(stage, slug)
        if (
            found
            and found.unconfirmed
            and not workflow.dryrun
            and workflow.is_main_process
        ):
            production.confirm(stage, Path(path), Path(record), LOCK_WAIT_S)
    except PipelineError as error:
        stop(error)
    if found and found.state is State.EDITED:
        tell(f"kept: {path} was edited by hand; delete it to have it made anew")
    return found


def stale(stage):
    """Input function: a file that its record shows to be stale gets one more input, a mark newer than the file.

    The mark's name is the reason, so that `snakemake -n` shows it. A job on another node runs for a plan that has
    seen the mark already, and needs none.
    """

    @asked_often
    def mark(wildcards):
        if not workflow.is_main_process:
            keep_chunk_together()
            return []
        before_planning()
        topic_of(wildcards)
        path = PROJECT.file(stage, wildcards.slug)
        clamp_time(path)
        found = verdict(stage, wildcards.slug)
        if found and found.state is State.MISSING and os.path.isdir(path):
            reason = "not a file"  # for Snakemake it is one; the job will tell
        elif found and found.state is State.MISSING and os.path.exists(path):
            stop(f"{path}: is a FIFO or a device; move it elsewhere")
        elif found and found.state is State.STALE:
            reason = found.reason
        else:
            return []
        return [newer_mark(f"{stage}: {reason}", os.stat(path).st_mtime)]

    return mark


MARKS_WRITTEN = set()


def newer_mark(name, than):
    """Write a mark, once a plan, with a time after `than` (seconds since 1970)."""
    mark = f"{OUT}/records/.stale/{name}"
    try:
        os.makedirs(os.path.dirname(mark), exist_ok=True)
        while mark not in MARKS_WRITTEN or os.stat(mark).st_mtime <= than:
            # New content: Snakemake compares small inputs by checksum.
            with files.kept(mark) as file:
                file.truncate(0)
                file.write(str(time.time()).encode())
            MARKS_WRITTEN.add(mark)
            if os.stat(mark).st_mtime <= than:
                time.sleep(0.05)  # file systems with coarse time stamps
    except OSError as error:
        stop(
            f"{mark}: cannot be written ({error.strerror}); free some space, or make {OUT} writable"
        )
    return mark


def clamp_time(path):
    """A file from the future (clock skew, a copy) would make Snakemake delete good files: set its time to now."""
    try:
        if os.stat(path).st_mtime > time.time() + 1:
            os.utime(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        stop(
            f"{path}: its time is in the future and cannot be set ({error.strerror}); make it writable"
        )


def asks_for_everything():
    """Whether finished topics must be in the DAG too: in all but a plain run or dry run, it would show (-F, --touch, …).

    The names are Snakemake's undocumented ones: min_version and tests/workflow guard them.
    """
    dag = workflow.dag_settings
    plain = workflow.executor_plugin is not None and not workflow.touch
    forced = dag.forceall or dag.forcetargets or dag.forcerun
    return not plain or bool(dag.batch or forced or dag.until or dag.omit_from)


def due(*stages):
    """Input function of a target: the files of the topics that have something missing or stale."""
    stages = [stage for stage in stages if stage in STAGES]
    needed = dict.fromkeys(one for stage in stages for one in PROJECT.needed(stage))

    def files(wildcards):
        asked = dict.fromkeys(TOPICS, stages)
        if not asks_for_everything():
            if any_missing(needed):
                get_ready()  # while all topics are looked at
            asked = {slug: asked_for(slug, stages) for slug in unfinished(needed)}
        if asked:
            get_ready()
        # Nothing: an input that is there, so that Snakemake says that nothing is to be done.
        return [
            file
            for slug, these in asked.items()
            for stage in these
            for file in PROJECT.files(stage, slug)
        ] or SETTINGS["topics"]

    return files


def any_missing(stages):
    """Whether a new topic's file is not there: then there will be jobs."""
    strangers = snapshot().strangers()
    files = (PROJECT.file(stage, slug) for slug in strangers for stage in stages)
    return not all(map(os.path.exists, files))


def asked_for(slug, stages):
    """Those of the stages that Snakemake must be told of: what a missing file is made from, it finds by itself.

    (It does not look for what is missing, but a file that is there was made from: that is asked for.)
    """
    missing = [one for one in stages if not os.path.exists(PROJECT.file(one, slug))]
    found = {source for one in missing for source in PROJECT.sources(one)}
    return [stage for stage in stages if stage not in found]


@functools.cache
def snapshot():
    return CurrentTopics(PROJECT)


def unfinished(stages):
    """Slugs of the topics that have something missing or stale in these stages."""
    due = []
    for slug in TOPICS:
        if snapshot().knows(slug):
            continue
        found = {
            stage: VERDICTS.get((stage, slug)) or judged(stage, slug)
            for stage in STAGES
        }
        current = (one and one.state is State.CURRENT for one in found.values())
        if all(current) and all(one.standing for one in found.values()):
            requests = {stage: one.standing.request for stage, one in found.items()}
            snapshot().add(slug, requests)
            continue
        for stage in STAGES:
            remember(stage, slug, found[stage])
        if not all(found[stage] and found[stage].keep for stage in stages):
            due.append(slug)
    if workflow.is_main_process and not workflow.dryrun:
        snapshot().store()
    return due
