"""The script's service: a language model by Ollama's own protocol or by OpenAI's."""

import re
from collections.abc import Mapping
from typing import Any

from . import checks, embedded
from .errors import BadAnswer
from .production import Ask, Made
from .request import Request

# The clients are imported where they ask: a job that keeps its file does without them.


def asking(settings: Mapping[str, Any], http: Mapping[str, float]) -> Ask:
    """How to ask for a script: UTF-8 with one trailing newline."""

    def ask(request: Request, seed: int | None) -> Made:
        text, model, service = _ENGINES[request["engine"]](request, seed, settings, http)
        text = without_thinking(text)
        if not text.strip():
            raise BadAnswer(f"{model} wrote nothing; expected a script")
        checks.check_characters(text.replace("\r", "").replace("\t", " "))
        checks.check_markup(text)
        text = checks.spoken_text(text)
        checks.check_words(text, settings["min_words"], settings["max_words"])
        return Made((text + "\n").encode(), model, ["characters", "markup", "words"], service)

    return ask


def without_thinking(text: str) -> str:
    """The text without what a model wrote to itself, in <think> blocks, even where the opening tag is missing."""
    text = re.sub(r"<think(?:ing)?>.*?</think(?:ing)?>", "", text, flags=re.DOTALL | re.IGNORECASE)
    return re.split(r"</think(?:ing)?>", text, flags=re.IGNORECASE)[-1].lstrip()


def _messages(request: Request) -> list[dict[str, str]]:
    system = (
        [{"role": "system", "content": request["system_prompt"]}]
        if request["system_prompt"]
        else []
    )
    return [*system, {"role": "user", "content": request["prompt"]}]


def _ollama(request: Request, seed: int | None, settings: Any, http: Any) -> Any:
    from . import ollama

    return ollama.write(request, seed, _messages(request), settings, http)


def _openai(request: Request, seed: int | None, settings: Any, http: Any) -> Any:
    from . import openai

    service = openai.client("script", settings, http)
    return openai.chat(service, "/chat/completions", request, seed, _messages(request))


def _embedded(request: Request, seed: int | None, settings: Any, http: Any) -> Any:
    from . import openai
    from .transport import Client

    url = embedded.llama(settings)
    service = Client("llama.cpp", url, timeout_s=settings["timeout_s"], http=http)
    # Without the cache of earlier prompts, the same seed gives the same text on one machine.
    text, _, told = openai.chat(
        service, "/v1/chat/completions", request, seed, _messages(request), cache_prompt=False
    )
    return text, request["model"], told


_ENGINES = {"ollama": _ollama, "openai": _openai, "embedded": _embedded}
