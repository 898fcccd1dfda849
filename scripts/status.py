"""Show how many files of each stage are fresh, stale, missing, edited by hand or failed; with --list, which.

Files that were made with warnings are counted besides; --list warned names them with what the checks said.
"""

import argparse
from collections import Counter

from audio_pipeline.cli.command_line import run
from audio_pipeline.core.staleness import State
from audio_pipeline.planning.survey import Finding, survey
from audio_pipeline.project import load_by_arguments
from audio_pipeline.reporting.display import warnings_line
from audio_pipeline.sanitize import excerpt

STATES = ("fresh", "stale", "missing", "edited", "failed")
_SHOWN = {State.CURRENT: "fresh", State.PLACED: "fresh", State.FOLLOWS: "stale"}


def state(one: Finding) -> str:
    return "failed" if one.failed else _SHOWN.get(one.state, one.state)


def main() -> str:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--list", choices=(*STATES, "warned"), help="the files in this state, or with warnings"
    )
    project, arguments = load_by_arguments(parser)
    findings = survey(project)
    if arguments.list == "warned":
        return "\n".join(
            f"{project.file(one.stage, one.slug)}: {excerpt(warning, 1000)}"
            for one in findings
            for warning in one.warnings
        )
    if arguments.list:
        files = (
            project.file(one.stage, one.slug) for one in findings if state(one) == arguments.list
        )
        return "\n".join(files)
    lines = [f"{len(project.topics):>7} topics" + "".join(f"{name:>9}" for name in STATES)]
    for stage in project.stages:
        states = [state(one) for one in findings if one.stage == stage]
        lines.append(f"{stage:>14}" + "".join(f"{states.count(name):>9}" for name in STATES))
    if warned := Counter(one.stage for one in findings if one.warnings):
        lines.append(warnings_line(warned))
    return "\n".join(lines)


if __name__ == "__main__":
    run(main)
