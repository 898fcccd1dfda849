"""Download a Piper voice for the embedded engine by its name, and check its size and hash."""

import argparse
import os
import sys

from audio_pipeline.cli.command_line import run
from audio_pipeline.engines.piper_voices import OFFICIAL, fetch


def main() -> str:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="like pt_BR-faber-medium")
    url = os.environ.get("PIPER_VOICES_URL", OFFICIAL)
    parser.add_argument("--url", default=url, help=f"base URL of the voices (default: {OFFICIAL})")
    arguments = parser.parse_args()
    path = fetch(arguments.name, arguments.url, lambda line: print(line, file=sys.stderr))
    return f"voice: {path}"


if __name__ == "__main__":
    run(main)
