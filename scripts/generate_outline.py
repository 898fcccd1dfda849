"""Write the prompt of one topic's picture with a language model."""

from audio_pipeline.cli.command_line import stage_program
from audio_pipeline.stages.outline import STAGE

if __name__ == "__main__":
    stage_program(STAGE, __doc__)
