"""Measurement of loudness, and normalization to a target loudness without clipping.

Piper's speech peaks at full scale at about −20 LUFS: gain alone cannot raise it to −16 LUFS. So it is amplified, and a
look-ahead limiter reduces the peaks; the gain is found by iteration.

Sources: ITU-R BS.1770-5 (2023), annex 1 (K-weighting, gates) and annex 2 (true peak); EBU R 128 (2023); for the filters
at other sample rates than 48 kHz: B. De Man, "Evaluation of Implementations of the EBU R128 Loudness Measurement"
(AES 145, 2018). Not dithered: rounding noise is at −98 dBFS, and digital silence must stay silent.
"""

import functools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

PEAK_DBTP = -1.5  # highest true peak of a levelled recording
_MARGIN_DB = 0.1  # below the ceiling, since changes of the gain add a little
_MOST_GAIN_DB = 30.0
_LOOKAHEAD_S = 0.005
_TOLERANCE_LU = 0.05
_TRIES = 10
_CHUNK_S = 30


def levelled(samples: "np.ndarray", rate_hz: int, target_lufs: float) -> "np.ndarray":
    """Normalize a recording to the target loudness, with a true peak of at most −1.5 dBTP.

    samples: int16, (n, channels); target_lufs: integrated loudness. Returns int16, (n, channels).
    Only peaks are limited if the loudness is undefined: below 0.4 s, or in silence.
    """
    peaks = _true_peaks(samples, rate_hz)
    current = integrated_lufs(samples, rate_hz)
    result = (
        _limit(samples, peaks, rate_hz, 0.0)
        if current is None
        else _amplify(samples, peaks, rate_hz, current, target_lufs)
    )
    excess = true_peak_dbtp(result, rate_hz) - PEAK_DBTP
    if excess > 0:  # the changing gain has made a peak above the margin
        result = (result * 10 ** (-(excess + 0.01) / 20)).astype(result.dtype)
    return result


def integrated_lufs(samples: "np.ndarray", rate_hz: int) -> float | None:
    """Return the gated loudness in LUFS. Returns None below 0.4 s, or if nothing is above −70 LUFS.

    samples: int16, (n, channels), mono or stereo.
    """
    import numpy as np

    steps = _step_powers(samples, rate_hz)
    if len(steps) < 4:
        return None
    power = np.convolve(steps, np.full(4, 0.25), "valid")  # blocks of 0.4 s at a hop of 0.1 s
    power = power[power > 10 ** ((-70 + 0.691) / 10)]
    if not len(power):
        return None
    power = power[power > power.mean() / 10]  # the relative gate, 10 LU below
    return -0.691 + 10 * math.log10(power.mean())


def true_peak_dbtp(samples: "np.ndarray", rate_hz: int) -> float:
    """Return the true peak in dB of full scale (−inf in silence). samples: int16, (n, channels)."""
    highest = float(_true_peaks(samples, rate_hz).max(initial=0.0))
    return 20 * math.log10(highest) if highest else -math.inf


def _amplify(
    samples: "np.ndarray", peaks: "np.ndarray", rate_hz: int, current: float, target: float
) -> "np.ndarray":
    """Amplify to the target loudness. The limiter reduces it again, so the gain is found by the secant method."""
    gain = min(target - current, _MOST_GAIN_DB)
    result, previous = samples, None  # gain in dB, missing loudness in LU
    for _ in range(_TRIES):
        result = _limit(samples, peaks, rate_hz, gain)
        missing = target - (integrated_lufs(result, rate_hz) or current)
        if abs(missing) < _TOLERANCE_LU or (gain == _MOST_GAIN_DB and missing > 0):
            break
        slope = -1.0
        if previous and abs(gain - previous[0]) > 1e-6:
            slope = min((missing - previous[1]) / (gain - previous[0]), -0.15)
        previous = (gain, missing)
        gain = min(gain - missing / slope, _MOST_GAIN_DB)
    return result


def _limit(
    samples: "np.ndarray", peaks: "np.ndarray", rate_hz: int, gain_db: float
) -> "np.ndarray":
    """Amplify, with the gain lowered smoothly from 5 ms before each peak to 5 ms after it; int16.

    peaks: the true peak at each sample, (n,); full scale is 1.
    """
    import numpy as np

    gain, ceiling = 10 ** (gain_db / 20), 10 ** ((PEAK_DBTP - _MARGIN_DB) / 20)
    reach = max(1, round(_LOOKAHEAD_S * rate_hz / 2)) * 2  # even, for two averages of half of it
    result = np.empty_like(samples)
    for start, end in _chunks(len(samples), rate_hz):
        low, high = max(0, start - 2 * reach), min(len(samples), end + 2 * reach)
        padding = (2 * reach - (start - low), 2 * reach - (high - end))
        allowed = np.minimum(1.0, ceiling / np.maximum(peaks[low:high] * gain, 1e-9))
        allowed = _lowest(np.pad(allowed, padding, constant_values=1.0), 2 * reach + 1)
        for _ in range(2):  # two moving averages form a triangle, for a smooth gain
            sums = np.concatenate(([0.0], np.cumsum(allowed, dtype=np.float64)))
            allowed = (sums[reach + 1 :] - sums[: -reach - 1]) / (reach + 1)
        result[start:end] = np.rint(samples[start:end] * (gain * allowed)[:, None])
    return result


def _lowest(values: "np.ndarray", width: int) -> "np.ndarray":
    """Return the minimum of each window, (n − width + 1,)."""
    import numpy as np

    covered = 1
    while covered < width:
        shift = min(covered, width - covered)
        values, covered = np.minimum(values[:-shift], values[shift:]), covered + shift
    return values


def _true_peaks(samples: "np.ndarray", rate_hz: int) -> "np.ndarray":
    """Return the highest absolute value at and around each sample, over all channels: float32, (n,)."""
    import numpy as np

    result = np.empty(len(samples), np.float32)
    phases = _phases(4 if rate_hz >= 44100 else 8)
    reach = len(phases[0]) // 2
    for start, end in _chunks(len(samples), rate_hz):
        low, high = max(0, start - reach - 1), min(len(samples), end + reach)
        sound = samples[low:high] / 32768
        peaks = np.abs(sound).max(axis=1)
        for phase in phases:
            for channel in sound.T:
                between = np.abs(np.convolve(channel, phase)[reach - 1 :][: len(channel)])
                peaks = np.maximum(peaks, between)
                peaks[1:] = np.maximum(peaks[1:], between[:-1])  # it is next to two samples
        result[start:end] = peaks[start - low :][: end - start]
    return result


@functools.cache
def _phases(factor: int, taps: int = 32) -> list["np.ndarray"]:
    """Return filters that interpolate at 1/factor, 2/factor, … between two samples: windowed sincs."""
    import numpy as np

    filters = []
    for phase in range(1, factor):
        position = np.arange(taps) - taps // 2 + 1 - phase / factor
        window = np.i0(8 * np.sqrt(np.maximum(0, 1 - (2 * position / taps) ** 2))) / np.i0(8)
        taper = np.sinc(position) * window
        filters.append((taper / taper.sum())[::-1])
    return filters


def _step_powers(samples: "np.ndarray", rate_hz: int) -> "np.ndarray":
    """Return the mean square of each full 0.1 s after K-weighting, summed over the channels: (n,)."""
    import numpy as np
    from numpy.fft import irfft, rfft

    step, powers = rate_hz // 10, [np.zeros(0)]
    before = 10 * step  # samples before each chunk that are filtered too, since the filters ring
    for start, end in _chunks(len(samples) // step * step, rate_hz):
        low = max(0, start - before)
        response, size = _k_response(rate_hz, end - low)
        spectrum = rfft(samples[low:end] / 32768, size, axis=0) * response[:, None]
        weighted = irfft(spectrum, size, axis=0)[start - low : end - low]
        powers.append((weighted**2).sum(axis=1).reshape(-1, step).mean(axis=1))
    return np.concatenate(powers)


@functools.lru_cache(maxsize=4)
def _k_response(rate_hz: int, least: int) -> tuple["np.ndarray", int]:
    """Return the frequency response of both filters of annex 1, and the size of the transform.

    least: number of samples to transform. (numpy has no recursive filter.)
    """
    import numpy as np

    size = _fast_size(least + rate_hz // 2)  # with half a second of silence, since filters ring
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(len(z), complex)
    for b, a in _k_filters(rate_hz):
        response *= np.polyval(b[::-1], z) / np.polyval(a[::-1], z)
    return response, size


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


def _chunks(count: int, rate_hz: int) -> list[tuple[int, int]]:
    """Return ranges of at most 30 s each, in full tenths of a second, to limit the memory for long recordings."""
    size = rate_hz // 10 * 10 * _CHUNK_S
    return [(start, min(start + size, count)) for start in range(0, count, size)]
