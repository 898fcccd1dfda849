"""Listen to every recording and compare it with its script; exit code 1 if one has more wrong words than allowed."""

import argparse
import statistics
from pathlib import Path

from audio_pipeline.cli.command_line import run
from audio_pipeline.errors import BadAnswer
from audio_pipeline.project import Project, load_by_arguments
from audio_pipeline.sound import recogniser
from audio_pipeline.text import word_errors


def main() -> str:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bound", type=float, default=0.15, help="highest word error rate (0.15)")
    parser.add_argument(
        "--model", help="Whisper's model, a name or a folder; without it, a small English one"
    )
    project, arguments = load_by_arguments(parser)
    there = [slug for slug in project.topics if recorded(project, slug)]
    if not there:
        return f"no recording in {project.output}/audio; run 'make' first"
    hear = recogniser.load(arguments.model)
    rates, over = [], 0
    print(f"{'wrong':>6} {'words':>6}  recording")
    for slug in there:
        code = project.language("audio", slug)
        path, script = (Path(project.file(stage, slug)) for stage in _heard(project, slug))
        if not arguments.model and not code.lower().startswith("en"):
            print(f"{'–':>6} {'–':>6}  {path}: is in {code!r}; name a model for it: --model small")
            continue
        found = word_errors.compare(script.read_text(encoding="utf-8"), hear(path, code), code)
        rates.append(found.rate)
        over += found.rate > arguments.bound
        mark = "  OVER" if found.rate > arguments.bound else ""
        told = f"  ({', '.join(found.worst)})" if found.worst else ""
        print(f"{found.rate:>6.3f} {found.said:>6}  {path}{mark}{told}", flush=True)
    if over:
        raise BadAnswer(
            f"{over} of {len(rates)} recordings have a word error rate over {arguments.bound:g}; "
            "delete them to make them again"
        )
    median = f", median {statistics.median(rates):.3f}" if rates else ""
    return f"{len(rates)} recordings heard, none over {arguments.bound:g}{median}"


def recorded(project: Project, slug: str) -> bool:
    return all(Path(project.file(stage, slug)).is_file() for stage in _heard(project, slug))


def _heard(project: Project, slug: str) -> tuple[str, str]:
    """The stages of a recording and of the text that it speaks."""
    return "audio", project.text_of_speech(slug)


if __name__ == "__main__":
    run(main)
