"""How far what a recogniser heard is from what was to be said: the word error rate."""

import re
import unicodedata
from dataclasses import dataclass

from audio_pipeline.text.spoken_form import spoken
from audio_pipeline.text.unspaced import UNSPACED

_APOSTROPHES = re.compile(r"['’‘`´]")
_CHARACTER = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True)
class Comparison:
    """said: how many words were to be said; errors: least number of words put in, left out or changed to get there.

    worst: the first such places, as "said → heard".
    """

    said: int
    errors: int
    worst: list[str]

    @property
    def rate(self) -> float:
        """Word error rate: 0 is perfect; it can pass 1."""
        return self.errors / self.said if self.said else float(self.errors > 0)


def compare(text: str, heard: str, language: str) -> Comparison:
    """Both as they are spoken, so that "1969" and "nineteen sixty-nine" are the same."""
    said, got = words(text, language), words(heard, language)
    return _aligned(said, got)


def words(text: str, language: str) -> list[str]:
    """The spoken words, small, without marks; of a language without spaces, the characters."""
    text = unicodedata.normalize("NFKC", spoken(text, language)).casefold()
    text = _CHARACTER.sub(r" \g<0> ", _APOSTROPHES.sub("", text))
    return re.findall(r"\w+", text)


def _aligned(said: list[str], got: list[str]) -> Comparison:
    """Levenshtein's distance in words, and where the two differ. One compound may be two words: "sunlight"."""
    width = len(got) + 1
    rows = [list(range(width))]
    for i, word in enumerate(said, start=1):
        row = [i] + [0] * len(got)
        for j, other in enumerate(got, start=1):
            row[j] = min(rows[-1][j] + 1, row[j - 1] + 1, rows[-1][j - 1] + (word != other))
            if i > 1 and said[i - 2] + word == other:
                row[j] = min(row[j], rows[-2][j - 1])
            if j > 1 and got[j - 2] + other == word:
                row[j] = min(row[j], rows[-1][j - 2])
        rows.append(row)
    return Comparison(len(said), rows[-1][-1], _differences(rows, said, got))


def _differences(rows: list[list[int]], said: list[str], got: list[str]) -> list[str]:
    """The way back through the table, told forwards; at most five."""
    found, i, j = [], len(said), len(got)
    while i or j:
        here = rows[i][j]
        if i > 1 and j and said[i - 2] + said[i - 1] == got[j - 1] and here == rows[i - 2][j - 1]:
            i, j = i - 2, j - 1
        elif j > 1 and i and got[j - 2] + got[j - 1] == said[i - 1] and here == rows[i - 1][j - 2]:
            i, j = i - 1, j - 2
        elif i and j and here == rows[i - 1][j - 1] + (said[i - 1] != got[j - 1]):
            if said[i - 1] != got[j - 1]:
                found.append(f"{said[i - 1]} → {got[j - 1]}")
            i, j = i - 1, j - 1
        elif i and here == rows[i - 1][j] + 1:
            found.append(f"{said[i - 1]} → –")
            i -= 1
        else:
            found.append(f"– → {got[j - 1]}")
            j -= 1
    return found[::-1][:5]
