"""Checks that a script must pass to be kept. Each is a function that returns None or a message.

The configuration sets each check to error, warn or off (script.checks).
"""

import functools
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import regex

from audio_pipeline import files
from audio_pipeline.errors import BadAnswer, InputError
from audio_pipeline.settings import ScriptSettings
from audio_pipeline.similarity import index as similarity_index
from audio_pipeline.similarity import minhash
from audio_pipeline.text import (
    characters,
    chat_tokens,
    grounding,
    language_detection,
    left_over,
    model_phrases,
    pauses,
    sentences,
)
from audio_pipeline.text.language import Language
from audio_pipeline.text.languages import registry
from audio_pipeline.text.left_over import quoted
from audio_pipeline.text.unspaced import UNSPACED

LEAST_WORDS_FOR_LANGUAGE = 20  # detection is unreliable below
LEAST_MARGIN = 0.5  # log-likelihood per byte: other languages have 0.9, foreign names up to 0.4
_PART = 500  # characters at the beginning and end; the scores of longer parts differ less
FAR_TOO_LONG = 10  # times max_words, more than any labels, notes and remarks to the user
LEAST_REPEATS = 3  # of a phrase in a row
LEAST_REPEATED_WORDS = 8  # in all repeats; "location, location, location" is no loop
LONGEST_PHRASE_WORDS = 40
MOST_DUPLICATE_SENTENCES = 0.25
SAME_SENTENCE = 0.7  # Jaccard index: one word more or less in a sentence of 16 leaves 0.74
MOST_ALIKE = 0.6  # Jaccard index of trigrams: a copy has 0.97, reordered 0.78, a paraphrase 0.19
MOST_SHOWN = 8  # of the facts that a source does not have
MOST_NEIGHBOURS = 100  # files that are read, the most similar by their sketches

# Without spaces between words, each character counts as one.
_WORD = regex.compile(rf"[{UNSPACED}]\p{{M}}*|(?:(?![{UNSPACED}])[\p{{L}}\p{{N}}\p{{M}}'’_-])+")

# Direct speech in the text, in quotes or after a dash.
_SPEECH = regex.compile(
    r"\"[^\"\n]{1,400}\"|“[^“”\n]{1,400}”|„[^„“”\n]{1,400}[“”]|«[^«»\n]{1,400}»|»[^«»\n]{1,400}«|「[^「」\n]{1,400}」|"
    r"『[^『』\n]{1,400}』|‘[^‘’\n]{1,400}’(?!\p{L})|^[—–][^\n]*",
    regex.MULTILINE,
)
_WRONG_DECODING = re.compile(
    r"Ã[\x80-\xbf]|â€[\x80-\xbf\u0152-\u2122]|Â[\xa0-\xbf]|ã[\x80-\x83][\x80-\xbf]"
)


@dataclass(frozen=True)
class Case:
    """The parameters of the checks. forbidden: file of forbidden terms, "" for none; output: the file of the text.

    index: the index of the files in its folder, None to read them all; source: the facts, "" for none; topic: its text.
    """

    language: str
    min_words: int = 0
    max_words: int = 0
    forbidden: str = ""
    output: Path | None = None
    index: Path | None = None
    source: str = ""
    topic: str = ""


def run(
    text: str,
    language: str,
    settings: ScriptSettings,
    output: Path | None = None,
    index: Path | None = None,
    *,
    source: str = "",
    topic: str = "",
) -> tuple[list[str], list[str]]:
    """Return the names of the checks that passed, and warnings. Pauses in the text are not checked.

    output: the file of the text, which is compared with the files in its folder; index: the index of these; source:
    the facts that the text may use, "" for any; topic: its text.
    Raises BadAnswer: a check at level error failed; InputError: the file of forbidden terms cannot be read.
    """
    text = pauses.without(text)
    words = settings.min_words, settings.max_words
    case = Case(language, *words, settings.forbidden, output, index, source, topic)
    passed, warnings = [], []
    for name in dict.fromkeys((*FIRST, *CHECKS)):
        level = settings.checks[name]
        if level == "off":
            continue
        message = CHECKS[name](text, case)
        if message is None:
            passed.append(name)
        elif level == "warn":
            warnings.append(f"the script {message} (script.checks.{name})")
        else:
            raise BadAnswer(f"the script {message} (script.checks.{name})")
    return [name for name in CHECKS if name in passed], warnings


def refuse_far_too_long(text: str, settings: ScriptSettings) -> None:
    """Raise BadAnswer if a raw text has many times the words of the longest script, so that it need not be cleaned."""
    most = settings.max_words
    if settings.checks["words"] == "error" and len(text) > FAR_TOO_LONG * most:
        count = count_words(chat_tokens.answer(text))
        if count > FAR_TOO_LONG * most:
            raise BadAnswer(
                f"the script has {count} words; expected at most {most} (script.max_words)"
            )


def count_words(text: str) -> int:
    """Return the number of words, or of characters in Chinese, Japanese, Thai, Lao, Khmer and Burmese."""
    return sum(1 for _ in _words(pauses.without(text)))


def trim_to_sentence(text: str, language: str, least_words: int) -> str | None:
    """Trim a truncated text to its last complete sentence. Returns None if fewer than `least_words` are left."""
    if not registry.of(language).full_stops:
        return None
    for end in reversed(list(sentences.ends(text, language, cut_off=True))):
        kept = text[:end]
        if end == len(text) and kept[-2:-1].isdigit():  # perhaps of "3.14"
            continue
        return kept if count_words(kept) >= least_words else None
    return None


def check_characters(text: str, case: Case) -> str | None:
    """Check for control characters, private ones, stacked marks and signs of a wrong decoding."""
    if stack := characters.stack(text):
        return f"has too many marks on one letter, {stack} …; expected at most {characters.MOST_ACCENTS}"
    for character in text:
        if character == "\ufffd" or (
            character != "\n" and unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn")
        ):
            return f"has the character U+{ord(character):04X} in it; expected text"
    wrong = _WRONG_DECODING.search(text)
    return wrong and f"was decoded wrongly, {wrong[0]!r}; expected UTF-8"


def check_words(text: str, case: Case) -> str | None:
    count, least, most = count_words(text), case.min_words, case.max_words
    if least <= count <= most:
        return None
    return f"has {count} words; expected {least} to {most} (min_words, max_words)"


def check_sentence(text: str, case: Case) -> str | None:
    """Check that the last sentence is complete."""
    if not registry.of(case.language).full_stops:
        return None
    bare = text.rstrip(" \n\"'”’»)]」』）")
    if bare.endswith(sentences.MARKS):
        return None
    return f"ends in mid-sentence, {quoted(text[-40:])}; expected a full stop or the like"


def check_markup(text: str, case: Case) -> str | None:
    """Check for left-over markup, labels and remarks of the model."""
    return left_over.find(text, case.language)


def check_refusal(text: str, case: Case) -> str | None:
    match = _refusal(registry.of(case.language)).search(_SPEECH.sub('""', text))
    return match and f"is a refusal, {quoted(match[0])}; expected a text on the topic"


def check_repetition(text: str, case: Case) -> str | None:
    """Check for phrases that are repeated in a row, and for duplicate sentences."""
    words = [word.casefold() for word in _words(text)]
    if loop := _loop(words):
        times, phrase = loop
        return f"says {quoted(phrase)} {times} times in a row; expected fewer than {LEAST_REPEATS}"
    long_sentences = [
        _trigrams(sentence)
        for sentence in sentences.split(text, case.language)
        if count_words(sentence) > 2
    ]
    double = sum(
        any(_jaccard(sentence, earlier) >= SAME_SENTENCE for earlier in long_sentences[:n])
        for n, sentence in enumerate(long_sentences)
    )
    if long_sentences and double / len(long_sentences) >= MOST_DUPLICATE_SENTENCES:
        return (
            f"repeats {double} of its {len(long_sentences)} sentences; "
            f"expected less than {MOST_DUPLICATE_SENTENCES:.0%}"
        )
    return None


def repeated(text: str, before: str, language: str) -> list[str]:
    """Return the sentences of a text that an earlier text says, too."""
    known = [
        _trigrams(sentence)
        for sentence in sentences.split(before, language)
        if count_words(sentence) >= LEAST_REPEATED_WORDS
    ]
    return [
        sentence.strip()
        for sentence in sentences.split(text, language)
        if count_words(sentence) >= LEAST_REPEATED_WORDS
        and any(_jaccard(_trigrams(sentence), earlier) >= SAME_SENTENCE for earlier in known)
    ]


def check_language(text: str, case: Case) -> str | None:
    """Check the language by py3langid, except for short texts and languages that it does not know."""
    if count_words(text) < LEAST_WORDS_FOR_LANGUAGE:
        return None
    same = registry.of(case.language).alike | {registry.base(case.language)}
    for part in (text[:_PART], text[-_PART:]):
        scores = language_detection.rank(part)
        own = [score for name, score in scores if name in same]
        if own and scores[0][1] - own[0] > LEAST_MARGIN * len(part.encode()):
            return f"seems to be in {scores[0][0]!r}; expected {case.language!r}"
    return None


def check_forbidden(text: str, case: Case) -> str | None:
    """Check for the terms in the file script.forbidden."""
    path = case.forbidden
    match = path and _pattern(terms(path)).search(unicodedata.normalize("NFC", text))
    return f"has the forbidden term {quoted(match[0])} of {path}; expected none" if match else None


def check_near_duplicate(text: str, case: Case) -> str | None:
    """Compare with the scripts of other topics. Misses 0.03 % of pairs at the limit of similarity (minhash.py)."""
    if case.output is None:
        return None
    own = _trigrams(text)
    sketch = minhash.sketch(own)
    if sketch is None:
        return None
    others = others_of(case.output, case.index).read()
    same = minhash.count_same(others.letters, sketch)
    candidates = (same >= minhash.LEAST_SAME).nonzero()[0]
    most_alike_first = same[candidates].argsort(kind="stable")[::-1]
    names = others.names(candidates[most_alike_first])
    paths = (case.output.with_name(name) for name in names if name != case.output.name)
    read = ((path, other) for path in paths if (other := _read_trigrams(path)))
    for path, other in itertools.islice(read, MOST_NEIGHBOURS):
        similarity = _jaccard(own, other)
        if similarity >= MOST_ALIKE:
            return f"is nearly that of {path} (similarity: {similarity:.2f}); expected less than {MOST_ALIKE}"
    return None


def check_grounded(text: str, case: Case) -> str | None:
    """Check that numbers, units and names are in the source, if there is one."""
    if not case.source:
        return None
    found = grounding.unsupported(text, case.source, case.topic, case.language)
    shown = ", ".join(map(quoted, found[:MOST_SHOWN]))
    more = f" and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
    return f"says what its source does not: {shown}{more}; expected its facts" if found else None


def check_copied(text: str, case: Case) -> str | None:
    """Check that the text is no copy of its source, if there is one."""
    passage = case.source and grounding.copied(text, case.source, case.language)
    if not passage:
        return None
    return f"copies its source, {quoted(passage)}; expected other words"


# In order of cost: near_duplicate reads other files, language loads a model.
CHECKS: dict[str, Callable[[str, Case], str | None]] = {
    "characters": check_characters,
    "words": check_words,
    "refusal": check_refusal,
    "markup": check_markup,
    "sentence": check_sentence,
    "repetition": check_repetition,
    "forbidden": check_forbidden,
    "grounded": check_grounded,
    "copied": check_copied,
    "near_duplicate": check_near_duplicate,
    "language": check_language,
}
FIRST = ("characters", "refusal", "markup")  # more informative than the number of words


@functools.cache
def terms(path: str) -> tuple[str, ...]:
    """Read the terms of a file, one per line, skipping blank lines and lines that begin with #.

    Raises InputError: the file cannot be read.
    """
    try:
        text = files.read_text(path).removeprefix("\ufeff")
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a NUL in the path
        reason = (
            "is not UTF-8" if isinstance(error, UnicodeDecodeError) else f"cannot be read ({error})"
        )
        raise InputError(f"script.forbidden: {path} {reason}; expected one term per line") from None
    lines = (" ".join(unicodedata.normalize("NFC", line).split()) for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


@functools.cache
def _pattern(terms: tuple[str, ...]) -> regex.Pattern[str]:
    """Return a pattern for complete words, ignoring case; for scripts without spaces, anywhere."""
    parts = []
    for term in sorted(terms, key=len, reverse=True):
        part = r"\s+".join(map(regex.escape, term.split()))
        before = "" if regex.match(rf"[{UNSPACED}]", term) else r"(?<!\w)"
        after = "" if regex.search(rf"[{UNSPACED}]$", term) else r"(?!\w)"
        parts.append(before + part + after)
    return regex.compile("|".join(parts) or r"(?!)", regex.IGNORECASE | regex.FULLCASE)


@functools.cache
def _refusal(language: Language) -> regex.Pattern[str]:
    return regex.compile(
        rf"(?<!\p{{L}}){model_phrases.part('refusals', language)}", regex.IGNORECASE
    )


def _words(text: str) -> Iterator[str]:
    return (word for word in _WORD.findall(text) if any(map(str.isalnum, word)))


def _loop(words: list[str]) -> tuple[int, str] | None:
    """Return a phrase that is repeated too often in a row, with its count. Returns None if there is none."""
    for size in range(1, LONGEST_PHRASE_WORDS + 1):
        run = 0
        for position in range(size, len(words)):
            run = run + 1 if words[position] == words[position - size] else 0
            length = run + size
            if length >= LEAST_REPEATS * size and length >= LEAST_REPEATED_WORDS * (
                1 + (len(words[position]) == 1)
            ):
                return _extend_loop(words, position, size)
    return None


def _extend_loop(words: list[str], position: int, size: int) -> tuple[int, str]:
    start = position
    while start >= size and words[start] == words[start - size]:
        start -= 1
    while position + 1 < len(words) and words[position + 1] == words[position + 1 - size]:
        position += 1
    first = start - size + 1
    return (position - first + 1) // size, " ".join(words[first : first + size])


def _jaccard(first: set[str], second: set[str]) -> float:
    """Return the Jaccard index of two sets."""
    return len(first & second) / (len(first | second) or 1)


def _trigrams(text: str) -> set[str]:
    """Return all sequences of three words, or the words of a shorter text."""
    words = text.casefold().split()
    if len(words) * 12 < len(text):  # no spaces between words
        words = [c for c in text if c.isalnum()]
    words = [word.strip(".,;:!?…\"'“”„«»()—–。、！？「」") for word in words]
    return set(map(" ".join, zip(words, words[1:], words[2:], strict=False))) or set(words)


def others_of(output: Path, index: Path | None) -> similarity_index.Index:
    """Return the index of all scripts in the folder of this one."""
    return similarity_index.Index(index, output.parent, output.suffix, minhash.WIDTH, _sketch)


def remember(settings: ScriptSettings, output: Path, index: Path) -> Callable[[], None] | None:
    """Return what adds a written script to the index of its folder, None if no script is compared."""
    if settings.checks["near_duplicate"] == "off":
        return None
    return functools.partial(others_of(output, index).add, output.name)


def _sketch(path: Path) -> bytes | None:
    return minhash.sketch(_read_trigrams(path))


def _read_trigrams(path: Path) -> set[str]:
    """Return the trigrams of a file, none if it no longer exists."""
    try:
        return _trigrams(pauses.without(files.read_bytes(path).decode(errors="replace")))
    except OSError:
        return set()
