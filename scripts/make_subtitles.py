"""Make the subtitles of one topic's recording."""

from audio_pipeline import files
from audio_pipeline.cli.command_line import read_job, run
from audio_pipeline.core.production import produce
from audio_pipeline.core.request import build
from audio_pipeline.stages import subtitles as subtitles_stage


def main() -> str:
    job = read_job(__doc__, needs_script=True, media=("audio",))
    inputs = {stage: files.seen(path) for stage, path in job.files.items()}
    sha256 = {stage: seen["sha256"] for stage, seen in inputs.items()}
    audio_record = job.record.parents[1] / "audio" / job.record.name
    told = produce(
        "subtitles",
        job.output,
        job.record,
        build("subtitles", job.topic, job.settings, job.script, sha256),
        subtitles_stage.asking(job.files["audio"], audio_record, inputs),
        attempts=1,
        wait_s=600,
    )
    subtitles_stage.write_vtt(job.output)
    return told


if __name__ == "__main__":
    run(main)
