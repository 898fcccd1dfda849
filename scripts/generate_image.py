"""Make the picture of one topic."""

from audio_pipeline import picture
from audio_pipeline.command_line import read_job, run
from audio_pipeline.production import produce
from audio_pipeline.request import build


def main() -> str:
    job = read_job(__doc__, needs_script=True)
    return produce(
        "image",
        job.output,
        job.record,
        build("image", job.topic, job.settings, job.script),
        picture.asking(job.settings, job.http, job.record),
        attempts=job.settings["attempts"],
        wait_s=2 * job.settings["timeout_s"],
    )


if __name__ == "__main__":
    run(main)
