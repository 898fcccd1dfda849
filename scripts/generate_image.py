"""Make the picture of one topic."""

from pathlib import Path

from audio_pipeline.cli.command_line import read_job, run
from audio_pipeline.core.production import produce
from audio_pipeline.core.request import build
from audio_pipeline.pictures import thumbnails
from audio_pipeline.stages import image as image_stage


def main() -> str:
    job = read_job(__doc__, needs_script=True)
    made = produce(
        "image",
        job.output,
        job.record,
        build("image", job.topic, job.settings, job.script),
        image_stage.asking(job.settings, job.http, job.record),
        attempts=job.settings["attempts"],
        wait_s=2 * job.settings["timeout_s"],
    )
    if folder := job.settings.get("thumbnails"):
        thumbnails.make(job.output, Path(folder, thumbnails.NAME.format(job.output.stem)))
    return made


if __name__ == "__main__":
    run(main)
