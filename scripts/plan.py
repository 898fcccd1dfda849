"""Show what a run would make, for which reason, and how long it would take. Nothing is asked and nothing changed."""

import argparse
from collections import Counter

from audio_pipeline.cli.command_line import run
from audio_pipeline.core.staleness import State
from audio_pipeline.planning.survey import duration, seconds_in_all, seconds_of_one, survey
from audio_pipeline.project import load_by_arguments


def main() -> str:
    project, _ = load_by_arguments(argparse.ArgumentParser(description=__doc__))
    findings = survey(project)
    lines = [f"{len(project.topics)} topics in {project.config.topics}"]
    width = max(7, *(len(stage) + 1 for stage in project.stages))
    for stage in project.stages:
        mine = [one for one in findings if one.stage == stage]
        due = [one for one in mine if one.state.is_due]
        reasons = Counter(one.reason for one in due)
        parts = [f"{number} {reason}" for reason, number in reasons.most_common()]
        line = f"{stage:{width}} {len(due)} to make" + (f" ({', '.join(parts)})" if parts else "")
        if due and (seconds := seconds_of_one(project, stage)) is not None:
            line += f", {duration(seconds)} each"
        if follow := sum(one.state is State.FOLLOWS for one in mine):
            line += f"; {follow} follow what they are made from: made only if that changes"
        lines.append(line)
    lines += [
        f"kept: {project.file(one.stage, one.slug)} was edited by hand; delete it to make it again"
        for one in findings
        if one.state is State.EDITED
    ]
    lines += [
        f"failed last time: {one.stage} {one.slug}: {one.failed}" for one in findings if one.failed
    ]
    if any(one.state.is_due for one in findings):
        lines.append(f"in all  {duration(seconds_in_all(project, findings))}")
    return "\n".join(lines)


if __name__ == "__main__":
    run(main)
