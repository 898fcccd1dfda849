"""What the stage programs have in common: their arguments, and how they end."""

import argparse
import errno
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audio_pipeline import files
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import PipelineError

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space and run again",
    errno.EDQUOT: "your disk quota is used up; free some space and run again",
    errno.EROFS: "the file system is read-only; choose another output folder",
    errno.EACCES: "no permission; change the permissions or choose another output folder",
    errno.EISDIR: "a folder is in the way of the file; move it elsewhere",
}


@dataclass(frozen=True)
class Job:
    """What one run of a stage program is to do.

    settings: the stage's part of the configuration, with `language`; http: its part of that name.
    files: stage → its file, of those that were asked for and given; threads: that the job may use.
    """

    topic: Topic
    settings: dict[str, Any]
    http: dict[str, Any]
    script: str | None
    output: Path
    record: Path
    files: dict[str, Path]
    threads: int


def read_job(description: str, *, needs_script: bool, media: tuple[str, ...] = ()) -> Job:
    """The job from the command line. `snakemake -n -p TARGET` prints the one that makes TARGET."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--spec",
        required=True,
        help='JSON: {"topic": {"text", "slug", …}, "settings": {…}, "http": {…}}',
    )
    if needs_script:
        parser.add_argument("--script", required=True, type=Path, help="the text to work from")
    for name in media:
        parser.add_argument(f"--{name}", type=Path, help=f"the file of the stage {name}")
    parser.add_argument("--threads", type=int, default=1, help="processor cores to use (1)")
    parser.add_argument("--record", required=True, type=Path, help="how the file was made (JSON)")
    parser.add_argument("--output", required=True, type=Path, help="the file to make")
    arguments = parser.parse_args()
    spec = json.loads(arguments.spec)
    return Job(
        topic=Topic(**spec["topic"]),
        settings=spec["settings"],
        http=spec["http"],
        script=files.read_text(arguments.script) if needs_script else None,
        output=arguments.output,
        record=arguments.record,
        files={name: path for name in media if (path := getattr(arguments, name))},
        threads=arguments.threads,
    )


def run(main: Callable[[], str]) -> None:
    """Print the line that main returns, if any; a known fault is one line on standard error and exit code 1."""
    try:
        if line := main():
            print(line, flush=True)
    except PipelineError as error:
        sys.exit("\n".join(f"error: {line}" for line in str(error).splitlines()))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # of `… | head`
        sys.exit(1)
    except UnicodeDecodeError as error:
        sys.exit(f"error: {error.object[:20]!r}… is not UTF-8; save the file as UTF-8")
    except OSError as error:
        sys.exit(f"error: {_place(error)}: {_ADVICE.get(error.errno, error.strerror or error)}")
    except KeyboardInterrupt:
        sys.exit(130)


def _place(error: OSError) -> str:
    """What could not be read or written. A write names no file: then the fullest of the disks that are written to."""
    named = error.filename2 or error.filename
    if named or error.errno != errno.ENOSPC:
        return named or "a file"
    places = (tempfile.gettempdir(), os.getcwd())
    return min(places, key=lambda folder: shutil.disk_usage(folder).free)
