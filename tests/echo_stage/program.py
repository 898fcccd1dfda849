"""Say the script of one topic again."""

from audio_pipeline.cli.command_line import stage_program
from audio_pipeline.stages.echo import STAGE

if __name__ == "__main__":
    stage_program(STAGE, __doc__)
