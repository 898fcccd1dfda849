"""Preflight check: will the services that a run needs do what it asks for? Before any job, within a second.

Every check is a request that generates nothing. The services are looked at side by side, for a few seconds at most.
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
from audio_pipeline.errors import PipelineError, ServiceUnavailable
from audio_pipeline.http import credentials
from audio_pipeline.project import Project
from audio_pipeline.scheduling import server_pool
from audio_pipeline.settings import Server, ServiceSettings

_CONNECT_S, _ANSWER_S = 2, 10  # a server at work on a picture may need seconds for a list
_IN_CONTAINER = "; this is a container"
_CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")


class Line(NamedTuple):
    """ok: False where something must be done, which the text then says. stops: the stage that can make nothing then."""

    ok: bool
    text: str
    stops: str = ""


def check(
    project: Project, stages: Iterable[str], marks: tuple[str, ...] = _CONTAINER_MARKS
) -> list[Line]:
    """What was found of each service that the stages use, of the voices' languages, and of the disk.

    marks: files that show that we are in a container.
    """
    inside = any(os.path.exists(mark) for mark in marks)
    stages = list(dict.fromkeys(project.stages[stage].shares or stage for stage in stages))
    servers = [(stage, one) for stage in stages for one in _servers(project, stage)]

    def lines(which: tuple[str, Server]) -> tuple[list[Line], PipelineError | None]:
        stage, server = which
        look = _look(project, stage, server)
        url, found = server.url, []
        if not project.stages[stage].computes(project.config) and address.is_plain(url):
            credentials.suppress_plain_warning(url)
            found.append(Line(True, f"{stage}: note: {credentials.plain_warning(url)}"))
        try:
            for ok, text in project.stages[stage].preflight(look):
                found.append(Line(ok, f"{stage}: {text}"))
        except PipelineError as error:
            away = isinstance(error, ServiceUnavailable)  # it may be back when its first job begins
            refused = away and "refused the connection" in str(error)
            advice = _container_advice(server) if inside and refused else ""
            line = Line(False, f"{stage}: {error}{advice}", "" if away else stage)
            return [*found, line], error
        return found, None

    with ThreadPoolExecutor(max_workers=max(len(servers), 1)) as pool:
        looked = dict(zip(servers, pool.map(lines, servers), strict=True))
    found = list(_advised_once(line for stage in stages for line in _of_all(stage, looked)))
    found = [*dict.fromkeys(found), _disk(project, stages)]
    return [Line(ok, sanitize.line(text), stops) for ok, text, stops in found]


def _servers(project: Project, stage: str) -> list[Server]:
    """The stage's, with a short time-out; of a stage that asks none, one without an address."""
    settings = project.settings_of(stage)
    servers = settings.servers if isinstance(settings, ServiceSettings) else [Server("", "", 1)]
    return [replace(one, timeout_s=min(one.timeout_s, _ANSWER_S)) for one in servers]


def _look(project: Project, stage: str, server: Server) -> Probe[Any]:
    """What one server of a stage is looked at with, without a second try."""
    http = project.config.http
    quick = replace(http, tries=1, connect_timeout_s=min(http.connect_timeout_s, _CONNECT_S))
    topics = [project.topics[slug] for slug in project.topics_of(stage)]
    records = Path(project.record(stage, "x")).parent
    return Probe(project.settings_of(stage), server, quick, topics, records)


def _of_all(
    stage: str, looked: Mapping[tuple[str, Server], tuple[list[Line], PipelineError | None]]
) -> Iterator[Line]:
    """The lines about the servers of a stage. While one of several will do, the others are left out, and only noted."""
    mine = {server.url: answer for (of, server), answer in looked.items() if of == stage}
    some_will_do = any(fault is None for _, fault in mine.values())
    for url, (lines, fault) in mine.items():
        if fault is None or not some_will_do:
            yield from lines
        else:
            server_pool.open_circuit(url, fault)
            yield from lines[:-1]
            yield Line(
                True, f"{stage}: note: {lines[-1].text.removeprefix(f'{stage}: ')}; not used"
            )


def prepare(project: Project, stages: list[str], tell: Callable[[str], None]) -> None:
    """Fetch what has to be fetched once, before any job: Ollama's model, if script.pull says so.

    tell: shows a line of progress. Raises ServiceError.
    """
    for stage in dict.fromkeys(project.stages[stage].shares or stage for stage in stages):
        project.stages[stage].prepare(project.config, tell)


def _advised_once(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines, the advice about containers behind the first that needs it alone."""
    advised = False
    for line in lines:
        fault, advice, _ = line.text.partition(_IN_CONTAINER)
        yield line._replace(text=fault) if advice and advised else line
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
