"""Arguments and exit codes of the stage programs."""

import argparse
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from audio_pipeline.core import topic_sources, topics
from audio_pipeline.core.stage import Job, S, Stage, make
from audio_pipeline.errors import PipelineError
from audio_pipeline.project import (
    Project,
    add_arguments,
    configuration_of,
    load_config,
    overlays_of,
)
from audio_pipeline.run import context
from audio_pipeline.scheduling import caps

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space and run again",
    errno.EDQUOT: "your disk quota is used up; free some space and run again",
    errno.EROFS: "the file system is read-only; choose another output folder",
    errno.EACCES: "no permission; change the permissions or choose another output folder",
    errno.EISDIR: "a folder is in the way of the file; move it elsewhere",
}


def stage_program(stage: Stage[S], description: str | None) -> None:
    """Run the program of a stage: make one file as its arguments say. `snakemake -n -p TARGET` prints them."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # for numpy: jobs share the cores
    run(lambda: make(stage, _job(stage, description)))


def _job(stage: Stage[S], description: str | None) -> Job[S]:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--topic",
        required=True,
        metavar="LINE",
        help="as in topics.txt: 'Tea | language=en seed=7'",
    )
    add_arguments(parser)
    for role in stage.sources:
        parser.add_argument(f"--{role}", type=Path, help=f"the {role} to work from")
    parser.add_argument("--record", type=Path, help="how the file was made (OUTPUT.json)")
    parser.add_argument("--output", required=True, type=Path, help="the file to make")
    parser.add_argument("--threads", type=int, default=1, help="processor cores to use (1)")
    arguments = parser.parse_args()
    overlays = overlays_of(arguments)
    run_context = context.read()
    is_in_a_run = run_context is not None
    if run_context is None:
        config = load_config(overlays)
        run_context = context.Context(config, caps.totals(config))
    topic, output = topics.parse_line(arguments.topic), arguments.output
    if not is_in_a_run:  # a run names the source in the line
        (topic,) = topic_sources.with_sources([topic], "--topic")
    config = configuration_of(run_context.config, topic)
    files = {role: path for role in stage.sources if (path := getattr(arguments, role))}
    project = Project(config, {topic.slug: topic})
    has_file = project.has(stage.name, topic.slug)
    inputs = project.inputs(stage.name, topic.slug) if has_file else stage.inputs(config)
    required = [role for role in inputs if role not in stage.dispensable]
    if missing := [f"--{role}" for role in required if role not in files]:
        parser.error(f"the following arguments are required: {', '.join(missing)}")
    return Job(
        topic=topic,
        settings=stage.settings(config),
        config=config,
        files=files,
        output=output,
        record=arguments.record or output.with_name(f"{output.name}.json"),
        threads=arguments.threads,
        slots=caps.slot_policy(
            config, stage.service, run_context.totals.get(stage.service or "", 1)
        ),
    )


def run(main: Callable[[], str]) -> None:
    """Print the line that main returns, if any. Expected errors are one line on standard error and exit code 1."""
    try:
        if line := main():
            print(line, flush=True)
    except PipelineError as error:
        sys.exit("\n".join(f"error: {line}" for line in str(error).splitlines()))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # as in `… | head`
        sys.exit(1)
    except UnicodeDecodeError as error:
        sys.exit(f"error: {error.object[:20]!r}… is not UTF-8; save the file as UTF-8")
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, error.strerror or str(error))
        sys.exit(f"error: {_place(error)}: {advice}")
    except KeyboardInterrupt:
        sys.exit(130)


def _place(error: OSError) -> str:
    """Return the file of an error. Errors of write() have none: then return the fuller of the two disks in use."""
    path = error.filename2 or error.filename
    if path or error.errno != errno.ENOSPC:
        return path or "a file"
    folders = (tempfile.gettempdir(), os.getcwd())
    return min(folders, key=lambda folder: shutil.disk_usage(folder).free)
