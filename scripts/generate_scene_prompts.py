"""Write the prompts of one topic's scenes with a language model."""

from audio_pipeline.cli.command_line import stage_program
from audio_pipeline.stages.scene_prompts import STAGE

if __name__ == "__main__":
    stage_program(STAGE, __doc__)
