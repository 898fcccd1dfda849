"""The sound's service: Piper's HTTP server in its three forms, or OpenAI's protocol."""

import contextlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from . import checks, embedded, recording, turns, wav
from .errors import InputError
from .passages import is_speakable
from .production import Ask, Made
from .request import Request

# The clients are imported where they ask: a job that keeps its file does without them.

Speak = Callable[[str], bytes]  # the WAV file of a passage
# What no server can speak; it can only stand in a script that was written by hand.
_UNSPEAKABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def asking(settings: Mapping[str, Any], http: Mapping[str, float]) -> Ask:
    """How to ask for the sound of a text: a WAV file, 16-bit PCM, levelled and checked.

    A text is spoken sentence by sentence, or as request["split"] says; each has timeout_s, so that the whole time
    grows with the text. service["sentences"]: [first sample, sample after the last, sentence].
    """

    def ask(request: Request, seed: int | None) -> Made:
        text = _UNSPEAKABLE.sub(" ", request["text"])
        if not is_speakable(text):
            raise InputError(
                f"the script {text[:40]!r} has no word that can be spoken; edit it, or delete it to have it made anew"
            )
        asked = recording.pieces(text, request["language"], request["split"])

        def spoken(settings: Any, http: Any) -> tuple[list[bytes], dict[str, Any]]:
            speak, told = _ENGINES[request["engine"]](request, settings, http)
            with http.get("turn") or contextlib.nullcontext():  # one for all pieces
                return [checks.pcm_wav(speak(piece.spoken)) for piece in asked], told

        files, service = turns.served(settings, http, spoken)
        made = recording.assembled(asked, files, request, settings)
        if len(asked) > 1:
            service["passages"] = len(asked)
        service["duration_s"] = round(wav.duration_s(made.data), 3)
        service["sentences"] = made.spans
        for warning in made.warnings:
            print(f"warning: {warning}")
        if made.warnings:
            service["warnings"] = made.warnings
        return Made(made.data, request["voice"], ["pcm", *made.passed], service)

    return ask


def _piper(request: Request, settings: Any, http: Any) -> tuple[Speak, dict[str, Any]]:
    from . import piper

    return _by_piper(piper.client(settings, http), request)


def _embedded(request: Request, settings: Any, http: Any) -> tuple[Speak, dict[str, Any]]:
    from .transport import Client

    url, timeout_s = embedded.piper(request["voice"]), settings["timeout_s"]
    service = Client("Piper", url, timeout_s=timeout_s, http=http, token=embedded.key())
    return _by_piper(service, request)


def _by_piper(service: Any, request: Request) -> tuple[Speak, dict[str, Any]]:
    from . import piper

    server = piper.recognised(service)
    if server.voices is None:
        print(
            f"{service.place}: the old server has one voice and no options; audio.voice is not used"
        )
    return (
        lambda text: piper.speak(service, server, request, text).body,
        {"version": server.version},
    )


def _openai(request: Request, settings: Any, http: Any) -> tuple[Speak, dict[str, Any]]:
    from . import openai

    service = openai.client("audio", settings, http)
    return lambda text: openai.speak(service, request, text).body, {}


_ENGINES = {"piper": _piper, "embedded": _embedded, "openai": _openai}
