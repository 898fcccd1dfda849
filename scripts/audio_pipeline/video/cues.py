"""Cues from timed words: text, display time and line breaks.

A cue has at most two lines of a given width (a Chinese character takes two columns) and is shown for 1 to 7 seconds if
possible. The split with the lowest cost is chosen: cues should end with a sentence or clause, at a comma, in a pause or
before a conjunction, and hardly ever between an article or preposition and its noun.
Source of the numbers: Netflix, Timed Text Style Guide (42 characters, two lines, at most 7 s, 20 characters a second);
BBC, Subtitle Guidelines (line breaks).
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from wcwidth import iter_graphemes, wcswidth

from audio_pipeline.sound.alignment import CLAUSE, COMMA, SENTENCE, Word
from audio_pipeline.text.languages import registry
from audio_pipeline.video.cuts import letters, positions_after

SHORTEST_S, LONGEST_S = 1.0, 7.0
_LINGER_S = 0.1  # after its last word, if there is time
_COLUMNS_PER_SECOND = 20  # reading speed: faster cues stay as long as possible
_PAUSE_S = 0.12  # shorter pauses are hardly audible

# The costs of ending a cue or a line.
_END_OF_SENTENCE, _END_OF_CLAUSE, _AT_COMMA, _BEFORE_CONJUNCTION = 0.0, 1.0, 1.5, 3.0
_BETWEEN_WORDS, _NAME_OR_NUMBER, _TORN = 5.0, 7.0, 10.0
_PER_CUE = 2.0
_OVER_A_SENTENCE = 4.0  # for the end of a sentence within a cue
_OVER_A_SILENCE = 20.0  # for a pause of at least a second within a cue
_SILENCE_S = 1.0


@dataclass(frozen=True)
class Cue:
    """A subtitle. lines: one or two; begin_s, end_s: display time."""

    begin_s: float
    end_s: float
    lines: tuple[str, ...]


class _Ends:
    """The costs of ending a cue or line after a word in a language."""

    def __init__(self, language: str) -> None:
        self.language = registry.of(language)
        self.clinging = frozenset(self.language.clinging.split())

    def cost(self, words: Sequence[Word], number: int) -> float:
        """Return the cost of ending a cue or a line after a word."""
        word = words[number]
        if word.mark >= SENTENCE or number + 1 == len(words):
            return _END_OF_SENTENCE
        if word.mark >= CLAUSE:
            return _END_OF_CLAUSE
        if word.mark >= COMMA:
            return _AT_COMMA
        following = words[number + 1]
        pause = -2.0 * (following.begin_s - word.end_s >= _PAUSE_S)
        bare = word.text.lower().strip("\"'“”‘’«»()¿¡")
        if bare in self.clinging:
            return _TORN + pause
        if following.text.lower() in self.language.joining_words:
            return _BEFORE_CONJUNCTION + pause
        name = word.text[:1].isupper() and following.text[:1].isupper() and bare != "i"
        if word.spaced and (name or word.text[-1].isdigit()):
            return _NAME_OR_NUMBER + pause
        return _BETWEEN_WORDS + pause

    def split(self, words: Sequence[Word], columns: int) -> list[Sequence[Word]]:
        """Split words into two lines of similar width, the first with a good end. Returns [] if they do not fit."""
        choices = []
        for cut in range(1, len(words)):
            first, second = _width(words[:cut]), _width(words[cut:])
            if first <= columns and second <= columns:
                uneven = abs(first - second) / columns
                choices.append((self.cost(words, cut - 1) + 6 * uneven, cut))
        if not choices:
            return []
        cut = min(choices)[1]
        return [words[:cut], words[cut:]]


def of_turns(
    words: Sequence[Word],
    turns: Sequence[tuple[str, str]],
    length_s: float,
    columns: int,
    language: str,
) -> list[Cue]:
    """Return the words in cues like `cues`, but each turn in cues of its own, with its speaker's name before the first.

    turns: speakers, "" for none, and their texts, which together are the words.
    """
    ends = list(itertools.accumulate(len(letters(text)) for _, text in turns))
    starts = [0, *positions_after(ends[:-1], words)]
    result: list[Cue] = []
    speaker = ""
    for (name, _), begin, end in zip(turns, starts, [*starts[1:], len(words)], strict=True):
        own = list(words[begin:end])
        if name and name != speaker and own:
            own[0] = replace(own[0], text=f"{name}: {own[0].text}")
        speaker = name
        until_s = words[end].begin_s if end < len(words) else length_s
        result += cues(own, until_s, columns, language)
    return result


def cues(words: Sequence[Word], length_s: float, columns: int, language: str) -> list[Cue]:
    """Return the words in cues, in order. length_s: length of the recording; columns: width of a line."""
    ends = _Ends(language)
    words = [piece for word in words for piece in _split_word(word, columns)]
    costs = [ends.cost(words, number) for number in range(len(words))]
    # By the number of words: their lowest cost, and the first word of the last cue.
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(words) + 1):
        choices = [(math.inf, end - 1)]
        for begin in range(end - 1, -1, -1):
            group = words[begin:end]
            if len(group) > 1 and _width(group) > columns and not ends.split(group, columns):
                break
            until_s = words[end].begin_s if end < len(words) else length_s
            within = sum(word.mark == SENTENCE for word in group[:-1])
            cost = best[begin][0] + _PER_CUE + costs[end - 1] + _OVER_A_SENTENCE * within
            cost += _OVER_A_SILENCE * sum(map(_is_silence, group, group[1:]))
            short_s = SHORTEST_S - (until_s - group[0].begin_s)
            cost += 5 + 8 * short_s if short_s > 0 else 0
            long_s = group[-1].end_s - group[0].begin_s - LONGEST_S
            cost += 10 + 8 * long_s if long_s > 0 else 0
            cost += 4 * max(0.0, 0.3 - _width(group) / columns)  # a word by itself
            choices.append((cost, begin))
        best.append(min(choices))
    result, end = [], len(words)
    while end:
        begin = best[end][1]
        next_s = words[end].begin_s if end < len(words) else length_s
        result.append(_cue(words[begin:end], next_s, columns, ends))
        end = begin
    return result[::-1]


def _is_silence(word: Word, following: Word) -> bool:
    return following.begin_s - word.end_s >= _SILENCE_S


def _cue(words: Sequence[Word], next_s: float, columns: int, ends: _Ends) -> Cue:
    begin_s, end_s = words[0].begin_s, words[-1].end_s
    read_s = max(SHORTEST_S, min(_width(words) / _COLUMNS_PER_SECOND, LONGEST_S))
    shown_until_s = max(end_s, min(next_s, max(end_s + _LINGER_S, begin_s + read_s)))
    lines = [words] if _width(words) <= columns else ends.split(words, columns) or [words]
    return Cue(begin_s, shown_until_s, tuple(_text(line) for line in lines))


def _split_word(word: Word, columns: int) -> list[Word]:
    """Split a word that is longer than a line into pieces, and its time among them."""
    if wcswidth(word.text) <= columns:
        return [word]
    pieces = [""]
    for cluster in iter_graphemes(word.text):
        if pieces[-1] and wcswidth(pieces[-1] + cluster) > columns:
            pieces.append("")
        pieces[-1] += cluster
    share_s = (word.end_s - word.begin_s) / len(pieces)
    parts = []
    for number, piece in enumerate(pieces):
        begin_s = word.begin_s + number * share_s
        parts.append(
            replace(
                word, text=piece, spaced=False, mark=0.0, begin_s=begin_s, end_s=begin_s + share_s
            )
        )
    parts[-1] = replace(parts[-1], spaced=word.spaced, mark=word.mark, end_s=word.end_s)
    return parts


def _text(words: Sequence[Word]) -> str:
    return "".join(word.text + " " * word.spaced for word in words).strip()


def _width(words: Sequence[Word]) -> int:
    """Return the width in columns."""
    return max(0, wcswidth(_text(words)))
