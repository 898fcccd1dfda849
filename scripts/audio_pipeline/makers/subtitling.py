"""Subtitles: the words of a script, aligned with its recording, as cues."""

from pathlib import Path

from audio_pipeline import files
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.errors import InputError
from audio_pipeline.makers import timed_words
from audio_pipeline.settings import SubtitlesSettings
from audio_pipeline.text import pauses, speakers
from audio_pipeline.video import captions


def maker(job: Job[SubtitlesSettings]) -> Ask:
    """Return a function that makes subtitles."""
    audio = job.files["audio"]
    record = job.record.parents[1] / "audio" / job.record.name

    def ask(request: Request, _: Attempt) -> Artifact:
        from audio_pipeline.video import cues

        names, language = request.get("speakers", ()), request["language"]
        text = speakers.words(request["text"], names)
        found = timed_words.timed(audio, request["audio"], record, text, language)
        if not found.words:
            raise InputError(
                "the script has no words to show; edit it, or set subtitles.enabled: false"
            )
        turns = [
            (turn.speaker, captions.clean(pauses.without(turn.text)))
            for turn in speakers.turns(request["text"], names)
        ]
        result = cues.of_turns(
            found.words, turns, found.length_s, request["line_characters"], language
        )
        method = (
            "the times of its sentences" if found.from_record else "times estimated from its sound"
        )
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
