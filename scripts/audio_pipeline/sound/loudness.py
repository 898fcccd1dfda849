"""How loud a recording is, and how it comes to the level that is asked for without clipping.

Speech of Piper peaks at full scale and is about −20 LUFS: gain alone cannot bring it to −16 LUFS. So it is amplified,
and a limiter that looks ahead holds the peaks down; by how much to amplify is found by trying.

Sources: ITU-R BS.1770-5 (2023), annex 1 (K-weighting, gates) and annex 2 (true peak); EBU R 128 (2023); for the filters
at other sample rates than 48 kHz: B. De Man, "Evaluation of Implementations of the EBU R128 Loudness Measurement"
(AES 145, 2018). Not dithered: what rounding adds lies at −98 dBFS, and digital silence is to stay silent.
"""

import functools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

PEAK_DBTP = -1.5  # highest true peak of a levelled recording
_MARGIN_DB = 0.1  # to the ceiling: the gain's own movement adds a little
_MOST_GAIN_DB = 30.0
_LOOKAHEAD_S = 0.005
_TOLERANCE_LU = 0.05
_TRIES = 10
_CHUNK_S = 30


def levelled(samples: "np.ndarray", rate_hz: int, target_lufs: float) -> "np.ndarray":
    """The recording at the target's loudness, its true peak at most −1.5 dBTP.

    samples: int16, (n, channels). target_lufs: integrated loudness.
    Below 0.4 s, or in silence, there is no loudness: then only peaks are limited. Returns int16, (n, channels).
    """
    peaks = _true_peaks(samples, rate_hz)
    now = integrated_lufs(samples, rate_hz)
    made = (
        _limited(samples, peaks, rate_hz, 0.0)
        if now is None
        else _amplified(samples, peaks, rate_hz, now, target_lufs)
    )
    excess = true_peak_dbtp(made, rate_hz) - PEAK_DBTP
    if excess > 0:  # the moving gain has made a new peak, higher than the margin
        made = (made * 10 ** (-(excess + 0.01) / 20)).astype(made.dtype)
    return made


def integrated_lufs(samples: "np.ndarray", rate_hz: int) -> float | None:
    """Gated loudness in LUFS. Returns None if it is shorter than 0.4 s, or nothing is above −70 LUFS.

    samples: int16, (n, channels); one channel, or left and right.
    """
    import numpy as np

    steps = _step_powers(samples, rate_hz)
    if len(steps) < 4:
        return None
    power = np.convolve(
        steps, np.full(4, 0.25), "valid"
    )  # blocks of 0.4 s, each 0.1 s after the last
    power = power[power > 10 ** ((-70 + 0.691) / 10)]
    if not len(power):
        return None
    power = power[power > power.mean() / 10]  # the relative gate, 10 LU below
    return -0.691 + 10 * math.log10(power.mean())


def true_peak_dbtp(samples: "np.ndarray", rate_hz: int) -> float:
    """Highest true peak, in dB of full scale (−inf in silence). samples: int16, (n, channels)."""
    highest = float(_true_peaks(samples, rate_hz).max(initial=0.0))
    return 20 * math.log10(highest) if highest else -math.inf


def _amplified(
    samples: "np.ndarray", peaks: "np.ndarray", rate_hz: int, now: float, target: float
) -> "np.ndarray":
    """The limiter takes loudness away again, more with each dB: the gain is found by the secant method."""
    gain = min(target - now, _MOST_GAIN_DB)
    made, tried = samples, None  # gain in dB, what is still lacking in LU
    for _ in range(_TRIES):
        made = _limited(samples, peaks, rate_hz, gain)
        lacking = target - (integrated_lufs(made, rate_hz) or now)
        if abs(lacking) < _TOLERANCE_LU or (gain == _MOST_GAIN_DB and lacking > 0):
            break
        slope = -1.0
        if tried and abs(gain - tried[0]) > 1e-6:
            slope = min((lacking - tried[1]) / (gain - tried[0]), -0.15)
        tried = (gain, lacking)
        gain = min(gain - lacking / slope, _MOST_GAIN_DB)
    return made


def _limited(
    samples: "np.ndarray", peaks: "np.ndarray", rate_hz: int, gain_db: float
) -> "np.ndarray":
    """Amplified, with the gain lowered smoothly from 5 ms before each peak to 5 ms after it; int16.

    peaks: the true peak at each sample, (n,), full scale is 1.
    """
    import numpy as np

    gain, ceiling = 10 ** (gain_db / 20), 10 ** ((PEAK_DBTP - _MARGIN_DB) / 20)
    reach = (
        max(1, round(_LOOKAHEAD_S * rate_hz / 2)) * 2
    )  # even: two averages of half of it each way
    made = np.empty_like(samples)
    for start, end in _chunks(len(samples), rate_hz):
        low, high = max(0, start - 2 * reach), min(len(samples), end + 2 * reach)
        missing = (2 * reach - (start - low), 2 * reach - (high - end))
        allowed = np.minimum(1.0, ceiling / np.maximum(peaks[low:high] * gain, 1e-9))
        allowed = _lowest(np.pad(allowed, missing, constant_values=1.0), 2 * reach + 1)
        for _ in range(2):  # two moving averages are a triangle: no corners in the gain
            sums = np.concatenate(([0.0], np.cumsum(allowed, dtype=np.float64)))
            allowed = (sums[reach + 1 :] - sums[: -reach - 1]) / (reach + 1)
        made[start:end] = np.rint(samples[start:end] * (gain * allowed)[:, None])
    return made


def _lowest(values: "np.ndarray", width: int) -> "np.ndarray":
    """The lowest value in each window of that width; as much shorter."""
    import numpy as np

    have = 1
    while have < width:
        shift = min(have, width - have)
        values, have = np.minimum(values[:-shift], values[shift:]), have + shift
    return values


def _true_peaks(samples: "np.ndarray", rate_hz: int) -> "np.ndarray":
    """The highest absolute value around each sample, between the samples too, over all channels: float32, (n,)."""
    import numpy as np

    found = np.empty(len(samples), np.float32)
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
                peaks[1:] = np.maximum(peaks[1:], between[:-1])  # it lies between two samples
        found[start:end] = peaks[start - low :][: end - start]
    return found


@functools.cache
def _phases(times: int, taps: int = 32) -> list["np.ndarray"]:
    """Filters that interpolate at 1/times, 2/times, … of the way from a sample to the next: a windowed sinc."""
    import numpy as np

    found = []
    for phase in range(1, times):
        place = np.arange(taps) - taps // 2 + 1 - phase / times
        window = np.i0(8 * np.sqrt(np.maximum(0, 1 - (2 * place / taps) ** 2))) / np.i0(8)
        taper = np.sinc(place) * window
        found.append((taper / taper.sum())[::-1])
    return found


def _step_powers(samples: "np.ndarray", rate_hz: int) -> "np.ndarray":
    """The mean square of each whole 0.1 s after K-weighting, summed over the channels: (n,)."""
    import numpy as np
    from numpy.fft import irfft, rfft

    step, powers = rate_hz // 10, [np.zeros(0)]
    before = 10 * step  # of each chunk goes through the filters too, for what rings on
    for start, end in _chunks(len(samples) // step * step, rate_hz):
        low = max(0, start - before)
        response, size = _k_response(rate_hz, end - low)
        spectrum = rfft(samples[low:end] / 32768, size, axis=0) * response[:, None]
        weighted = irfft(spectrum, size, axis=0)[start - low : end - low]
        powers.append((weighted**2).sum(axis=1).reshape(-1, step).mean(axis=1))
    return np.concatenate(powers)


@functools.lru_cache(maxsize=4)
def _k_response(rate_hz: int, least: int) -> tuple["np.ndarray", int]:
    """Both filters of annex 1 as a frequency response (numpy has no recursive filter), and the transform's size.

    least: samples to be transformed.
    """
    import numpy as np

    size = _fast_size(least + rate_hz // 2)  # half a second of silence for what rings on
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(len(z), complex)
    for b, a in _k_filters(rate_hz):
        response *= np.polyval(b[::-1], z) / np.polyval(a[::-1], z)
    return response, size


def _k_filters(rate_hz: int) -> list[tuple[list[float], list[float]]]:
    """(b, a) of the high shelf (the head) and of the high pass, each of second order."""
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
    """The next even number with no prime factor above 5: quick to transform."""
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
    """(first, after the last) of at most 30 s each, whole tenths of a second: an hour of sound is no burden."""
    size = rate_hz // 10 * 10 * _CHUNK_S
    return [(start, min(start + size, count)) for start in range(0, count, size)]
