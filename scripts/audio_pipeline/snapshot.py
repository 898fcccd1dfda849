"""What was found of the topics, so that it need not be found again while nothing that it depends on has changed.

That is the configuration, the templates, this package, the topic, and each of its files and records by its time of
change (ctime, which nobody can set back) and size. So a plan remembers which topics are current (all else is judged
anew: staleness.py), and a publication, for which the logs count too, what it shows of each. A snapshot may be lost at
any time.
"""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .project import Project
from .record import replacing

_TICK_NS = 2_000_000_000  # a file may change again within one tick of its file system's clock


class Snapshot:
    """records/NAME: {"context": …, "topics": {slug: [found, [digest of the topic, ctime in ns, size in bytes, …]]}}.

    found: any JSON but null; beside: files without which, or with others in whose place, nothing is known;
    logs: whether the topic's logs count too.
    """

    def __init__(
        self,
        project: Project,
        name: str = ".current",
        beside: Iterable[Path] = (),
        logs: bool = False,
    ) -> None:
        self._topics = project.topics
        self._path = Path(project.output, "records", name)
        self._context, self._beside = _context(project), list(beside)
        paths = [
            path
            for stage in project.stages
            for path in (*project.files(stage, "\0"), project.record(stage, "\0"))
        ]
        paths += [project.log(stage, "\0") for stage in project.stages if logs]
        self._around_slug = [path.split("\0") for path in paths]
        self._known: dict[str, list[Any]] = {}
        self._found: dict[str, list[Any]] = {}
        self._asked: dict[str, tuple[int, list[Any]]] = {}
        try:
            stored = json.loads(self._path.read_bytes())
            if stored["context"] == self._all_context():
                self._known = dict(stored["topics"])
        except (OSError, ValueError, TypeError, KeyError):
            pass  # none yet, or not one of ours

    def knows(self, slug: str) -> bool:
        """Whether anything was found of the topic that still holds; it is then remembered further."""
        found = self.recall(slug)
        if found is not None:
            self.add(slug, found)
        return found is not None

    def recall(self, slug: str) -> Any:
        """What was found of the topic, if that still holds; else None."""
        asked_ns, state = time.time_ns(), self._state(slug)
        found, before = self._known.get(slug, (None, None))
        self._asked[slug] = asked_ns, before if before == state else state  # one of both in memory
        return found if before == state else None

    def add(self, slug: str, found: Any = True) -> None:
        """Remember what was found of the topic, as it was when it was asked for here, or else is now."""
        asked_ns, state = self._asked.get(slug) or (time.time_ns(), self._state(slug))
        if max(state[1::2]) < asked_ns - _TICK_NS:
            self._found[slug] = [found, state]

    def store(self) -> None:
        """Raises nothing: a snapshot that cannot be written is only time lost."""
        if self._found == self._known and not self._beside:
            return
        with contextlib.suppress(OSError):
            text = json.dumps({"context": self._all_context(), "topics": self._found})
            with replacing(self._path) as temporary:
                temporary.write_text(text)

    def _all_context(self) -> list[Any]:
        found = [os.stat(path) for path in self._beside]
        return [self._context, *([one.st_ino, one.st_ctime_ns, one.st_size] for one in found)]

    def _state(self, slug: str) -> list[str | int]:
        topic = self._topics[slug]
        about = (topic.text, topic.language, topic.voice, topic.seed)
        state: list[str | int] = [hashlib.sha1(repr(about).encode()).hexdigest()]
        for before, after in self._around_slug:
            try:
                found = os.stat(f"{before}{slug}{after}")
                state += (found.st_ctime_ns, found.st_size)
            except OSError:
                state += (0, -1)
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
