"""The script's service: a language model by Ollama's own protocol or by OpenAI's."""

import os
from collections.abc import Mapping
from typing import Any

from . import checks, embedded
from .errors import BadAnswer, RequestRefused
from .production import Ask, Made
from .request import Request
from .transport import Client


def asking(settings: Mapping[str, Any], http: Mapping[str, float]) -> Ask:
    """How to ask for a script: UTF-8 with one trailing newline."""

    def ask(request: Request, seed: int | None) -> Made:
        text, model, service = _ENGINES[request["engine"]](request, seed, settings, http)
        checks.check_characters(text.replace("\r", "").replace("\t", " "))
        checks.check_markup(text)
        text = checks.spoken_text(text)
        checks.check_words(text, settings["min_words"], settings["max_words"])
        return Made((text + "\n").encode(), model, ["characters", "markup", "words"], service)

    return ask


def _messages(request: Request) -> list[dict[str, str]]:
    system = (
        [{"role": "system", "content": request["system_prompt"]}]
        if request["system_prompt"]
        else []
    )
    return [*system, {"role": "user", "content": request["prompt"]}]


def _ollama(
    request: Request, seed: int | None, settings: Mapping[str, Any], http: Mapping[str, float]
) -> tuple[str, str, dict[str, Any]]:
    """Source: Ollama 0.32, docs/api.md, "Generate a chat completion"."""
    client = Client(
        "Ollama",
        settings["url"],
        timeout_s=settings["timeout_s"],
        http=http,
        token=os.environ.get("OLLAMA_API_KEY", ""),
        advice="start it with 'ollama serve', or set OLLAMA_BASE_URL",
    )
    payload = {
        "model": request["model"],
        "messages": _messages(request),
        "stream": False,
        "think": False,  # on by default for models that can
        "keep_alive": settings["keep_alive"],
        "options": {
            "temperature": request["temperature"],
            "num_predict": request["max_tokens"],
            "num_ctx": request["context_tokens"],  # its default depends on the machine
            "seed": seed,
        },
    }
    try:
        answer = client.post_json("/api/chat", payload)
    except RequestRefused as error:
        if error.status == 404 and "not found" in str(error):
            raise RequestRefused(
                f"{client.place} has no model {request['model']!r}: run 'ollama pull {request['model']}'",
                404,
            ) from None
        raise
    if isinstance(answer, dict) and answer.get("error"):
        raise BadAnswer(f"{client.place}: {answer['error']}")
    text = _field(client, answer, "message", "content")
    _check_finished(answer.get("done_reason", "stop"), request)
    told = ("prompt_eval_count", "eval_count", "total_duration", "load_duration")
    return text, request["model"], {key: answer[key] for key in told if key in answer}


def _openai(
    request: Request, seed: int | None, settings: Mapping[str, Any], http: Mapping[str, float]
) -> tuple[str, str, dict[str, Any]]:
    client = Client(
        "The language model",
        settings["url"],
        timeout_s=settings["timeout_s"],
        http=http,
        token=os.environ.get("OPENAI_API_KEY", ""),
        advice="start the server, or set script.url",
    )
    return _chat(client, "/chat/completions", request, seed, {})


def _embedded(
    request: Request, seed: int | None, settings: Mapping[str, Any], http: Mapping[str, float]
) -> tuple[str, str, dict[str, Any]]:
    url = embedded.llama(settings)
    client = Client("llama.cpp", url, timeout_s=settings["timeout_s"], http=http)
    # Without the cache of earlier prompts, the same seed gives the same text on one machine.
    text, _, service = _chat(client, "/v1/chat/completions", request, seed, {"cache_prompt": False})
    return text, request["model"], service


def _chat(
    client: Client, path: str, request: Request, seed: int | None, extra: dict[str, Any]
) -> tuple[str, str, dict[str, Any]]:
    """Source: OpenAI API reference, "Create chat completion"; llama.cpp, tools/server/README.md."""
    payload = {
        "model": request["model"],
        "messages": _messages(request),
        "temperature": request["temperature"],
        "max_tokens": request["max_tokens"],
        "seed": seed,
        **extra,
    }
    answer = client.post_json(path, payload)
    text = _field(client, answer, "choices", 0, "message", "content")
    _check_finished(_field(client, answer, "choices", 0).get("finish_reason") or "stop", request)
    usage = answer.get("usage")
    service = (
        {k: v for k, v in usage.items() if isinstance(v, int)} if isinstance(usage, dict) else {}
    )
    timings = answer.get("timings")  # llama.cpp's own computing time
    if isinstance(timings, dict):
        service |= {k: timings[k] for k in ("prompt_ms", "predicted_ms") if k in timings}
    model = answer.get("model")
    return text, model if isinstance(model, str) and model else request["model"], service


def _check_finished(reason: str, request: Request) -> None:
    if reason != "stop":
        raise BadAnswer(
            f"the script was cut off ({reason}) after max_tokens, {request['max_tokens']}; "
            "raise script.max_tokens or ask for less in the template"
        )


def _field(client: Client, answer: Any, *path: str | int) -> Any:
    """A part of an answer. Raises BadAnswer: it is not there, or not of the kind expected."""
    node = answer
    for key in path:
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            node = None
            break
    if not isinstance(node, dict if path[-1] == 0 else str):
        raise BadAnswer(
            f"{client.place} sent {str(answer)[:120]!r}; expected a text at {'.'.join(map(str, path))}"
        )
    return node


_ENGINES = {"ollama": _ollama, "openai": _openai, "embedded": _embedded}
