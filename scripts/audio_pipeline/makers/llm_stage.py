"""Base class of stages whose text is written by a language model."""

import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from audio_pipeline import files, sanitize
from audio_pipeline.core.attempts import Attempt, WantedAnswer
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Finding, Job, Probe, Stage
from audio_pipeline.core.template import render
from audio_pipeline.core.topics import Topic
from audio_pipeline.engines import models
from audio_pipeline.errors import InputError
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.scheduling import server_pool
from audio_pipeline.settings import Configuration, ScriptSettings

_OF_EVERY_PART = (
    "engine", "model", "system_prompt", "temperature", "seed", "extra_body", "context_tokens", "digest"
)  # fmt: skip
_EMBEDDED_LANGUAGES = ("en",)  # of the model that comes with the workflow


def part_request(request: Request, prompt: str, max_tokens: int) -> Request:
    """Return the request for a part of a text with a prompt of its own, but for its take."""
    common = {key: request[key] for key in _OF_EVERY_PART if key in request}
    return {**common, "prompt": prompt, "max_tokens": max_tokens}


class LlmStage(Stage[ScriptSettings]):
    """A text by the language model of the section `script`: plain words in UTF-8 with one trailing newline."""

    settings_type = ScriptSettings
    service = "llm"
    computing = ("embedded",)
    optional = (
        "digest",
        "extra_body",
        "original",
        "speakers",
        "outline",
        "prompts",
        "before_tokens",
    )
    answer_kind = "script"
    compared = False  # True if it must differ from the texts of other topics

    def describe(self, config: Configuration, topics: Sequence[Topic]) -> str:
        settings = self.settings(config)
        return f"{settings.engine} {settings.model}"

    def check_topic(self, settings: ScriptSettings, topic: Topic, place: str) -> None:
        """Refuse a language that the workflow's embedded model does not know. A user's own model is not checked."""
        if settings.engine != "embedded" or settings.model != models.MODEL:
            return
        language = self.language(settings, topic)
        if language.split("-")[0].lower() not in _EMBEDDED_LANGUAGES:
            raise InputError(
                f"{place}: the topic {topic.slug!r} is in {language!r}, but script.engine: embedded can only do "
                "English; use your own Ollama and Piper: --configfile config/services.yaml"
            )

    def text_request(self, topic: Topic, settings: ScriptSettings, **values: Any) -> Request:
        """Return the request for a text. values: for the template, in addition to topic, language and seed."""
        seed = settings.seed if topic.seed is None else topic.seed
        values = {"topic": topic.text, "language": self.language(settings, topic), **values}
        prompt = render(settings.template, seed=seed, **values)
        engine, model = settings.engine, settings.model
        if engine == "embedded":  # moving the model's file makes no text stale
            model = re.split(r"[\\/]", model)[-1]
        request = {
            "engine": engine,
            "model": model,
            "system_prompt": settings.system_prompt,
            "prompt": prompt,
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens,
            "seed": seed,
        }
        if settings.extra_body:
            request["extra_body"] = settings.extra_body
        if engine == "ollama":
            request["context_tokens"] = settings.context_tokens
            if settings.digest:
                request["digest"] = settings.digest
        return request

    def maker(self, job: Job[ScriptSettings]) -> Ask:
        from audio_pipeline.makers import writing

        language = self.language(job.settings, job.topic)
        return writing.maker(job, self.answer_kind, language, self.compared)

    def answers(
        self, request: Request, attempt: Attempt, index: CacheIndex
    ) -> Iterable[WantedAnswer]:
        return [WantedAnswer(self.answer_kind, request, attempt.number)]

    def answer_noun(self, settings: ScriptSettings) -> tuple[str, str] | None:
        return "text", "texts"

    def prepare(
        self, settings: ScriptSettings, http: HttpPolicy, report: Callable[[str], None]
    ) -> None:
        """Have Ollama download the model if script.pull is set."""
        if settings.engine != "ollama" or not settings.pull:
            return
        from audio_pipeline.engines import ollama

        for server in settings.servers:
            if server_pool.is_circuit_open(server.url):
                continue
            client = ollama.client(server, http)
            if ollama.full_name(settings.model) not in ollama.models(client):
                ollama.pull(client, settings.model, report)

    def preflight(self, probe: Probe[ScriptSettings]) -> Iterator[Finding]:
        if check := _PREFLIGHT.get(probe.settings.engine):
            yield from check(probe)


def _check_ollama(probe: Probe[ScriptSettings]) -> Iterator[Finding]:
    from audio_pipeline.engines import ollama

    settings, model = probe.settings, probe.settings.model
    server = ollama.client(probe.server, probe.http)
    version, installed = ollama.version(server), ollama.models(server)
    digest = installed.get(ollama.full_name(model))
    if digest is None and settings.pull:
        yield Finding(True, f"{server.place} ({version}) will pull {model} (script.pull)")
        return
    if digest is None:
        names = sanitize.names(sorted(installed))
        raise InputError(f"{ollama.missing(server.place, model)}; it has {names}")
    ollama.check_digest(server.place, model, digest, settings.digest)
    yield Finding(True, f"{server.place}, version {version}, has {model} ({digest[:12]})")
    before = _last_digest(probe.records, model)
    if before and before != digest:
        yield Finding(
            True,
            f"note: {model} has changed since it wrote the newest script ({before[:12]}); "
            f"finished scripts are kept; to have them written again set script.digest to {digest[:12]}",
        )


def _check_openai(probe: Probe[ScriptSettings]) -> Iterator[Finding]:
    from audio_pipeline.engines import openai

    yield from openai.check("script", probe.settings.model, probe.server, probe.http)


def _check_embedded(probe: Probe[ScriptSettings]) -> Iterator[Finding]:
    models.check_installed("xllamacpp")
    yield Finding(True, f"embedded, {models.language_model(probe.settings.model)}")


def _last_digest(records: Path, model: str) -> str | None:
    """Return the digest in the newest record, if that script was written by the model of this name."""
    try:
        newest = max(records.glob("*.json"), key=os.path.getmtime, default=None)
        record = json.loads(files.read_bytes(newest)) if newest else {}
        digest = record["service"].get("digest")
        is_same_name = record["request"]["model"] == model
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # no record to compare with
    return digest if is_same_name and isinstance(digest, str) else None


_PREFLIGHT = {"ollama": _check_ollama, "openai": _check_openai, "embedded": _check_embedded}
