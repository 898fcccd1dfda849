"""The answers that due files are made of, and which of them are in the cache.

Dividing the text of a recording takes 0.3 ms a sentence, so many files are divided among processes.
"""

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from typing import NamedTuple

from audio_pipeline.core import answer_cache
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.request import digest
from audio_pipeline.errors import PipelineError
from audio_pipeline.project import Project

_FEW = 300  # files, for which processes are not worth their start
_MOST_PROCESSES = 8  # each has its own index of the cache


class DueFile(NamedTuple):
    """A file that will be made. attempt: the next at it, with what `slim` leaves of its record."""

    stage: str
    slug: str
    attempt: Attempt


class Wanted(NamedTuple):
    """An answer. name: equal for equal answers; kind: in the cache; is_missing: True if it is not there."""

    name: bytes
    kind: str
    is_missing: bool


def slim(attempt: Attempt) -> Attempt:
    """Return the attempt with only what stages need to find the answers: records may be large."""
    before = attempt.before
    if before:
        answers = before.answers if attempt.is_new_take else []
        before = replace(before, request={}, service={}, previous=None, answers=answers)
    return replace(attempt, before=before)


def of_files(project: Project, files: Sequence[DueFile]) -> Iterator[list[Wanted] | None]:
    """Yield the answers of each file. None if they are not known, since a source is missing or cannot be read."""
    processes = min(os.cpu_count() or 1, _MOST_PROCESSES)
    if len(files) < _FEW or processes == 1:
        yield from map(_Finder(project), files)
        return
    spawned = multiprocessing.get_context(
        "spawn"
    )  # a fork could inherit a lock that a thread holds
    with ProcessPoolExecutor(processes, spawned, _start, (project,)) as pool:
        yield from pool.map(_find, files, chunksize=10)


class _Finder:
    """Finds the answers of a file."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._index = CacheIndex(answer_cache.of(project.config))

    def __call__(self, file: DueFile) -> list[Wanted] | None:
        stage = self._project.stages[file.stage]
        try:
            request = self._project.request(file.stage, file.slug)
            if request is None:
                return None
            return [
                Wanted(
                    bytes.fromhex(digest({**wanted.unit, "take of": wanted.take})),
                    wanted.kind,
                    not self._index.has(wanted),
                )
                for wanted in stage.answers(request, file.attempt, self._index)
            ]
        except PipelineError:
            return []  # the job reports why it cannot make the file


_finder: _Finder | None = None  # of a process of the pool


def _start(project: Project) -> None:
    global _finder
    _finder = _Finder(project)


def _find(file: DueFile) -> list[Wanted] | None:
    assert _finder
    return _finder(file)
