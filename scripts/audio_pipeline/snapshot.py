"""What the last plan found to be current, so that the next one need not read it again.

A topic is known to be current when nothing that its verdicts depend on has changed since they were given: the
configuration, the templates, this package, the topic, and each of its files and records by its time of change (ctime,
which nobody can set back) and size. All else is judged anew (staleness.py). The snapshot may be lost at any time.
"""

import hashlib
import json
import os
import time
from pathlib import Path

from . import record as records
from .project import Project

_TICK_NS = 2_000_000_000  # a file may change again within one tick of its file system's clock


class Snapshot:
    """records/.current: {"context": …, "topics": {slug: [digest of the topic, ctime in ns, size in bytes, …]}}."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._path = Path(project.output, "records", ".current")
        self._context = _context(project)
        self._known: dict[str, list[str | int]] = {}
        self._found: dict[str, list[str | int]] = {}
        try:
            stored = json.loads(self._path.read_bytes())
            if stored["context"] == self._context:
                self._known = dict(stored["topics"])
        except (OSError, ValueError, TypeError, KeyError):
            pass  # none yet, or not one of ours

    def knows(self, slug: str) -> bool:
        """Whether all files of the topic are known to be current."""
        known = self._known.get(slug)
        if not known or known != self._state(slug):
            return False
        self._found[slug] = known
        return True

    def add(self, slug: str) -> None:
        """All files of the topic were just found to be current."""
        state = self._state(slug)
        if state and max(state[1::2]) < time.time_ns() - _TICK_NS:
            self._found[slug] = state

    def store(self) -> None:
        """Raises nothing: a snapshot that cannot be written is only time lost."""
        if self._found == self._known:
            return
        try:
            text = json.dumps({"context": self._context, "topics": self._found})
            records.replace_file(self._path, text.encode())
        except OSError:
            pass

    def _state(self, slug: str) -> list[str | int] | None:
        project, topic = self._project, self._project.topics[slug]
        about = (topic.text, topic.language, topic.voice, topic.seed)
        state: list[str | int] = [hashlib.sha1(repr(about).encode()).hexdigest()]
        try:
            for stage in project.stages:
                for path in (*project.files(stage, slug), project.record(stage, slug)):
                    found = os.stat(path)
                    state += (found.st_ctime_ns, found.st_size)
        except OSError:
            return None
        return state


def _context(project: Project) -> str:
    """Of all that is the same for each topic."""
    settings = project.settings
    content = [json.dumps(settings, sort_keys=True, default=str)]
    names = (("script", "template"), ("image", "template"), ("image", "prompt_template"))
    for path in (settings[section][key] for section, key in names):
        try:
            content.append(Path(path).read_text(encoding="utf-8", errors="replace"))
        except OSError:
            content.append("")
    for path in sorted(Path(__file__).parent.glob("*.py")):
        found = path.stat()
        content.append(f"{path.name} {found.st_mtime_ns} {found.st_size}")
    return hashlib.sha256("\0".join(content).encode()).hexdigest()
