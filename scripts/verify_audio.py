"""Transcribe every recording and compare it with its script; exit code 1 if one has more wrong words than allowed."""

import argparse
import statistics
from pathlib import Path

from audio_pipeline.cli.command_line import run
from audio_pipeline.errors import BadAnswer
from audio_pipeline.project import Project, load_by_arguments
from audio_pipeline.sound import recogniser
from audio_pipeline.stages import audio
from audio_pipeline.text import lexicon, pauses, respelling, word_errors


def main() -> str:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bound", type=float, default=0.15, help="highest word error rate (0.15)")
    parser.add_argument(
        "--model", help="Whisper model, a name or a folder (default: a small English one)"
    )
    project, arguments = load_by_arguments(parser)
    slugs = [slug for slug in project.topics if is_recorded(project, slug)]
    if not slugs:
        return f"no recording in {project.output}/audio; run 'make' first"
    transcribe = recogniser.load(arguments.model)
    rates, over = [], 0
    print(f"{'wrong':>6} {'words':>6}  recording")
    for slug in slugs:
        language = project.language("audio", slug)
        path, script = (Path(project.file(stage, slug)) for stage in _stages(project, slug))
        if not arguments.model and not language.lower().startswith("en"):
            print(
                f"{'–':>6} {'–':>6}  {path}: is in {language!r}; name a model for it: --model small"
            )
            continue
        heard = transcribe(path, language)
        texts = said(project, slug, script.read_text(encoding="utf-8"))
        compared = (word_errors.compare(text, heard, language) for text in texts)
        errors = min(compared, key=lambda comparison: comparison.rate)
        rates.append(errors.rate)
        over += errors.rate > arguments.bound
        mark = "  OVER" if errors.rate > arguments.bound else ""
        words = f"  ({', '.join(errors.worst)})" if errors.worst else ""
        print(f"{errors.rate:>6.3f} {errors.said:>6}  {path}{mark}{words}", flush=True)
    if over:
        raise BadAnswer(
            f"{over} of {len(rates)} recordings have a word error rate over {arguments.bound:g}; "
            "delete them to make them again"
        )
    median = f", median {statistics.median(rates):.3f}" if rates else ""
    return f"{len(rates)} recordings transcribed, none over {arguments.bound:g}{median}"


def said(project: Project, slug: str, script: str) -> list[str]:
    """Return the words of a script, and if the lexicon respells some, also with the respellings."""
    words = pauses.without(script)
    terms = audio.pronunciations(project.topics[slug], project.config.audio).occurring(words)
    respelled = {term: value for term, value in terms.items() if not lexicon.is_phonemes(value)}
    if not respelled:
        return [words]
    return [words, respelling.spoken(words, project.language("audio", slug), respelled)]


def is_recorded(project: Project, slug: str) -> bool:
    return all(Path(project.file(stage, slug)).is_file() for stage in _stages(project, slug))


def _stages(project: Project, slug: str) -> tuple[str, str]:
    """Return the stages of the recording and of the text that it speaks."""
    return "audio", project.text_of_speech(slug)


if __name__ == "__main__":
    run(main)
