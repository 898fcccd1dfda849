"""Make the gallery, the catalogue and, if one is configured, the feed, of what lies in the output folder."""

import argparse

from audio_pipeline import publication
from audio_pipeline.command_line import run
from audio_pipeline.project import load_by_arguments


def main() -> str:
    project, _ = load_by_arguments(argparse.ArgumentParser(description=__doc__))
    return "\n".join(f"made {path}" for path in publication.make(project))


if __name__ == "__main__":
    run(main)
