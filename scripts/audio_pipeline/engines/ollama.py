"""Ollama's own protocol. It streams, so that stalls are detected, and unlike OpenAI's, it sets the context size.

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

Text = tuple[str, str, dict[str, Any]]  # the text, the model, details from the service

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
    """Return a text with token counts, durations (ns), the model's digest, the server's version, and `cut_off` if set.

    Raises RequestRefused: no such model, or the prompt is too long; BadAnswer: it ended for another reason.
    """
    ollama, model, context = client(server, http), request["model"], request["context_tokens"]
    words = sum(len(message["content"].split()) for message in messages)
    if words > context:  # a text has at least as many tokens as words
        raise RequestRefused(_too_long(f"it has {words} words", context))
    payload = {
        "model": model,
        "messages": messages,
        "stream": True,
        "think": False,  # on by default for thinking models
        "truncate": False,  # else Ollama truncates long prompts silently
        "keep_alive": _duration(settings.keep_alive),
        "options": {
            "temperature": request["temperature"],
            "num_predict": request["max_tokens"],
            "num_ctx": context,  # its default depends on the machine
            "seed": seed,
        },
    }
    if "answer_schema" in request:
        payload["format"] = request["answer_schema"]
    payload = chat_protocols.with_extra_body(payload, request)
    with contextlib.ExitStack() as slot:
        if settings.digest:
            slot.enter_context(ollama.slot)  # the model may change during a wait for the slot
            digest = models(ollama).get(full_name(model), "")
            check_digest(ollama.place, model, digest, settings.digest)
        try:
            text, thoughts, end = ollama.post_lines(
                "/api/chat", payload, lambda lines: _join_lines(ollama, lines)
            )
        except RequestRefused as error:
            raise _with_advice(error, ollama.place, model, context) from None
    if end.get("done_reason") == "load":
        raise BadAnswer(f"{ollama.place} only loaded the model and wrote nothing")
    if not text.strip():
        tokens = end.get("eval_count") or request["max_tokens"]
        chat_protocols.refuse_thoughts_alone(ollama.place, thoughts, tokens)
    cut_off = chat_protocols.was_cut_off(ollama.place, end.get("done_reason"))
    counts = {key: end[key] for key in _COUNTS if isinstance(end.get(key), int)}
    details = counts | ({"cut_off": True} if cut_off else {})
    return text, model, {**details, **_identity(ollama, model)}


def models(ollama: Client) -> dict[str, str]:
    """Return name → digest of the server's models."""
    return _digests(ollama, ollama.get_json("/api/tags"))


def _digests(ollama: Client, answer: Any) -> dict[str, str]:
    listed = answer.get("models") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        raise BadAnswer(f"{ollama.place} sent no list of models; is it another service?")
    return {
        str(model["name"]): str(model.get("digest", ""))
        for model in listed
        if isinstance(model, dict) and model.get("name")
    }


def full_name(model: str) -> str:
    """Return the name of a model as the server lists it."""
    return model if ":" in model.rsplit("/", 1)[-1] else f"{model}:latest"


def version(ollama: Client) -> str:
    answer = ollama.probe("/api/version")
    value = ollama.parse(answer) if answer else None
    return excerpt(str(value.get("version", "")), 100) if isinstance(value, dict) else ""


def check_digest(place: str, model: str, actual: str, expected: str) -> None:
    """Check a model's digest. expected: script.digest or its beginning, "" for any. Raises RequestRefused."""
    if expected and not actual.startswith(expected):
        raise RequestRefused(
            f"{place}: {model} has the digest {actual[:12] or 'unknown'}, and script.digest is {expected[:12]}; "
            "set the new digest to have the scripts written again, or pull the old model"
        )


def missing(place: str, model: str) -> str:
    return f"{place} has no model {model!r}: run 'ollama pull {model}', or set script.pull: true"


def pull(ollama: Client, model: str, report: Callable[[str], None]) -> None:
    """Have the server download a model. report: shows a line of progress.

    Raises RequestRefused: the model does not exist or cannot be downloaded; ServiceUnavailable: the download broke off.
    """

    def follow(lines: Iterator[Any]) -> None:
        progress, status = "", ""
        for line in lines:
            if not isinstance(line, dict) or "error" in line:
                reason = excerpt(str(line.get("error") if isinstance(line, dict) else line))
                raise RequestRefused(f"{ollama.place} could not pull {model!r}: {reason}")
            status, share = str(line.get("status", "")), _share(line)
            if f"{status}{share}" != progress:
                progress = f"{status}{share}"
                report(excerpt(f"pulling {model}: {progress}"))
        if status != "success":
            raise ServiceUnavailable(f"{ollama.place} broke off pulling {model!r}")

    ollama.post_lines("/api/pull", {"model": model}, follow, total_s=_PULL_S)


def _share(line: dict[str, Any]) -> str:
    """Return the downloaded percentage of a layer, or "" if the line has none."""
    done, total = line.get("completed", 0), line.get("total")
    if not (isinstance(done, int) and isinstance(total, int) and 0 <= done <= total != 0):
        return ""
    return f" {100 * done // total} %"


def unload(ollama: Client, model: str) -> None:
    """Have the server free the model's memory, and wait until it is free. Raises ServiceError."""
    try:
        ollama.post_json("/api/generate", {"model": model, "keep_alive": 0, "stream": False})
    except RequestRefused as error:
        if error.status != 404:  # a missing model uses no memory
            raise
    deadline = time.monotonic() + _UNLOAD_S
    while full_name(model) in _loaded(ollama):
        if time.monotonic() > deadline:
            raise ServiceUnavailable(f"{ollama.place} did not unload {model} within {_UNLOAD_S} s")
        time.sleep(0.2)


def _loaded(ollama: Client) -> set[str]:
    answer = ollama.get_json("/api/ps")
    return set(_digests(ollama, answer))


def _join_lines(ollama: Client, lines: Iterator[Any]) -> tuple[str, str, dict[str, Any]]:
    """Return the text, the thoughts and the last line of a stream.

    Any line may be an error under HTTP 200. Raises ServiceUnavailable, RequestRefused, BadAnswer.
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


def _with_advice(error: RequestRefused, place: str, model: str, context: int) -> RequestRefused:
    text = str(error)
    if error.status == 404 and "not found" in text and "model" in text:
        return RequestRefused(missing(place, model), 404)
    if error.status == 400 and re.search(
        r"exceeds the (?:available )?context (?:size|length)", text
    ):
        match = re.search(r"request \((\d+) tokens\)", text)
        return RequestRefused(
            _too_long(f"it has {match[1] if match else 'too many'} tokens", context), 400
        )
    if error.status == 403 and "OLLAMA_API_KEY" in text:
        return RequestRefused(
            f"{text}; or the server refuses the host name: start it with OLLAMA_HOST=0.0.0.0", 403
        )
    return error


def _too_long(length: str, context: int) -> str:
    return (
        f"the prompt is too long: {length}, and script.context_tokens is {context}; "
        "raise it, or shorten script.template"
    )


def _identity(ollama: Client, model: str) -> dict[str, str]:
    """Return the model's digest and the server's version. Errors are ignored, so that the text is not lost."""
    try:
        answer = ollama.probe("/api/tags")
        digests = _digests(ollama, ollama.parse(answer)) if answer else {}
        details = {"digest": digests.get(full_name(model)), "version": version(ollama)}
    except ServiceError:
        return {}
    return {key: value for key, value in details.items() if value}


def _duration(value: str | int) -> str | float:
    """Convert a bare number in a text to a number; Go would require a unit in the text."""
    bare = isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value)
    return float(value) if bare else value
