"""Preflight check of the services that a run needs, before any job.

Each check is a request that generates nothing. Services are checked concurrently, in a few seconds at most.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from audio_pipeline import address, sanitize
from audio_pipeline.core.stage import Probe
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import PipelineError, ServiceUnavailable
from audio_pipeline.http import credentials
from audio_pipeline.project import Project
from audio_pipeline.scheduling import server_pool
from audio_pipeline.settings import Server, ServiceSettings, StageSettings

_CONNECT_S, _ANSWER_S = 2, 10  # a server that draws a picture may need seconds for a list
# Settings that a server must fulfil
_NEEDED = (
    "model",
    "digest",
    "voice",
    "speaker",
    "checks",
    "sampler",
    "scheduler",
    "checkpoint",
    "workflow",
)
_IN_CONTAINER = "; this is a container"
_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")


class Line(NamedTuple):
    """A result. ok: False if the user must do what the text says; stops: the stage that cannot work until then."""

    ok: bool
    text: str
    stops: str = ""


def check(
    project: Project, stages: Iterable[str], marks: tuple[str, ...] = _CONTAINER_MARKS
) -> list[Line]:
    """Check the services of the stages, the voices' languages, and the disk space.

    marks: files that exist only in a container.
    """
    inside = any(os.path.exists(mark) for mark in marks)
    stages = list(dict.fromkeys(map(project.checked_with, stages)))
    servers = [(stage, server) for stage in stages for server in _servers(project, stage)]

    def probe(stage_and_server: tuple[str, Server]) -> tuple[list[Line], PipelineError | None]:
        stage, server = stage_and_server
        url, lines = server.url, []
        if not project.stages[stage].computes(project.config) and address.is_plain(url):
            credentials.suppress_plain_warning(url)
            lines.append(Line(True, f"{stage}: note: {credentials.plain_warning(url)}"))
        try:
            for look in _looks(project, stage, server):
                for ok, text in project.stages[stage].preflight(look):
                    lines.append(Line(ok, f"{stage}: {text}"))
        except PipelineError as error:
            away = isinstance(error, ServiceUnavailable)  # it may be back when its first job starts
            refused = away and "refused the connection" in str(error)
            advice = _container_advice(server) if inside and refused else ""
            line = Line(False, f"{stage}: {error}{advice}", "" if away else stage)
            return [*lines, line], error
        return list(dict.fromkeys(lines)), None

    with ThreadPoolExecutor(max_workers=max(len(servers), 1)) as pool:
        results = dict(zip(servers, pool.map(probe, servers), strict=True))
    lines = list(_advise_once(line for stage in stages for line in _merge(stage, results)))
    lines = [*dict.fromkeys(lines), _disk(project, stages)]
    return [Line(ok, sanitize.line(text), stops) for ok, text, stops in lines]


def _servers(project: Project, stage: str) -> list[Server]:
    """Return the stage's servers, with short timeouts; for a stage without a service, one without an address."""
    settings = project.settings_of(stage)
    servers = settings.servers if isinstance(settings, ServiceSettings) else [Server("", "", 1)]
    return [replace(server, timeout_s=min(server.timeout_s, _ANSWER_S)) for server in servers]


def _looks(project: Project, stage: str, server: Server) -> list[Probe[Any]]:
    """Return the arguments of a stage's preflight checks of one server, without retries.

    Topics with settings of their own are checked together with those whose server needs the same.
    """
    http = project.config.http
    quick = replace(http, tries=1, connect_timeout_s=min(http.connect_timeout_s, _CONNECT_S))
    records = Path(project.record(stage, "x")).parent
    return [
        Probe(settings, server, quick, topics, records)
        for settings, topics in _groups(project, stage)
    ]


def _groups(project: Project, stage: str) -> list[tuple[StageSettings, list[Topic]]]:
    """Return the settings of a stage that differ in what its server must have, with the topics that need it.

    A topic needs the server for this stage, or for another one that shares it.
    """
    groups: dict[str, tuple[StageSettings, list[Topic]]] = {}
    users = [name for name in project.stages if project.checked_with(name) == stage]
    keys: dict[int, str] = {}  # by identity, as few settings differ
    slugs = project.topics_of(stage)
    for slug in slugs:
        topic = project.topics[slug]
        if not any(
            project.has(name, slug)
            and project.stages[name].needs_server(project.settings_of(name, slug), topic)
            for name in users
        ):
            continue
        settings = project.settings_of(stage, slug)
        if id(settings) not in keys:
            keys[id(settings)] = repr([getattr(settings, name, None) for name in _NEEDED])
        groups.setdefault(keys[id(settings)], (settings, []))[1].append(topic)
    return list(groups.values()) if slugs else [(project.settings_of(stage), [])]


def _merge(
    stage: str, results: Mapping[tuple[str, Server], tuple[list[Line], PipelineError | None]]
) -> Iterator[Line]:
    """Yield the lines about a stage's servers. If any server is usable, those that failed are skipped, with a note."""
    by_url = {server.url: result for (name, server), result in results.items() if name == stage}
    any_usable = any(error is None for _, error in by_url.values())
    for url, (lines, error) in by_url.items():
        if error is None or not any_usable:
            yield from lines
        else:
            server_pool.open_circuit(url, error)
            yield from lines[:-1]
            yield Line(
                True,
                f"{stage}: note: {lines[-1].text.removeprefix(f'{stage}: ')}; another server is used",
            )


def prepare(project: Project, stages: list[str], show: Callable[[str], None]) -> None:
    """Download what is needed once, before any job: Ollama's model, if script.pull is set.

    show: shows a line of progress. Raises ServiceError.
    """
    for stage in dict.fromkeys(map(project.checked_with, stages)):
        for settings, _ in _groups(project, stage):
            project.stages[stage].prepare(settings, project.config.http, show)


def _advise_once(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield the lines with the advice about containers only in the first line that has it."""
    advised = False
    for line in lines:
        text, advice, _ = line.text.partition(_IN_CONTAINER)
        yield line._replace(text=text) if advice and advised else line
        advised |= bool(advice)


def _container_advice(server: Server) -> str:
    if not address.is_loopback(server.url):
        return ""
    is_ollama = server.engine == "ollama"
    listen = ", and start it there with OLLAMA_HOST=0.0.0.0" if is_ollama else ""
    return (
        f"{_IN_CONTAINER}, where that address is the container itself: for a server on the host use "
        f"host.docker.internal (Podman: host.containers.internal){listen}"
    )


def _disk(project: Project, stages: list[str]) -> Line:
    folder = Path(project.output).absolute()
    while not folder.exists():
        folder = folder.parent
    needed = sum(
        len(project.topics_of(stage)) * project.stages[stage].largest(project.config)
        for stage in stages
    )
    free = shutil.disk_usage(folder).free
    if free < needed + 50_000_000:
        return Line(
            False,
            f"disk: {_size(free)} free in {folder}, up to {_size(needed)} needed; free some space, or set output",
        )
    return Line(True, f"disk: {_size(free)} free, up to {_size(needed)} needed")


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.0f} MB"
