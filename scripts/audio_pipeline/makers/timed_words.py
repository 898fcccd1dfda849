"""The words of a recording with their times, for subtitles and for the cuts between scenes."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from audio_pipeline import files
from audio_pipeline.core import record as records
from audio_pipeline.errors import InputError
from audio_pipeline.sound import wav
from audio_pipeline.text import speakers
from audio_pipeline.video import captions
from audio_pipeline.video.cuts import letters

if TYPE_CHECKING:
    import numpy as np

    from audio_pipeline.sound.alignment import Word

Span = tuple[float, float, str]  # begin and end in seconds, and the text spoken there


@dataclass(frozen=True)
class TimedWords:
    """words: in order; length_s: of the recording; from_record: False if the times are estimated from the sound."""

    words: "list[Word]"
    length_s: float
    from_record: bool


def timed(audio: Path, sha256: str, record: Path, text: str, language: str) -> TimedWords:
    """Return the words of a text, which the recording speaks.

    The times of sentences come from the recording's record. Without one that matches (the recording was edited or
    placed by hand), they are estimated from the sound. sha256: of the recording; text: without pauses.
    """
    from audio_pipeline.sound import alignment
    from audio_pipeline.text.sentences import paragraphs

    samples, rate_hz = _sound(audio)
    voice = alignment.voice(samples, rate_hz)
    length_s = len(samples) / rate_hz
    spans = _spans(record, sha256, rate_hz)
    if letters("".join(said for _, _, said in spans)) != letters(captions.clean(text)):
        spans = []  # the recording is of another text
    words: list[alignment.Word] = []
    for begin_s, end_s, spoken in spans or [(0.0, length_s, text)]:
        parts = paragraphs(captions.clean(spoken), language)
        sentences = [sentence for paragraph in parts for sentence in paragraph]
        words += alignment.word_times(sentences, language, voice.within(begin_s, end_s))
    return TimedWords(words, length_s, bool(spans))


def sentences_s(sha256: str, record: Path, rate_hz: int) -> list[tuple[float, float]]:
    """Return begin and end of each sentence, as the record of the recording says, [] if that does not describe it."""
    return [(begin, end) for begin, end, _ in _spans(record, sha256, rate_hz)]


def recorded_text(sha256: str, record: Path) -> str | None:
    """Return the text of the recording, as its record says. Returns None if that does not describe it."""
    known = records.load(record)
    entry = known and known.describes(sha256)
    text = entry.request.get("text") if entry else None
    names = entry.request.get("cast") if entry else None
    return speakers.words(text, list(names or ())) if isinstance(text, str) else None


def _spans(path: Path, sha256: str, rate_hz: int) -> list[Span]:
    """Return the sentences in the record, [] if it does not describe this recording."""
    record = records.load(path)
    entry = record and record.describes(sha256)
    if not entry:
        return []
    try:
        spans = entry.service["sentences"]
        return [(first / rate_hz, end / rate_hz, str(said)) for first, end, said in spans]
    except (KeyError, TypeError, ValueError):
        return []


def _sound(path: Path) -> tuple["np.ndarray", int]:
    """Return samples as int16 of shape (n, channels), and the rate in Hz."""
    import numpy as np

    try:
        sound = wav.parse(files.read_bytes(path, wav.MOST_BYTES))
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    width = sound.bits // 8
    complete = len(sound.samples) // (width * sound.channels or 1) * width * sound.channels
    data = sound.samples[:complete]
    if (sound.coding, sound.bits) == (1, 16):
        samples = np.frombuffer(data, "<i2")
    elif (sound.coding, sound.bits) in ((1, 24), (1, 32)):  # the two upper bytes of each
        samples = np.frombuffer(data, "u1").reshape(-1, width)[:, width - 2 :].copy().view("<i2")
    elif (sound.coding, sound.bits) == (3, 32):
        samples = (np.frombuffer(data, "<f4").clip(-1, 1) * 32767).astype(np.int16)
    else:
        raise InputError(
            f"{path}: has {sound.bits} bits of coding {sound.coding}; save it as 16-bit PCM, or delete it"
        )
    if not complete:
        raise InputError(f"{path}: has no sound; delete it to make it again")
    return samples.reshape(-1, sound.channels), sound.rate_hz
