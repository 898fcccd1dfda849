"""Make the video of one topic: its picture, its recording and its subtitles in one file."""

import signal
import sys

from audio_pipeline import files
from audio_pipeline.cli.command_line import read_job, run
from audio_pipeline.core.production import produce
from audio_pipeline.core.request import build
from audio_pipeline.stages import video as video_stage


def main() -> str:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that ffmpeg is ended too
    job = read_job(__doc__, needs_script=False, media=("audio", "image", "subtitles"))
    inputs = {stage: files.seen(path) for stage, path in job.files.items()}
    sha256 = {stage: seen["sha256"] for stage, seen in inputs.items()}
    return produce(
        "video",
        job.output,
        job.record,
        build("video", job.topic, job.settings, inputs=sha256),
        video_stage.asking(job.files, inputs, job.threads),
        attempts=1,
        wait_s=3600,
    )


if __name__ == "__main__":
    run(main)
