"""Speak the script of one topic."""

from audio_pipeline.cli.command_line import read_job, run
from audio_pipeline.core.production import produce
from audio_pipeline.core.request import build
from audio_pipeline.stages import audio as audio_stage


def main() -> str:
    job = read_job(__doc__, needs_script=True)
    return produce(
        "audio",
        job.output,
        job.record,
        build("audio", job.topic, job.settings, job.script),
        audio_stage.asking(job.settings, job.http),
        attempts=job.settings["attempts"],
        wait_s=2 * job.settings["timeout_s"],
    )


if __name__ == "__main__":
    run(main)
