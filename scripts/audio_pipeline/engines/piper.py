"""Piper's HTTP server: three servers under one name, told apart by what they know.

| server                       | synthesis                    | also                    |
|------------------------------|------------------------------|-------------------------|
| rhasspy/piper                | POST / with the text itself  | one voice, no options   |
| piper-tts 1.3.0 to 1.4.2     | POST / with JSON             | GET /voices             |
| piper-tts 1.5.0 to 1.8.0     | POST /synthesize with JSON   | GET /voices, GET /info  |

JSON sent to the oldest would be spoken aloud; a voice that is not there would be the default one, with HTTP 200.
Source: OHF-Voice/piper1-gpl 1.3.0, 1.4.2 and 1.8.0, src/piper/http_server.py; rhasspy/piper,
src/python_run/piper/http_server.py.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from audio_pipeline.core.request import Request
from audio_pipeline.errors import BadAnswer, InputError, RequestRefused, ServiceUnavailable
from audio_pipeline.http.client import Answer, Client
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.sanitize import excerpt, names
from audio_pipeline.settings import Server

_MOST_SPEAKER = 10_000  # as the configuration allows


@dataclass(frozen=True)
class Variant:
    """version: for people; path: where it synthesizes; voices: name → configuration, None on the oldest."""

    version: str
    path: str
    voices: Mapping[str, Any] | None


def client(server: Server, http: HttpPolicy) -> Client:
    return Client(
        "Piper",
        server.url,
        timeout_s=server.timeout_s,
        http=http,
        advice="start it with 'python -m piper.http_server', or set TTS_SERVER_URL",
    )


def recognised(piper: Client) -> Variant:
    """Which server it is. Nothing is synthesized to find out."""
    answer = piper.probe("/voices")
    if answer is None:
        return Variant("the old rhasspy/piper", "/", None)
    voices = piper.parse(answer)
    if not isinstance(voices, dict):
        raise BadAnswer(
            f"{piper.place} sent {excerpt(str(voices), 80)!r} as its voices; expected a JSON object"
        )
    if piper.probe("/info"):
        return Variant("version 1.5 or later", "/synthesize", voices)
    return Variant("version 1.3 or 1.4", "/", voices)


def voice(piper: Client, server: Variant, name: str) -> Mapping[str, Any]:
    """What the server knows of a voice. Raises RequestRefused: it does not have it."""
    voices = server.voices or {}
    if name not in voices:
        raise RequestRefused(
            f"{piper.place} has no voice {name!r}; it has {names(sorted(voices), 100)}: "
            f"run 'python -m piper.download_voices {name}' there, or set audio.voice"
        )
    found = voices[name]
    return found if isinstance(found, dict) else {}


def language(name: str, config: Any) -> str:
    """The language of a voice: as its configuration says, or the beginning of its name, pt_BR-faber-medium."""
    told = config.get("language") if isinstance(config, dict) else None
    code = told.get("code") if isinstance(told, dict) else None
    return str(code or name.split("-")[0])


def check_is_piper(piper: Client) -> None:
    """The oldest server has nothing to be known by; but it fails at /, where other services say who they are."""
    try:
        answer = piper.probe("/")
    except ServiceUnavailable:
        return
    if answer:
        raise RequestRefused(
            f"{piper.place} is another service ({excerpt(answer.body, 40)!r}); set audio.url"
        )


def speaker_id(speaker: int | str, name: str, config: Mapping[str, Any]) -> int:
    """The number of a speaker. speaker: the number, or a name of the voice's speaker_id_map.

    Raises InputError: the voice has no such speaker. (The server would take its first one, or fail.)
    """
    known, count = config.get("speaker_id_map"), config.get("num_speakers")
    known = known if isinstance(known, dict) else {}
    if isinstance(speaker, str) and not speaker.isdecimal():
        number = known.get(speaker)
        if not isinstance(number, int) or not 0 <= number <= _MOST_SPEAKER:
            raise InputError(
                f"audio.speaker is {speaker!r}; the voice {name} has {names(known)}: set one of them, or a number"
            )
        return int(number)
    if isinstance(count, int) and int(speaker) >= count:
        raise InputError(
            f"audio.speaker is {speaker}; expected 0 to {count - 1} for the voice {name}"
        )
    return int(speaker)


def speak(piper: Client, server: Variant, request: Request, text: str) -> Answer:
    """The sound of a text without markup of Piper's own."""
    text = text.replace("[[", "[ [")  # would be read as raw phonemes
    if server.voices is None:
        return _made(piper, lambda: piper.post("/", raw=text.encode()))
    config = voice(piper, server, request["voice"])
    payload = {
        "text": text,
        "voice": request["voice"],
        "length_scale": request["length_scale"],
        "noise_scale": request["noise_scale"],
        "noise_w_scale": request["noise_w_scale"],
    }
    if request["speaker"] is not None:
        payload["speaker_id"] = speaker_id(request["speaker"], request["voice"], config)
    return _made(piper, lambda: piper.post(server.path, payload))


def _made(piper: Client, post: Callable[[], Answer]) -> Answer:
    """Every failure of Piper is one and the same page; what can be said more is said here."""
    try:
        return post()
    except ServiceUnavailable as error:
        if "HTTP 500" not in str(error):
            raise
        raise ServiceUnavailable(
            f"{error}; Piper tells the reason only in its own log (memory? a text in another script than the voice's?)"
        ) from None
