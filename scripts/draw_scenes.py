"""Draw the pictures of the scenes of one topic's storyboard."""

from audio_pipeline.cli.command_line import stage_program
from audio_pipeline.stages.scenes import STAGE

if __name__ == "__main__":
    stage_program(STAGE, __doc__)
