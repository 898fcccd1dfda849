"""Conversion of sample rates, by the spectrum (frequencies within both rates are unchanged), and of channels."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from audio_pipeline.sound.wav import Sound

_MARGIN_S = 0.1  # of silence at both ends, since the transform is circular


def resampled(samples: "np.ndarray", rate_hz: int, target_hz: int) -> "np.ndarray":
    """Convert int16, (n, channels), from rate_hz to target_hz. Returns int16, (n · target_hz / rate_hz, channels)."""
    import numpy as np
    from numpy.fft import irfft, rfft

    if target_hz == rate_hz or not len(samples):
        return samples
    step = rate_hz // math.gcd(rate_hz, target_hz)
    up = target_hz // math.gcd(rate_hz, target_hz)
    margin = math.ceil(_MARGIN_S * rate_hz / step) * step
    blocks = math.ceil((len(samples) + 2 * margin) / (2 * step)) * 2  # even, so both lengths are
    padded = np.zeros((blocks * step, samples.shape[1]))
    padded[margin : margin + len(samples)] = samples
    spectrum = rfft(padded, axis=0)
    if up < step:  # fade out the highest tenth: a sharp edge would ring
        kept = blocks * up // 2 + 1
        fade = kept - kept * 9 // 10
        spectrum = spectrum[:kept]
        spectrum[kept - fade :] *= np.cos(np.linspace(0, np.pi / 2, fade))[:, None]
    sound = irfft(spectrum, blocks * up, axis=0) * (up / step)
    start, length = margin * up // step, round(len(samples) * up / step)
    rounded = np.rint(sound[start : start + length])
    clipped: np.ndarray = np.clip(rounded, -32768, 32767).astype(np.int16)
    return clipped


def with_channels(samples: "np.ndarray", channels: int) -> "np.ndarray":
    """Convert int16, (n, 1 or 2), to mono by the mean, or to stereo by duplication."""
    import numpy as np

    if samples.shape[1] == channels:
        return samples
    if channels == 1:
        mean: np.ndarray = np.rint(samples.mean(axis=1, keepdims=True)).astype(np.int16)
        return mean
    return np.repeat(samples, channels, axis=1)


def alike(sound: "Sound", rate_hz: int, channels: int) -> "np.ndarray":
    """Convert a sound (16-bit PCM) to a rate and number of channels. Returns int16, (n, channels)."""
    import numpy as np

    samples = np.frombuffer(sound.samples, "<i2").reshape(-1, sound.channels)
    return resampled(with_channels(samples, channels), sound.rate_hz, rate_hz)
