"""Download the embedded language model (1.1 GB) unless it exists. Interrupted downloads are resumed."""

import argparse
import sys
from pathlib import Path

from audio_pipeline.cli.command_line import run
from audio_pipeline.engines.models import fetch_language_model

LOCK = Path(__file__).parents[1] / "envs" / "model.txt"


def show(line: str) -> None:
    """Show a line of progress; in a terminal, it replaces the one before."""
    end = "\r" if sys.stderr.isatty() else "\n"
    print(f"{line:<78}", end=end, file=sys.stderr, flush=True)


def main() -> str:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quiet", action="store_true", help="print nothing if it exists already")
    quiet = parser.parse_args().quiet
    path, fetched = fetch_language_model(LOCK, show)
    return f"language model: {path}" if fetched or not quiet else ""


if __name__ == "__main__":
    run(main)
