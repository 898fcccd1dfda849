"""The word error rate of a transcript."""

import re
import unicodedata
from dataclasses import dataclass

from audio_pipeline.text.languages import registry
from audio_pipeline.text.spoken_form import spoken
from audio_pipeline.text.unspaced import UNSPACED

_APOSTROPHES = re.compile(r"['’‘`´]")
_CHARACTER = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True)
class Comparison:
    """A comparison of transcript and script. said: words of the script; errors: insertions, deletions, substitutions.

    worst: the first differences, as "said → heard".
    """

    said: int
    errors: int
    worst: list[str]

    @property
    def rate(self) -> float:
        """The word error rate: 0 is perfect; it can exceed 1."""
        return self.errors / self.said if self.said else float(self.errors > 0)


def compare(text: str, heard: str, language: str) -> Comparison:
    """Compare both in spoken form, so that "1969" and "nineteen sixty-nine" are equal, and "colour" and "color"."""
    said, other = words(text, language), words(heard, language)
    rows, pairs = _align(
        [_spelling(word, language) for word in said], [_spelling(word, language) for word in other]
    )
    worst = [
        f"{'–' if i is None else said[i]} → {'–' if j is None else other[j]}" for i, j in pairs[:5]
    ]
    return Comparison(len(said), rows[-1][-1], worst)


def words(text: str, language: str) -> list[str]:
    """Return the spoken words in lower case without punctuation, or the characters of a script without spaces."""
    text = unicodedata.normalize("NFKC", spoken(text, language)).casefold()
    text = _CHARACTER.sub(r" \g<0> ", _APOSTROPHES.sub("", text))
    return re.findall(r"\w+", text)


def _spelling(word: str, language: str) -> str:
    """Return one of the spellings of a word."""
    for pattern, other in (registry.of(language).spellings or {}).items():
        word = re.sub(pattern, other, word)
    return word


_Pair = tuple[
    int | None, int | None
]  # index of a word that was said, and of what was heard instead


def _align(said: list[str], heard: list[str]) -> tuple[list[list[int]], list[_Pair]]:
    """Return the table of Levenshtein distances in words, and the differences. A compound equals its two parts:
    "sunlight".
    """
    width = len(heard) + 1
    rows = [list(range(width))]
    for i, word in enumerate(said, start=1):
        row = [i] + [0] * len(heard)
        for j, other in enumerate(heard, start=1):
            row[j] = min(rows[-1][j] + 1, row[j - 1] + 1, rows[-1][j - 1] + (word != other))
            if i > 1 and said[i - 2] + word == other:
                row[j] = min(row[j], rows[-2][j - 1])
            if j > 1 and heard[j - 2] + other == word:
                row[j] = min(row[j], rows[-1][j - 2])
        rows.append(row)
    return rows, _differences(rows, said, heard)


def _differences(rows: list[list[int]], said: list[str], heard: list[str]) -> list[_Pair]:
    """Return the differences in order, by backtracking through the table."""
    result: list[_Pair] = []
    i, j = len(said), len(heard)
    while i or j:
        here = rows[i][j]
        if i > 1 and j and said[i - 2] + said[i - 1] == heard[j - 1] and here == rows[i - 2][j - 1]:
            i, j = i - 2, j - 1
        elif (
            j > 1 and i and "".join(heard[j - 2 : j]) == said[i - 1] and here == rows[i - 1][j - 2]
        ):
            i, j = i - 1, j - 2
        elif i and j and here == rows[i - 1][j - 1] + (said[i - 1] != heard[j - 1]):
            if said[i - 1] != heard[j - 1]:
                result.append((i - 1, j - 1))
            i, j = i - 1, j - 1
        elif i and here == rows[i - 1][j] + 1:
            result.append((i - 1, None))
            i -= 1
        else:
            result.append((None, j - 1))
            j -= 1
    return result[::-1]
