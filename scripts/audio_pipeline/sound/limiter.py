"""A look-ahead limiter, and a model of what it does to the loudness.

Both work on blocks of half a millisecond, each with its true peak and its energy, so that the gain for a loudness is
found without filtering the sound again at each try.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from audio_pipeline.sound import loudness
from audio_pipeline.sound.sample_file import SampleFile, ranges

if TYPE_CHECKING:
    import numpy as np

BLOCKS_AT_ONCE = 20_000  # 10 s
_BLOCK_S = 0.0005
_LOOKAHEAD = 10  # blocks; even, for two averages of half of it
MARGIN = 2 * _LOOKAHEAD + 1  # blocks on each side that the gain of a block depends on


def block_size(rate_hz: int) -> int:
    """Return the number of samples of a block."""
    return max(1, round(_BLOCK_S * rate_hz))


def analyse(samples: SampleFile, rate_hz: int, blocks: SampleFile) -> None:
    """Append the highest sample and the energy after K-weighting of each block. samples: int16; blocks: two columns."""
    import numpy as np

    size = block_size(rate_hz)
    for sound, weighted in loudness.analysed(samples, rate_hz, size * BLOCKS_AT_ONCE):
        peaks = loudness.true_peaks(sound, rate_hz, size, np.inf)
        energies = np.pad(weighted, (0, -len(weighted) % size)).reshape(-1, size).sum(axis=1)
        blocks.append(np.stack([peaks, energies], axis=1))


def sharpen(
    samples: SampleFile,
    rate_hz: int,
    blocks: SampleFile,
    least: Callable[[int, int], "np.ndarray"],
) -> None:
    """Replace the highest samples by true peaks where these may be above `least`, of a range of blocks.

    It is a tenth of the time to look only there.
    """
    import numpy as np

    size, reach = block_size(rate_hz), loudness.REACH
    for first, last in ranges(len(blocks), BLOCKS_AT_ONCE):
        end = min(last * size, len(samples))
        sound = samples.read(first * size - reach, end + reach) / np.float32(32768)
        found = blocks.read(first, last).copy()
        found[:, 0] = loudness.true_peaks(sound, rate_hz, size, least(first, last))
        blocks.replace(first, found)


def limited(peaks: "np.ndarray", gain: "np.ndarray | float", ceiling: float) -> "np.ndarray":
    """Return the gain of each block, lowered smoothly from 5 ms before each peak to 5 ms after it: (n,).

    peaks: true peaks, with MARGIN neighbours on both sides: (n + 2 · MARGIN,); gain: before it is lowered, of each of
    them or of all.
    """
    import numpy as np

    allowed = np.minimum(1.0, ceiling / np.maximum(peaks * gain, 1e-9))
    # One block wider than the look-ahead, since the samples between two blocks get a gain between theirs.
    allowed = _lowest(allowed, 2 * _LOOKAHEAD + 3)
    for _ in range(2):  # two moving averages form a triangle, for a smooth gain
        sums = np.concatenate(([0.0], np.cumsum(allowed, dtype=np.float64)))
        allowed = (sums[_LOOKAHEAD + 1 :] - sums[: -_LOOKAHEAD - 1]) / (_LOOKAHEAD + 1)
    inner = gain[MARGIN:-MARGIN] if isinstance(gain, np.ndarray) else gain
    result: np.ndarray = inner * allowed
    return result


def lufs(energies: Iterable["np.ndarray"], rate_hz: int) -> float | None:
    """Return the integrated loudness of successive blocks, or None if it is undefined.

    energies: of the blocks, in parts. A block counts in the tenth of a second that its middle is in.
    """
    import numpy as np

    step, size = rate_hz // 10, block_size(rate_hz)
    powers, blocks = [np.zeros(1)], 0
    for some in energies:
        if not len(some):
            continue
        steps = ((np.arange(blocks, blocks + len(some)) + 0.5) * size / step).astype(np.intp)
        begun = sum(map(len, powers)) - 1  # the last one may be incomplete
        more = np.bincount(steps - begun, some) / step
        more[0] += powers[-1][-1]
        powers[-1] = powers[-1][:-1]
        powers.append(more)
        blocks += len(some)
    return loudness.gated_lufs(np.concatenate(powers)[: blocks * size // step])


def amplified(samples: "np.ndarray", gains: "np.ndarray", size: int) -> "np.ndarray":
    """Amplify samples by gains that change linearly between the middles of the blocks. Returns int16, (n, channels).

    gains: of the blocks of the samples, and of one more on each side; size: samples of a block.
    """
    import numpy as np

    before, at, after = gains[:-2], gains[1:-1], gains[2:]
    position = (np.arange(size) - (size - 1) / 2) / size  # in the block, from its middle
    curve = at[:, None] + np.outer(after - at, np.maximum(position, 0))
    curve += np.outer(before - at, np.maximum(-position, 0))
    sound = samples * curve.reshape(-1, 1)[: len(samples)]
    result: np.ndarray = np.rint(sound).clip(-32768, 32767).astype(np.int16)
    return result


def _lowest(values: "np.ndarray", width: int) -> "np.ndarray":
    """Return the minimum of each window, (n − width + 1,)."""
    import numpy as np

    covered = 1
    while covered < width:
        shift = min(covered, width - covered)
        values, covered = np.minimum(values[:-shift], values[shift:]), covered + shift
    return values
