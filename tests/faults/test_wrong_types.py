"""A value of another type anywhere in a service's JSON: a one-line error, or a correct file; never a traceback."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from audio_pipeline.engines import (
    comfyui,
    comfyui_workflow,
    ollama,
    openai,
    piper,
    stable_diffusion,
)
from audio_pipeline.errors import PipelineError
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.settings import ServiceSettings
from comfyui_stub import SETTINGS as COMFYUI
from comfyui_stub import ComfyUIStub
from direct import HTTP, ask, settings
from replies import Asked, Reply, json_reply
from service_stubs import OllamaStub, OpenAIStub, PiperStub, StableDiffusionStub

DEEP: Any = []
for _ in range(500):
    DEEP = [DEEP]
OTHERS = [
    None, True, 0, -1, 5, 1.5, float("nan"), 10**40, "", "x", "\ud800", "x" * 100_000, [], [5], ["x"], [[]], {},
    {"a": 1}, [{"a": []}], DEEP,
]  # fmt: skip

STUBS = {
    "ollama": (OllamaStub, "script", {"model": "gemma3:4b", "digest": "a" * 12}),
    "openai-chat": (OpenAIStub, "script", {"engine": "openai", "model": "a-model"}),
    "piper": (PiperStub, "audio", {"engine": "piper", "speaker": "one"}),
    "piper-1.4": (lambda: PiperStub("1.4"), "audio", {"engine": "piper"}),
    "stable-diffusion": (
        StableDiffusionStub, "image",
        {"engine": "stable-diffusion", "checkpoint": "dreamshaper_8", "scheduler": "karras"},
    ),
    "stable-diffusion-bare": (StableDiffusionStub, "image", {"engine": "stable-diffusion", "sampler": ""}),
    "comfyui": (ComfyUIStub, "image", COMFYUI),
    "openai-image": (lambda: OpenAIStub(["flux"]), "image", {"engine": "openai", "model": "flux"}),
}  # fmt: skip


def places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """Yield every path in a JSON value; of a list, the first two."""
    yield path
    each = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value[:2])
        if isinstance(value, list)
        else ()
    )
    for key, one in each:
        yield from places(one, (*path, key))


def changed(value: Any, path: tuple, other: Any) -> Any:
    if not path:
        return other
    value = copy.deepcopy(value)
    at = value
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = other
    return value


class Changing:
    """Answers of a stub, with another value at one position of the answers to one URL path."""

    def __init__(self, stub: Any) -> None:
        self.normal, self.seen = stub.answer, {}
        self.path, self.place, self.other = "", None, None
        self.known: dict[str, Reply] = {}  # a picture is drawn once
        stub.answer = self.answer

    def answer(self, request: Asked) -> Reply:
        if request.path == "/sdapi/v1/schedulers":
            return self._changed(
                request.path, json_reply([{"name": "karras", "label": "Karras", "aliases": []}])
            )
        if request.path not in self.known:
            self.known[request.path] = self.normal(request)
        reply = self.known[request.path]
        if request.path == "/voices" and reply.status == 200:
            voices = json.loads(reply.whole())
            for voice in voices.values():
                voice |= {"num_speakers": 2, "speaker_id_map": {"one": 1}}
            reply = json_reply(voices)
        return self._changed(request.path, reply)

    def _changed(self, path: str, reply: Reply) -> Reply:
        lines = reply.body if isinstance(reply.body, list) else [reply.body]
        try:
            values = [json.loads(line) for line in lines]
        except ValueError:
            return reply
        for value in values:
            if isinstance(value, dict) and isinstance(value.get("info"), str) and value["info"]:
                info = json.loads(value["info"]) | {"infotexts": ["a"], "width": 1}
                value["info"] = info  # parsed; encoded again below
        self.seen.setdefault(path, values)
        if path == self.path:
            at, *rest = self.place
            values[at] = changed(values[at], tuple(rest), self.other)
        for value in values:
            if isinstance(value, dict) and isinstance(value.get("info"), dict):
                value["info"] = json.dumps(value["info"])
        sent = [json.dumps(value).encode() + b"\n" for value in values]
        return Reply(reply.status, sent if isinstance(reply.body, list) else sent[0], reply.kind)


@pytest.mark.parametrize("name", STUBS)
def test_a_value_of_another_type_is_a_line_or_does_no_harm(name):
    kind, stage, more = STUBS[name]
    http = replace(HTTP, tries=1)
    faults = []
    with kind() as stub:
        changing = Changing(stub)
        more = dict(more)
        engine = more.pop("engine", "ollama")
        values = settings(stage, engine, stub.url, **more)
        _ask(stage, engine, stub.url, more)
        _look(values, http)
        for path, sent in dict(changing.seen).items():
            numbers = sorted({0, len(sent) - 1})
            for number in numbers:
                for place in places(sent[number]):
                    for other in OTHERS:
                        changing.path, changing.place, changing.other = (
                            path,
                            (number, *place),
                            other,
                        )
                        for call in (
                            lambda: _ask(stage, engine, stub.url, more),
                            lambda: _look(values, http),
                        ):
                            try:
                                call()
                            except PipelineError as error:
                                if "\n" in str(error) or len(str(error)) > 2000:
                                    faults.append((path, place, str(other)[:40], str(error)[:200]))
                            except Exception as error:
                                faults.append((path, place, str(other)[:40], repr(error)[:200]))
    assert not faults, f"{len(faults)}: {faults[:20]}"


def _ask(stage: str, engine: str, url: str, more: dict) -> None:
    ask(stage, engine, url, **more)


def _look(values: ServiceSettings, http: HttpPolicy) -> None:
    """Make the requests of the preflight."""
    engine, at = values.engine, values.servers[0]
    if engine == "ollama":
        client = ollama.client(at, http)
        ollama.models(client), ollama.version(client), ollama._loaded(client)
    elif engine == "piper":
        client = piper.client(at, http)
        server = piper.detect(client)
        config = piper.voice(client, server, values.voice)
        piper.language(values.voice, config)
    elif engine == "stable-diffusion":
        client = stable_diffusion.client(at, http)
        stable_diffusion.checkpoints(client), stable_diffusion.identity(client)
        stable_diffusion.loaded_checkpoint(client)
    elif engine == "comfyui":
        workflow = comfyui_workflow.load(values.workflow, values.nodes)
        comfyui.check(comfyui.client(at, http), workflow, values.checkpoint)
    else:
        openai.models(openai.client("script", at, http))
