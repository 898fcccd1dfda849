"""Sound under the speech: music, and in its place the sound of clips while they are seen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from audio_pipeline.sound import loudness
from audio_pipeline.sound.looping import Looped
from audio_pipeline.sound.sample_file import SampleFile, Samples

if TYPE_CHECKING:
    import numpy as np

_LUFS = -26.0  # of each sound; its peaks are then 26 dB below full scale or more
_MOST_GAIN_DB = 20.0
_FADE_S = 0.3  # as the pictures
_SEAM_S = 0.01


@dataclass(frozen=True)
class ClipSound:
    """The sound of a clip, while it is seen.

    start_s: where the clip begins; loop: True if it begins again at its end; begin_s, end_s: when it is seen.
    """

    path: Path
    start_s: float
    loop: bool
    begin_s: float
    end_s: float

    @property
    def needed_s(self) -> float:
        """Return the most seconds that are heard of the clip, both fades included."""
        return self.end_s - self.begin_s + _FADE_S


class Background:
    """Music, if there is any, and the sounds of clips, all equally loud: int16, stereo.

    Sounds change by a cross-fade of equal power, in the middle of which the picture changes.
    """

    columns = 2

    def __init__(
        self,
        music: Samples | None,
        clips: Sequence[tuple[ClipSound, SampleFile]],
        count: int,
        rate_hz: int,
    ) -> None:
        self._count, self._rate_hz = count, rate_hz
        self._music = music
        self._music_gain = _gain(music, rate_hz) if music else 0.0
        self._clips = [
            (*self._fitted(clip, samples), _gain(samples, rate_hz)) for clip, samples in clips
        ]

    def __len__(self) -> int:
        return self._count

    def read(self, start: int, end: int) -> "np.ndarray":
        import numpy as np

        times_s = (np.arange(start, end, dtype=np.float64) + 0.5) / self._rate_hz
        sound = np.zeros((end - start, 2), np.float32)
        taken = np.zeros(end - start, np.float32)  # share of the power that clips have
        for clip, samples, gain in self._clips:
            first = round((clip.begin_s - _FADE_S / 2) * self._rate_hz)
            if first < end and start < first + len(samples):
                shares = _shares(clip, times_s)
                heard = samples.read(start - first, end - first)
                sound += heard * (gain * np.sqrt(shares))[:, None]
                taken += shares
        if self._music and taken.min(initial=1.0) < 1:
            rest = self._music_gain * np.sqrt(np.maximum(0, 1 - taken))
            sound += self._music.read(start, end) * rest[:, None]
        inside = (times_s > 0) & (times_s < self._count / self._rate_hz)
        result: np.ndarray = np.rint(sound * inside[:, None]).clip(-32768, 32767).astype(np.int16)
        return result

    def _fitted(self, clip: ClipSound, samples: SampleFile) -> tuple[ClipSound, Samples]:
        """Repeat the sound of a clip, or let it end with the clip."""
        if clip.loop and len(samples):
            count = round(clip.needed_s * self._rate_hz)
            seam = round(_SEAM_S * self._rate_hz)
            return clip, Looped(samples, 0, len(samples), count, seam)
        end_s = clip.begin_s - _FADE_S + len(samples) / self._rate_hz
        return replace(clip, end_s=min(clip.end_s, max(clip.begin_s, end_s))), samples


def _shares(clip: ClipSound, times_s: "np.ndarray") -> "np.ndarray":
    """Return the share of the power that a clip has: 1 while it is seen, less in the fades."""
    import numpy as np

    half = _FADE_S / 2
    points = [clip.begin_s - half, clip.begin_s + half, clip.end_s - half, clip.end_s + half]
    level = np.interp(times_s, np.maximum.accumulate(points), [0, 1, 1, 0])
    shares: np.ndarray = (np.sin(np.pi / 2 * level) ** 2).astype(np.float32)
    return shares


def _gain(samples: Samples, rate_hz: int) -> float:
    """Return the factor that gives a sound the loudness _LUFS, 1 for silence."""
    lufs = loudness.measured(samples, rate_hz).lufs
    return 1.0 if lufs is None else 10 ** (min(_MOST_GAIN_DB, _LUFS - lufs) / 20)
