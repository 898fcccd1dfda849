"""Make the gallery, the catalogue and, if configured, the feed from the files in the output folder."""

import argparse

from audio_pipeline.cli.command_line import run
from audio_pipeline.project import load_by_arguments
from audio_pipeline.publishing import publication


def main() -> str:
    project, _ = load_by_arguments(argparse.ArgumentParser(description=__doc__))
    return "\n".join(f"made {path}" for path in publication.make(project))


if __name__ == "__main__":
    run(main)
