"""Transcribe every recording and compare it with its script; exit code 1 if one has more wrong words than allowed.

A recording is heard sentence by sentence, if its record says where they are. What was heard is kept in the answer
cache, so that only new recordings take time.
"""

import argparse
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from audio_pipeline import files
from audio_pipeline.cli.command_line import run
from audio_pipeline.core import answer_cache
from audio_pipeline.core import record as records
from audio_pipeline.errors import BadAnswer
from audio_pipeline.makers.hearing import Hearing, Verdict, judged
from audio_pipeline.project import Project, load_by_arguments
from audio_pipeline.sound import recogniser, wav
from audio_pipeline.sound.assembly import Span
from audio_pipeline.stages import audio
from audio_pipeline.text import lexicon, respelling, speakers
from audio_pipeline.text.word_errors import Comparison


def main() -> str:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bound", type=float, default=0.15, help="highest word error rate (0.15)")
    parser.add_argument("--model", help="Whisper model, a name or a folder (audio.heard_model)")
    project, arguments = load_by_arguments(parser)
    slugs = [slug for slug in project.topics if is_recorded(project, slug)]
    if not slugs:
        return f"no recording in {project.output}/audio; run 'make' first"
    model = arguments.model or project.config.audio.heard_model
    recogniser.check_installed(model)
    cache = answer_cache.of(project.config)
    rates, over = [], 0
    print(f"{'wrong':>6} {'words':>6}  recording")
    for slug in slugs:
        hearing = Hearing(cache, model, project.language("audio", slug))
        path = project.file("audio", slug)
        if not recogniser.knows(model, hearing.language):
            print(f"{'–':>6} {'–':>6}  {path}: the recogniser does not know {hearing.language!r}")
            continue
        verdicts = list(heard(project, slug, hearing))
        errors = total(verdicts)
        rates.append(errors.rate)
        over += errors.rate > arguments.bound
        mark = "  OVER" if errors.rate > arguments.bound else ""
        words = f"  ({', '.join(errors.worst)})" if errors.worst else ""
        print(f"{errors.rate:>6.3f} {errors.said:>6}  {path}{mark}{words}", flush=True)
        for verdict in verdicts if len(verdicts) > 1 else []:
            if verdict.is_doubtful(project.config_of(slug).audio.heard_word_error_rate):
                print(f"{'':>15}{verdict}", flush=True)
    if over:
        raise BadAnswer(
            f"{over} of {len(rates)} recordings have a word error rate over {arguments.bound:g}; "
            "delete them to make them again"
        )
    median = f", median {statistics.median(rates):.3f}" if rates else ""
    return f"{len(rates)} recordings transcribed, none over {arguments.bound:g}{median}"


def heard(project: Project, slug: str, hearing: Hearing) -> Iterator[Verdict]:
    """Yield what is heard of each sentence of a recording, or of all of it if its sentences are not known."""
    path, script = (Path(project.file(stage, slug)) for stage in _stages(project, slug))
    text = script.read_text(encoding="utf-8")
    data = files.read_bytes(path, wav.MOST_BYTES)
    known = spans(project, slug, text)
    for file, words in sentences(data, known) if known else [(data, text)]:
        yield judged(said(project, slug, words), hearing.heard(file), hearing.language)


def spans(project: Project, slug: str, script: str) -> list[Span]:
    """Return the sentences in the record, if it describes this recording of this script."""
    record = records.load(project.record("audio", slug))
    entry = record and record.describes(files.sha256_of(project.file("audio", slug)))
    if not entry or entry.request.get("text") != script.strip():
        return []
    try:
        return [(int(a), int(b), str(text)) for a, b, text in entry.service["sentences"]]
    except (KeyError, TypeError, ValueError):
        return []


def sentences(data: bytes, spans: Sequence[Span]) -> Iterator[tuple[bytes, str]]:
    """Yield each sentence of a recording as a WAV file, and its text."""
    sound = wav.parse(data)
    frame = 2 * sound.channels
    for first, end, text in spans:
        samples = sound.samples[first * frame : end * frame]
        yield wav.plain(samples, sound.rate_hz, sound.channels), text


def total(verdicts: Sequence[Verdict]) -> Comparison:
    """Return the comparisons of all sentences as one."""
    found = [verdict.comparison for verdict in verdicts]
    worst = [words for comparison in found for words in comparison.worst]
    return Comparison(
        sum(each.said for each in found), sum(each.errors for each in found), worst[:5]
    )


def said(project: Project, slug: str, script: str) -> list[str]:
    """Return the words of a script, and if the lexicon respells some, also with the respellings."""
    words = speakers.words(script, project.config.audio.speakers)
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
