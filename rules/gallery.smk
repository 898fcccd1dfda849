# Purpose: the gallery, the catalogue and the feed, made when a run ends (why by no rule: scripts/audio_pipeline/publication.py)
# Inputs:  all files and records of the topics
# Outputs: data/output/index.html, thumbnails/*.webp, catalog.csv, catalog.sqlite, feed.xml

import contextlib
import functools
import logging

from audio_pipeline.pictures import thumbnails
from audio_pipeline.sanitize import excerpt


def make_gallery():
    if not SETTINGS["gallery"]["enabled"]:
        return
    try:
        from audio_pipeline.publishing import publication

        tell(f"to look at: {publication.make(PROJECT)[0]}")
    except PipelineError as error:
        print(f"warning: the gallery was not made: {error}", file=sys.stderr)
    except Exception as error:  # whatever it is, the run was good
        where = getattr(error, "filename2", None) or getattr(error, "filename", None)
        what = f"{where}: {error.strerror}" if where else repr(error)
        print(f"warning: the gallery was not made: {excerpt(what)}", file=sys.stderr)


@functools.cache
def get_gallery_ready(many):
    """While the last jobs are at work: import what it is made by. After many others, make it: little is then left to do."""
    if SETTINGS["gallery"]["enabled"]:
        with contextlib.suppress(Exception):  # make_gallery tells
            from audio_pipeline.publishing import publication

            if many:
                publication.make(PROJECT)


def keep_thumbnail(job):
    """When a job has ended, Snakemake touches its picture; the thumbnail, which the job made with it, still is its own."""
    if SETTINGS["gallery"]["enabled"] and not job.kept:
        thumbnail = Path(OUT, "thumbnails", thumbnails.NAME.format(job.slug))
        # With its waits, which job.seconds leaves out.
        lasted_s = time.monotonic() - job.begun
        thumbnails.follow(thumbnail, PROJECT.file("image", job.slug), lasted_s)


class NothingToBeDone(logging.Handler):
    """Snakemake calls no handler of the Snakefile when nothing is to be done: but a topic may have been taken out."""

    def emit(self, record):
        real = not (workflow.dryrun or workflow.touch or workflow.remote_exec)
        if real and str(record.msg).startswith("Nothing to be done"):
            from audio_pipeline.publishing import publication

            if not publication.is_current(PROJECT):
                make_gallery()


if workflow.is_main_process and SETTINGS["gallery"]["enabled"]:
    logging.getLogger("snakemake.logging").addHandler(NothingToBeDone())
