"""What a script must be before it is kept. Each check is a plain function: None, or what was found and expected.

The configuration says of each whether a finding is an error, a warning or not looked for (script.checks).
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
    language_detection,
    left_over,
    model_phrases,
    sentences,
)
from audio_pipeline.text.language import Language
from audio_pipeline.text.languages import registry
from audio_pipeline.text.left_over import shown
from audio_pipeline.text.unspaced import UNSPACED

LEAST_WORDS_FOR_LANGUAGE = 20  # below, a detector guesses
LEAST_MARGIN = (
    0.5  # of log probability a byte: another language has 0.9 and more, foreign names up to 0.4
)
_PART = (
    500  # characters, of the beginning and of the end: of longer parts, the scores are less apart
)
FAR_TOO_LONG = 10  # times max_words: labels, notes and words to the user are not that many
LEAST_REPEATS = 3  # of a phrase in a row, of together at least:
LEAST_REPEATED_WORDS = 8  # "location, location, location" is no loop
LONGEST_PHRASE_WORDS = 40
MOST_DUPLICATE_SENTENCES = 0.25
SAME_SENTENCE = (
    0.7  # Jaccard index, as below: one word more or less in a sentence of 16 leaves 0.74
)
MOST_ALIKE = 0.6  # Jaccard index of the sets of 3 words in a row: a copy has 0.97, reordered 0.78, a paraphrase 0.19
MOST_NEIGHBOURS = 100  # files read for it, those most alike by their sketches

# Without spaces between words, each character counts as one.
_WORD = regex.compile(rf"[{UNSPACED}]\p{{M}}*|(?:(?![{UNSPACED}])[\p{{L}}\p{{N}}\p{{M}}'’_-])+")

# What someone in the text says: between quotes, or behind a dash.
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
    """What a text is checked for. forbidden: file of forbidden terms, "" for none; output: the file that it goes to.

    index: of that file's neighbours; None: they are all read.
    """

    language: str
    min_words: int = 0
    max_words: int = 0
    forbidden: str = ""
    output: Path | None = None
    index: Path | None = None


def run(
    text: str,
    language: str,
    settings: ScriptSettings,
    output: Path | None = None,
    index: Path | None = None,
) -> tuple[list[str], list[str]]:
    """The names of the checks that passed, and warnings.

    output: the file that the text goes to, whose neighbours are compared; index: of these.
    Raises BadAnswer: a check at level error found something; InputError: the file of forbidden terms cannot be read.
    """
    words = settings.min_words, settings.max_words
    case = Case(language, *words, settings.forbidden, output, index)
    passed, warnings = [], []
    for name in dict.fromkeys((*TELLING, *CHECKS)):
        level = settings.checks[name]
        if level == "off":
            continue
        found = CHECKS[name](text, case)
        if found is None:
            passed.append(name)
        elif level == "warn":
            warnings.append(f"the script {found} (script.checks.{name})")
        else:
            raise BadAnswer(f"the script {found} (script.checks.{name})")
    return [name for name in CHECKS if name in passed], warnings


def refuse_far_too_long(text: str, settings: ScriptSettings) -> None:
    """Raise BadAnswer if a raw text has many times the words of the longest script; it is not cleaned then."""
    most = settings.max_words
    if settings.checks["words"] == "error" and len(text) > FAR_TOO_LONG * most:
        count = count_words(chat_tokens.answer(text))
        if count > FAR_TOO_LONG * most:
            raise BadAnswer(
                f"the script has {count} words; expected at most {most} (script.max_words)"
            )


def count_words(text: str) -> int:
    """Words; in Chinese, Japanese, Thai, Lao, Khmer and Burmese: characters."""
    return sum(1 for _ in _words(text))


def trim_to_sentence(text: str, language: str, least_words: int) -> str | None:
    """The text, which was cut off, up to its last whole sentence. Returns None if fewer than `least_words` are left."""
    if not registry.of(language).full_stops:
        return None
    for end in reversed(list(sentences.ends(text, language, cut_off=True))):
        kept = text[:end]
        if end == len(text) and kept[-2:-1].isdigit():  # of "3.14", perhaps
            continue
        return kept if count_words(kept) >= least_words else None
    return None


def check_characters(text: str, case: Case) -> str | None:
    """No control characters, no private ones, no heap of marks on a letter, no sign of a wrong decoding."""
    if heap := characters.stack(text):
        return f"has too many marks on one letter, {heap} …; expected at most {characters.MOST_ACCENTS}"
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
    """The last sentence has an end."""
    if not registry.of(case.language).full_stops:
        return None
    bare = text.rstrip(" \n\"'”’»)]」』）")
    if bare.endswith(sentences.MARKS):
        return None
    return f"ends in mid-sentence, {shown(text[-40:])}; expected a full stop, or its like"


def check_markup(text: str, case: Case) -> str | None:
    """Nothing is left of what a model writes around and between the words to be spoken."""
    return left_over.find(text, case.language)


def check_refusal(text: str, case: Case) -> str | None:
    found = _refusal(registry.of(case.language)).search(_SPEECH.sub('""', text))
    return found and f"is a refusal, {shown(found[0])}; expected a text on the topic"


def check_repetition(text: str, case: Case) -> str | None:
    """No phrase again and again in a row, and not too many sentences twice."""
    words = [word.casefold() for word in _words(text)]
    if loop := _loop(words):
        times, phrase = loop
        return f"says {shown(phrase)} {times} times in a row; expected fewer than {LEAST_REPEATS}"
    long_ones = [
        _threes(sentence)
        for sentence in sentences.split(text, case.language)
        if count_words(sentence) > 2
    ]
    double = sum(
        any(_alike(sentence, earlier) >= SAME_SENTENCE for earlier in long_ones[:n])
        for n, sentence in enumerate(long_ones)
    )
    if long_ones and double / len(long_ones) >= MOST_DUPLICATE_SENTENCES:
        return (
            f"says {double} of its {len(long_ones)} sentences again; "
            f"expected less than {MOST_DUPLICATE_SENTENCES:.0%}"
        )
    return None


def check_language(text: str, case: Case) -> str | None:
    """The language of the topic, as py3langid knows it; nothing on short texts and languages that it does not know."""
    if count_words(text) < LEAST_WORDS_FOR_LANGUAGE:
        return None
    same = registry.of(case.language).alike | {registry.base(case.language)}
    for part in (text[:_PART], text[-_PART:]):
        scores = language_detection.rank(part)
        known = [score for name, score in scores if name in same]
        if known and scores[0][1] - known[0] > LEAST_MARGIN * len(part.encode()):
            return f"is in {scores[0][0]!r}, as it seems; expected {case.language!r}"
    return None


def check_forbidden(text: str, case: Case) -> str | None:
    """None of the terms in the file script.forbidden."""
    path = case.forbidden
    found = path and _pattern(terms(path)).search(unicodedata.normalize("NFC", text))
    return f"has the forbidden term {shown(found[0])} of {path}; expected none" if found else None


def check_near_duplicate(text: str, case: Case) -> str | None:
    """Not nearly the script of another topic: of a pair that is just alike enough, 0.03 % are missed (minhash.py)."""
    if case.output is None:
        return None
    mine = _threes(text)
    sketch = minhash.sketch(mine)
    if sketch is None:
        return None
    others = others_of(case.output, case.index).read()
    same = minhash.count_same(others.letters, sketch)
    candidates = (same >= minhash.LEAST_SAME).nonzero()[0]
    most_alike_first = same[candidates].argsort(kind="stable")[::-1]
    names = others.names(candidates[most_alike_first])
    paths = (case.output.with_name(name) for name in names if name != case.output.name)
    read = ((path, theirs) for path in paths if (theirs := _read_threes(path)))
    for path, theirs in itertools.islice(read, MOST_NEIGHBOURS):
        alike = _alike(mine, theirs)
        if alike >= MOST_ALIKE:
            return f"is nearly that of {path} (alike: {alike:.2f}); expected less than {MOST_ALIKE}"
    return None


# The cheap ones first; near_duplicate reads other files, language loads a model.
CHECKS: dict[str, Callable[[str, Case], str | None]] = {
    "characters": check_characters,
    "words": check_words,
    "refusal": check_refusal,
    "markup": check_markup,
    "sentence": check_sentence,
    "repetition": check_repetition,
    "forbidden": check_forbidden,
    "near_duplicate": check_near_duplicate,
    "language": check_language,
}
TELLING = ("characters", "refusal", "markup")  # what they find says more than the number of words


@functools.cache
def terms(path: str) -> tuple[str, ...]:
    """The terms of a file: one a line; blank lines and lines that begin with # are skipped.

    Raises InputError: it cannot be read.
    """
    try:
        text = files.read_text(path).removeprefix("\ufeff")
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a NUL in the path
        why = (
            "is not UTF-8" if isinstance(error, UnicodeDecodeError) else f"cannot be read ({error})"
        )
        raise InputError(f"script.forbidden: {path} {why}; expected one term a line") from None
    lines = (" ".join(unicodedata.normalize("NFC", line).split()) for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


@functools.cache
def _pattern(terms: tuple[str, ...]) -> regex.Pattern[str]:
    """Whole words, whatever their case; in languages without spaces between words, anywhere."""
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
    return (found for found in _WORD.findall(text) if any(map(str.isalnum, found)))


def _loop(words: list[str]) -> tuple[int, str] | None:
    """How often which phrase is said in a row, if too often."""
    for size in range(1, LONGEST_PHRASE_WORDS + 1):
        run = 0
        for place in range(size, len(words)):
            run = run + 1 if words[place] == words[place - size] else 0
            said = run + size
            if said >= LEAST_REPEATS * size and said >= LEAST_REPEATED_WORDS * (
                1 + (len(words[place]) == 1)
            ):
                return _whole_loop(words, place, size)
    return None


def _whole_loop(words: list[str], place: int, size: int) -> tuple[int, str]:
    start = place
    while start >= size and words[start] == words[start - size]:
        start -= 1
    while place + 1 < len(words) and words[place + 1] == words[place + 1 - size]:
        place += 1
    first = start - size + 1
    return (place - first + 1) // size, " ".join(words[first : first + size])


def _alike(one: set[str], other: set[str]) -> float:
    """Jaccard index."""
    return len(one & other) / (len(one | other) or 1)


def _threes(text: str) -> set[str]:
    """All three words in a row, as texts."""
    words = text.casefold().split()
    if len(words) * 12 < len(text):  # no spaces between words
        words = [c for c in text if c.isalnum()]
    words = [word.strip(".,;:!?…\"'“”„«»()—–。、！？「」") for word in words]
    return set(map(" ".join, zip(words, words[1:], words[2:], strict=False))) or set(words)


def others_of(output: Path, index: Path | None) -> similarity_index.Index:
    """All scripts in the folder of this one; to be added to when it is in its place."""
    return similarity_index.Index(index, output.parent, output.suffix, minhash.WIDTH, _sketch)


def _sketch(path: Path) -> bytes | None:
    return minhash.sketch(_read_threes(path))


def _read_threes(path: Path) -> set[str]:
    """Of a file; none where there is no file any more."""
    try:
        return _threes(files.read_bytes(path).decode(errors="replace"))
    except OSError:
        return set()
