"""What the last plan found to be current, so that the next one need not read it again.

A topic is known to be current when nothing that its verdicts depend on has changed since they were given: this package,
the topic, each of its files and records by its time of change (ctime, which nobody can set back) and size, and for each
stage its settings and template. Where only settings or a template changed, the stage's request is built anew: as long
as its digest is the same, the record need not be read. All else is judged anew (staleness.py). The snapshot may be
lost at any time.
"""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import record as records
from .errors import PipelineError
from .project import Project
from .request import Request, digest

_TICK_NS = 2_000_000_000  # a file may change again within one tick of its file system's clock


class Snapshot:
    """records/.current: {"context": …, "stages": {stage: context}, "topics": {slug: "STATE REQUEST REQUEST …"}}.

    All are digests: a context's of what is the same for each topic, a state's of the topic and its files, and that of
    the request of each stage, in their order.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._path = Path(project.output, "records", ".current")
        self._context = _context(project)
        self._stages = {stage: _context_of(project, stage) for stage in project.stages}
        self._changed: list[str] = []  # stages whose context has changed
        self._known: dict[str, str] = {}
        self._found: dict[str, str] = {}
        try:
            stored = json.loads(self._path.read_bytes())
            if stored["context"] == self._context:
                had = dict(stored["stages"])
                self._changed = [one for one in self._stages if had[one] != self._stages[one]]
                self._known = dict(stored["topics"])
        except (OSError, ValueError, TypeError, KeyError):
            pass  # none yet, or not one of ours

    def knows(self, slug: str) -> bool:
        """Whether all files of the topic are known to be current."""
        known = self._known.get(slug)
        if not known:
            return False
        state, *requests = known.split()
        if state != self._state(slug)[0]:
            return False
        had = dict(zip(self._stages, requests, strict=True))
        if not all(self._asks(stage, slug, had[stage]) for stage in self._changed):
            return False
        self._found[slug] = known
        return True

    def add(self, slug: str, requests: Mapping[str, Request]) -> None:
        """All files of the topic were just found to be current. requests: stage → what its file was made of."""
        state, changed_ns = self._state(slug)
        if state and changed_ns < time.time_ns() - _TICK_NS:
            self._found[slug] = " ".join([state, *(digest(requests[one]) for one in self._stages)])

    def store(self) -> None:
        """Raises nothing: a snapshot that cannot be written is only time lost."""
        if self._found == self._known and not self._changed:
            return
        content = {"context": self._context, "stages": self._stages, "topics": self._found}
        with contextlib.suppress(OSError):
            records.replace_file(self._path, json.dumps(content).encode())

    def _asks(self, stage: str, slug: str, had: str) -> bool:
        """Whether the stage's request is still the one with this digest. (No media are read to find out.)"""
        try:
            wanted = None if self._project.media(stage) else self._project.request(stage, slug)
        except PipelineError:
            return False  # the verdict says why
        return wanted is not None and digest(wanted) == had

    def _state(self, slug: str) -> tuple[str, int]:
        """A digest, empty where a file is missing, and when the last of the files changed."""
        project, topic = self._project, self._project.topics[slug]
        state: list[Any] = [topic.text, topic.language, topic.voice, topic.seed]
        last_ns = 0
        try:
            for stage in self._stages:
                for path in (*project.files(stage, slug), project.record(stage, slug)):
                    found = os.stat(path)
                    state += (found.st_ctime_ns, found.st_size)
                    last_ns = max(last_ns, found.st_ctime_ns)
        except OSError:
            return "", 0
        return hashlib.sha256(repr(state).encode()).hexdigest(), last_ns


def _context(project: Project) -> str:
    """Of what decides for all stages."""
    content = [*project.stages]
    for path in sorted(Path(__file__).parent.glob("*.py")):
        found = path.stat()
        content.append(f"{path.name} {found.st_mtime_ns} {found.st_size}")
    return hashlib.sha256("\0".join(content).encode()).hexdigest()


def _context_of(project: Project, stage: str) -> str:
    """Of what a stage's requests are built of, for each topic."""
    settings = project.settings_of(stage)
    content = [json.dumps(settings, sort_keys=True, default=str), *project.sources(stage)]
    if "template" in settings:
        try:
            content.append(Path(settings["template"]).read_text("utf-8", errors="replace"))
        except OSError:
            content.append("")
    return hashlib.sha256("\0".join(content).encode()).hexdigest()
