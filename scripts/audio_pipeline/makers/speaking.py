"""Speaking: the sounds of a text's sentences, by a speech service, joined to a recording."""

import collections
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.engines import embedded, text_limit
from audio_pipeline.errors import InputError, RequestRefused, ServiceUnavailable
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.scheduling import server_pool
from audio_pipeline.settings import AudioSettings, Server
from audio_pipeline.sound import assembly, decoding, wav
from audio_pipeline.sound.chunks import is_speakable

if TYPE_CHECKING:
    from audio_pipeline.http.client import Client

# The clients are imported where they ask: a job that keeps its file does without them.

Speak = Callable[[str], bytes]  # the sound of a passage, as it came
_UNSPEAKABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def maker(job: Job[AudioSettings]) -> Ask:
    """How to ask for the sound of a text.

    A text is spoken sentence by sentence, or as request["split"] says; each has timeout_s, so that the whole time
    grows with the text. service["sentences"]: [first sample, sample after the last, sentence].
    """

    def ask(request: Request, seed: int | None) -> Artifact:
        text = _UNSPEAKABLE.sub(" ", request["text"])
        if not is_speakable(text):
            raise InputError(
                f"the script {text[:40]!r} has no word that can be spoken; edit it, or delete it to make it again"
            )
        asked = assembly.pieces(text, request["language"], request["split"])

        def spoken(server: Server, http: HttpPolicy) -> tuple[list[_Sound], dict[str, Any]]:
            speak, told = _ENGINES[request["engine"]](request, server, http)
            with http.slot:  # one for all pieces
                return _all_spoken(asked, speak, request), told

        sounds, service = server_pool.with_server(job.slots, job.settings, job.config.http, spoken)
        pieces, files = [one.piece for one in sounds], [one.file for one in sounds]
        checked = replace(job.settings, length_scale=_length_scale(request))
        made = assembly.assembled(pieces, files, request, checked)
        service |= _told(sounds, made)
        for warning in made.warnings:
            print(f"warning: {warning}")
        return Artifact(made.data, request["voice"], ["pcm", *made.passed], service)

    return ask


def _told(sounds: list["_Sound"], made: assembly.Recording) -> dict[str, Any]:
    """What the record says of the sounds, and the log where they are not as usual."""
    service: dict[str, Any] = {"passages": len(sounds)} if len(sounds) > 1 else {}
    service["duration_s"] = round(wav.duration_s(made.data), 3)
    service["sentences"] = made.spans
    sent_as = ", ".join(dict.fromkeys(one.sent_as for one in sounds))
    if sent_as != "WAV":
        service["sent_as"] = sent_as
    if made.formats:
        service["formats"] = made.formats
        rate_hz = wav.parse(made.data).rate_hz
        print(f"the sound came in {' and '.join(made.formats)}; resampled to {rate_hz} Hz")
    if made.warnings:
        service["warnings"] = made.warnings
    return service


@dataclass(frozen=True)
class _Sound:
    """file: a plain WAV file; sent_as: what it came as."""

    piece: assembly.Piece
    file: bytes
    sent_as: str


def _all_spoken(asked: list[assembly.Piece], speak: Speak, request: Request) -> list[_Sound]:
    """The sounds in order, of pieces that are divided where they exceed max_characters, or what the service takes."""
    most, waiting, done = request.get("max_characters"), collections.deque(asked), []
    while waiting:
        piece = waiting.popleft()
        if most and len(piece.spoken) > most:
            parts = assembly.divided(piece, request["language"], most)
            waiting.extendleft(reversed(parts))
            continue
        try:
            answer = speak(piece.spoken)
        except (RequestRefused, ServiceUnavailable) as refusal:
            most = text_limit.of(refusal, len(piece.spoken))
            if not most:
                raise
            print(f"{refusal}; dividing the text, audio.max_characters: {most} does so at once")
            waiting.appendleft(piece)
            continue
        done.append(_Sound(piece, *decoding.decoded(answer)))
    return done


def _length_scale(request: Request) -> float:
    """How much slower than usual the voice was asked to speak."""
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
        http=embedded.patient(http),
        token=embedded.key(),
        advice=embedded.KILLED_ADVICE,
    )
    return _by_piper(service, request)


def _by_piper(service: "Client", request: Request) -> tuple[Speak, dict[str, Any]]:
    from audio_pipeline.engines import piper

    server = piper.recognised(service)
    if server.voices is None:
        print(
            f"{service.place}: the old server has one voice and no options; audio.voice is not used"
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
