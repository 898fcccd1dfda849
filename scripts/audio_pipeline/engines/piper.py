"""Piper's HTTP servers: three variants, distinguished by the paths that they know.

| server                       | synthesis                    | also                    |
|------------------------------|------------------------------|-------------------------|
| rhasspy/piper                | POST / with the text itself  | one voice, no options   |
| piper-tts 1.3.0 to 1.4.2     | POST / with JSON             | GET /voices             |
| piper-tts 1.5.0 to 1.8.0     | POST /synthesize with JSON   | GET /voices, GET /info  |

The oldest would speak JSON aloud. All replace a missing voice by their default, with HTTP 200.
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

_MAX_SPEAKER = 10_000  # the limit of the configuration


@dataclass(frozen=True)
class Variant:
    """A variant of the server. version: for messages; path: of synthesis; voices: name → configuration, or None."""

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


def detect(piper: Client) -> Variant:
    """Return the variant of the server, without synthesis."""
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
    """Return the configuration of a voice. Raises RequestRefused: the server does not have it."""
    voices = server.voices or {}
    if name not in voices:
        raise RequestRefused(
            f"{piper.place} has no voice {name!r}; it has {names(sorted(voices), 100)}: "
            f"run 'python -m piper.download_voices {name}' there, or set audio.voice"
        )
    config = voices[name]
    return config if isinstance(config, dict) else {}


def language(name: str, config: Any) -> str:
    """Return the language of a voice, from its configuration or its name, like pt_BR-faber-medium."""
    entry = config.get("language") if isinstance(config, dict) else None
    code = entry.get("code") if isinstance(entry, dict) else None
    return str(code or name.split("-")[0])


def check_is_piper(piper: Client) -> None:
    """Check that the oldest variant is Piper: it fails at /, where other services identify themselves.

    Raises RequestRefused: it is another service.
    """
    try:
        answer = piper.probe("/")
    except ServiceUnavailable:
        return
    if answer:
        raise RequestRefused(
            f"{piper.place} is another service ({excerpt(answer.body, 40)!r}); set audio.url"
        )


def speaker_id(speaker: int | str, name: str, config: Mapping[str, Any]) -> int:
    """Return the number of a speaker. speaker: a number, or a name in the voice's speaker_id_map.

    Raises InputError: the voice has no such speaker. (The server would use its first one, or fail.)
    """
    ids, count = config.get("speaker_id_map"), config.get("num_speakers")
    ids = ids if isinstance(ids, dict) else {}
    if isinstance(speaker, str) and not speaker.isdecimal():
        number = ids.get(speaker)
        if not isinstance(number, int) or not 0 <= number <= _MAX_SPEAKER:
            raise InputError(
                f"audio.speaker is {speaker!r}; the voice {name} has {names(ids)}: set one of them, or a number"
            )
        return int(number)
    if isinstance(count, int) and int(speaker) >= count:
        raise InputError(
            f"audio.speaker is {speaker}; expected 0 to {count - 1} for the voice {name}"
        )
    return int(speaker)


def speak(piper: Client, server: Variant, request: Request, text: str) -> Answer:
    """Return the sound of a text, in which Piper takes [[ ]] for phonemes: see text/respelling.py."""
    if server.voices is None:
        return _with_advice(piper, lambda: piper.post("/", raw=text.encode()))
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
    return _with_advice(piper, lambda: piper.post(server.path, payload))


def _with_advice(piper: Client, post: Callable[[], Answer]) -> Answer:
    """Add advice to errors, as Piper sends the same page for all of them."""
    try:
        return post()
    except ServiceUnavailable as error:
        if "HTTP 500" not in str(error):
            raise
        raise ServiceUnavailable(
            f"{error}; see Piper's own log for the reason (memory? a text in another script than the voice's?)"
        ) from None
