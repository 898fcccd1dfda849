"""Show how many files of each stage are fresh, stale, missing, edited by hand or failed; --list lists them.

Files that were made with warnings are counted too; --list warned lists them with the warnings.
"""

import argparse
from collections import Counter
from pathlib import Path

from audio_pipeline.cli.command_line import run
from audio_pipeline.core import cached_files
from audio_pipeline.core.staleness import State
from audio_pipeline.planning.survey import Finding, Judged, survey, was_edited
from audio_pipeline.project import Project, load_by_arguments
from audio_pipeline.reporting.display import warnings_line
from audio_pipeline.sanitize import excerpt

STATES = ("fresh", "stale", "missing", "edited", "failed")
_SHOWN = {State.CURRENT: "fresh", State.PLACED: "fresh", State.FOLLOWS: "stale"}


def state(project: Project, judged: Judged) -> str:
    finding = judged.finding
    if finding.failed:
        return "failed"
    if was_edited(project, finding, judged.record):
        return str(State.EDITED)
    return _SHOWN.get(finding.state, finding.state)


def _cache_line(project: Project) -> str:
    """Return a line about the answer cache, or "" if there is none."""
    folder = project.config.cache.folder
    count, size = 0, 0
    for entry in cached_files.entries(Path(folder)) if folder else ():
        count, size = count + bool(entry.key), size + entry.size
    return f"{count:>7} answers in {folder}, {cached_files.size(size)}" if count else ""


def main() -> str:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--list",
        choices=(*STATES, "warned"),
        help="list the files in this state, or with warnings",
    )
    project, arguments = load_by_arguments(parser)
    states: dict[Finding, str] = {}
    findings = survey(
        project, lambda judged: states.update({judged.finding: state(project, judged)})
    )
    if arguments.list == "warned":
        return "\n".join(
            f"{project.file(finding.stage, finding.slug)}: {excerpt(warning, 1000)}"
            for finding in findings
            for warning in finding.warnings
        )
    if arguments.list:
        listed = [finding for finding in findings if states[finding] == arguments.list]
        return "\n".join(project.file(finding.stage, finding.slug) for finding in listed)
    lines = [f"{len(project.topics):>7} topics" + "".join(f"{name:>9}" for name in STATES)]
    for stage in project.stages:
        counts = Counter(states[finding] for finding in findings if finding.stage == stage)
        lines.append(f"{stage:>14}" + "".join(f"{counts[name]:>9}" for name in STATES))
    if line := _cache_line(project):
        lines.append(line)
    if warned := Counter(finding.stage for finding in findings if finding.warnings):
        lines.append(warnings_line(warned))
    return "\n".join(lines)


if __name__ == "__main__":
    run(main)
