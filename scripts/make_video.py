"""Make the video of one topic: its picture, its recording and its subtitles in one file."""

from audio_pipeline.cli.command_line import stage_program
from audio_pipeline.stages.video import STAGE

if __name__ == "__main__":
    stage_program(STAGE, __doc__)
