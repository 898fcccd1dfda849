"""A sound that repeats without a seam: its end is cross-faded into its beginning."""

from typing import TYPE_CHECKING

from audio_pipeline.sound.sample_file import SampleFile

if TYPE_CHECKING:
    import numpy as np


class Looped:
    """The sound of a file from `first` to before `last`, repeated until there are `count` samples: int16.

    The cross-fade has equal power, since the end and the beginning of music are not alike. It lasts `fade` samples, or
    half of the sound if that is less. A sound that is long enough is not repeated.
    """

    def __init__(self, samples: SampleFile, first: int, last: int, count: int, fade: int) -> None:
        length = last - first
        self.columns, self._samples, self._first, self._count = (
            samples.columns,
            samples,
            first,
            count,
        )
        self._fade = min(fade, length // 2) if length < count else 0
        self._period = length - self._fade

    def __len__(self) -> int:
        return self._count

    def read(self, start: int, end: int) -> "np.ndarray":
        import numpy as np

        sound = np.zeros((end - start, self.columns), np.float32)
        begins, ends = max(0, start), min(end, self._count)
        repetition = max(0, begins - self._fade) // self._period
        while (begin := repetition * self._period) < ends:
            low, high = max(begins, begin), min(ends, begin + self._period + self._fade)
            sound[low - start : high - start] += self._faded(low - begin, high - begin, repetition)
            repetition += 1
        return np.rint(sound).clip(-32768, 32767).astype(np.int16)

    def _faded(self, low: int, high: int, repetition: int) -> "np.ndarray":
        """Return a part of a repetition, faded where it overlaps another one. low, high: positions within it."""
        import numpy as np

        sound = self._samples.read(self._first + low, self._first + high)
        position = (np.arange(low, high, dtype=np.float32) + 0.5)[:, None]
        if low < self._fade and repetition:
            sound = sound * np.sin(np.pi / 2 * np.minimum(1, position / self._fade))
        if high > self._period:
            out = np.clip((position - self._period) / max(1, self._fade), 0, 1)
            sound = sound * np.cos(np.pi / 2 * out)
        return sound
