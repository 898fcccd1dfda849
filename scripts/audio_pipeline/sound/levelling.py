"""Levelling: every piece of a recording to the same loudness, and the recording to a target, without clipping.

Piper's speech peaks at full scale at about −20 LUFS: gain alone cannot raise it to −16 LUFS. So it is amplified, and a
look-ahead limiter reduces the peaks; the gains are found by iteration. Each piece has a gain of its own, so that a
piece that is made again leaves the loudness of the others unchanged.

Not dithered: rounding noise is at −98 dBFS, and digital silence must stay silent.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from audio_pipeline.sound import limiter, loudness, silence
from audio_pipeline.sound.loudness import Levels
from audio_pipeline.sound.sample_file import SampleFile, ranges

if TYPE_CHECKING:
    import numpy as np

PEAK_DBTP = -1.5  # highest true peak of a levelled recording
_MARGIN_DB = 0.1  # below the ceiling, since changes of the gain add a little
_MOST_GAIN_DB = 30.0
_NEAR_DB = 3.0  # below the ceiling: peaks that a further gain may bring there are interpolated
_TOLERANCE_LU = 0.05
_TOLERANCE_OF_MODEL_LU = 0.01
_TRIES = 10
_SHORTEST_S = 0.4  # whose loudness is defined
_EDGE = 2  # blocks
_RAMP_S = 0.02  # between two pieces without silence between them

Stretch = tuple[int, int]  # first sample of a piece, sample after its last


def level(
    source: SampleFile,
    target: SampleFile,
    scratch: BinaryIO,
    rate_hz: int,
    pieces: Sequence[Stretch],
    target_lufs: float,
) -> Levels:
    """Write the levelled sound of `source` to `target`, and measure it: its true peak is at most −1.5 dBTP.

    scratch: an empty file; pieces: in order, or none, so that the sound gets one gain for all of it; target_lufs:
    integrated loudness of the recording.
    Only peaks are limited if the loudness is undefined: in silence.
    """
    blocks = SampleFile(scratch, 2, "<f4")
    limiter.analyse(source, rate_hz, blocks)
    ceiling_db, error_lu = PEAK_DBTP - _MARGIN_DB, 0.0
    about_db = _gains_db(blocks, rate_hz, pieces, target_lufs)
    points, size = _points(pieces, about_db, rate_hz), limiter.block_size(rate_hz)
    limiter.sharpen(
        source,
        rate_hz,
        blocks,
        lambda first, last: 10 ** ((ceiling_db - _NEAR_DB - _at(points, first, last, size)) / 20),
    )
    gains_db = _gains_db(blocks, rate_hz, pieces, target_lufs)
    levels = Levels(None, -math.inf)
    for _ in range(_TRIES):
        recording = _Recording(blocks, rate_hz, _points(pieces, gains_db, rate_hz), ceiling_db)
        offset_db = recording.offset_db(target_lufs - error_lu)
        target.clear()
        recording.write(source, target, offset_db)
        levels = loudness.measured(target, rate_hz)
        excess_db = max(0.0, levels.dbtp - PEAK_DBTP)
        missing_lu = 0.0 if levels.lufs is None else target_lufs - levels.lufs
        capped = offset_db >= _MOST_GAIN_DB and missing_lu > 0
        if not excess_db and (abs(missing_lu) < _TOLERANCE_LU or capped):
            break
        if excess_db:  # the changing gain has made a peak above the margin
            ceiling_db -= excess_db + 0.01
        error_lu -= missing_lu
    return levels


@dataclass(frozen=True)
class _Recording:
    """A model of a recording.

    blocks: true peak and energy of each; points: position in samples, and gain in dB of the pieces there.
    """

    blocks: SampleFile
    rate_hz: int
    points: tuple["np.ndarray", "np.ndarray"]
    ceiling_db: float

    def offset_db(self, target_lufs: float) -> float:
        """Return the gain, besides those of the pieces, that brings the recording to its loudness."""
        current = self._lufs(0.0)
        if current is None:
            return 0.0
        return _solve(self._lufs, target_lufs, target_lufs - current)

    def write(self, source: SampleFile, target: SampleFile, offset_db: float) -> None:
        """Amplify and limit the sound, and append it to `target`."""
        size = limiter.block_size(self.rate_hz)
        for first, last in ranges(len(self.blocks), limiter.BLOCKS_AT_ONCE):
            _, gains = self._limited(first - 1, last + 1, offset_db)
            samples = source.read(first * size, min(last * size, len(source)))
            target.append(limiter.amplified(samples, gains, size))

    def _lufs(self, offset_db: float) -> float | None:
        parts = (
            energies * gains**2
            for first, last in ranges(len(self.blocks), limiter.BLOCKS_AT_ONCE)
            for energies, gains in [self._limited(first, last, offset_db)]
        )
        return limiter.lufs(parts, self.rate_hz)

    def _limited(
        self, first: int, last: int, offset_db: float
    ) -> tuple["np.ndarray", "np.ndarray"]:
        """Return the energies of blocks, and their gains."""
        import numpy as np

        low, high = first - limiter.MARGIN, last + limiter.MARGIN
        blocks, size = self.blocks.read(low, high), limiter.block_size(self.rate_hz)
        wanted_db = _at(self.points, low, high, size) + offset_db
        gains = 10 ** (np.minimum(wanted_db, _MOST_GAIN_DB) / 20)
        energies = blocks[limiter.MARGIN : -limiter.MARGIN, 1].astype(np.float64)
        return energies, limiter.limited(blocks[:, 0], gains, 10 ** (self.ceiling_db / 20))


def _gains_db(
    blocks: SampleFile, rate_hz: int, pieces: Sequence[Stretch], target_lufs: float
) -> list[float]:
    """Return the gain that brings each piece to its loudness; without pieces, the one that brings all of it there."""
    if pieces:
        return [_gain_db(blocks, rate_hz, piece, target_lufs) for piece in pieces]
    unchanged = _points((), [0.0], rate_hz)
    recording = _Recording(blocks, rate_hz, unchanged, PEAK_DBTP - _MARGIN_DB)
    return [recording.offset_db(target_lufs)]


def _gain_db(blocks: SampleFile, rate_hz: int, piece: Stretch, target_lufs: float) -> float:
    """Return the gain that brings a piece to its loudness, or 0 if it is silent: below −50 dBFS."""
    import numpy as np

    size, margin = limiter.block_size(rate_hz), limiter.MARGIN
    found = blocks.read(piece[0] // size, -(-piece[1] // size))
    inner = found[_EDGE:-_EDGE, 0]  # the peaks at the edges are those of the sounds next to it, too
    if inner.max(initial=0.0) < 10 ** (silence.SILENCE_DBFS / 20):
        return 0.0
    least = math.ceil(_SHORTEST_S * rate_hz / size) + 1
    if len(found) < least:  # repeated until it can be measured
        found = np.tile(found, (math.ceil(least / len(found)), 1))
    peaks, energies = np.pad(found[:, 0], margin), found[:, 1].astype(np.float64)

    ceiling = 10 ** ((PEAK_DBTP - _MARGIN_DB) / 20)

    def lufs(gain_db: float) -> float | None:
        gains = limiter.limited(peaks, 10 ** (gain_db / 20), ceiling)
        return limiter.lufs([energies * gains**2], rate_hz)

    current = limiter.lufs([energies], rate_hz)
    return 0.0 if current is None else _solve(lufs, target_lufs, target_lufs - current)


def _solve(
    lufs: Callable[[float], float | None], target_lufs: float, first_guess_db: float
) -> float:
    """Return the gain in dB, at most 30, with the target loudness, by the secant method.

    lufs: loudness at a gain; the limiter reduces it again.
    """
    gain_db, previous = min(first_guess_db, _MOST_GAIN_DB), None  # gain in dB, missing LU
    for _ in range(_TRIES):
        found = lufs(gain_db)
        missing = 0.0 if found is None else target_lufs - found
        if abs(missing) < _TOLERANCE_OF_MODEL_LU or (gain_db == _MOST_GAIN_DB and missing > 0):
            break
        slope = -1.0
        if previous and abs(gain_db - previous[0]) > 1e-6:
            slope = min((missing - previous[1]) / (gain_db - previous[0]), -0.15)
        previous = (gain_db, missing)
        gain_db = min(gain_db - missing / slope, _MOST_GAIN_DB)
    return gain_db


def _at(
    points: tuple["np.ndarray", "np.ndarray"], first: int, last: int, size: int
) -> "np.ndarray":
    """Return the gain in dB in the middle of each block of a range."""
    import numpy as np

    gains_db: np.ndarray = np.interp((np.arange(first, last) + 0.5) * size, *points)
    return gains_db


def _points(
    pieces: Sequence[Stretch], gains_db: Sequence[float], rate_hz: int
) -> tuple["np.ndarray", "np.ndarray"]:
    """Return positions in samples, and the gain there; it changes linearly from one to the next.

    It changes in the silence between two pieces, or in a ramp if there is none.
    """
    import numpy as np

    positions, values = [0.0], [gains_db[0]]
    for number in range(1, len(pieces)):
        (start, end), (next_start, next_end) = pieces[number - 1 : number + 1]
        low, high = float(end), float(next_start)
        if high - low < _RAMP_S * rate_hz:
            middle, half = (low + high) / 2, _RAMP_S * rate_hz / 2
            low = max(middle - half, min(middle, (start + end) / 2))
            high = min(middle + half, max(middle, (next_start + next_end) / 2))
        positions += [low, high]
        values += [gains_db[number - 1], gains_db[number]]
    return np.array(positions), np.array(values)
