"""The sound's service: Piper's HTTP server in its three forms, or OpenAI's protocol."""

import os
from collections.abc import Mapping
from typing import Any

from . import checks, embedded
from .errors import BadAnswer, RequestRefused
from .production import Ask, Made
from .request import Request
from .transport import Answer, Client


def asking(settings: Mapping[str, Any], http: Mapping[str, float]) -> Ask:
    """How to ask for the sound of a text: a WAV file, 16-bit PCM, at the voice's own sample rate."""

    def ask(request: Request, seed: int | None) -> Made:
        answer = _ENGINES[request["engine"]](request, settings, http)
        wav = checks.pcm_wav(answer.body)
        service = {"duration_s": round(checks.duration_s(wav), 3)}
        return Made(wav, request["voice"], ["pcm"], service)

    return ask


def _piper(request: Request, settings: Mapping[str, Any], http: Mapping[str, float]) -> Answer:
    client = Client(
        "Piper",
        settings["url"],
        timeout_s=settings["timeout_s"],
        http=http,
        advice="start it with 'python -m piper.http_server', or set TTS_SERVER_URL",
    )
    return _speak(client, request)


def _embedded(request: Request, settings: Mapping[str, Any], http: Mapping[str, float]) -> Answer:
    url = embedded.piper(request["voice"])
    return _speak(Client("Piper", url, timeout_s=settings["timeout_s"], http=http), request)


def _speak(client: Client, request: Request) -> Answer:
    """Recognise which of three servers it is, by what it knows, and speak its protocol.

    JSON sent to the oldest would be spoken aloud; a voice that is not there would be the default one.
    Source: piper1-gpl 1.3.0 to 1.8.0, src/piper/http_server.py; rhasspy/piper, src/python_run/piper/http_server.py.
    """
    voices = client.has("/voices")
    if voices is None:
        return client.post("/", raw=request["text"].encode())
    known = client._parsed(voices)
    if not isinstance(known, dict):
        raise BadAnswer(
            f"{client.place} sent {str(known)[:80]!r} as its voices; expected a JSON object"
        )
    if request["voice"] not in known:
        raise RequestRefused(
            f"{client.place} has no voice {request['voice']!r}; it has {', '.join(sorted(known)) or 'none'}: "
            f"run 'python -m piper.download_voices {request['voice']}' there, or set audio.voice"
        )
    payload = {
        "text": request["text"],
        "voice": request["voice"],
        "length_scale": request["length_scale"],
        "noise_scale": request["noise_scale"],
        "noise_w_scale": request["noise_w_scale"],
    }
    if request["speaker"] is not None:
        payload["speaker_id"] = request["speaker"]
    path = "/synthesize" if client.has("/info") else "/"
    return client.post(path, payload)


def _openai(request: Request, settings: Mapping[str, Any], http: Mapping[str, float]) -> Answer:
    """Source: OpenAI API reference, "Create speech"."""
    client = Client(
        "The speech service",
        settings["url"],
        timeout_s=settings["timeout_s"],
        http=http,
        token=os.environ.get("OPENAI_API_KEY", ""),
        advice="start the server, or set audio.url",
    )
    payload = {
        "model": request["model"],
        "voice": request["voice"],
        "input": request["text"],
        "speed": request["speed"],
        "response_format": "wav",
    }
    return client.post("/audio/speech", payload)


_ENGINES = {"piper": _piper, "embedded": _embedded, "openai": _openai}
