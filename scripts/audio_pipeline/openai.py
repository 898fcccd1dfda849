"""OpenAI's protocol, as llama.cpp, vLLM, LM Studio, LocalAI and hosted services speak it: chat, speech, pictures.

Source: OpenAI API reference, "Create chat completion", "Create speech", "Create image", "List models";
llama.cpp, tools/server/README.md.
"""

import os
from collections.abc import Mapping
from typing import Any

from .errors import BadAnswer, RequestRefused
from .ollama import Text
from .request import Request
from .transport import MAX_TEXT, Answer, Client

_NAMES = {
    "script": "The language model",
    "audio": "The speech service",
    "image": "The picture service",
}


def client(stage: str, settings: Mapping[str, Any], http: Mapping[str, float]) -> Client:
    return Client(
        _NAMES[stage],
        settings["url"],
        timeout_s=settings["timeout_s"],
        http=http,
        token=os.environ.get("OPENAI_API_KEY", ""),
        secret="OPENAI_API_KEY",
        advice=f"start the server, or set {stage}.url",
    )


def chat(
    service: Client, path: str, request: Request, seed: int | None, messages: Any, **extra: Any
) -> Text:
    """The text, the counts (tokens) and durations that the server told, and cut_off, if it was. Raises BadAnswer."""
    payload = {
        "model": request["model"],
        "messages": messages,
        "temperature": request["temperature"],
        "max_tokens": request["max_tokens"],
        "seed": seed,
        **extra,
    }
    with service.turn:
        try:
            answer = service.post_json(path, payload, MAX_TEXT)
        except RequestRefused as error:
            if error.status != 400 or "max_completion_tokens" not in str(error):
                raise
            # OpenAI's reasoning models know the limit by another name only.
            payload["max_completion_tokens"] = payload.pop("max_tokens")
            answer = service.post_json(path, payload, MAX_TEXT)
    choice = _part(answer, "choices", 0)
    text = _part(choice, "message", "content")
    if not isinstance(text, str):
        raise BadAnswer(
            f"{service.place} sent {str(answer)[:120]!r}; expected a text at choices.0.message.content"
        )
    reason = choice.get("finish_reason")
    if reason not in ("stop", "length", None):
        raise BadAnswer(f"{service.place} ended the script for the reason {str(reason)[:40]!r}")
    told = _numbers(answer.get("usage")) | _numbers(answer.get("timings"))
    if reason == "length":
        told["cut_off"] = True
    model = answer.get("model")
    return text, _clean(model) if isinstance(model, str) and model else request["model"], told


def speak(service: Client, request: Request, text: str) -> Answer:
    payload = {
        "model": request["model"],
        "voice": request["voice"],
        "input": text,
        "speed": request["speed"],
        "response_format": "wav",
    }
    return service.post("/audio/speech", payload)


def draw(service: Client, request: Request) -> str:
    """The picture in base64."""
    payload = {
        "model": request["model"],
        "prompt": request["prompt"],
        "size": f"{request['width']}x{request['height']}",
        "n": 1,
    }
    if not request["model"].startswith("gpt-image"):  # which always answers so, and refuses the key
        payload["response_format"] = "b64_json"
    answer = service.post_json("/images/generations", payload)
    data = _part(answer, "data", 0, "b64_json")
    if not isinstance(data, str):
        raise BadAnswer(
            f"{service.place} sent {str(answer)[:80]!r}; expected a picture in data.0.b64_json"
        )
    return data


def models(service: Client) -> list[str] | None:
    """Names of the models; None: the server has no such list."""
    answer = service.has("/models")
    listed = _part(service.parsed(answer), "data") if answer else None
    if not isinstance(listed, list):
        return None
    return [str(model["id"]) for model in listed if isinstance(model, dict) and model.get("id")]


def _part(answer: Any, *path: str | int) -> Any:
    """A part of an answer, or None where it is not there."""
    for key in path:
        try:
            answer = answer[key]
        except (KeyError, IndexError, TypeError):
            return None
    return answer


def _numbers(told: Any) -> dict[str, int | float]:
    """What is of use in a record: counts, and durations in ms."""
    if not isinstance(told, dict):
        return {}
    names = ("prompt_tokens", "completion_tokens", "total_tokens", "prompt_ms", "predicted_ms")
    return {name: told[name] for name in names if isinstance(told.get(name), int | float)}


def _clean(name: str) -> str:
    return name.encode("utf-8", "replace").decode()[:200]
