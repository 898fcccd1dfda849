"""Checks that a recording must pass to be kept.

`check_piece` checks the sound of one request as it arrives, so that only that is requested again: silence, clipping,
gap. `check_recording` checks what is assembled of them.

| check    | bound                                                                                                |
|----------|------------------------------------------------------------------------------------------------------|
| rate     | at least 16,000 Hz                                                                                   |
| silence  | every sentence has 20 ms above −50 dBFS                                                              |
| clipping | fewer than 3 consecutive samples at full scale                                                       |
| ends     | at most 1 s of silence at the beginning and at the end                                               |
| gap      | at most 2 s of silence within a sentence, or 0.5 s more than the longest configured pause            |
| pace     | seconds per word: 0.2 to 0.8 (English), see Language.pace, times audio.length_scale; from 5 words on |
| peak     | true peak of a levelled recording at most −1.5 dBTP                                                  |
| loudness | at most 0.5 LU from audio.loudness_lufs; from 0.4 s on                                               |

Silence is 20 ms with an RMS below −50 dBFS. Sounds that cannot be decoded are rejected in sound/decoding.py.

Regardless of the configuration, a recording with less than half of the minimum seconds per word, or a sentence with
less than a quarter, is rejected: words must be missing.
"""

import functools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audio_pipeline.errors import BadAnswer
from audio_pipeline.settings import AudioSettings
from audio_pipeline.sound import wav
from audio_pipeline.sound.levelling import PEAK_DBTP
from audio_pipeline.sound.loudness import Levels
from audio_pipeline.sound.silence import FRAME_S, SILENCE_DBFS, frame_size, loud_frames
from audio_pipeline.text.languages import registry

if TYPE_CHECKING:
    import numpy as np

_LEAST_RATE_HZ = 16_000
_FULL_SCALE_RUN = 3  # samples
_MOST_AT_ENDS_S = 1.0
_MOST_GAP_S = 2.0
_LEAST_WORDS = 5
_LEAST_SHARE, _LEAST_SHARE_OF_A_SENTENCE = 0.5, 0.25  # of the minimum seconds per word
_LONGEST_EXCERPT = 40  # characters

# Names of the checks that passed, and messages of those that only warn.
Result = tuple[list[str], list[str]]


class BadRecording(BadAnswer):
    """A recording failed a check. pieces: indices of those to request again."""

    def __init__(self, message: str, pieces: Sequence[int] = ()) -> None:
        super().__init__(message)
        self.pieces = list(pieces)


@dataclass(frozen=True)
class Recording:
    """What is checked of a recording.

    texts: what is spoken in each piece; pieces_s: lengths of their sounds, as far as they are kept; duration_s: of the
    recording without the pauses that a script asks for; ends_s: silence at its beginning and at its end, before
    levelling; levels: after levelling, or None if it was not levelled.
    """

    rate_hz: int
    texts: Sequence[str]
    pieces_s: Sequence[float]
    duration_s: float
    ends_s: tuple[float, float]
    levels: Levels | None = None


@dataclass(frozen=True)
class _Piece:
    """The sound of a piece: int16, (n, channels)."""

    samples: "np.ndarray"
    rate_hz: int
    text: str
    settings: AudioSettings

    @functools.cached_property
    def loud(self) -> "np.ndarray":
        return loud_frames(self.samples, self.rate_hz)


@dataclass(frozen=True)
class _Words:
    """Number of words, or of characters in languages without spaces, and the bounds of the seconds for each."""

    count: int
    unit: str
    least_s: float
    most_s: float


def check_piece(
    sound: wav.Sound, text: str, language: str, settings: AudioSettings, *, alone: bool = False
) -> Result:
    """Check the sound of a piece as it arrived. sound: 16-bit PCM; alone: True if it is the only one of its recording.

    Raises BadAnswer: the first failed check at level error, or missing words.
    """
    import numpy as np

    samples = np.frombuffer(sound.samples, "<i2").reshape(-1, sound.channels)
    piece = _Piece(samples, sound.rate_hz, text, settings)
    passed, warnings = [], []
    for name, level in _levels(_OF_PIECES, settings):
        if not (message := _OF_PIECES[name](piece)):
            passed.append(name)
            continue
        message = f"the sound of {excerpt(text)} {message} (audio.checks.{name})"
        if level == "error":
            raise BadAnswer(message)
        warnings.append(message)
    share = _LEAST_SHARE if alone else _LEAST_SHARE_OF_A_SENTENCE
    words = _words(text, language, settings)
    if message := _missing_words(_spoken_s(piece), words, share, settings):
        raise BadAnswer(f"the sound of {excerpt(text)} {message}")
    return passed, warnings


def check_recording(recording: Recording, language: str, settings: AudioSettings) -> Result:
    """Check a recording whose pieces have passed their checks.

    Raises BadRecording: the first failed check at level error, or missing words.
    """
    found = _Found(recording, language, settings)
    passed, warnings = [], []
    for name, level in _levels(_OF_RECORDINGS, settings):
        if not (failure := _OF_RECORDINGS[name](found)):
            passed.append(name)
            continue
        message = f"the sound {failure[0]} (audio.checks.{name})"
        if level == "error":
            raise BadRecording(message, failure[1])
        warnings.append(message)
    if failure := found.missing_words():
        raise BadRecording(f"the sound {failure[0]}", failure[1])
    return passed, warnings


def combined(pieces: Sequence[Result], recording: Result) -> Result:
    """Return the results of a recording and of its pieces as one. A check passed if it did for all of them.

    Of several pieces that fail the same check, only the first is named.
    """
    times = Counter(name for passed, _ in [*pieces, recording] for name in passed)
    wanted = dict.fromkeys(_OF_PIECES, len(pieces)) | dict.fromkeys(_OF_RECORDINGS, 1)
    passed = [name for name in CHECKS if times[name] == wanted[name]]
    first: dict[str, list[str]] = {}
    for _, warnings in pieces:
        for warning in warnings:
            first.setdefault(warning.rpartition(" (")[2], []).append(warning)
    merged = []
    for warning, *others in first.values():
        message, _, key = warning.rpartition(" (")
        more = f"; {len(others)} more of its sentences fail this check" if others else ""
        merged.append(f"{message}{more} ({key}")
    return passed, merged + recording[1]


def _levels(names: Iterable[str], settings: AudioSettings) -> Iterator[tuple[str, str]]:
    """Yield the names of the checks that are not off, and their levels."""
    for name in names:
        if (level := settings.checks[name]) != "off":
            yield name, level


def excerpt(text: str, most: int = _LONGEST_EXCERPT) -> str:
    """Return the beginning of a text, in quotes. most: characters."""
    text = " ".join(text.split())
    return repr(text if len(text) <= most else f"{text[:most].rstrip()}…")


def _silence(piece: _Piece) -> str | None:
    if piece.loud.any():
        return None
    seconds = len(piece.samples) / piece.rate_hz
    return (
        f"is silent throughout its {seconds:.1f} s; expected speech above {SILENCE_DBFS:.0f} dBFS"
    )


def _clipping(piece: _Piece) -> str | None:
    import numpy as np

    for channel in piece.samples.T:
        for full in (channel >= 32767, channel <= -32768):
            edges = np.flatnonzero(np.diff(np.pad(full, 1).view(np.int8)))
            starts, ends = edges[::2], edges[1::2]
            runs = starts[ends - starts >= _FULL_SCALE_RUN]
            if len(runs):
                return (
                    f"is clipped at {len(runs)} places, first at {runs[0] / piece.rate_hz:.2f} s; "
                    f"expected fewer than {_FULL_SCALE_RUN} samples in a row at full scale"
                )
    return None


def _gap(piece: _Piece) -> str | None:
    import numpy as np

    loud = np.flatnonzero(piece.loud)
    if len(loud) < 2:
        return None
    pauses = (piece.settings.sentence_pause_s, piece.settings.paragraph_pause_s)
    most = max(_MOST_GAP_S, max(pauses) + 0.5)
    gaps = (np.diff(loud) - 1) * FRAME_S
    longest = int(gaps.argmax())
    if gaps[longest] > most:
        return (
            f"has {gaps[longest]:.1f} s of silence at {loud[longest] * FRAME_S:.1f} s; "
            f"expected at most {most:g} s"
        )
    return None


def _spoken_s(piece: _Piece) -> float:
    """Return the length without the silence at both ends, or with it if there is nothing else."""
    import numpy as np

    loud = np.flatnonzero(piece.loud)
    if not len(loud):
        return len(piece.samples) / piece.rate_hz
    frame = frame_size(piece.rate_hz)
    rest = len(piece.samples) - (int(loud[-1]) + 1) * frame  # an incomplete frame counts as loud
    return (
        (int(loud[-1]) + 1 - int(loud[0])) * frame + (rest if rest < frame else 0)
    ) / piece.rate_hz


def _words(text: str, language_code: str, settings: AudioSettings) -> _Words:
    language = registry.of(language_code)
    bounds = [settings.length_scale * bound for bound in language.pace]
    if not language.spaces:
        return _Words(len(re.findall(r"\w", text)), "character", *bounds)
    return _Words(sum(any(map(str.isalnum, word)) for word in text.split()), "word", *bounds)


def _missing_words(
    seconds: float, words: _Words, share: float, settings: AudioSettings
) -> str | None:
    least_s = _hasty(share, settings) * words.least_s
    if words.count < _LEAST_WORDS or seconds >= least_s * words.count:
        return None
    return (
        f"lasts {seconds:.1f} s for {words.count} {words.unit}s, {seconds / words.count:.2f} s each; "
        f"expected at least {least_s:.2f} s: words are missing"
    )


def _hasty(share: float, settings: AudioSettings) -> float:
    """Return the share for servers that ignore length_scale, which is no sign of missing words."""
    return share * min(1.0, 1 / settings.length_scale)


@dataclass(frozen=True)
class _Found:
    """A recording with what its checks need. Each returns a message and the pieces to request again, or None."""

    recording: Recording
    language: str
    settings: AudioSettings

    def rate(self) -> "_Failure | None":
        if self.recording.rate_hz < _LEAST_RATE_HZ:
            return (
                f"has {self.recording.rate_hz} Hz; expected at least {_LEAST_RATE_HZ}",
                self._all(),
            )
        return None

    def ends(self) -> "_Failure | None":
        last = len(self.recording.texts) - 1
        for name, silent_s, piece in zip(
            ("begins", "ends"), self.recording.ends_s, (0, last), strict=True
        ):
            if silent_s > _MOST_AT_ENDS_S:
                return (
                    f"{name} with {silent_s:.1f} s of silence; expected at most {_MOST_AT_ENDS_S:g} s",
                    [piece],
                )
        return None

    def pace(self) -> "_Failure | None":
        words, seconds = self._words(), self.recording.duration_s
        if words.count < _LEAST_WORDS:
            return None
        pace = seconds / words.count
        if words.least_s <= pace <= words.most_s:
            return None
        slow = pace > words.most_s
        return (
            f"lasts {seconds:.1f} s for {words.count} {words.unit}s, {pace:.2f} s each; "
            f"expected {words.least_s:.2f} to {words.most_s:.2f} s",
            self._pieces(lambda own: own > words.most_s if slow else own < words.least_s),
        )

    def missing_words(self) -> "_Failure | None":
        words = self._words()
        message = _missing_words(self.recording.duration_s, words, _LEAST_SHARE, self.settings)
        least_s = _hasty(_LEAST_SHARE, self.settings) * words.least_s
        return (message, self._pieces(lambda own: own < least_s)) if message else None

    def peak(self) -> "_Failure | None":
        levels = self.recording.levels
        if levels and levels.dbtp > PEAK_DBTP + 0.05:
            message = (
                f"has a true peak of {levels.dbtp:.1f} dBTP; expected at most {PEAK_DBTP} dBTP"
            )
            return message, self._all()
        return None

    def loudness(self) -> "_Failure | None":
        levels, target = self.recording.levels, self.settings.loudness_lufs
        if levels is None or levels.lufs is None or target is None:
            return None
        if math.fabs(levels.lufs - target) <= 0.5:
            return None
        message = f"has {levels.lufs:.1f} LUFS; expected {target:g} ± 0.5 (audio.loudness_lufs)"
        return message, self._all()

    def _all(self) -> list[int]:
        return list(range(len(self.recording.texts)))

    def _words(self) -> _Words:
        return _words(" ".join(self.recording.texts), self.language, self.settings)

    def _pieces(self, is_outside: Callable[[float], bool]) -> list[int]:
        """Return the pieces whose own seconds per word are outside a bound, or all if there is none."""
        found = []
        for number, (text, seconds) in enumerate(
            zip(self.recording.texts, self.recording.pieces_s, strict=True)
        ):
            count = _words(text, self.language, self.settings).count
            if count and is_outside(seconds / count):
                found.append(number)
        return found or self._all()


_Failure = tuple[str, list[int]]
_OF_PIECES: dict[str, Callable[[_Piece], str | None]] = {
    "silence": _silence,
    "clipping": _clipping,
    "gap": _gap,
}
_OF_RECORDINGS: dict[str, Callable[[_Found], _Failure | None]] = {
    "rate": _Found.rate,
    "ends": _Found.ends,
    "pace": _Found.pace,
    "peak": _Found.peak,
    "loudness": _Found.loudness,
}
CHECKS = ("rate", "silence", "clipping", "ends", "gap", "pace", "peak", "loudness")
