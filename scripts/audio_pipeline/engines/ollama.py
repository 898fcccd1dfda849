"""Ollama by its own protocol: it streams, so that a stall is seen; it sets the context size, which OpenAI's cannot.

Source: Ollama 0.33, docs/api.md ("Generate a chat completion", "Pull a model"), api/types.go, server/routes.go.
"""

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from audio_pipeline.core.request import Request
from audio_pipeline.engines import chat_protocols
from audio_pipeline.errors import BadAnswer, RequestRefused, ServiceError, ServiceUnavailable
from audio_pipeline.http.client import Client
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.sanitize import excerpt
from audio_pipeline.settings import ScriptSettings, Server

Text = tuple[str, str, dict[str, Any]]  # what was written, the model, what the service told

_COUNTS = ("prompt_eval_count", "eval_count", "total_duration", "load_duration", "eval_duration")
_PULL_S = 24 * 3600  # longest download of a model
_UNLOAD_S = 30


def client(server: Server, http: HttpPolicy) -> Client:
    return Client(
        "Ollama",
        server.url,
        timeout_s=server.timeout_s,
        http=http,
        token=os.environ.get("OLLAMA_API_KEY", ""),
        secret="OLLAMA_API_KEY",
        advice="start it with 'ollama serve', or set OLLAMA_BASE_URL",
    )


def write(
    request: Request,
    seed: int | None,
    messages: list[dict[str, str]],
    settings: ScriptSettings,
    server: Server,
    http: HttpPolicy,
) -> Text:
    """The text, and counts (tokens), durations (ns), the model's digest and the server's version; cut_off, if it was.

    Raises RequestRefused: no such model, or the prompt is too long; BadAnswer: it ended for another reason.
    """
    ollama, model, room = client(server, http), request["model"], request["context_tokens"]
    words = sum(len(message["content"].split()) for message in messages)
    if words > room:  # no tokenizer makes fewer tokens than words
        raise RequestRefused(_too_long(f"it has {words} words", room))
    payload = {
        "model": model,
        "messages": messages,
        "stream": True,
        "think": False,  # on by default for models that can
        "truncate": False,  # else a prompt that is too long is cut silently
        "keep_alive": _duration(settings.keep_alive),
        "options": {
            "temperature": request["temperature"],
            "num_predict": request["max_tokens"],
            "num_ctx": room,  # its default depends on the machine
            "seed": seed,
        },
    }
    payload = chat_protocols.with_extra_body(payload, request)
    with contextlib.ExitStack() as held:
        if settings.digest:
            held.enter_context(ollama.slot)  # not of what is there before a long wait
            found = models(ollama).get(full_name(model), "")
            check_digest(ollama.place, model, found, settings.digest)
        try:
            text, thoughts, end = ollama.post_lines(
                "/api/chat", payload, lambda lines: _collected(ollama, lines)
            )
        except RequestRefused as error:
            raise _explained(error, ollama.place, model, room) from None
    if end.get("done_reason") == "load":
        raise BadAnswer(f"{ollama.place} only loaded the model and wrote nothing")
    if not text.strip():
        tokens = end.get("eval_count") or request["max_tokens"]
        chat_protocols.refuse_thoughts_alone(ollama.place, thoughts, tokens)
    cut_off = chat_protocols.was_cut_off(ollama.place, end.get("done_reason"))
    counts = {key: end[key] for key in _COUNTS if isinstance(end.get(key), int)}
    told = counts | ({"cut_off": True} if cut_off else {})
    return text, model, {**told, **_told_of_itself(ollama, model)}


def models(ollama: Client) -> dict[str, str]:
    """Name → digest of the models that the server has."""
    return _named(ollama, ollama.get_json("/api/tags"))


def _named(ollama: Client, answer: Any) -> dict[str, str]:
    found = answer.get("models") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise BadAnswer(f"{ollama.place} sent no list of models; is it another service?")
    return {
        str(model["name"]): str(model.get("digest", ""))
        for model in found
        if isinstance(model, dict) and model.get("name")
    }


def full_name(model: str) -> str:
    """As the server lists it."""
    return model if ":" in model.rsplit("/", 1)[-1] else f"{model}:latest"


def version(ollama: Client) -> str:
    answer = ollama.probe("/api/version")
    told = ollama.parse(answer) if answer else None
    return excerpt(str(told.get("version", "")), 100) if isinstance(told, dict) else ""


def check_digest(place: str, model: str, found: str, wanted: str) -> None:
    """wanted: script.digest, the digest or its beginning; empty: any. Raises RequestRefused: it is another model."""
    if wanted and not found.startswith(wanted):
        raise RequestRefused(
            f"{place}: {model} has the digest {found[:12] or 'unknown'}, and script.digest is {wanted[:12]}; "
            "set the new digest to have the scripts written again, or pull the old model"
        )


def missing(place: str, model: str) -> str:
    return f"{place} has no model {model!r}: run 'ollama pull {model}', or set script.pull: true"


def pull(ollama: Client, model: str, tell: Callable[[str], None]) -> None:
    """Have the server download a model. tell: shows a line of progress.

    Raises RequestRefused: there is none of that name, or it cannot be had; ServiceUnavailable: it broke off.
    """

    def follow(lines: Iterator[Any]) -> None:
        shown, status = "", ""
        for line in lines:
            if not isinstance(line, dict) or "error" in line:
                said = excerpt(str(line.get("error") if isinstance(line, dict) else line))
                raise RequestRefused(f"{ollama.place} could not pull {model!r}: {said}")
            status, done = str(line.get("status", "")), _share(line)
            if f"{status}{done}" != shown:
                shown = f"{status}{done}"
                tell(excerpt(f"pulling {model}: {shown}"))
        if status != "success":
            raise ServiceUnavailable(f"{ollama.place} broke off pulling {model!r}")

    ollama.post_lines("/api/pull", {"model": model}, follow, total_s=_PULL_S)


def _share(line: dict[str, Any]) -> str:
    """How much of a layer has come, to be shown; empty if the line does not say."""
    done, total = line.get("completed", 0), line.get("total")
    if not (isinstance(done, int) and isinstance(total, int) and 0 <= done <= total != 0):
        return ""
    return f" {100 * done // total} %"


def unload(ollama: Client, model: str) -> None:
    """Have the server free the model's memory now, and wait until it has. Raises ServiceError."""
    try:
        ollama.post_json("/api/generate", {"model": model, "keep_alive": 0, "stream": False})
    except RequestRefused as error:
        if error.status != 404:  # a model that is not there takes no memory
            raise
    deadline = time.monotonic() + _UNLOAD_S
    while full_name(model) in _loaded(ollama):
        if time.monotonic() > deadline:
            raise ServiceUnavailable(f"{ollama.place} did not unload {model} within {_UNLOAD_S} s")
        time.sleep(0.2)


def _loaded(ollama: Client) -> set[str]:
    answer = ollama.get_json("/api/ps")
    return set(_named(ollama, answer))


def _collected(ollama: Client, lines: Iterator[Any]) -> tuple[str, str, dict[str, Any]]:
    """The pieces of the text put together, those of the thoughts, and the last line.

    An error may come at any time under HTTP 200.
    """
    pieces: list[str] = []
    thoughts: list[str] = []
    for line in lines:
        ollama.check_error(line)
        message = line.get("message") if isinstance(line, dict) else None
        text = chat_protocols.text_of(message.get("content")) if isinstance(message, dict) else None
        if not isinstance(message, dict) or text is None:
            raise BadAnswer(
                f"{ollama.place} sent {excerpt(str(line), 120)!r}; expected a text at message.content"
            )
        pieces.append(text)
        thoughts.append(chat_protocols.text_of(message.get("thinking")) or "")
        if line.get("done"):
            return "".join(pieces), "".join(thoughts), line
    raise ServiceUnavailable(f"{ollama.place} broke off its answer: its last line did not come")


def _explained(error: RequestRefused, place: str, model: str, room: int) -> RequestRefused:
    text = str(error)
    if error.status == 404 and "not found" in text and "model" in text:
        return RequestRefused(missing(place, model), 404)
    if error.status == 400 and re.search(
        r"exceeds the (?:available )?context (?:size|length)", text
    ):
        found = re.search(r"request \((\d+) tokens\)", text)
        return RequestRefused(
            _too_long(f"it has {found[1] if found else 'too many'} tokens", room), 400
        )
    if error.status == 403 and "OLLAMA_API_KEY" in text:
        return RequestRefused(
            f"{text}; or the server refuses the host name: start it with OLLAMA_HOST=0.0.0.0", 403
        )
    return error


def _too_long(found: str, room: int) -> str:
    return (
        f"the prompt is too long: {found}, and script.context_tokens is {room}; "
        "raise it, or shorten script.template"
    )


def _told_of_itself(ollama: Client, model: str) -> dict[str, str]:
    """The digest of what was used, and the version; a text that is there is not lost for want of them."""
    try:
        answer = ollama.probe("/api/tags")
        found = _named(ollama, ollama.parse(answer)) if answer else {}
        told = {"digest": found.get(full_name(model)), "version": version(ollama)}
    except ServiceError:
        return {}
    return {key: value for key, value in told.items() if value}


def _duration(value: str | int) -> str | float:
    """A bare number goes as a number: as a text, Go wants a unit, and "-1" would be refused."""
    bare = isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value)
    return float(value) if bare else value
