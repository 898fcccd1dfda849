"""Whether the services that a run needs will do what it asks for: looked at before any job, within a second.

Every check is a request that generates nothing. The services are looked at side by side, for a few seconds at most.
"""

import dataclasses
import importlib.util
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from audio_pipeline import address, files, sanitize
from audio_pipeline.core.voices import voice_settings
from audio_pipeline.engines import models
from audio_pipeline.errors import (  # fmt: skip
    EngineError,
    InputError,
    PipelineError,
    RequestRefused,
    ServiceUnavailable,
)
from audio_pipeline.http import credentials
from audio_pipeline.project import Project
from audio_pipeline.scheduling import server_pool

_CONNECT_S, _ANSWER_S = 2, 10  # a server at work on a picture may need seconds for a list
_IN_CONTAINER = "; this is a container"
_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")
_SECONDS_PER_TOPIC = 120  # of speech, for the disk space: more than most scripts last


class Line(NamedTuple):
    """ok: False where something must be done, which the text then says. stops: the stage that can make nothing then."""

    ok: bool
    text: str
    stops: str = ""


def check(
    project: Project, stages: list[str], marks: tuple[str, ...] = _CONTAINER_MARKS
) -> list[Line]:
    """What was found of each service that the stages use, of the voices' languages, and of the disk.

    marks: files that show that we are in a container.
    """
    inside = any(os.path.exists(mark) for mark in marks)
    stages = list(dict.fromkeys("script" if stage == "prompt" else stage for stage in stages))
    servers = [(stage, url) for stage in stages for url in _urls(project, stage)]

    def lines(server: tuple[str, str]) -> tuple[list[Line], PipelineError | None]:
        stage, url = server
        engine = project.settings_of(stage)["engine"]
        found = []
        if url and engine not in ("embedded", "card") and address.is_plain(url):
            credentials.tell_no_more(url)
            found.append(Line(True, f"{stage}: note: {credentials.plain_warning(url)}"))
        try:
            found += _CHECKS.get((stage, engine), _nothing)(_with_one(project, stage, url))
        except PipelineError as error:
            away = isinstance(error, ServiceUnavailable)  # it may be back when its first job begins
            refused = away and "refused the connection" in str(error)
            advice = _container_advice(engine, url) if inside and refused else ""
            line = Line(False, f"{stage}: {error}{advice}", "" if away else stage)
            return [*found, line], error
        return found, None

    with ThreadPoolExecutor(max_workers=max(len(servers), 1)) as pool:
        looked = dict(zip(servers, pool.map(lines, servers), strict=True))
    found = list(_advised_once(line for stage in stages for line in _of_all(stage, looked)))
    found = [*dict.fromkeys(found), _disk(project, stages)]
    return [Line(ok, sanitize.line(text), stops) for ok, text, stops in found]


def _urls(project: Project, stage: str) -> list[str]:
    return address.each(project.settings[stage].get("url", ""))


def _with_one(project: Project, stage: str, url: str) -> Project:
    """The project as it would be with this server alone."""
    one = {**project.settings[stage], "url": url}
    return dataclasses.replace(project, settings={**project.settings, stage: one})


def _of_all(
    stage: str, looked: Mapping[tuple[str, str], tuple[list[Line], PipelineError | None]]
) -> Iterator[Line]:
    """The lines about the servers of a stage. While one of several will do, the others are left out, and only noted."""
    mine = {url: answer for (of, url), answer in looked.items() if of == stage}
    some_will_do = any(fault is None for _, fault in mine.values())
    for url, (lines, fault) in mine.items():
        if fault is None or not some_will_do:
            yield from lines
        else:
            server_pool.leave_out(url, fault)
            yield from lines[:-1]
            yield Line(
                True, f"{stage}: note: {lines[-1].text.removeprefix(f'{stage}: ')}; left out"
            )


def prepare(project: Project, stages: list[str], tell: Callable[[str], None]) -> None:
    """What has to be fetched once, before any job: Ollama's model, if script.pull says so.

    tell: shows a line of progress. Raises ServiceError.
    """
    settings = project.settings["script"]
    if {"script", "prompt"} & set(stages) and settings["engine"] == "ollama" and settings["pull"]:
        from audio_pipeline.engines import ollama

        for url in address.each(settings["url"]):
            if server_pool.is_left_out(url):
                continue
            server = ollama.client({**settings, "url": url}, project.settings["http"])
            if ollama.full_name(settings["model"]) not in ollama.models(server):
                ollama.pull(server, settings["model"], tell)


def _ollama(project: Project) -> Iterator[Line]:
    from audio_pipeline.engines import ollama

    settings = _hasty(project, "script")
    server = ollama.client(settings, _hasty_http(project))
    version, known = ollama.version(server), ollama.models(server)
    model = settings["model"]
    digest = known.get(ollama.full_name(model))
    if digest is None and settings["pull"]:
        yield Line(True, f"script: {server.place} ({version}) will pull {model} (script.pull)")
        return
    if digest is None:
        raise InputError(f"{ollama.missing(server.place, model)}; it has {_named(known)}")
    ollama.check_digest(server.place, model, digest, settings["digest"])
    yield Line(True, f"script: {server.place}, version {version}, has {model} ({digest[:12]})")
    before = _last_digest(project, model)
    if before and before != digest:
        yield Line(
            True,
            f"script: note: {model} is another model than the one that wrote the newest script ({before[:12]}); "
            f"finished scripts are kept; to have them written anew set script.digest to {digest[:12]}",
        )


def _piper(project: Project) -> Iterator[Line]:
    from audio_pipeline.engines import piper

    settings = _hasty(project, "audio")
    service = piper.client(settings, _hasty_http(project))
    server = piper.recognised(service)
    if server.voices is None:
        piper.check_is_piper(service)
        yield Line(
            True,
            f"audio: {service.place}, {server.version}: it has one voice and no options; audio.voice is not used",
        )
        return
    for name in _voices(project):
        config = piper.voice(service, server, name)
        if settings["speaker"] is not None:
            piper.speaker_id(settings["speaker"], name, config)
    yield Line(True, f"audio: {service.place}, {server.version}, has {', '.join(_voices(project))}")
    yield from _languages(
        project, {name: piper.language(name, server.voices[name]) for name in _voices(project)}
    )


def _stable_diffusion(project: Project) -> Iterator[Line]:
    from audio_pipeline.engines import stable_diffusion

    settings = _hasty(project, "image")
    server = stable_diffusion.client(settings, _hasty_http(project))
    known = stable_diffusion.checkpoints(server)
    name = settings["checkpoint"]
    if not name and not known:
        raise InputError(f"{server.place} has no checkpoint; put one into its models folder")
    faults = []
    for look in (
        lambda: name and stable_diffusion.checkpoint(server, name),
        lambda: stable_diffusion.choices(server, settings["sampler"], settings["scheduler"]),
    ):
        try:
            look()
        except RequestRefused as error:
            faults.append(str(error))
    if faults:
        raise RequestRefused("; ".join(faults))
    used = name or stable_diffusion.loaded(server)
    yield Line(True, f"image: {server.place}, {stable_diffusion.identity(server)}, has {used}")


def _openai(stage: str) -> Callable[[Project], Iterator[Line]]:
    def lines(project: Project) -> Iterator[Line]:
        from audio_pipeline.engines import openai

        settings = _hasty(project, stage)
        service = openai.client(stage, settings, _hasty_http(project))
        known, model = openai.models(service), settings["model"]
        if known is None:
            yield Line(True, f"{stage}: {service.place} answers, and has no list of models")
        elif model in known or len(known) == 1:  # one that serves a single model ignores the name
            yield Line(
                True, f"{stage}: {service.place} has {model if model in known else known[0]}"
            )
        else:
            raise InputError(
                f"{service.place} has no model {model!r}; it has {_named(known)}: set {stage}.model"
            )

    return lines


def _embedded_model(project: Project) -> Iterator[Line]:
    _installed("xllamacpp")
    path = models.language_model(project.settings["script"]["model"])
    yield Line(True, f"script: embedded, {path}")


def _embedded_voice(project: Project) -> Iterator[Line]:
    _installed("piper")
    for name in _voices(project):
        models.voice(name)
    yield Line(True, f"audio: embedded, {', '.join(_voices(project))}")


def _nothing(project: Project) -> Iterator[Line]:
    """A drawn title card needs no service."""
    return iter(())


def _ffmpeg(_: Project) -> Iterator[Line]:
    from audio_pipeline import ffmpeg

    yield Line(True, f"video: {ffmpeg.program()}")


def _voices(project: Project) -> list[str]:
    return sorted(set(_voice_of_each(project).values()))


def _voice_of_each(project: Project) -> dict[str, str]:
    """Slug → voice."""
    settings = project.settings_of("audio")
    topics = project.topics.items()
    return {slug: voice_settings(topic, settings)["voice"] for slug, topic in topics}


def _languages(project: Project, spoken: Mapping[str, str]) -> Iterator[Line]:
    """spoken: voice → its language. A topic in another one would be read out as gibberish."""
    settings, voice_of_each = project.settings_of("audio"), _voice_of_each(project)
    for voice, language in spoken.items():
        others = [
            (slug, topic.language or settings["language"])
            for slug, topic in project.topics.items()
            if voice_of_each[slug] == voice
            and _first(topic.language or settings["language"]) != _first(language)
        ]
        if others:
            slug, wanted = others[0]
            more = f" and {len(others) - 1} more" if len(others) > 1 else ""
            yield Line(
                False,
                f"audio: the voice {voice} speaks {language}, but the topic {slug!r}{more} is in {wanted}: "
                "set audio.voice, or voice=… behind the topic",
            )


def _first(language: str) -> str:
    return language.replace("_", "-").split("-")[0].lower()


def _advised_once(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, the advice about containers behind the first that needs it alone."""
    advised = False
    for line in lines:
        fault, advice, _ = line.text.partition(_IN_CONTAINER)
        yield line._replace(text=fault) if advice and advised else line
        advised |= bool(advice)


def _container_advice(engine: str, url: str) -> str:
    if not address.is_loopback(url):
        return ""
    listen = ", and start it there with OLLAMA_HOST=0.0.0.0" if engine == "ollama" else ""
    return (
        f"{_IN_CONTAINER}, where that address is the container itself: for a server on the host use "
        f"host.docker.internal (Podman: host.containers.internal){listen}"
    )


def _disk(project: Project, stages: list[str]) -> Line:
    folder = Path(project.output).absolute()
    while not folder.exists():
        folder = folder.parent
    size = project.settings["image"]
    each = {
        "script": 10_000,
        "audio": 44_100 * _SECONDS_PER_TOPIC,
        "image": 3 * size["width"] * size["height"],
        "subtitles": 10_000,
        "video": 20 * project.settings["video"]["short_side"] ** 2,
    }
    needed = len(project.topics) * sum(each[stage] for stage in stages)
    free = shutil.disk_usage(folder).free
    if free < needed + 50_000_000:
        return Line(
            False,
            f"disk: {_size(free)} free in {folder}, up to {_size(needed)} needed; free some space, or set output",
        )
    return Line(True, f"disk: {_size(free)} free, up to {_size(needed)} needed")


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.0f} MB"


def _last_digest(project: Project, model: str) -> str | None:
    """The digest in the newest script's record, if that was written by the model of this name."""
    folder = Path(project.record("script", "x")).parent
    try:
        newest = max(folder.glob("*.json"), key=os.path.getmtime, default=None)
        record = json.loads(files.read_bytes(newest)) if newest else {}
        if record["request"]["model"] == model:
            return record["service"].get("digest")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # no record that could be compared with
    return None


def _installed(package: str) -> None:
    if not importlib.util.find_spec(package):
        raise EngineError(f"{package} is not installed; run 'make setup', or use another engine")


def _named(names: Any) -> str:
    return sanitize.names(sorted(names))


def _hasty(project: Project, stage: str) -> dict[str, Any]:
    settings = project.settings_of(stage)
    return {**settings, "timeout_s": min(settings["timeout_s"], _ANSWER_S)}


def _hasty_http(project: Project) -> dict[str, float]:
    http = project.settings["http"]
    connect_s = min(http["connect_timeout_s"], _CONNECT_S)
    return {**http, "tries": 1, "connect_timeout_s": connect_s}


_CHECKS = {
    ("script", "ollama"): _ollama,
    ("script", "openai"): _openai("script"),
    ("script", "embedded"): _embedded_model,
    ("audio", "piper"): _piper,
    ("audio", "openai"): _openai("audio"),
    ("audio", "embedded"): _embedded_voice,
    ("image", "stable-diffusion"): _stable_diffusion,
    ("image", "openai"): _openai("image"),
    ("video", "ffmpeg"): _ffmpeg,
}
