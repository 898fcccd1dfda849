"""Show what a run would make, why, what it would request, and how long it would take.

An answer that is in the cache is not requested. Sends no requests and changes no files.
"""

import argparse

from audio_pipeline.cli.command_line import run
from audio_pipeline.core.staleness import State, kept_edits
from audio_pipeline.planning.costs import Costs
from audio_pipeline.planning.pronunciation import without_effect
from audio_pipeline.planning.survey import duration
from audio_pipeline.project import load_by_arguments


def main() -> str:
    project, _ = load_by_arguments(argparse.ArgumentParser(description=__doc__))
    costs = Costs(project)
    lines = [f"{len(project.topics)} topics in {project.config.topics}"]
    width = max(7, *(len(stage) + 1 for stage in project.stages))
    for stage in project.stages:
        line, *by_reason = costs.lines(stage)
        follow = sum(
            finding.stage == stage and finding.state is State.FOLLOWS for finding in costs.findings
        )
        if follow:
            line += f"; {follow} more if what {'it is' if follow == 1 else 'they are'} made from changes"
        lines += [f"{stage:{width}} {line}", *(f"{'':{width}}   {line}" for line in by_reason)]
    lines += [
        f"kept: {project.file(finding.stage, finding.slug)} {kept_edits(finding.reason)}"
        for finding in costs.findings
        if finding.state is State.EDITED
    ]
    lines += [
        f"failed last time: {finding.stage} {finding.slug}: {finding.failed}"
        for finding in costs.findings
        if finding.failed
    ]
    lines += without_effect(project)
    if any(finding.state.is_due for finding in costs.findings):
        lines.append(f"in all  {duration(costs.seconds_in_all())}")
    return "\n".join(lines)


if __name__ == "__main__":
    run(main)
