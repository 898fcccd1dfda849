"""The parts of a long text that matter most for a topic, chosen by rule.

Paragraphs are scored by Okapi BM25 with the words of the topic, k1 = 1.2 and b = 0.75. The best ones that fit are kept,
in their order. Source: S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009).
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from audio_pipeline.text import sentences
from audio_pipeline.text.languages import registry

_K1, _B = 1.2, 0.75
_OF_THE_FIRST = 1.0  # worth of the beginning, which says what a text is about
_WORD = re.compile(r"[^\W_]+")
_MOST_IN_A_PARAGRAPH = 0.25  # of the room; a longer paragraph is divided at sentences


class Excerpt(NamedTuple):
    """text: paragraphs with a blank line between two; kept, of: paragraphs."""

    text: str
    kept: int
    of: int


def excerpt(text: str, about: str, most: int, language: str) -> Excerpt:
    """Return at most `most` characters of a text: whole paragraphs, or of long ones, whole sentences.

    about: the topic, whose words count. A text that fits is returned as it is.
    """
    parts = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    if sum(len(part) + 2 for part in parts) <= most:
        return Excerpt("\n\n".join(parts), len(parts), len(parts))
    parts = [piece for part in parts for piece in _divided(part, most, language)]
    scores = _scores(parts, about, spaced=registry.of(language).spaces)
    scores[0] += _OF_THE_FIRST
    chosen: set[int] = set()
    room = most
    for number in sorted(range(len(parts)), key=lambda number: (-scores[number], number)):
        if len(parts[number]) + 2 <= room:
            chosen.add(number)
            room -= len(parts[number]) + 2
    kept = [parts[number] for number in sorted(chosen)] or [parts[0][:most]]
    return Excerpt("\n\n".join(kept), len(kept), len(parts))


def _divided(part: str, most: int, language: str) -> list[str]:
    """Divide a long paragraph at its sentences."""
    limit = max(200, int(_MOST_IN_A_PARAGRAPH * most))
    if len(part) <= limit:
        return [part]
    pieces: list[str] = []
    for sentence in sentences.split(part, language):
        if pieces and len(pieces[-1]) + 1 + len(sentence) <= limit:
            pieces[-1] += f" {sentence}"
        else:
            pieces.append(sentence)
    return pieces


def _scores(parts: Sequence[str], about: str, *, spaced: bool) -> list[float]:
    counts = [Counter(_words(part, spaced)) for part in parts]
    lengths = [sum(count.values()) for count in counts]
    mean = sum(lengths) / len(lengths) or 1
    wanted = set(_words(about, spaced))
    containing = {word: sum(word in count for count in counts) for word in wanted}
    rarity = {
        word: math.log(1 + (len(parts) - number + 0.5) / (number + 0.5))
        for word, number in containing.items()
    }
    return [
        sum(
            rarity[word] * count[word] * (_K1 + 1)
            / (count[word] + _K1 * (1 - _B + _B * length / mean))
            for word in wanted
        )
        for count, length in zip(counts, lengths, strict=True)
    ]  # fmt: skip


def _words(text: str, spaced: bool) -> list[str]:
    """Return the words of a text without case, and without an s at the end: hearts is heart.

    spaced: False for a language without spaces, of which pairs of characters are returned.
    """
    if not spaced:
        letters = "".join(_WORD.findall(text))
        return [letters[start : start + 2] for start in range(len(letters) - 1)]
    return [word.rstrip("s") or word for word in _WORD.findall(text.lower())]
