"""Try changed settings on a few topics before they are adopted for all: make them again in data/trial, and compare.

Takes the options of snakemake, as in: --number 5 --config 'audio={voice: en_GB-alba-medium}'. The page
data/trial/index.html shows both versions side by side, and what adopting the settings for all topics costs. The output
folder is only read. Answers go to the cache, so that adopting does not request them again. A new trial replaces the
last one.
"""

import argparse
import signal
import subprocess
import sys
from types import FrameType

from audio_pipeline.cli.command_line import run
from audio_pipeline.core.staleness import State
from audio_pipeline.errors import PipelineError
from audio_pipeline.files import WORKFLOW
from audio_pipeline.planning import trial
from audio_pipeline.planning.costs import Costs
from audio_pipeline.planning.survey import duration, survey
from audio_pipeline.project import Project, add_arguments, load, overlays_of
from audio_pipeline.publishing import trial_page


class TrialFailed(PipelineError):
    """A file of the trial could not be made. The message has one line for each."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__(*lines)

    def __str__(self) -> str:
        return "\n".join(self.lines)


def main() -> str:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="other options are passed to snakemake, as --cores 4"
    )
    parser.add_argument("--number", type=_number, default=5, help="how many topics (5)")
    parser.add_argument("--topics", nargs="+", metavar="SLUG", help="these topics instead")
    add_arguments(parser)
    arguments, others = parser.parse_known_args()
    project = load(overlays_of(arguments))
    slugs = (
        trial.check_topics(project, arguments.topics)
        if arguments.topics
        else trial.select(project, arguments.number)
    )
    differences = trial.differing(project, slugs)
    made, before = trial.prepare(project, slugs)
    print(f"trying {len(slugs)} of {len(project.topics)} topics: {', '.join(slugs)}", flush=True)
    code = make(others)
    if code not in (0, 1):
        sys.exit(code)  # snakemake did not begin, and has said why
    costs = costs_of(project)
    page = trial_page.write(made, before, differences, costs, len(project.topics))
    print("adopting these settings for all topics would need:")
    print("\n".join(f"  {stage}: {text}" for stage, text in costs.items()))
    print(f"to look and listen: {page}", flush=True)
    if code:
        raise TrialFailed(list(failures(made)))
    return ""


def make(others: list[str]) -> int:
    """Run snakemake in the trial's folder and return its exit code. It ends by itself on Ctrl-C, which goes to both."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(WORKFLOW / "Snakefile")]
    settings = str(trial.settings_path())
    with subprocess.Popen([*command, *others, "--configfile", settings]) as process:

        def stop(number: int, frame: FrameType | None) -> None:
            process.terminate()
            raise KeyboardInterrupt

        signal.signal(signal.SIGTERM, stop)
        try:
            return process.wait()
        except KeyboardInterrupt:
            process.wait()
            raise


def costs_of(project: Project) -> dict[str, str]:
    """Return stage → what its files need, for the stages with something to make."""
    costs = Costs(project)
    result = {}
    for stage in project.stages:
        follow = sum(
            finding.stage == stage and finding.state is State.FOLLOWS for finding in costs.findings
        )
        if costs.by_stage[stage] or follow:
            result[stage] = next(costs.lines(stage))
            result[stage] += (
                f"; {follow} more if what {'it is' if follow == 1 else 'they are'} made from changes"
                if follow
                else ""
            )
    result["in all"] = duration(costs.seconds_in_all()) if result else "nothing"
    return result


def failures(made: Project) -> list[str]:
    """Return a line for each file of the trial that could not be made."""
    lines = [
        f"{finding.stage} {finding.slug}: {finding.failed}"
        for finding in survey(made)
        if finding.failed
    ]
    return lines or ["the trial's run failed; its output says why"]


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of topics, 1 or more")
    return int(text)


if __name__ == "__main__":
    run(main)
