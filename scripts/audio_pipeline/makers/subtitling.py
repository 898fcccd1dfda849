"""Subtitles: the words of a script, aligned with its recording, as cues."""

from pathlib import Path
from typing import TYPE_CHECKING

from audio_pipeline import files
from audio_pipeline.core import record as records
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.errors import InputError
from audio_pipeline.settings import SubtitlesSettings
from audio_pipeline.sound import wav
from audio_pipeline.text import pauses
from audio_pipeline.video import captions

if TYPE_CHECKING:
    import numpy as np

Span = tuple[float, float, str]  # begin and end in seconds, and the text spoken there


def maker(job: Job[SubtitlesSettings]) -> Ask:
    """Return a function that makes subtitles.

    The times of sentences come from the recording's record. Without one that matches (the recording was edited or
    placed by hand), they are estimated from the sound.
    """
    audio = job.files["audio"]
    record = job.record.parents[1] / "audio" / job.record.name

    def ask(request: Request, _: Attempt) -> Artifact:
        from audio_pipeline.sound import alignment
        from audio_pipeline.text.sentences import paragraphs
        from audio_pipeline.video import cues

        samples, rate_hz = _sound(audio)
        voice = alignment.voice(samples, rate_hz)
        length_s = len(samples) / rate_hz
        spans = _spans(record, request, rate_hz)
        words: list[alignment.Word] = []
        for begin_s, end_s, text in spans or [(0.0, length_s, pauses.without(request["text"]))]:
            spoken = paragraphs(captions.clean(text), request["language"])
            sentences = [sentence for paragraph in spoken for sentence in paragraph]
            words += alignment.word_times(
                sentences, request["language"], voice.within(begin_s, end_s)
            )
        if not words:
            raise InputError(
                "the script has no words to show; edit it, or set subtitles.enabled: false"
            )
        result = cues.cues(words, length_s, request["line_characters"], request["language"])
        method = "the times of its sentences" if spans else "times estimated from its sound"
        return Artifact(captions.srt(result).encode(), method, ["times"], {"cues": len(result)})

    return ask


def write_vtt(subtitles: Path) -> None:
    """Write the subtitles as WebVTT beside the .srt file. Raises InputError: that was edited, and is invalid."""
    cues = captions.parse(files.read_text(subtitles), str(subtitles))
    data, path = captions.vtt(cues).encode(), subtitles.with_suffix(".vtt")
    if not path.is_file() or path.read_bytes() != data:
        files.replace_file(path, data)
    else:
        path.touch()


def _spans(path: Path, request: Request, rate_hz: int) -> list[Span]:
    """Return the sentences in the record, if it describes this recording of this script."""
    record = records.load(path)
    entry = record and record.describes(request["audio"])
    if not entry or entry.request.get("text") != request["text"]:
        return []
    try:
        spans = entry.service["sentences"]
        return [(first / rate_hz, end / rate_hz, str(text)) for first, end, text in spans]
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
