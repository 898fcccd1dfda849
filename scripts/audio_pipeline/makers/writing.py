"""Texts by a language model, over Ollama's protocol or OpenAI's, cleaned and checked."""

import functools
from collections.abc import Sequence
from typing import Any

from audio_pipeline import files, sanitize
from audio_pipeline.core import answer_cache
from audio_pipeline.core.answer_cache import Answer
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import SOURCE, Job
from audio_pipeline.engines import gpu_memory
from audio_pipeline.errors import BadAnswer
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.makers.answers import SingleAnswer
from audio_pipeline.scheduling import server_pool
from audio_pipeline.settings import ScriptSettings, Server
from audio_pipeline.similarity import index as similarity_index
from audio_pipeline.text import chat_tokens, cleaning, script_checks, speakers


def maker(job: Job[ScriptSettings], kind: str, language: str, compared: bool) -> Ask:
    """Return a function that requests a text, cleans and checks it.

    kind: of its answers in the cache; compared: True to check it against the texts of other topics too.
    """
    settings, output = job.settings, job.output if compared else None
    source = files.read_text(job.files[SOURCE]) if SOURCE in job.files else ""

    def ask_for_script(request: Request, seed: int | None) -> Answer:
        if settings.forbidden:
            script_checks.terms(settings.forbidden)  # detects a missing file before the request
        return ask(job, request, seed)

    def finish(request: Request, seed: int | None, answer: Answer) -> Artifact:
        text, service = text_of(job, language, request, answer)
        index = job.record.with_name(similarity_index.NAME)
        words = speakers.without(text, settings.speakers)
        passed, warnings = script_checks.run(
            words, language, settings, output, index, source=source, topic=job.topic.text
        )
        for warning in warnings:
            print(f"warning: {warning}")
        if warnings:
            service["warnings"] = warnings
        on_stored = script_checks.remember(settings, output, index) if output else None
        return Artifact((text + "\n").encode(), answer.model, passed, service, on_stored)

    cache = answer_cache.of(job.config)
    return SingleAnswer(cache, kind, dict, 2 * settings.timeout_s, ask_for_script, finish)


def text_of(
    job: Job[ScriptSettings], language: str, request: Request, answer: Answer
) -> tuple[str, dict[str, Any]]:
    """Return the cleaned text of an answer, and its details. Raises BadAnswer: it is empty or cut off."""
    settings, service = job.settings, dict(answer.details)
    raw = answer.data.decode(errors="surrogatepass")
    script_checks.refuse_far_too_long(raw, settings)
    text = cleaned(raw, language, settings.speakers)
    if not text:
        raise BadAnswer(f"{answer.model} wrote nothing; expected a script")
    if service.get("cut_off"):
        least = max(settings.min_words, script_checks.count_words(text) // 2)
        text = script_checks.trim_to_sentence(text, language, least) or ""
        if not text:
            raise BadAnswer(
                f"the script was cut off (length) after max_tokens, {request['max_tokens']}; "
                "raise script.max_tokens or ask for less in the template"
            )
    if sanitize.has_secret(text):
        raise BadAnswer(
            "the script repeats the key of the service; expected a text about the topic"
        )
    return text, service


def cleaned(raw: str, language: str, names: Sequence[str]) -> str:
    """Return the words to be spoken, with the names of their speakers."""
    if names and speakers.of(answer := chat_tokens.answer(raw), names):
        return speakers.cleaned(answer, names, lambda said: cleaning.spoken_words(said, language))
    return cleaning.spoken_words(raw, language)


def ask(job: Job[ScriptSettings], request: Request, seed: int | None) -> Answer:
    """Return the language model's answer as it came."""
    write = functools.partial(_ENGINES[request["engine"]], request, seed, job.settings)
    text, model, service = server_pool.with_server(
        job.slots, job.settings, job.config.http, write, gpu_memory.free
    )
    return Answer(text.encode(errors="surrogatepass"), model, service)


def _messages(request: Request) -> list[dict[str, str]]:
    system = (
        [{"role": "system", "content": request["system_prompt"]}]
        if request["system_prompt"]
        else []
    )
    return [*system, {"role": "user", "content": request["prompt"]}]


def _ollama(
    request: Request, seed: int | None, settings: ScriptSettings, server: Server, http: HttpPolicy
) -> Any:
    from audio_pipeline.engines import ollama

    return ollama.write(request, seed, _messages(request), settings, server, http)


def _openai(
    request: Request, seed: int | None, settings: ScriptSettings, server: Server, http: HttpPolicy
) -> Any:
    from audio_pipeline.engines import openai

    service = openai.client("script", server, http)
    return openai.chat(service, "/chat/completions", request, seed, _messages(request))


def _embedded(
    request: Request, seed: int | None, settings: ScriptSettings, server: Server, http: HttpPolicy
) -> Any:
    from audio_pipeline.engines import embedded, openai
    from audio_pipeline.http.client import Client

    service = Client(
        "llama.cpp",
        embedded.llama(settings.model, settings.context_tokens),
        timeout_s=server.timeout_s,
        http=embedded.without_patience(http),
        token=embedded.key(),
        advice=embedded.KILLED_ADVICE,
    )
    # With the prompt cache, the same seed could give different texts on one machine.
    text, _, details = openai.chat(
        service, "/v1/chat/completions", request, seed, _messages(request), cache_prompt=False
    )
    return text, request["model"], details


_ENGINES = {"ollama": _ollama, "openai": _openai, "embedded": _embedded}
