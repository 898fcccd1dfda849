"""Check the services that the project uses: connection, version, model, voice and checkpoint; and the disk space."""

import argparse
import sys

from audio_pipeline.cli.command_line import run
from audio_pipeline.errors import ServiceError
from audio_pipeline.planning import preflight
from audio_pipeline.project import load_by_arguments


def main() -> str:
    project, _ = load_by_arguments(argparse.ArgumentParser(description=__doc__))
    for warning in project.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    lines = preflight.check(project, project.stages)
    for line in lines:
        mark = "✗" if not line.ok else "!" if ": note: " in line.text else "✓"
        print(f"{mark} {line.text}")
    faults = sum(not line.ok for line in lines)
    if faults:
        raise ServiceError(
            f"{faults} of {len(lines)} checks failed; fix what the lines above say and rerun"
        )
    return ""


if __name__ == "__main__":
    run(main)
