"""Estimates of the times at which the words of a recording are spoken.

A recording's record has the first and last sample of each sentence. Within a sentence, words have lengths by their
letters, and pauses are detected in the sound. Pauses are assigned to borders between words at the lowest cost of
stretched words, punctuation without a pause, and pauses without punctuation (dynamic programming, as in Viterbi's
algorithm). Between two pauses, time is shared by length.

Voice time is time without the pauses: each pause is a single point in it.
"""

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from audio_pipeline.text.spoken_form import spoken
from audio_pipeline.text.unspaced import TOKEN

if TYPE_CHECKING:
    import numpy as np

FRAME_S = 0.01
_SHORTEST_PAUSE_S = 0.06
_QUIET_DBFS = -50.0  # anything below is silence
_BELOW_SPEECH_DB = 30.0

# The length of a word is the number of its letters plus a constant.
_PER_WORD = 1.5
_STRETCH_S = 0.02  # variance of the length of a second of speech, in s²
_FIT = 2 * _STRETCH_S
# The costs of a punctuation mark without a pause, and of a pause without a mark.
SENTENCE, CLAUSE, COMMA = 8.0, 4.0, 2.5
_NO_MARK = 3.5
_PAUSES_BACK = 12  # the previous pause that counts is one of the last 12
_WINDOW_S = (1.5, 30.0)  # minimum and maximum search distance from a word's expected time
_WINDOW = 0.08  # search distance as a share of the length

_MARKS = (  # within a sentence
    (re.compile(r"[!?…;:–—；：！？]+[\"'”’»)\]」』]*$|-$"), CLAUSE),
    (re.compile(r"[,，、،)）」』]+[\"'”’»\]]*$"), COMMA),
)


@dataclass(frozen=True)
class Word:
    """A spoken word. text: as in the script, with its punctuation; spaced: True if a space follows it; mark: the pause
    expected after it, from 0 (none) to SENTENCE; begin_s, end_s: when it is spoken.
    """

    text: str
    spaced: bool
    mark: float
    begin_s: float
    end_s: float


@dataclass(frozen=True)
class Voice:
    """The sound as runs of voice between pauses. starts_s, ends_s: times of each run, float, (n,)."""

    starts_s: "np.ndarray"
    ends_s: "np.ndarray"

    @functools.cached_property
    def passed_s(self) -> "np.ndarray":
        """The voice time at the start of each run, and at the end of the last; float, (n + 1,)."""
        import numpy as np

        return np.concatenate([[0.0], np.cumsum(self.ends_s - self.starts_s)])

    def within(self, begin_s: float, end_s: float) -> "Voice":
        """Return the part between two times."""
        inside = (self.ends_s > begin_s) & (self.starts_s < end_s)
        return Voice(self.starts_s[inside].clip(min=begin_s), self.ends_s[inside].clip(max=end_s))

    def time_s(self, voice_s: float, *, begins: bool) -> float:
        """Return the time at a voice time. begins: at a pause, return its end instead of its beginning."""
        import numpy as np

        side: Literal["right", "left"] = "right" if begins else "left"
        run = int(np.searchsorted(self.passed_s, voice_s, side)) - 1
        run = min(max(run, 0), len(self.starts_s) - 1)
        return float(self.starts_s[run] + voice_s - self.passed_s[run])


def voice(samples: "np.ndarray", rate_hz: int) -> Voice:
    """Detect the runs of voice. samples: int16, (n, channels)."""
    import numpy as np

    size = max(1, round(FRAME_S * rate_hz))
    count = len(samples) // size
    if not count:
        return Voice(np.array([0.0]), np.array([len(samples) / rate_hz]))
    power = np.empty(count)
    for start in range(0, count, 10_000):
        part = samples[start * size : (start + 10_000) * size][: (count - start) * size]
        frames = part.reshape(-1, size * samples.shape[1]).astype(np.float64)
        power[start : start + len(frames)] = (frames**2).mean(axis=1)
    level = 10 * np.log10(power / 32768**2 + 1e-12)
    loud = level > max(_QUIET_DBFS, np.percentile(level, 95) - _BELOW_SPEECH_DB)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]])))
    if not len(edges):
        return Voice(np.array([0.0]), np.array([len(samples) / rate_hz]))
    starts, ends = edges[::2] * FRAME_S, edges[1::2] * FRAME_S
    separate = np.flatnonzero(starts[1:] - ends[:-1] >= _SHORTEST_PAUSE_S - 1e-9)
    return Voice(starts[[0, *(separate + 1)]], ends[[*separate, len(ends) - 1]])


def word_times(sentences: Sequence[str], language: str, speech: Voice) -> list[Word]:
    """Return the words of sentences with their times. speech: the runs of voice of these sentences."""
    tokens: list[str] = []
    marks: list[float] = []
    for sentence in sentences:
        own = tokens_of(sentence)
        tokens += [*own[:-1], own[-1] + " "] if own else []
        marks += [*map(_mark, own[:-1]), SENTENCE] if own else []
    if not tokens:
        return []
    borders_s = _borders(tokens, marks, language, speech)
    words = []
    for number, (token, mark) in enumerate(zip(tokens, marks, strict=True)):
        text = token.rstrip()
        begin_s = speech.time_s(borders_s[number], begins=True)
        end_s = speech.time_s(borders_s[number + 1], begins=False)
        words.append(Word(text, token != text, mark, begin_s, max(begin_s, end_s)))
    return words


def tokens_of(sentence: str) -> list[str]:
    """Split a sentence into words with the space after them; punctuation by itself joins the word before it."""
    tokens: list[str] = []
    for token in TOKEN.findall(" ".join(sentence.split())):
        bare = not any(character.isalnum() for character in token)
        if tokens and (bare or not any(character.isalnum() for character in tokens[-1])):
            tokens[-1] += token
        else:
            tokens.append(token)
    return tokens


def _mark(token: str) -> float:
    return next((cost for marks, cost in _MARKS if marks.search(token.rstrip())), 0.0)


def _length(token: str, language: str) -> float:
    text = token if token.rstrip(".,;:!?").isalpha() else spoken(token, language)
    return sum(map(str.isalnum, text)) + _PER_WORD


def _borders(
    tokens: Sequence[str], marks: Sequence[float], language: str, speech: Voice
) -> "np.ndarray":
    """Return the voice time of each border of words, including both ends; float, (len(tokens) + 1,)."""
    import numpy as np

    lengths = np.cumsum([0.0, *(_length(token, language) for token in tokens)])
    expected_s = lengths / lengths[-1] * speech.passed_s[-1]
    borders, times_s = _anchors(np.array([0.0, *marks[:-1], 0.0]), expected_s, speech)
    result: np.ndarray = np.interp(expected_s, expected_s[borders], times_s)
    return result


def _anchors(
    marks: "np.ndarray", expected_s: "np.ndarray", speech: Voice
) -> tuple[list[int], list[float]]:
    """Return the borders that have a pause, including both ends, and the pauses' voice times.

    marks: the punctuation of each border; expected_s: the voice time of each border, by the lengths of words.
    """
    import numpy as np

    last, pauses_s = len(marks) - 1, speech.passed_s  # the first and the last are the ends
    unpaused = np.cumsum([0.0, *marks])  # cost of marks without a pause before each border
    unused = np.clip(25 * (speech.starts_s[1:] - speech.ends_s[:-1] - 0.04), 0, 12)
    unused = np.cumsum([0.0, 0.0, *unused])  # cost of pauses without a border before each pause
    window_s = float(np.clip(_WINDOW * pauses_s[-1], *_WINDOW_S))
    states = [(np.array([0]), np.zeros(1), np.zeros((1, 2), int))]  # borders, costs, origins
    for current in range(1, len(pauses_s)):
        final = current == len(pauses_s) - 1
        low, high = np.searchsorted(expected_s, pauses_s[current] + np.array([-window_s, window_s]))
        candidates = np.array([last]) if final else np.arange(max(1, low), max(1, min(last, high)))
        best, origin = np.full(len(candidates), np.inf), np.zeros((len(candidates), 2), int)
        for previous in range(max(0, current - _PAUSES_BACK), current):
            earlier, cost, _ = states[previous]
            if not len(earlier) or not len(candidates):
                continue
            actual_s = pauses_s[current] - pauses_s[previous]
            target_s = expected_s[candidates][None, :] - expected_s[earlier][:, None]
            total = cost[:, None] + (actual_s - target_s) ** 2 / (_FIT * (abs(target_s) + 0.15))
            total += unpaused[candidates][None, :] - unpaused[earlier + 1][:, None]
            total += unused[current] - unused[previous + 1]
            total[target_s <= 0] = np.inf
            choice = total.argmin(axis=0)
            cheapest = total[choice, np.arange(len(candidates))]
            better = cheapest < best
            best[better] = cheapest[better]
            origin[better] = np.stack([np.full(len(candidates), previous), choice], axis=1)[better]
        if not final:
            best += np.where(marks[candidates] > 0, 0.0, _NO_MARK)
        states.append((candidates, best, origin))
    if not np.isfinite(states[-1][1][0]):  # no solution: more pauses than words
        return [0, last], [0.0, float(pauses_s[-1])]
    borders, times_s, current, choice = [], [], len(states) - 1, 0
    while True:
        candidates, _, origin = states[current]
        borders.append(int(candidates[choice]))
        times_s.append(float(pauses_s[current]))
        if current == 0:
            return borders[::-1], times_s[::-1]
        current, choice = origin[choice]
