"""Speak the script of one topic."""

from audio_pipeline import speech
from audio_pipeline.command_line import read_job, run
from audio_pipeline.production import produce
from audio_pipeline.request import build


def main() -> str:
    job = read_job(__doc__, needs_script=True)
    return produce(
        "audio",
        job.output,
        job.record,
        build("audio", job.topic, job.settings, job.script),
        speech.asking(job.settings, job.http),
        attempts=job.settings["attempts"],
        wait_s=2 * job.settings["timeout_s"],
    )


if __name__ == "__main__":
    run(main)
