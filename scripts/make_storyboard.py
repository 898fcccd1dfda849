"""Divide the script of one topic into the scenes of its video."""

from audio_pipeline.cli.command_line import stage_program
from audio_pipeline.stages.storyboard import STAGE

if __name__ == "__main__":
    stage_program(STAGE, __doc__)
