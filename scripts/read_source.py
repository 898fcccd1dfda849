"""Read the source of one topic as plain text."""

from audio_pipeline.cli.command_line import stage_program
from audio_pipeline.stages.source import STAGE

if __name__ == "__main__":
    stage_program(STAGE, __doc__)
