"""Make the subtitles of one topic's recording."""

from audio_pipeline.cli.command_line import stage_program
from audio_pipeline.stages.subtitles import STAGE

if __name__ == "__main__":
    stage_program(STAGE, __doc__)
