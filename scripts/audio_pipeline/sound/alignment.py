"""When each word of a recording is said, by the best estimate.

A recording's record tells the sample at which each sentence begins and ends; within one it is estimated. Words are
given lengths by their letters; pauses are found in the sound; then the one way of putting pauses between words is
chosen that asks for the least stretching, the fewest marks without a pause and the fewest pauses without a mark
(dynamic programming, as in Viterbi's algorithm). Between two pauses time is shared by length.

Time without the pauses is called voice time: there each pause is a point.
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
_QUIET_DBFS = -50.0  # what is below it is silence, whatever else there is
_BELOW_SPEECH_DB = 30.0

# Length of a word: its letters, and what goes with every word.
_PER_WORD = 1.5
_STRETCH_S = 0.02  # variance of the length of a second of speech, in s²
_FIT = 2 * _STRETCH_S
# What it costs to leave a mark without a pause, and to have a pause where there is none.
SENTENCE, CLAUSE, COMMA = 8.0, 4.0, 2.5
_NO_MARK = 3.5
_PAUSES_BACK = 12  # of the pauses before this one, how many may be the one before it that counts
_WINDOW_S = (1.5, 30.0)  # how far from its expected place a word is looked for: least and most
_WINDOW = 0.08  # of the length

_MARKS = (  # within a sentence
    (re.compile(r"[!?…;:–—；：！？]+[\"'”’»)\]」』]*$|-$"), CLAUSE),
    (re.compile(r"[,，、،)）」』]+[\"'”’»\]]*$"), COMMA),
)


@dataclass(frozen=True)
class Word:
    """text: as it stands in the script, with its marks; spaced: a space follows it; mark: how much of a pause is to be
    expected behind it, from 0 (none) to SENTENCE; begin_s, end_s: when it is said.
    """

    text: str
    spaced: bool
    mark: float
    begin_s: float
    end_s: float


@dataclass(frozen=True)
class Voice:
    """The sound as runs of voice: starts_s and ends_s of each, and the voice time at which it starts."""

    starts_s: "np.ndarray"
    ends_s: "np.ndarray"

    @functools.cached_property
    def passed_s(self) -> "np.ndarray":
        """Voice time at the start of each run, and at the end of the last."""
        import numpy as np

        return np.concatenate([[0.0], np.cumsum(self.ends_s - self.starts_s)])

    def within(self, begin_s: float, end_s: float) -> "Voice":
        """The part of it between two times."""
        some = (self.ends_s > begin_s) & (self.starts_s < end_s)
        return Voice(self.starts_s[some].clip(min=begin_s), self.ends_s[some].clip(max=end_s))

    def time_s(self, voice_s: float, *, begins: bool) -> float:
        """The time at a voice time; at a pause, where it ends if something begins, else where it begins."""
        import numpy as np

        side: Literal["right", "left"] = "right" if begins else "left"
        run = int(np.searchsorted(self.passed_s, voice_s, side)) - 1
        run = min(max(run, 0), len(self.starts_s) - 1)
        return float(self.starts_s[run] + voice_s - self.passed_s[run])


def voice(samples: "np.ndarray", rate_hz: int) -> Voice:
    """Where there is voice. samples: int16, (n, channels)."""
    import numpy as np

    size = max(1, round(FRAME_S * rate_hz))
    count = len(samples) // size
    if not count:
        return Voice(np.array([0.0]), np.array([len(samples) / rate_hz]))
    power = np.empty(count)
    for start in range(0, count, 10_000):
        some = samples[start * size : (start + 10_000) * size][: (count - start) * size]
        frames = some.reshape(-1, size * samples.shape[1]).astype(np.float64)
        power[start : start + len(frames)] = (frames**2).mean(axis=1)
    level = 10 * np.log10(power / 32768**2 + 1e-12)
    loud = level > max(_QUIET_DBFS, np.percentile(level, 95) - _BELOW_SPEECH_DB)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]])))
    if not len(edges):
        return Voice(np.array([0.0]), np.array([len(samples) / rate_hz]))
    starts, ends = edges[::2] * FRAME_S, edges[1::2] * FRAME_S
    apart = np.flatnonzero(starts[1:] - ends[:-1] >= _SHORTEST_PAUSE_S - 1e-9)
    return Voice(starts[[0, *(apart + 1)]], ends[[*apart, len(ends) - 1]])


def word_times(said: Sequence[str], language: str, heard: Voice) -> list[Word]:
    """The words of the sentences that are said from the first to the last sound of `heard`."""
    tokens: list[str] = []
    marks: list[float] = []
    for sentence in said:
        some = tokens_of(sentence)
        tokens += [*some[:-1], some[-1] + " "] if some else []
        marks += [*map(_mark, some[:-1]), SENTENCE] if some else []
    if not tokens:
        return []
    borders_s = _borders(tokens, marks, language, heard)
    found = []
    for number, (token, mark) in enumerate(zip(tokens, marks, strict=True)):
        text = token.rstrip()
        begin_s = heard.time_s(borders_s[number], begins=True)
        end_s = heard.time_s(borders_s[number + 1], begins=False)
        found.append(Word(text, token != text, mark, begin_s, max(begin_s, end_s)))
    return found


def tokens_of(sentence: str) -> list[str]:
    """What stays together, with the space after it; a dash by itself goes with the word before it."""
    found: list[str] = []
    for token in TOKEN.findall(" ".join(sentence.split())):
        alone = not any(character.isalnum() for character in token)
        if found and (alone or not any(character.isalnum() for character in found[-1])):
            found[-1] += token
        else:
            found.append(token)
    return found


def _mark(token: str) -> float:
    return next((cost for marks, cost in _MARKS if marks.search(token.rstrip())), 0.0)


def _length(token: str, language: str) -> float:
    said = token if token.rstrip(".,;:!?").isalpha() else spoken(token, language)
    return sum(map(str.isalnum, said)) + _PER_WORD


def _borders(
    tokens: Sequence[str], marks: Sequence[float], language: str, heard: Voice
) -> "np.ndarray":
    """The voice time of each border between words, the first and the last included; float, (len(tokens) + 1,)."""
    import numpy as np

    upto = np.cumsum([0.0, *(_length(token, language) for token in tokens)])
    expected_s = upto / upto[-1] * heard.passed_s[-1]
    borders, places_s = _anchors(np.array([0.0, *marks[:-1], 0.0]), expected_s, heard)
    found: np.ndarray = np.interp(expected_s, expected_s[borders], places_s)
    return found


def _anchors(
    marks: "np.ndarray", expected_s: "np.ndarray", heard: Voice
) -> tuple[list[int], list[float]]:
    """The borders at which there is a pause, with its voice time; the first and the last border among them.

    marks: of each border; expected_s: its voice time, if each word took its share.
    """
    import numpy as np

    last, pauses_s = len(marks) - 1, heard.passed_s  # the first and the last are the ends
    unpaused = np.cumsum([0.0, *marks])  # cost of marks without a pause before each border
    unused = np.clip(25 * (heard.starts_s[1:] - heard.ends_s[:-1] - 0.04), 0, 12)
    unused = np.cumsum([0.0, 0.0, *unused])  # cost of pauses without a border before each pause
    window_s = float(np.clip(_WINDOW * pauses_s[-1], *_WINDOW_S))
    states = [(np.array([0]), np.zeros(1), np.zeros((1, 2), int))]  # borders, costs, origins
    for this in range(1, len(pauses_s)):
        final = this == len(pauses_s) - 1
        low, high = np.searchsorted(expected_s, pauses_s[this] + np.array([-window_s, window_s]))
        here = np.array([last]) if final else np.arange(max(1, low), max(1, min(last, high)))
        best, origin = np.full(len(here), np.inf), np.zeros((len(here), 2), int)
        for before in range(max(0, this - _PAUSES_BACK), this):
            there, cost, _ = states[before]
            if not len(there) or not len(here):
                continue
            said_s = pauses_s[this] - pauses_s[before]
            wanted_s = expected_s[here][None, :] - expected_s[there][:, None]
            total = cost[:, None] + (said_s - wanted_s) ** 2 / (_FIT * (abs(wanted_s) + 0.15))
            total += unpaused[here][None, :] - unpaused[there + 1][:, None]
            total += unused[this] - unused[before + 1]
            total[wanted_s <= 0] = np.inf
            choice = total.argmin(axis=0)
            cheapest = total[choice, np.arange(len(here))]
            better = cheapest < best
            best[better] = cheapest[better]
            origin[better] = np.stack([np.full(len(here), before), choice], axis=1)[better]
        if not final:
            best += np.where(marks[here] > 0, 0.0, _NO_MARK)
        states.append((here, best, origin))
    if not np.isfinite(states[-1][1][0]):  # no way through: more pauses than words
        return [0, last], [0.0, float(pauses_s[-1])]
    borders, places_s, this, choice = [], [], len(states) - 1, 0
    while True:
        here, _, origin = states[this]
        borders.append(int(here[choice]))
        places_s.append(float(pauses_s[this]))
        if this == 0:
            return borders[::-1], places_s[::-1]
        this, choice = origin[choice]
