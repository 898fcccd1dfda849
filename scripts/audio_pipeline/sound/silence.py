"""Silence: frames of 20 ms with an RMS below −50 dBFS."""

from typing import TYPE_CHECKING

from audio_pipeline.sound.sample_file import SampleFile, ranges

if TYPE_CHECKING:
    import numpy as np

SILENCE_DBFS = -50.0
FRAME_S = 0.02
_FRAMES_AT_ONCE = 5000


def loud_frames(samples: "np.ndarray", rate_hz: int) -> "np.ndarray":
    """Return True for each full 20 ms above −50 dBFS; bool, (n,). samples: int16, (n, channels)."""
    import numpy as np

    size = frame_size(rate_hz)
    count = len(samples) // size
    frames = samples[: count * size].reshape(count, size * samples.shape[1])
    power = np.empty(count)
    for start, end in ranges(count, _FRAMES_AT_ONCE):
        some = frames[start:end].astype(np.float32)
        power[start:end] = np.einsum("fs,fs->f", some, some) / frames.shape[1]
    return power > (32768 * 10 ** (SILENCE_DBFS / 20)) ** 2


def frame_size(rate_hz: int) -> int:
    """Return the number of samples of 20 ms."""
    return max(1, round(FRAME_S * rate_hz))


def silent_ends_s(samples: SampleFile, rate_hz: int) -> tuple[float, float]:
    """Return the length of the silence at the beginning and at the end; 0 if there is nothing else."""
    size = frame_size(rate_hz)
    parts = list(ranges(len(samples) // size, _FRAMES_AT_ONCE))
    first = last = 0
    for start, end in parts:
        loud = loud_frames(samples.read(start * size, end * size), rate_hz)
        if loud.any():
            first = start + int(loud.argmax())
            break
    for start, end in reversed(parts):
        loud = loud_frames(samples.read(start * size, end * size), rate_hz)
        if loud.any():
            last = parts[-1][1] - end + int(loud[::-1].argmax())
            break
    return first * FRAME_S, last * FRAME_S
