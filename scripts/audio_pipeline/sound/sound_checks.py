"""Checks that a recording must pass to be kept. Each returns a message for a failure, or None.

| check    | bound                                                                                                |
|----------|------------------------------------------------------------------------------------------------------|
| rate     | at least 16,000 Hz                                                                                   |
| silence  | every sentence has 20 ms above −50 dBFS                                                              |
| clipping | fewer than 3 consecutive samples at full scale                                                       |
| ends     | at most 1 s of silence at the beginning and at the end                                               |
| gap      | at most 2 s of silence in between, or 0.5 s more than the longest configured pause                   |
| pace     | seconds per word: 0.2 to 0.8 (English), see Language.pace, times audio.length_scale; from 5 words on |
| peak     | true peak of a levelled recording at most −1.5 dBTP                                                  |
| loudness | at most 0.5 LU from audio.loudness_lufs; from 0.4 s on                                               |

Silence is 20 ms with an RMS below −50 dBFS. Sounds that cannot be decoded are rejected in sound/decoding.py.

Regardless of the configuration, speech with less than half of the minimum seconds per word, or a sentence with less
than a quarter, is rejected: words must be missing.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audio_pipeline.errors import BadAnswer
from audio_pipeline.settings import AudioSettings
from audio_pipeline.sound import loudness
from audio_pipeline.text.languages import registry

if TYPE_CHECKING:
    import numpy as np

SILENCE_DBFS = -50.0
FRAME_S = 0.02
_FRAMES_AT_ONCE = 5000
_LEAST_RATE_HZ = 16_000
_FULL_SCALE_RUN = 3  # samples
_MOST_AT_ENDS_S = 1.0
_MOST_GAP_S = 2.0
_LEAST_WORDS = 5
_LEAST_SHARE, _LEAST_SHARE_OF_A_SENTENCE = 0.5, 0.25  # of the minimum seconds per word

Span = tuple[int, int, str]  # first sample, sample after the last, text


@dataclass(frozen=True)
class Sound:
    """The input of the checks.

    samples: int16, (n, channels), before levelling, which hides clipping; text: the spoken text; spans: the sentences;
    levelled: int16, (n, channels), at the same rate, after levelling, or None if it was not levelled.
    """

    samples: "np.ndarray"
    rate_hz: int
    text: str
    language: str
    settings: AudioSettings
    spans: Sequence[Span] = ()
    levelled: "np.ndarray | None" = None


def run(
    samples: "np.ndarray",
    rate_hz: int,
    text: str,
    language: str,
    settings: AudioSettings,
    *,
    spans: Sequence[Span] = (),
    levelled: "np.ndarray | None" = None,
) -> tuple[list[str], list[str]]:
    """Return the names of the checks that passed, and a message for each that only warns. For arguments, see Sound.

    Raises BadAnswer: the first failed check at level error, or missing words.
    """
    sound = Sound(samples, rate_hz, text, language, settings, spans, levelled)
    passed, warnings = [], []
    for name, check in CHECKS.items():
        level = settings.checks[name]
        message = None if level == "off" else check(sound)
        if message and level == "error":
            raise BadAnswer(f"the sound {message} (audio.checks.{name})")
        if message:
            warnings.append(f"the sound {message} (audio.checks.{name})")
        elif level != "off":
            passed.append(name)
    if message := _missing_words(sound):
        raise BadAnswer(f"the sound {message}")
    return passed, warnings


def loud_frames(samples: "np.ndarray", rate_hz: int) -> "np.ndarray":
    """Return True for each full 20 ms above −50 dBFS; bool, (n,). samples: int16, (n, channels)."""
    import numpy as np

    size = max(1, round(FRAME_S * rate_hz))
    count = len(samples) // size
    frames = samples[: count * size].reshape(count, size * samples.shape[1])
    power = np.empty(count)
    for start in range(0, count, _FRAMES_AT_ONCE):
        block = frames[start : start + _FRAMES_AT_ONCE].astype(np.float64)
        power[start : start + len(block)] = (block**2).mean(axis=1)
    return power > (32768 * 10 ** (SILENCE_DBFS / 20)) ** 2


def _rate(sound: Sound) -> str | None:
    if sound.rate_hz < _LEAST_RATE_HZ:
        return f"has {sound.rate_hz} Hz; expected at least {_LEAST_RATE_HZ}"
    return None


def _silence(sound: Sound) -> str | None:
    if not loud_frames(sound.samples, sound.rate_hz).any():
        return f"of {_seconds(sound):.1f} s is silent throughout; expected speech above {SILENCE_DBFS:.0f} dBFS"
    for start, end, text in sound.spans:
        if not loud_frames(sound.samples[start:end], sound.rate_hz).any():
            at_s = start / sound.rate_hz
            return f"is silent from {at_s:.1f} s on, where it should say {text[:40]!r}"
    return None


def _clipping(sound: Sound) -> str | None:
    import numpy as np

    for channel in sound.samples.T:
        for full in (channel >= 32767, channel <= -32768):
            edges = np.flatnonzero(np.diff(np.pad(full, 1).view(np.int8)))
            starts, ends = edges[::2], edges[1::2]
            runs = starts[ends - starts >= _FULL_SCALE_RUN]
            if len(runs):
                return (
                    f"is clipped at {len(runs)} places, first at {runs[0] / sound.rate_hz:.2f} s; "
                    f"expected fewer than {_FULL_SCALE_RUN} samples in a row at full scale"
                )
    return None


def _ends(sound: Sound) -> str | None:
    loud = loud_frames(sound.samples, sound.rate_hz)
    if not loud.any():
        return None
    for name, silent in (("begins", loud.argmax()), ("ends", loud[::-1].argmax())):
        if silent * FRAME_S > _MOST_AT_ENDS_S:
            return (
                f"{name} with {silent * FRAME_S:.1f} s of silence; "
                f"expected at most {_MOST_AT_ENDS_S:g} s"
            )
    return None


def _gap(sound: Sound) -> str | None:
    import numpy as np

    loud = np.flatnonzero(loud_frames(sound.samples, sound.rate_hz))
    if len(loud) < 2:
        return None
    pauses = (sound.settings.sentence_pause_s, sound.settings.paragraph_pause_s)
    most = max(_MOST_GAP_S, max(pauses) + 0.5)
    gaps = (np.diff(loud) - 1) * FRAME_S
    longest = int(gaps.argmax())
    if gaps[longest] > most:
        return (
            f"has {gaps[longest]:.1f} s of silence at {loud[longest] * FRAME_S:.1f} s; "
            f"expected at most {most:g} s"
        )
    return None


def _pace(sound: Sound) -> str | None:
    count, unit, least, most = _words(sound, sound.text)
    if count < _LEAST_WORDS:
        return None
    pace = _seconds(sound) / count
    if least <= pace <= most:
        return None
    return (
        f"lasts {_seconds(sound):.1f} s for {count} {unit}s, {pace:.2f} s each; "
        f"expected {least:.2f} to {most:.2f} s"
    )


def _missing_words(sound: Sound) -> str | None:
    stretches = [(0, len(sound.samples), sound.text, _LEAST_SHARE)]
    if len(sound.spans) > 1:
        stretches += [(*span, _LEAST_SHARE_OF_A_SENTENCE) for span in sound.spans]
    # Some servers ignore length_scale, which is no sign of missing words.
    haste = min(1.0, 1 / sound.settings.length_scale)
    for start, end, text, share in stretches:
        count, unit, least, _ = _words(sound, text)
        share *= haste
        seconds = (end - start) / sound.rate_hz
        if count >= _LEAST_WORDS and seconds < share * least * count:
            where = f" of {text[:40]!r}" if text is not sound.text else ""
            return (
                f"lasts {seconds:.1f} s for {count} {unit}s{where}, {seconds / count:.2f} s each; expected at least "
                f"{share * least:.2f} s: words are missing"
            )
    return None


def _words(sound: Sound, text: str) -> tuple[int, str, float, float]:
    """Return a text's number of words or characters, the name of the unit, and its minimum and maximum seconds."""
    language = registry.of(sound.language)
    least, most = (sound.settings.length_scale * bound for bound in language.pace)
    if not language.spaces:
        return len(re.findall(r"\w", text)), "character", least, most
    count = sum(any(map(str.isalnum, word)) for word in text.split())
    return count, "word", least, most


def _peak(sound: Sound) -> str | None:
    if sound.levelled is None:
        return None
    peak = loudness.true_peak_dbtp(sound.levelled, sound.rate_hz)
    if peak > loudness.PEAK_DBTP + 0.05:
        return f"has a true peak of {peak:.1f} dBTP; expected at most {loudness.PEAK_DBTP} dBTP"
    return None


def _loudness(sound: Sound) -> str | None:
    target = sound.settings.loudness_lufs
    if sound.levelled is None or target is None:
        return None
    lufs = loudness.integrated_lufs(sound.levelled, sound.rate_hz)
    if lufs is not None and math.fabs(lufs - target) > 0.5:
        return f"has {lufs:.1f} LUFS; expected {target:g} ± 0.5 (audio.loudness_lufs)"
    return None


def _seconds(sound: Sound) -> float:
    return len(sound.samples) / sound.rate_hz


CHECKS: dict[str, Callable[[Sound], str | None]] = {
    "rate": _rate,
    "silence": _silence,
    "clipping": _clipping,
    "ends": _ends,
    "gap": _gap,
    "pace": _pace,
    "peak": _peak,
    "loudness": _loudness,
}
