"""Write the prompt of one topic's picture with a language model."""

from audio_pipeline.cli.command_line import read_job, run
from audio_pipeline.core.production import produce
from audio_pipeline.core.request import build
from audio_pipeline.stages import script as script_stage


def main() -> str:
    job = read_job(__doc__, needs_script=True)
    return produce(
        "prompt",
        job.output,
        job.record,
        build("prompt", job.topic, job.settings, job.script),
        script_stage.asking(job.settings, job.http),
        attempts=job.settings["attempts"],
        wait_s=2 * job.settings["timeout_s"],
    )


if __name__ == "__main__":
    run(main)
