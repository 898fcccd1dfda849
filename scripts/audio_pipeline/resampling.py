"""Another sample rate for a recording, by way of its spectrum: what both rates can hold stays as it is."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_MARGIN_S = 0.1  # of silence at both ends, so that nothing rings from one into the other


def resampled(samples: "np.ndarray", rate_hz: int, wanted_hz: int) -> "np.ndarray":
    """samples: int16, (n, channels), at rate_hz. Returns int16, (n · wanted_hz / rate_hz, channels)."""
    import numpy as np
    from numpy.fft import irfft, rfft

    if wanted_hz == rate_hz or not len(samples):
        return samples
    step = rate_hz // math.gcd(rate_hz, wanted_hz)
    up = wanted_hz // math.gcd(rate_hz, wanted_hz)
    margin = math.ceil(_MARGIN_S * rate_hz / step) * step
    blocks = (
        math.ceil((len(samples) + 2 * margin) / (2 * step)) * 2
    )  # even, and so are both lengths
    padded = np.zeros((blocks * step, samples.shape[1]))
    padded[margin : margin + len(samples)] = samples
    spectrum = rfft(padded, axis=0)
    if up < step:  # the highest tenth fades out: a cliff would ring
        kept = blocks * up // 2 + 1
        fade = kept - kept * 9 // 10
        spectrum = spectrum[:kept]
        spectrum[kept - fade :] *= np.cos(np.linspace(0, np.pi / 2, fade))[:, None]
    made = irfft(spectrum, blocks * up, axis=0) * (up / step)
    start, length = margin * up // step, round(len(samples) * up / step)
    return np.clip(np.rint(made[start : start + length]), -32768, 32767).astype(np.int16)
