"""The gain of music under speech: low in each sentence, higher in long pauses, with smooth changes.

The gain in dB is a sum of two curves: one of two levels, by the times of the sentences alone; and one that lowers the
music further where it is louder, or the speech less loud, than usual.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

Times = tuple[float, float]  # begin and end in seconds

STEP_S = 0.02  # of the energies
BELOW_LU = 15.0  # the music under all of the speech
_LEAST_BELOW_LU = (
    13.0  # in each sentence; 12 LU are promised, and the energies are measured before the limiter
)
LIFT_DB = 8.0  # in pauses
_LONG_PAUSE_S = 1.2
_ATTACK_S, _RELEASE_S = 0.25, 0.6
_FADE_IN_S, _FADE_OUT_S = 0.5, 2.0
_SILENT_LUFS = -70.0
_SPREAD = 25  # steps on each side over which the second curve changes


@dataclass(frozen=True)
class Ducking:
    """The gain of the music at each time.

    base_db: under speech; stretches: of speech without long pauses; lowered_db: the second curve, of each STEP_S.
    """

    base_db: float
    stretches: Sequence[Times]
    lowered_db: "np.ndarray"
    length_s: float

    def gains(self, times_s: "np.ndarray") -> "np.ndarray":
        """Return the gain as a factor, with fades at both ends."""
        import numpy as np

        grid_s = (np.arange(len(self.lowered_db)) + 0.5) * STEP_S
        gain_db = self.base_db + LIFT_DB * (1 - _speech(self.stretches, times_s))
        gain_db += np.interp(times_s, grid_s, self.lowered_db)
        fades = _cosine(times_s / _FADE_IN_S) * _cosine((self.length_s - times_s) / _FADE_OUT_S)
        gains: np.ndarray = 10 ** (gain_db / 20) * fades
        return gains


def ducking(
    base_db: float,
    spoken: Sequence[Times],
    speech: "np.ndarray",
    music: "np.ndarray",
    length_s: float,
) -> Ducking:
    """Return the gain for music that is to have base_db under speech.

    spoken: the sentences, of which those without a length or outside the sound are ignored; speech, music: mean square
    of each STEP_S after K-weighting, summed over the channels.
    """
    import numpy as np

    sentences = sorted(
        (max(0.0, begin), min(end, length_s))
        for begin, end in spoken
        if max(0.0, begin) < min(end, length_s)
    )
    wanted_db = np.zeros(len(music))
    speech_to, music_to = (np.concatenate(([0.0], np.cumsum(some))) for some in (speech, music))
    edges = np.arange(len(music) + 1) * STEP_S
    for begin, end in sentences:
        spoken_energy = np.diff(np.interp((begin, end), edges, speech_to))[0]
        music_energy = np.diff(np.interp((begin, end), edges, music_to))[0]
        if -0.691 + _decibels(spoken_energy * STEP_S / (end - begin)) <= _SILENT_LUFS:
            continue
        excess = _decibels(music_energy) + base_db + _LEAST_BELOW_LU - _decibels(spoken_energy)
        some = slice(math.floor(begin / STEP_S), math.ceil(end / STEP_S))
        wanted_db[some] = np.minimum(wanted_db[some], -max(0.0, excess))
    return Ducking(base_db, _stretches(sentences), _smooth(wanted_db), length_s)


def _stretches(sentences: Sequence[Times]) -> list[Times]:
    """Join the sentences between which there is no long pause."""
    stretches: list[Times] = []
    for begin, end in sentences:
        if stretches and begin - stretches[-1][1] <= _LONG_PAUSE_S:
            stretches[-1] = (stretches[-1][0], max(end, stretches[-1][1]))
        else:
            stretches.append((begin, end))
    return stretches


def _speech(stretches: Sequence[Times], times_s: "np.ndarray") -> "np.ndarray":
    """Return 1 in speech and 0 in long pauses. It rises before speech begins, and falls after it has ended."""
    import numpy as np

    if not stretches:
        return np.zeros(len(times_s))
    points = [(b - _ATTACK_S, b, e, e + _RELEASE_S) for b, e in stretches]
    return _cosine(np.interp(times_s, np.ravel(points), [0, 1, 1, 0] * len(stretches)))


def _cosine(values: "np.ndarray") -> "np.ndarray":
    """Return values between 0 and 1 as a raised cosine, which has no corners."""
    import numpy as np

    result: np.ndarray = (1 - np.cos(np.pi * np.clip(values, 0, 1))) / 2
    return result


def _smooth(wanted_db: "np.ndarray") -> "np.ndarray":
    """Return a smooth curve that is nowhere above the one that is wanted.

    Each value becomes the lowest around it, then a weighted mean of the values that this one has lowered.
    """
    import numpy as np

    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(wanted_db, 2 * _SPREAD, mode="edge"), 2 * _SPREAD + 1
    )
    weights = np.hanning(2 * _SPREAD + 3)[1:-1]
    result: np.ndarray = np.convolve(around.min(axis=1), weights / weights.sum(), "valid")
    return result


def _decibels(power: float) -> float:
    return 10 * math.log10(max(power, 1e-20))
