"""Assembly of a recording from the sounds of its sentences, with configured pauses, one loudness, and time stamps."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from audio_pipeline.errors import BadAnswer
from audio_pipeline.settings import AudioSettings
from audio_pipeline.sound import loudness, resampling, sound_checks, wav
from audio_pipeline.sound.chunks import is_speakable, passages
from audio_pipeline.sound.sound_checks import Span
from audio_pipeline.text import pauses, respelling, sentences
from audio_pipeline.text.lexicon import Terms

if TYPE_CHECKING:
    import numpy as np

# Silence that is kept around speech, since sounds begin and fade out below −50 dBFS.
_HEAD_S, _TAIL_S = 0.02, 0.04
_FIRST_HEAD_S, _LAST_TAIL_S = 0.1, 0.3  # at the ends of the recording
_FADE_S = 0.005
_CHANNELS = {1: "mono", 2: "stereo"}


@dataclass(frozen=True)
class Piece:
    """The text of one request.

    written: the sentence, or the part of a long one, as in the text; "" for all but the first part of a sentence that
    was split only for the voice; spoken: the text for the voice; ends: the unit that ends with it, "part", "sentence"
    or "paragraph", or "" if the synthesizer makes the pauses; pause_s: the pause after it that the script asks for,
    instead of the configured one.
    """

    written: str
    spoken: str
    ends: str
    pause_s: float | None = None


@dataclass(frozen=True)
class Recording:
    """A WAV file. spans: the sentences, in samples; passed: names of checks; warnings: messages of failed checks.

    formats: rates and channels of the sentences' sounds, if they differ.
    """

    data: bytes
    spans: list[Span]
    passed: list[str]
    warnings: list[str]
    formats: list[str] = field(default_factory=list)


def pieces(text: str, language: str, split: str, lexicon: Terms | None = None) -> list[Piece]:
    """Split a text into the pieces to request, without those that have no letter or digit.

    split: "sentence", "paragraph", or "none" for pieces as long as a synthesizer supports; lexicon: pronunciations of
    terms. Pauses before the first and after the last word are left out: players add their own, and long silence at the
    ends is taken for a fault. Raises InputError: a pause in the text is not valid.
    """
    result: list[Piece] = []
    waiting_s = 0.0
    for written, ends, pause_s in _split(text, language, split):
        piece = Piece(written, respelling.spoken(written, language, lexicon), ends)
        if is_speakable(piece.spoken):
            if result and waiting_s:
                result[-1] = replace(
                    result[-1], ends=result[-1].ends or "sentence", pause_s=waiting_s
                )
            waiting_s = 0.0
            result.append(piece)
        elif result and ends == "paragraph":
            result[-1] = replace(result[-1], ends=ends)
        waiting_s += pause_s
    return result


def divided(piece: Piece, language: str, most: int, lexicon: Terms | None = None) -> list[Piece]:
    """Split a piece into sentences, or a single sentence into parts of at most `most` characters."""
    ends = piece.ends or "sentence"
    if piece.spoken == respelling.spoken(piece.written, language, lexicon):  # not split before
        smaller = pieces(piece.written, language, "sentence", lexicon)
        if len(smaller) > 1:
            return [*smaller[:-1], replace(smaller[-1], ends=ends, pause_s=piece.pause_s)]
    parts = [part for part in respelling.parts(piece.spoken, language, most) if is_speakable(part)]
    written = [piece.written] + [""] * (len(parts) - 1)
    result = [Piece(words, part, "part") for words, part in zip(written, parts, strict=True)]
    return [*result[:-1], replace(result[-1], ends=ends, pause_s=piece.pause_s)]


def assembled(
    requested: list[Piece], files: list[bytes], request: Mapping[str, Any], settings: AudioSettings
) -> Recording:
    """Assemble and check a recording.

    files: a WAV file with 16-bit PCM for each piece; request: language, pauses, rate_hz, loudness_lufs.
    Raises BadAnswer: a check at level error failed.
    """
    sounds = [wav.parse(file) for file in files]
    formats = Counter((sound.rate_hz, sound.channels) for sound in sounds)
    ((rate_hz, channels), _), *others = formats.most_common()
    final_hz = request["rate_hz"] or rate_hz
    joined, spans = _join(requested, sounds, request, final_hz, channels)
    if 2 * joined.size > wav.MOST_BYTES:
        raise BadAnswer("the sound is longer than a WAV file can be (4 GB); divide the text")
    level = None
    if request["loudness_lufs"] is not None:
        level = loudness.levelled(joined, final_hz, request["loudness_lufs"])
    passed, warnings = sound_checks.run(
        joined,
        final_hz,
        " ".join(piece.spoken for piece in requested),
        request["language"],
        settings,
        spans=spans,
        levelled=level,
    )
    data = wav.plain((joined if level is None else level).tobytes(), final_hz, channels)
    named = [f"{rate} Hz, {_CHANNELS[count]}" for rate, count in formats] if others else []
    return Recording(data, spans, passed, warnings, named)


def _split(text: str, language: str, split: str) -> Iterator[tuple[str, str, float]]:
    """Yield the written text of each piece, the unit that ends with it, and the pause in the text after it."""
    parts = pauses.divide(text)
    for number, (part, pause_s) in enumerate(parts, start=1):
        units = list(_units(part, language, split))
        if split != "none" and units and number < len(parts):
            units[-1] = (units[-1][0], "sentence")
        for written, ends in units[:-1]:
            yield written, ends, 0.0
        written, ends = units[-1] if units else ("", "")
        yield written, ends, pause_s


def _units(text: str, language: str, split: str) -> Iterator[tuple[str, str]]:
    """Yield the written text of each piece of a text without pauses, and the unit that ends with it."""
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


def _join(
    requested: list[Piece],
    sounds: list[wav.Sound],
    request: Mapping[str, Any],
    rate_hz: int,
    channels: int,
) -> tuple["np.ndarray", list[Span]]:
    """Join the sounds to int16, (n, channels), at rate_hz. Returns them and the spans of the sentences."""
    import numpy as np

    pause_s = {
        "": 0.0,
        "part": request["sentence_pause_s"] / 2,
        "sentence": request["sentence_pause_s"],
        "paragraph": request["paragraph_pause_s"],
    }
    parts, spans, position, begin, words = [], [], 0, None, []
    for number, (piece, sound) in enumerate(zip(requested, sounds, strict=True), start=1):
        first, last = number == 1, number == len(requested)
        samples = resampling.alike(sound, sound.rate_hz, channels)
        if piece.ends:
            samples = _trim(samples, sound.rate_hz, first, last)
        samples = resampling.resampled(samples, sound.rate_hz, rate_hz)
        begin = position if begin is None else begin
        words.append(piece.written)
        position += len(samples)
        parts.append(samples)
        if piece.ends != "part" or last:
            spans.append((begin, position, " ".join(filter(None, words))))
            begin, words = None, []
        if not last and piece.ends:
            silence = max(0.0, pause_s[piece.ends] - _HEAD_S - _TAIL_S)
            parts.append(np.zeros((round(silence * rate_hz), samples.shape[1]), np.int16))
            position += len(parts[-1])
    return np.concatenate(parts), spans


def _trim(samples: "np.ndarray", rate_hz: int, first: bool, last: bool) -> "np.ndarray":
    """Trim the server's silence at both ends, and fade in and out."""
    import numpy as np

    loud = np.flatnonzero(sound_checks.loud_frames(samples, rate_hz))
    if not len(loud):
        return samples
    frame = round(sound_checks.FRAME_S * rate_hz)
    head = round((_FIRST_HEAD_S if first else _HEAD_S) * rate_hz)
    tail = round((_LAST_TAIL_S if last else _TAIL_S) * rate_hz)
    start = max(0, int(loud[0]) * frame - head)
    end = min(len(samples), (int(loud[-1]) + 1) * frame + tail)
    if len(samples) - (int(loud[-1]) + 1) * frame < frame:  # less than a frame remains
        end = len(samples)
    kept = samples[start:end].astype(np.float64)
    ramp = np.linspace(0, 1, min(round(_FADE_S * rate_hz), len(kept)))[:, None]
    if start:
        kept[: len(ramp)] *= ramp
    if end < len(samples):
        kept[len(kept) - len(ramp) :] *= ramp[::-1]
    return np.rint(kept).astype(np.int16)
