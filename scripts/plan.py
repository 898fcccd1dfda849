"""Show what a run would make, why, and how long it would take. Sends no requests and changes no files."""

import argparse
from collections import Counter

from audio_pipeline.cli.command_line import run
from audio_pipeline.core.staleness import State
from audio_pipeline.planning.pronunciation import without_effect
from audio_pipeline.planning.survey import duration, seconds_in_all, seconds_of_one, survey
from audio_pipeline.project import load_by_arguments


def main() -> str:
    project, _ = load_by_arguments(argparse.ArgumentParser(description=__doc__))
    findings = survey(project)
    lines = [f"{len(project.topics)} topics in {project.config.topics}"]
    width = max(7, *(len(stage) + 1 for stage in project.stages))
    for stage in project.stages:
        of_stage = [finding for finding in findings if finding.stage == stage]
        due = [finding for finding in of_stage if finding.state.is_due]
        reasons = Counter(finding.reason for finding in due)
        parts = [f"{number} {reason}" for reason, number in reasons.most_common()]
        line = f"{stage:{width}} {len(due)} to make" + (f" ({', '.join(parts)})" if parts else "")
        if due and (seconds := seconds_of_one(project, stage)) is not None:
            line += f", {duration(seconds)} each"
        if follow := sum(finding.state is State.FOLLOWS for finding in of_stage):
            line += f"; {follow} follow their sources: made only if those change"
        lines.append(line)
    lines += [
        f"kept: {project.file(finding.stage, finding.slug)} was edited by hand; delete it to make it again"
        for finding in findings
        if finding.state is State.EDITED
    ]
    lines += [
        f"failed last time: {finding.stage} {finding.slug}: {finding.failed}"
        for finding in findings
        if finding.failed
    ]
    lines += without_effect(project)
    if any(finding.state.is_due for finding in findings):
        lines.append(f"in all  {duration(seconds_in_all(project, findings))}")
    return "\n".join(lines)


if __name__ == "__main__":
    run(main)
