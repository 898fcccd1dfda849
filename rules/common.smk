# Purpose: the configuration, the topics, the caps, and which files Snakemake is asked for.
# Inputs:  config/config.yaml and what overlays it; data/input/topics.txt; the records of earlier runs
# Outputs: the helpers that the rules files use; data/output/records/.stale/* (marks: see stale)

import dataclasses
import difflib
import functools
import json
import os
import sys
import time
from pathlib import Path

sys.path.append(os.path.join(workflow.basedir, "scripts"))
from audio_pipeline import configuration, embedded, production
from audio_pipeline import record as records
from audio_pipeline.errors import PipelineError
from audio_pipeline.request import build
from audio_pipeline.staleness import State, judge
from audio_pipeline.topics import SLUG, read_topics


def stop(error):
    """End with the message alone: there is no use in where in these files it was raised."""
    for line in str(error).splitlines():
        print(f"error: {line}", file=sys.stderr)
    sys.exit(1)


def load():
    """The configuration, the topics by slug, and the warnings about them."""
    defaults = configuration.read_layer(
        os.path.join(workflow.basedir, "config", "config.yaml")
    )
    layers = [("config/config.yaml", defaults[1])]
    if os.path.exists("config/config.yaml") and not os.path.samefile(
        "config/config.yaml", defaults[0]
    ):
        layers.append(configuration.read_layer("config/config.yaml"))
    layers.append(("--configfile or --config", configuration.typed(config)))
    settings = configuration.resolve(
        layers, os.environ, [os.getcwd(), workflow.basedir]
    )
    topics, warnings = read_topics(settings["topics"])
    languages = {topic.slug: topic.language or settings["language"] for topic in topics}
    configuration.check_languages(settings, settings["topics"], languages)
    return settings, {topic.slug: topic for topic in topics}, warnings


try:
    SETTINGS, TOPICS, WARNINGS = load()
except PipelineError as error:
    stop(error)

OUT = SETTINGS["output"].rstrip("/")
STAGES = [
    stage for stage in configuration.STAGES if SETTINGS[stage]["engine"] != "none"
]
FILE = {
    "script": f"{OUT}/scripts/{{}}.txt",
    "audio": f"{OUT}/audio/{{}}.wav",
    "image": f"{OUT}/images/{{}}.png",
}
RECORD = f"{OUT}/records/{{}}/{{}}.json"
POSITION = {slug: number for number, slug in enumerate(TOPICS)}
CONDA = "CONDA" in {
    method.name for method in workflow.deployment_settings.deployment_method
}
PYTHON = (
    "python" if CONDA else sys.executable
)  # .venv/bin/snakemake works without an activated environment
PROGRAMS = os.path.join(workflow.basedir, "scripts")
LOCK_WAIT_S = 60


@functools.cache
def check_profile():
    """Without these settings Snakemake would delete good files, or make them again for no reason."""
    execution = workflow.execution_settings
    if execution is None or not workflow.is_main_process:
        return
    safe = execution.keep_incomplete and workflow.dag_settings.force_incomplete
    by_time = {trigger.name for trigger in workflow.dag_settings.rerun_triggers} == {
        "MTIME"
    }
    if not (safe and by_time):
        stop(
            "the profile lacks keep-incomplete: true, rerun-incomplete: true or rerun-triggers: [mtime]; "
            "add them, as in profiles/default/config.yaml"
        )


for name, cap in SETTINGS["caps"].items():
    workflow.global_resources.setdefault(name, cap)


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


def settings_of(stage):
    return {**SETTINGS[stage], "language": SETTINGS["language"]}


def spec(stage):
    """All that a job needs to know, as one param."""

    def of(wildcards):
        topic = dataclasses.asdict(topic_of(wildcards))
        return json.dumps(
            {"topic": topic, "settings": settings_of(stage), "http": SETTINGS["http"]},
            ensure_ascii=False,
        )

    return of


def first_topics_first(wildcards):
    """Priority: topics are finished in the order of the file."""
    return len(TOPICS) - POSITION.get(wildcards.slug, len(TOPICS))


@functools.cache
def verdict(stage, slug):
    """What `staleness.judge` says about a file; None: it cannot be said before its script is made."""
    script = None
    if stage != "script":
        try:
            script = Path(FILE["script"].format(slug)).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None  # not made yet; or the job will say what is wrong with it
    try:
        wanted = build(stage, TOPICS[slug], settings_of(stage), script)
    except PipelineError as error:
        stop(error)
    record = RECORD.format(stage, slug)
    known = records.load(record)
    found = judge(FILE[stage].format(slug), known, wanted)
    if (
        known
        and known.previous
        and found.standing
        and not workflow.dryrun
        and workflow.is_main_process
    ):
        production.confirm(
            stage, Path(FILE[stage].format(slug)), Path(record), LOCK_WAIT_S
        )
    if found.state is State.EDITED and workflow.is_main_process:
        print(
            f"kept: {FILE[stage].format(slug)} was edited by hand; delete it to have it made anew",
            file=sys.stderr,
        )
    return found


def stale(stage):
    """Input function: a file that its record shows to be stale gets one more input, a mark newer than the file.

    The mark's name is the reason, so that `snakemake -n` shows it. A job on another node runs for a plan that has
    seen the mark already, and needs none.
    """

    def mark(wildcards):
        if wildcards.slug not in TOPICS or not workflow.is_main_process:
            return []
        check_profile()
        path = FILE[stage].format(wildcards.slug)
        clamp_time(path)
        found = verdict(stage, wildcards.slug)
        if found is None or found.state is not State.STALE:
            return []
        return [newer_mark(f"{stage}: {found.reason}", os.stat(path).st_mtime)]

    return mark


MARKS_WRITTEN = set()


def newer_mark(name, than):
    """Write a mark, once a plan, with a time after `than` (seconds since 1970)."""
    mark = f"{OUT}/records/.stale/{name}"
    try:
        os.makedirs(os.path.dirname(mark), exist_ok=True)
        while mark not in MARKS_WRITTEN or os.stat(mark).st_mtime <= than:
            # New content: Snakemake compares small inputs by checksum.
            Path(mark).write_text(str(time.time()))
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

    def files(wildcards):
        slugs = list(TOPICS)
        if not asks_for_everything():
            slugs = [
                slug
                for slug in slugs
                if any(is_due(stage, slug) for stage in ["script", *stages])
            ]
            if not slugs:
                return SETTINGS[
                    "topics"
                ]  # an input that is there: Snakemake says that nothing is to be done
        return [FILE[stage].format(slug) for slug in slugs for stage in stages]

    return files


def is_due(stage, slug):
    found = verdict(stage, slug)
    return found is None or not found.keep
