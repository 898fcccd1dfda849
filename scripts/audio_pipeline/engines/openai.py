"""OpenAI's protocol for chat, speech and pictures, as in llama.cpp, vLLM, LM Studio, LocalAI and hosted services.

Source: OpenAI API reference, "Create chat completion", "Create speech", "Create image", "List models";
llama.cpp, tools/server/README.md.
"""

import base64
import os
from collections.abc import Iterator
from typing import Any

from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Finding
from audio_pipeline.engines import chat_protocols, optional_fields, picture_sizes
from audio_pipeline.engines.ollama import Text
from audio_pipeline.errors import BadAnswer, InputError, ServiceUnavailable
from audio_pipeline.http.client import MAX_TEXT, Answer, Client
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.sanitize import excerpt, names
from audio_pipeline.settings import Server

_NAMES = {
    "script": "The language model",
    "audio": "The speech service",
    "image": "The picture service",
}


def client(stage: str, server: Server, http: HttpPolicy) -> Client:
    return Client(
        _NAMES[stage],
        server.url,
        timeout_s=server.timeout_s,
        http=http,
        token=os.environ.get("OPENAI_API_KEY", ""),
        secret="OPENAI_API_KEY",
        advice=f"start the server, or set {stage}.url",
    )


def chat(
    service: Client, path: str, request: Request, seed: int | None, messages: Any, **extra: Any
) -> Text:
    """Return a text with token counts and durations from the server, and `cut_off` if set.

    Raises RequestRefused: all tokens went into thinking; BadAnswer.
    """
    payload = {
        "model": request["model"],
        "messages": messages,
        "temperature": request["temperature"],
        "max_tokens": request["max_tokens"],
        "seed": seed,
        **extra,
    }
    if "answer_schema" in request:  # left out for servers that refuse it
        schema = {"name": "answer", "strict": True, "schema": request["answer_schema"]}
        extra["response_format"] = payload["response_format"] = {
            "type": "json_schema",
            "json_schema": schema,
        }
    payload = chat_protocols.with_extra_body(payload, request)

    def check(answer: Any) -> None:
        service.check_error(answer)
        if isinstance(answer, dict) and "choices" in answer and not answer["choices"]:
            raise ServiceUnavailable(f"{service.place} sent no choices and no reason; expected one")

    def send(payload: Any) -> Any:
        return service.post_json(path, payload, MAX_TEXT, check)

    with service.slot:
        answer, left_out = optional_fields.post(
            service, path, payload, ("temperature", "seed", *extra), send
        )
    text, cut_off = _text(service.place, answer, request)
    details: dict[str, Any] = {
        **_numbers(answer.get("usage")),
        **_numbers(answer.get("timings")),
    }
    if cut_off:
        details["cut_off"] = True
    if left_out:
        details["left_out"] = left_out
    model = answer.get("model")
    return text, _clean(model) if isinstance(model, str) and model else request["model"], details


def _text(place: str, answer: Any, request: Request) -> tuple[str, bool]:
    """Return the text, and True if it was cut off. Raises BadAnswer, RequestRefused."""
    choice = _part(answer, "choices", 0)
    message = _part(choice, "message")
    text = chat_protocols.text_of(message.get("content")) if isinstance(message, dict) else None
    if text is None:
        raise BadAnswer(
            f"{place} sent {excerpt(str(answer), 120)!r}; expected a text at choices.0.message.content"
        )
    if not text.strip():
        tokens = _numbers(answer.get("usage")).get("completion_tokens", request["max_tokens"])
        for name in ("reasoning_content", "reasoning", "thinking"):
            chat_protocols.refuse_thoughts_alone(place, message.get(name), tokens)
        if isinstance(refusal := message.get("refusal"), str) and refusal:
            raise BadAnswer(f"{place} refused: {excerpt(refusal)}; expected a script")
    return text, chat_protocols.was_cut_off(place, choice.get("finish_reason"))


def speak(service: Client, request: Request, text: str) -> Answer:
    payload = {
        "model": request["model"],
        "voice": request["voice"],
        "input": text,
        "speed": request["speed"],
        "response_format": "wav",
    }
    path = "/audio/speech"
    optional = ("response_format", *(["speed"] if request["speed"] == 1 else []))
    answer, _ = optional_fields.post(
        service, path, payload, optional, lambda payload: service.post(path, payload)
    )
    return answer


def draw(service: Client, request: Request) -> str:
    """Return a picture in base64, in the nearest size that the model allows.

    Raises BadAnswer, RequestRefused.
    """
    payload = {"model": request["model"], "prompt": request["prompt"], "size": "", "n": 1}
    if not picture_sizes.is_gpt_image(request["model"]):  # it always sends base64, and refuses this
        payload["response_format"] = "b64_json"
    path = "/images/generations"

    def send(payload: Any) -> Any:
        return service.post_json(path, payload, check=service.check_error)

    def draw_size(size: str) -> Any:
        return optional_fields.post(
            service, path, {**payload, "size": size}, ("n", "response_format"), send
        )[0]

    answer = picture_sizes.at_nearest(service.url, request, draw_size)
    data, link = (_part(answer, "data", 0, name) for name in ("b64_json", "url"))
    if isinstance(data, str) and data:
        return data
    if isinstance(link, str) and link:
        if link.startswith("data:"):
            return link
        return base64.b64encode(service.fetch(link).body).decode()
    raise BadAnswer(
        f"{service.place} sent {excerpt(str(answer), 80)!r}; expected a picture in data.0.b64_json"
    )


def models(service: Client) -> list[str] | None:
    """Return the names of the models. Returns None if the server does not list them."""
    answer = service.probe("/models")
    listed = _part(service.parse(answer), "data") if answer else None
    if not isinstance(listed, list):
        return None
    return [str(model["id"]) for model in listed if isinstance(model, dict) and model.get("id")]


def check(stage: str, model: str, server: Server, http: HttpPolicy) -> Iterator[Finding]:
    """Check that the server answers and has the model. Raises InputError: it does not have it; ServiceError."""
    service = client(stage, server, http)
    available = models(service)
    if available is None:
        yield Finding(True, f"{service.place} answers, but does not list its models")
    elif model in available or len(available) == 1:  # a server with one model ignores the name
        used = model if model in available else available[0]
        yield Finding(True, f"{service.place} has {used}")
    else:
        raise InputError(
            f"{service.place} has no model {model!r}; it has {names(sorted(available))}: set {stage}.model"
        )


def _part(answer: Any, *path: str | int) -> Any:
    """Return a part of an answer, or None if it is missing."""
    for key in path:
        try:
            answer = answer[key]
        except (KeyError, IndexError, TypeError):
            return None
    return answer


def _numbers(usage: Any) -> dict[str, int | float]:
    """Return token counts and durations (ms) for the record."""
    if not isinstance(usage, dict):
        return {}
    names = ("prompt_tokens", "completion_tokens", "total_tokens", "prompt_ms", "predicted_ms")
    return {name: usage[name] for name in names if isinstance(usage.get(name), int | float)}


def _clean(name: str) -> str:
    return name.encode("utf-8", "replace").decode()[:200]
