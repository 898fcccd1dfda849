"""Make the subtitles of one topic's recording."""

from audio_pipeline import record as records
from audio_pipeline import subtitles
from audio_pipeline.command_line import read_job, run
from audio_pipeline.production import produce
from audio_pipeline.request import build


def main() -> str:
    job = read_job(__doc__, needs_script=True, media=("audio",))
    inputs = {stage: records.seen(path) for stage, path in job.files.items()}
    sha256 = {stage: seen["sha256"] for stage, seen in inputs.items()}
    audio_record = job.record.parents[1] / "audio" / job.record.name
    told = produce(
        "subtitles",
        job.output,
        job.record,
        build("subtitles", job.topic, job.settings, job.script, sha256),
        subtitles.asking(job.files["audio"], audio_record, inputs),
        attempts=1,
        wait_s=600,
    )
    subtitles.write_vtt(job.output)
    return told


if __name__ == "__main__":
    run(main)
