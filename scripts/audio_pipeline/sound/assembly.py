"""A recording put together of the sounds of its sentences: pauses of our own, one loudness, and when each is said."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from audio_pipeline.errors import BadAnswer
from audio_pipeline.settings import AudioSettings
from audio_pipeline.sound import loudness, resampling, sound_checks, wav
from audio_pipeline.sound.chunks import is_speakable, passages
from audio_pipeline.sound.sound_checks import Span
from audio_pipeline.text import sentences
from audio_pipeline.text.spoken_form import spoken

if TYPE_CHECKING:
    import numpy as np

# Kept of the silence around speech: where a sound begins and dies away it is below −50 dBFS too.
_HEAD_S, _TAIL_S = 0.02, 0.04
_FIRST_HEAD_S, _LAST_TAIL_S = 0.1, 0.3  # at the ends of the recording
_FADE_S = 0.005
_CHANNELS = {1: "mono", 2: "stereo"}


@dataclass(frozen=True)
class Piece:
    """What is asked for at once.

    written: the sentence, or the part of a long one, as it stands in the text, empty for the other parts of what was
    divided only for the voice; spoken: the same for the voice;
    ends: what ends with it: a "part", a "sentence", a "paragraph", or "" where the pauses are the synthesizer's.
    """

    written: str
    spoken: str
    ends: str


@dataclass(frozen=True)
class Recording:
    """data: the WAV file; spans: the sentences, in its samples; passed: checks; warnings: lines of those that warn.

    formats: the rates and channels that the sounds of the sentences came in, if these were several.
    """

    data: bytes
    spans: list[Span]
    passed: list[str]
    warnings: list[str]
    formats: list[str] = field(default_factory=list)


def pieces(text: str, language: str, split: str) -> list[Piece]:
    """The text in the order in which it is asked for; nothing without a letter or digit.

    split: "sentence", "paragraph", or "none": as much at once as a synthesizer can take.
    """
    found: list[Piece] = []
    for written, ends in _parted(text, language, split):
        piece = Piece(written, spoken(written, language), ends)
        if is_speakable(piece.spoken):
            found.append(piece)
        elif found and ends == "paragraph":
            found[-1] = replace(found[-1], ends=ends)
    return found


def divided(piece: Piece, language: str, most: int) -> list[Piece]:
    """The sentences of a piece; of one that is a single sentence, parts of at most so many characters."""
    if piece.spoken == spoken(piece.written, language):  # it was not divided before
        smaller = pieces(piece.written, language, "sentence")
        if len(smaller) > 1:
            return [*smaller[:-1], replace(smaller[-1], ends=piece.ends or "sentence")]
    parts = sentences.parts(piece.spoken, language, lambda part: len(part) <= most)
    parts = [part for part in parts if is_speakable(part)]
    ends = ["part"] * (len(parts) - 1) + [piece.ends or "sentence"]
    written = [piece.written] + [""] * (len(parts) - 1)
    return [Piece(*values) for values in zip(written, parts, ends, strict=True)]


def assembled(
    asked: list[Piece], files: list[bytes], wanted: Mapping[str, Any], settings: AudioSettings
) -> Recording:
    """The recording, checked.

    files: a WAV file with 16-bit PCM for each piece. wanted: the request (language, pauses, rate_hz, loudness_lufs).
    Raises BadAnswer: a check that is an error.
    """
    sounds = [wav.parse(file) for file in files]
    formats = Counter((sound.rate_hz, sound.channels) for sound in sounds)
    ((rate_hz, channels), _), *others = formats.most_common()
    final_hz = wanted["rate_hz"] or rate_hz
    joined, spans = _joined(asked, sounds, wanted, final_hz, channels)
    if 2 * joined.size > wav.MOST_BYTES:
        raise BadAnswer("the sound is longer than a WAV file can be (4 GB); divide the text")
    level = None
    if wanted["loudness_lufs"] is not None:
        level = loudness.levelled(joined, final_hz, wanted["loudness_lufs"])
    passed, warnings = sound_checks.run(
        joined,
        final_hz,
        " ".join(piece.spoken for piece in asked),
        wanted["language"],
        settings,
        spans=spans,
        levelled=level,
    )
    data = wav.plain((joined if level is None else level).tobytes(), final_hz, channels)
    named = [f"{rate} Hz, {_CHANNELS[count]}" for rate, count in formats] if others else []
    return Recording(data, spans, passed, warnings, named)


def _parted(text: str, language: str, split: str) -> Iterator[tuple[str, str]]:
    """What is written, and what ends with it."""
    if split == "none":
        yield from ((passage, "") for passage in passages(text, language))
        return
    for paragraph in sentences.paragraphs(text, language):
        if split == "paragraph":
            units = [(passage, "sentence") for passage in passages(" ".join(paragraph), language)]
        else:
            units = []
            for sentence in paragraph:
                *parts, last = sentences.parts(sentence, language)
                units += [*((part, "part") for part in parts), (last, "sentence")]
        for number, (written, ends) in enumerate(units, start=1):
            yield written, "paragraph" if number == len(units) else ends


def _joined(
    asked: list[Piece],
    sounds: list[wav.Sound],
    wanted: Mapping[str, Any],
    rate_hz: int,
    channels: int,
) -> tuple["np.ndarray", list[Span]]:
    """int16, (n, channels), at rate_hz, and where in it each sentence is."""
    import numpy as np

    pause_s = {
        "": 0.0,
        "part": wanted["sentence_pause_s"] / 2,
        "sentence": wanted["sentence_pause_s"],
        "paragraph": wanted["paragraph_pause_s"],
    }
    parts, spans, place, begin, words = [], [], 0, None, []
    for number, (piece, sound) in enumerate(zip(asked, sounds, strict=True), start=1):
        first, last = number == 1, number == len(asked)
        samples = resampling.alike(sound, sound.rate_hz, channels)
        if piece.ends:
            samples = _trimmed(samples, sound.rate_hz, first, last)
        samples = resampling.resampled(samples, sound.rate_hz, rate_hz)
        begin = place if begin is None else begin
        words.append(piece.written)
        place += len(samples)
        parts.append(samples)
        if piece.ends != "part" or last:
            spans.append((begin, place, " ".join(filter(None, words))))
            begin, words = None, []
        if not last and piece.ends:
            silence = max(0.0, pause_s[piece.ends] - _HEAD_S - _TAIL_S)
            parts.append(np.zeros((round(silence * rate_hz), samples.shape[1]), np.int16))
            place += len(parts[-1])
    return np.concatenate(parts), spans


def _trimmed(samples: "np.ndarray", rate_hz: int, first: bool, last: bool) -> "np.ndarray":
    """Without the server's silence at both ends, but for what belongs to the sounds there."""
    import numpy as np

    loud = np.flatnonzero(sound_checks.loud_frames(samples, rate_hz))
    if not len(loud):
        return samples
    frame = round(sound_checks.FRAME_S * rate_hz)
    head = round((_FIRST_HEAD_S if first else _HEAD_S) * rate_hz)
    tail = round((_LAST_TAIL_S if last else _TAIL_S) * rate_hz)
    start = max(0, int(loud[0]) * frame - head)
    end = min(len(samples), (int(loud[-1]) + 1) * frame + tail)
    if len(samples) - (int(loud[-1]) + 1) * frame < frame:  # less than a frame is left over
        end = len(samples)
    kept = samples[start:end].astype(np.float64)
    ramp = np.linspace(0, 1, min(round(_FADE_S * rate_hz), len(kept)))[:, None]
    if start:
        kept[: len(ramp)] *= ramp
    if end < len(samples):
        kept[len(kept) - len(ramp) :] *= ramp[::-1]
    return np.rint(kept).astype(np.int16)
