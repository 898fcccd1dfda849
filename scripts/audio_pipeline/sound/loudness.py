"""Measurement of loudness and of true peaks.

Sources: ITU-R BS.1770-5 (2023), annex 1 (K-weighting, gates) and annex 2 (true peak); EBU R 128 (2023); for the filters
at other sample rates than 48 kHz: B. De Man, "Evaluation of Implementations of the EBU R128 Loudness Measurement"
(AES 145, 2018).
"""

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audio_pipeline.sound.sample_file import SampleFile, Samples, ranges

if TYPE_CHECKING:
    import numpy as np

REACH = 16  # samples on each side that a value between two samples depends on
_RINGING_S = 0.2  # after which the response of the filters is below −400 dB
_CHUNK_S = 10
_WINDOW_S = 1
_STEPS_OF_BLOCK = 4


@dataclass(frozen=True)
class Levels:
    """Integrated loudness, None if it is undefined, and true peak (−inf in silence)."""

    lufs: float | None
    dbtp: float


def measured(samples: Samples, rate_hz: int) -> Levels:
    """Measure a recording. samples: int16, mono or stereo."""
    import numpy as np

    step, powers, highest, size = rate_hz // 10, [np.zeros(0)], 0.0, max(1, rate_hz // 2000)
    for sound, weighted in analysed(samples, rate_hz, step * 10 * _CHUNK_S):
        full = len(weighted) // step * step
        powers.append(weighted[:full].reshape(-1, step).mean(axis=1))
        highest = max(highest, float(np.abs(sound[REACH:-REACH]).max(initial=0.0)))
        highest = max(highest, float(true_peaks(sound, rate_hz, size, highest).max(initial=0.0)))
    return Levels(gated_lufs(np.concatenate(powers)), _decibels(highest))


def integrated_lufs(samples: "np.ndarray", rate_hz: int) -> float | None:
    """Return the gated loudness in LUFS. Returns None below 0.4 s, or if nothing is above −70 LUFS.

    samples: int16, (n, channels), mono or stereo.
    """
    return measured(SampleFile.of(samples), rate_hz).lufs


def true_peak_dbtp(samples: "np.ndarray", rate_hz: int) -> float:
    """Return the true peak in dB of full scale (−inf in silence). samples: int16, (n, channels)."""
    return measured(SampleFile.of(samples), rate_hz).dbtp


def gated_lufs(steps: "np.ndarray") -> float | None:
    """Return the integrated loudness. Returns None below 0.4 s, or if nothing is above −70 LUFS.

    steps: mean square of each 0.1 s after K-weighting, summed over the channels.
    """
    import numpy as np

    if len(steps) < _STEPS_OF_BLOCK:
        return None
    kernel = np.full(_STEPS_OF_BLOCK, 1 / _STEPS_OF_BLOCK)
    power = np.convolve(steps, kernel, "valid")  # blocks of 0.4 s at a hop of 0.1 s
    power = power[power > 10 ** ((-70 + 0.691) / 10)]
    if not len(power):
        return None
    power = power[power > power.mean() / 10]  # the relative gate, 10 LU below
    return -0.691 + 10 * math.log10(power.mean())


def analysed(
    samples: Samples, rate_hz: int, size: int
) -> Iterator[tuple["np.ndarray", "np.ndarray"]]:
    """Yield each `size` samples twice.

    First as floats with REACH neighbours on both sides, for `true_peaks`: (n + 2 · REACH, channels); then as squares
    after K-weighting, summed over the channels: (n,).
    """
    import numpy as np

    before = max(REACH, _ringing(rate_hz))
    for start, end in ranges(len(samples), size):
        sound = samples.read(start - before, end + REACH) / np.float32(32768)
        powers = _weighted_powers(sound[before - _ringing(rate_hz) : -REACH], rate_hz)
        yield sound[before - REACH :], powers


def true_peaks(
    sound: "np.ndarray", rate_hz: int, size: int, least: "np.ndarray | float"
) -> "np.ndarray":
    """Return the highest absolute value in and around each block, over all channels: (blocks,).

    sound: floats, with REACH neighbours on both sides: (n + 2 · REACH, channels); size: samples of a block; least: of
    all blocks or of each. What cannot be above it is not interpolated: then the highest sample is returned.
    """
    import numpy as np

    count = -(-(len(sound) - 2 * REACH) // size)
    sound = np.pad(sound, ((0, count * size + 2 * REACH - len(sound)), (0, 0)))
    spread = -(-REACH // size)  # blocks on each side that a value depends on
    margin = spread * size - REACH
    highest = _highest(np.pad(_highest(np.abs(sound)), margin).reshape(-1, size))
    near = _highest(np.lib.stride_tricks.sliding_window_view(highest, 2 * spread + 1))
    peaks = highest[spread : spread + count]
    between, most = _interpolation(4 if rate_hz >= 44100 else 8, size)
    high = np.flatnonzero(near * most > least)
    if len(high):
        windows = sound[high[:, None] * size + np.arange(size + 2 * REACH)]
        for channel in range(sound.shape[1]):
            found = windows[:, :, channel] @ between
            peaks[high] = np.maximum(peaks[high], np.maximum(found.max(axis=1), -found.min(axis=1)))
    return peaks


def _highest(rows: "np.ndarray") -> "np.ndarray":
    """Return the highest value of each of many short rows, faster than `max(axis=1)`."""
    import numpy as np

    highest: np.ndarray = rows[:, 0].copy()
    for column in rows.T[1:]:
        np.maximum(highest, column, out=highest)
    return highest


def _decibels(value: float) -> float:
    return 20 * math.log10(value) if value else -math.inf


@functools.cache
def _interpolation(factor: int, size: int) -> tuple["np.ndarray", float]:
    """Return the matrix from a block with its neighbours to the values between its samples, and the highest gain.

    The values are those at 1/factor, 2/factor, … between two samples, from the sample before the block on.
    """
    import numpy as np

    matrix = np.zeros((size + 2 * REACH, (factor - 1) * (size + 1)), np.float32)
    for phase, taps in enumerate(_phases(factor)):
        for first in range(size + 1):
            matrix[first : first + len(taps), phase * (size + 1) + first] = taps[::-1]
    return matrix, float(np.abs(matrix).sum(axis=0).max())


@functools.cache
def _phases(factor: int) -> list["np.ndarray"]:
    """Return filters that interpolate at 1/factor, 2/factor, … between two samples: windowed sincs."""
    import numpy as np

    filters, taps = [], 2 * REACH
    for phase in range(1, factor):
        position = np.arange(taps) - taps // 2 + 1 - phase / factor
        window = np.i0(8 * np.sqrt(np.maximum(0, 1 - (2 * position / taps) ** 2))) / np.i0(8)
        taper = np.sinc(position) * window
        filters.append((taper / taper.sum())[::-1])
    return filters


def _ringing(rate_hz: int) -> int:
    return math.ceil(_RINGING_S * rate_hz)


def _weighted_powers(sound: "np.ndarray", rate_hz: int) -> "np.ndarray":
    """Return the squares of the samples after K-weighting, summed over the channels: (n,).

    sound: floats, with the samples before them during which the filters ring: (n + ringing, channels).
    """
    import numpy as np
    from numpy.fft import irfft, rfft

    # Overlapping windows, each small enough for the processor's cache; the first samples of each are not used.
    response, size = _k_response(rate_hz)
    ringing = _ringing(rate_hz)
    count, step = len(sound) - ringing, size - ringing
    windows = -(-count // step)
    sound = np.pad(sound, ((0, windows * step - count), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(sound, size, axis=0)[::step]
    weighted = irfft(rfft(views) * response, size)[:, :, ringing:]
    powers: np.ndarray = np.einsum("wcs,wcs->ws", weighted, weighted)
    return powers.reshape(-1)[:count]


@functools.cache
def _k_response(rate_hz: int) -> tuple["np.ndarray", int]:
    """Return the frequency response of both filters of annex 1, and the size of the transform.

    (numpy has no recursive filter.)
    """
    import numpy as np

    size = _fast_size(_WINDOW_S * rate_hz)
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(len(z), complex)
    for b, a in _k_filters(rate_hz):
        response *= np.polyval(b[::-1], z) / np.polyval(a[::-1], z)
    return response.astype(np.complex64), size


def _k_filters(rate_hz: int) -> list[tuple[list[float], list[float]]]:
    """Return (b, a) of the high shelf (effect of the head) and of the high pass, each of second order."""
    k = math.tan(math.pi * 1681.974450955533 / rate_hz)
    high, q = 10 ** (3.999843853973347 / 20), 0.7071752369554196
    band, scale = high**0.4996667741545416, 1 + k / q + k * k
    shelf = (
        [
            (high + band * k / q + k * k) / scale,
            2 * (k * k - high) / scale,
            (high - band * k / q + k * k) / scale,
        ],
        [1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale],
    )
    k, q = math.tan(math.pi * 38.13547087602444 / rate_hz), 0.5003270373238773
    scale = 1 + k / q + k * k
    high_pass = ([1.0, -2.0, 1.0], [1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale])
    return [shelf, high_pass]


def _fast_size(least: int) -> int:
    """Return the next even number without prime factors above 5, for a fast transform."""
    size = least + least % 2
    while True:
        rest = size
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return size
        size += 2
