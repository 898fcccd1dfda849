"""Assembly of a recording from the sounds of its sentences, with pauses, one loudness, and time stamps."""

import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO

from audio_pipeline import files
from audio_pipeline.errors import BadAnswer
from audio_pipeline.settings import AudioSettings
from audio_pipeline.sound import levelling, resampling, silence, sound_checks, wav
from audio_pipeline.sound.chunks import is_speakable, passages
from audio_pipeline.sound.sample_file import SampleFile, ranges
from audio_pipeline.text import pauses, respelling, sentences, speakers
from audio_pipeline.text.lexicon import Terms

if TYPE_CHECKING:
    import numpy as np

# Silence that is kept around speech, since sounds begin and fade out below −50 dBFS.
_HEAD_S, _TAIL_S = 0.02, 0.04
_FIRST_HEAD_S, _LAST_TAIL_S = 0.1, 0.3  # at the ends of the recording
_FADE_S = 0.005
_CHANNELS = {1: "mono", 2: "stereo"}
_SAMPLES_AT_ONCE = 2**18

Span = tuple[int, int, str]  # first sample, sample after the last, text


@dataclass(frozen=True)
class Piece:
    """The text of one request.

    written: the sentence, or the part of a long one, as in the text; "" for all but the first part of a sentence that
    was split only for the voice; spoken: the text for the voice; ends: the unit that ends with it, "part", "sentence"
    or "paragraph", or "" if the synthesizer makes the pauses; pause_s: the pause after it that the script asks for,
    instead of the configured one; speaker: of the cast, "" for the topic's own voice.
    """

    written: str
    spoken: str
    ends: str
    pause_s: float | None = None
    speaker: str = ""


@dataclass(frozen=True)
class Recording:
    """A WAV file. spans: the sentences, in samples; passed: names of checks; warnings: messages of failed checks.

    formats: rates and channels of the sentences' sounds, if they differ.
    """

    duration_s: float
    rate_hz: int
    channels: int
    spans: list[Span]
    passed: list[str]
    warnings: list[str]
    formats: list[str] = field(default_factory=list)


@dataclass
class _Joined:
    """The joined sounds: int16, (n, channels), at rate_hz. formats: (rate, channels) → how many sounds have it.

    pieces: first sample of each, and sample after its last; pauses_s: sum of the pauses that the script asks for.
    """

    samples: SampleFile
    rate_hz: int
    formats: Counter[tuple[int, int]]
    pieces: list[levelling.Stretch] = field(default_factory=list)
    pauses_s: float = 0.0


def pieces(
    text: str,
    language: str,
    split: str,
    lexicon: Terms | None = None,
    cast: Mapping[str, Terms | None] = MappingProxyType({}),
) -> list[Piece]:
    """Split a text into the pieces to request, without those that have no letter or digit.

    split: "sentence", "paragraph", or "none" for pieces as long as a synthesizer supports; lexicon: pronunciations of
    terms; cast: speakers, with the pronunciations of their voices. Pauses before the first and after the last word are
    left out: players add their own, and long silence at the ends is taken for a fault.
    Raises InputError: a pause in the text is not valid.
    """
    result: list[Piece] = []
    waiting_s = 0.0
    for speaker, written, ends, pause_s in _of_turns(text, language, split, cast):
        terms = cast[speaker] if speaker else lexicon
        spoken = respelling.spoken(written, language, terms)
        piece = Piece(written, spoken, ends, speaker=speaker)
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
            smaller[-1] = replace(smaller[-1], ends=ends, pause_s=piece.pause_s)
            return [replace(each, speaker=piece.speaker) for each in smaller]
    parts = [part for part in respelling.parts(piece.spoken, language, most) if is_speakable(part)]
    written = [piece.written] + [""] * (len(parts) - 1)
    result = [
        Piece(words, part, "part", speaker=piece.speaker)
        for words, part in zip(written, parts, strict=True)
    ]
    return [*result[:-1], replace(result[-1], ends=ends, pause_s=piece.pause_s)]


def assembled(
    requested: Sequence[Piece],
    sounds: Sequence[Callable[[], bytes]],
    request: Mapping[str, Any],
    settings: AudioSettings,
    output: Path,
) -> Recording:
    """Assemble a recording, write it to `output`, and check it.

    sounds: return a WAV file with 16-bit PCM for each piece; they are called a second time if the first sound's format
    is not the most common one. request: language, pauses, rate_hz, loudness_lufs.
    Raises BadRecording: a check at level error failed; BadAnswer: too long for a WAV file.
    """
    files.new(output).close()  # removes a link of that name
    with (
        _scratch(output) as scratch,
        _scratch(output) as blocks,
        files.open_or_create(output) as written,
    ):
        joined = _join(requested, sounds, request, scratch)
        samples, rate_hz = joined.samples, joined.rate_hz
        size = 2 * samples.columns * len(samples)
        if size > wav.MOST_BYTES:
            raise BadAnswer("the sound is longer than a WAV file can be (4 GB); divide the text")
        written.write(wav.header(size, rate_hz, samples.columns))
        levels = None
        if request["loudness_lufs"] is None:
            for start, end in ranges(len(samples), _SAMPLES_AT_ONCE):
                written.write(samples.read(start, end).tobytes())
        else:
            target = SampleFile(written, samples.columns, offset=wav.HEADER_BYTES)
            levels = levelling.level(
                samples, target, blocks, rate_hz, joined.pieces, request["loudness_lufs"]
            )
        duration_s = len(samples) / rate_hz
        passed, warnings = sound_checks.check_recording(
            sound_checks.Recording(
                rate_hz,
                [piece.spoken for piece in requested],
                [(end - start) / rate_hz for start, end in joined.pieces],
                duration_s - joined.pauses_s,
                silence.silent_ends_s(samples, rate_hz),
                levels,
            ),
            request["language"],
            settings,
        )
    named = [f"{rate} Hz, {_CHANNELS[count]}" for rate, count in joined.formats]
    return Recording(
        duration_s,
        rate_hz,
        samples.columns,
        _spans(requested, joined.pieces),
        passed,
        warnings,
        named if len(named) > 1 else [],
    )


def _scratch(output: Path) -> BinaryIO:
    """Open a file on the output's disk that has no name, so that nothing is left of it if the process is killed."""
    return tempfile.TemporaryFile(dir=output.parent)


def _of_turns(
    text: str, language: str, split: str, names: Collection[str]
) -> Iterator[tuple[str, str, str, float]]:
    """Yield the speaker of each piece, and what `_split` yields. A turn ends like a paragraph."""
    turns = speakers.turns(text, names)
    for number, turn in enumerate(turns, start=1):
        units = list(_split(turn.text, language, split))
        if number < len(turns):
            written, _, pause_s = units[-1]
            units[-1] = (written, "paragraph", pause_s)
        for unit in units:
            yield turn.speaker, *unit


def _split(text: str, language: str, split: str) -> Iterator[tuple[str, str, float]]:
    """Yield the written text of each piece, the unit that ends with it, and the pause in the text after it."""
    parts = pauses.divide(text)
    for number, (part, pause_s) in enumerate(parts, start=1):
        units = list(_units(part, language, split))
        if split != "none" and units and number < len(parts) and pause_s:
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
    requested: Sequence[Piece],
    sounds: Sequence[Callable[[], bytes]],
    request: Mapping[str, Any],
    scratch: BinaryIO,
    format_: tuple[int, int] | None = None,
) -> _Joined:
    """Join the sounds in the most common of their formats. format_: the one to try, None for that of the first."""
    formats: Counter[tuple[int, int]] = Counter()
    joined, previous = None, None
    for number, (piece, read) in enumerate(zip(requested, sounds, strict=True), start=1):
        sound = wav.parse(read())
        formats[sound.rate_hz, sound.channels] += 1
        if joined is None:
            format_ = format_ or (sound.rate_hz, sound.channels)
            joined = _Joined(
                SampleFile(scratch, format_[1]), request["rate_hz"] or format_[0], formats
            )
        if previous:
            _append_pause(joined, previous, request)
        samples = resampling.alike(sound, sound.rate_hz, joined.samples.columns)
        samples = _trim(
            samples, sound.rate_hz, *_margins_s(piece, previous, number == len(requested))
        )
        begin = len(joined.samples)
        joined.samples.append(resampling.resampled(samples, sound.rate_hz, joined.rate_hz))
        joined.pieces.append((begin, len(joined.samples)))
        previous = piece
    if joined is None:
        raise ValueError("a recording needs at least one piece")
    ((most_common, _),) = formats.most_common(1)
    if most_common != format_:
        return _join(requested, sounds, request, scratch, most_common)
    return joined


def _append_pause(joined: _Joined, piece: Piece, request: Mapping[str, Any]) -> None:
    """Append the pause after a piece."""
    import numpy as np

    pause_s = piece.pause_s
    if pause_s is None and piece.ends:
        pause_s = {
            "part": request["sentence_pause_s"] / 2,
            "sentence": request["sentence_pause_s"],
            "paragraph": request["paragraph_pause_s"],
        }[piece.ends]
    if pause_s is None:
        return
    count = round(max(0.0, pause_s - _HEAD_S - _TAIL_S) * joined.rate_hz)
    for start, end in ranges(count, _SAMPLES_AT_ONCE):
        joined.samples.append(np.zeros((end - start, joined.samples.columns), np.int16))
    if piece.pause_s is not None:
        joined.pauses_s += count / joined.rate_hz


def _margins_s(
    piece: Piece, previous: Piece | None, last: bool
) -> tuple[float | None, float | None]:
    """Return how much silence is kept before and after a sound. None: all, since the synthesizer makes that pause."""
    head_s: float | None = _HEAD_S if previous else _FIRST_HEAD_S
    tail_s: float | None = _LAST_TAIL_S if last else _TAIL_S
    if not piece.ends and (previous is None or previous.pause_s is None):
        head_s = None
    if not piece.ends and (last or piece.pause_s is None):
        tail_s = None
    return head_s, tail_s


def _trim(
    samples: "np.ndarray", rate_hz: int, head_s: float | None, tail_s: float | None
) -> "np.ndarray":
    """Trim the server's silence at both ends but for these seconds (None: all of it), and fade in and out."""
    import numpy as np

    loud = np.flatnonzero(silence.loud_frames(samples, rate_hz))
    if not len(loud) or head_s is tail_s is None:
        return samples
    frame = silence.frame_size(rate_hz)
    start, end = 0, len(samples)
    if head_s is not None:
        start = max(0, int(loud[0]) * frame - round(head_s * rate_hz))
    spoken = (int(loud[-1]) + 1) * frame
    if tail_s is not None and len(samples) - spoken >= frame:  # otherwise less than a frame remains
        end = min(len(samples), spoken + round(tail_s * rate_hz))
    kept = samples[start:end].copy()
    ramp = np.linspace(0, 1, min(round(_FADE_S * rate_hz), len(kept)))[:, None]
    if start:
        kept[: len(ramp)] = np.rint(kept[: len(ramp)] * ramp)
    if end < len(samples):
        kept[len(kept) - len(ramp) :] = np.rint(kept[len(kept) - len(ramp) :] * ramp[::-1])
    return kept


def _spans(requested: Sequence[Piece], pieces: Sequence[levelling.Stretch]) -> list[Span]:
    """Return the spans of the sentences, each of one or more pieces."""
    spans: list[Span] = []
    begin, words = None, []
    for number, (piece, (start, end)) in enumerate(zip(requested, pieces, strict=True), start=1):
        begin = start if begin is None else begin
        words.append(piece.written)
        if piece.ends != "part" or number == len(requested):
            spans.append((begin, end, " ".join(filter(None, words))))
            begin, words = None, []
    return spans
