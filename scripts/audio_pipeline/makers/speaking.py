"""Recordings: the sentences of a text, spoken by a speech service and joined."""

import collections
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audio_pipeline import files
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.engines import embedded, text_limit
from audio_pipeline.errors import InputError, RequestRefused, ServiceUnavailable
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.scheduling import server_pool
from audio_pipeline.settings import AudioSettings, Server
from audio_pipeline.sound import assembly, decoding, sound_checks, wav
from audio_pipeline.sound.chunks import is_speakable

if TYPE_CHECKING:
    from audio_pipeline.http.client import Client

# The clients are slow to import, and not needed by jobs that keep their file.

Speak = Callable[[str], bytes]  # returns the service's file for a text
_UNSPEAKABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def maker(job: Job[AudioSettings]) -> Ask:
    """Return a function that requests the sound of a text, joins and checks it.

    A text is sent sentence by sentence, or as request["split"] says, each with its own timeout_s, so that long texts
    have more time. service["sentences"]: [first sample, sample after the last, sentence].
    """

    def ask(request: Request, seed: int | None) -> Artifact:
        text = _UNSPEAKABLE.sub(" ", request["text"])
        if not is_speakable(text):
            raise InputError(
                f"the script {text[:40]!r} has no word that can be spoken; edit it, or delete it to make it again"
            )
        pieces = assembly.pieces(text, request["language"], request["split"])
        settings = replace(job.settings, length_scale=_length_scale(request))

        def speak_all(server: Server, http: HttpPolicy) -> tuple[list[_Sound], dict[str, Any]]:
            speak, details = _ENGINES[request["engine"]](request, server, http)
            with http.slot:  # one for all pieces
                return _speak_all(pieces, speak, request, settings), details

        sounds, service = server_pool.with_server(
            job.slots, job.settings, job.config.http, speak_all
        )
        recording, data = _assembled(sounds, request, settings, job.output)
        passed, warnings = sound_checks.combined(
            [sound.checked for sound in sounds], (recording.passed, recording.warnings)
        )
        service |= _details(sounds, recording, warnings)
        for warning in warnings:
            print(f"warning: {warning}")
        return Artifact(data, request["voice"], ["pcm", *passed], service)

    return ask


def _assembled(
    sounds: list["_Sound"], request: Request, settings: AudioSettings, output: Path
) -> tuple[assembly.Recording, bytes]:
    """Return the recording and its file."""
    output.parent.mkdir(parents=True, exist_ok=True)
    temporary = files.temporary_of(output)
    try:
        recording = assembly.assembled(
            [sound.piece for sound in sounds],
            [sound.read for sound in sounds],
            request,
            settings,
            temporary,
        )
        return recording, files.read_bytes(temporary, wav.MOST_BYTES + wav.HEADER_BYTES)
    finally:
        temporary.unlink(missing_ok=True)


def _details(
    sounds: list["_Sound"], recording: assembly.Recording, warnings: list[str]
) -> dict[str, Any]:
    """Return details for the record, and log unusual formats."""
    service: dict[str, Any] = {"passages": len(sounds)} if len(sounds) > 1 else {}
    service["duration_s"] = round(recording.duration_s, 3)
    service["sentences"] = recording.spans
    sent_as = ", ".join(dict.fromkeys(sound.sent_as for sound in sounds))
    if sent_as != "WAV":
        service["sent_as"] = sent_as
    if recording.formats:
        service["formats"] = recording.formats
        print(
            f"the sound came in {' and '.join(recording.formats)}; resampled to {recording.rate_hz} Hz"
        )
    if warnings:
        service["warnings"] = warnings
    return service


@dataclass(frozen=True)
class _Sound:
    """The sound of a piece of text.

    file: a plain WAV file; sent_as: format of the service's file; checked: results of the piece's checks.
    """

    piece: assembly.Piece
    file: bytes
    sent_as: str
    checked: sound_checks.Result

    def read(self) -> bytes:
        return self.file


def _speak_all(
    pieces: list[assembly.Piece], speak: Speak, request: Request, settings: AudioSettings
) -> list[_Sound]:
    """Return the sounds in order, after a check of each.

    Pieces that exceed max_characters, or the service's limit, are divided.
    """
    limit, queue = request.get("max_characters"), collections.deque(pieces)
    sounds: list[_Sound] = []
    while queue:
        piece = queue.popleft()
        if limit and len(piece.spoken) > limit:
            parts = assembly.divided(piece, request["language"], limit)
            queue.extendleft(reversed(parts))
            continue
        try:
            answer = speak(piece.spoken)
        except (RequestRefused, ServiceUnavailable) as refusal:
            limit = text_limit.from_refusal(refusal, len(piece.spoken))
            if not limit:
                raise
            print(f"{refusal}; dividing the text; set audio.max_characters: {limit} to avoid this")
            queue.appendleft(piece)
            continue
        file, sent_as = decoding.decoded(answer)
        checked = sound_checks.check_piece(
            wav.parse(file),
            piece.spoken,
            request["language"],
            settings,
            alone=not sounds and not queue,
        )
        sounds.append(_Sound(piece, file, sent_as, checked))
    return sounds


def _length_scale(request: Request) -> float:
    """Return the requested length of speech, relative to the voice's normal speed."""
    return float(1 / request["speed"] if "speed" in request else request["length_scale"])


def _piper(request: Request, server: Server, http: HttpPolicy) -> tuple[Speak, dict[str, Any]]:
    from audio_pipeline.engines import piper

    return _by_piper(piper.client(server, http), request)


def _embedded(request: Request, server: Server, http: HttpPolicy) -> tuple[Speak, dict[str, Any]]:
    from audio_pipeline.http.client import Client

    service = Client(
        "Piper",
        embedded.piper(request["voice"]),
        timeout_s=server.timeout_s,
        http=embedded.without_patience(http),
        token=embedded.key(),
        advice=embedded.KILLED_ADVICE,
    )
    return _by_piper(service, request)


def _by_piper(service: "Client", request: Request) -> tuple[Speak, dict[str, Any]]:
    from audio_pipeline.engines import piper

    server = piper.detect(service)
    if server.voices is None:
        print(
            f"{service.place}: the old server has one voice and no options; audio.voice is ignored"
        )
    return (
        lambda text: piper.speak(service, server, request, text).body,
        {"version": server.version},
    )


def _openai(request: Request, server: Server, http: HttpPolicy) -> tuple[Speak, dict[str, Any]]:
    from audio_pipeline.engines import openai

    service = openai.client("audio", server, http)
    return lambda text: openai.speak(service, request, text).body, {}


_ENGINES = {"piper": _piper, "embedded": _embedded, "openai": _openai}
