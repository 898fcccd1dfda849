"""What was found of the topics, so that it need not be found again while nothing that it depends on has changed.

Of a topic that is its text and attributes, and each of its files and records by its time of change (ctime, which nobody
can set back) and size. So a plan remembers which topics are current (up_to_date.py), and a publication, for which the
logs count too, what it shows of each (publishing/publication.py). A cache may be lost at any time.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from audio_pipeline import files
from audio_pipeline.core.topics import Topic
from audio_pipeline.files import replacing
from audio_pipeline.project import Project

_TOPIC = [each.name for each in dataclasses.fields(Topic) if each.compare]
_TICK_NS = 2_000_000_000  # a file may change again within one tick of its file system's clock


class TopicCache:
    """records/NAME: {"context": …, "about": …, "topics": {slug: [digest of the topic and its files, found]}}.

    context: of all that is the same for each topic; with another one, nothing is known. beside: files without which, or
    with others in whose place, nothing is known. logs: whether the topic's logs count too.
    found: any JSON but null. about: what was stored with it, or None.
    """

    def __init__(
        self,
        project: Project,
        name: str,
        context: str,
        beside: Iterable[Path] = (),
        logs: bool = False,
    ) -> None:
        self._topics = project.topics
        self._path = Path(project.output, "records", name)
        self._own_context, self._beside = context, list(beside)
        paths = [
            path
            for stage in project.stages
            for path in (*project.files(stage, "\0"), project.record(stage, "\0"))
        ]
        if logs:
            paths += [project.log(stage, "\0") for stage in project.stages]
        self._around_slug = [path.split("\0") for path in paths]
        self._known: dict[str, list[Any]] = {}
        self._found: dict[str, list[Any]] = {}
        self._seen: dict[str, tuple[str, bool]] = {}
        self.about: Any = None
        try:
            stored = json.loads(files.read_bytes(self._path))
            if stored["context"] == self._context():
                self._known, self.about = dict(stored["topics"]), stored["about"]
        except (OSError, ValueError, TypeError, KeyError):
            pass  # none yet, or not one of ours

    def has(self, slug: str) -> bool:
        """True if anything was found of the topic, though it may no longer hold."""
        return slug in self._known

    def recall(self, slug: str) -> Any:
        """What was found of the topic, if that still holds; else None."""
        state, settled = self._state(slug)
        before, found = self._known.get(slug, ("", None))
        self._seen[slug] = (before if before == state else state), settled  # one of both in memory
        return found if before == state else None

    def add(self, slug: str, found: Any) -> None:
        """Remember what was found of the topic, as it was when it was asked for here, or else is now."""
        state, settled = self._seen.get(slug) or self._state(slug)
        if settled:
            self._found[slug] = [state, found]

    def store(self, about: Any = None) -> None:
        """Raises nothing: a cache that cannot be written is only time lost."""
        if self._found == self._known and about == self.about and not self._beside:
            return
        with contextlib.suppress(OSError):
            content = {"context": self._context(), "about": about, "topics": self._found}
            with replacing(self._path) as temporary:
                temporary.write_text(json.dumps(content))

    def _context(self) -> list[Any]:
        found = [os.stat(path) for path in self._beside]
        return [self._own_context, *([one.st_ino, one.st_ctime_ns, one.st_size] for one in found)]

    def _state(self, slug: str) -> tuple[str, bool]:
        """A digest, and whether the files are old enough that any change to come is seen in it."""
        now_ns, last_ns, topic = time.time_ns(), 0, self._topics[slug]
        state: list[Any] = [getattr(topic, name) for name in _TOPIC]
        for before, after in self._around_slug:
            try:
                found = os.stat(f"{before}{slug}{after}")
                state += (found.st_ctime_ns, found.st_size)
                last_ns = max(last_ns, found.st_ctime_ns)
            except OSError:
                state.append(None)
        digest = hashlib.sha256(repr(state).encode()).hexdigest()
        return digest, last_ns < now_ns - _TICK_NS


def context_of_package(*others: str) -> str:
    """A digest of this package, whose changes may change whatever was found, and of other texts."""
    content = [*others]
    package = files.PROGRAMS / "audio_pipeline"
    for path in sorted(package.rglob("*.py")):
        found = path.stat()
        content.append(f"{path.relative_to(package)} {found.st_mtime_ns} {found.st_size}")
    return hashlib.sha256("\0".join(content).encode()).hexdigest()


class StageContexts:
    """What the requests of each stage are built of, for every topic alike: its settings, and files as templates.

    before: what `stored` gave an earlier plan, or None. changed: the stages of which that does not hold any more.
    """

    def __init__(self, project: Project, before: Any) -> None:
        self._project = project
        self._before: dict[str, Any] = before if isinstance(before, dict) else {}
        self._settings = {
            name: _digest(
                dataclasses.asdict(project.settings_of(name)), stage.inputs(project.config)
            )
            for name, stage in project.stages.items()
        }
        self.changed = [stage for stage in project.stages if not self._holds(stage)]

    def stored(self) -> dict[str, Any]:
        """JSON values, to be given to the next plan."""
        found = {}
        for stage, settings in self._settings.items():
            known = {} if stage in self.changed else self._before[stage][1]
            paths = {*known, *self._project.files_read.get(stage, ())}
            found[stage] = [settings, {path: _content(path) for path in sorted(paths)}]
        return found

    def _holds(self, stage: str) -> bool:
        try:
            settings, paths = self._before[stage]
            same = all(_content(path) == digest for path, digest in paths.items())
        except (KeyError, TypeError, ValueError, AttributeError):
            return False  # of another version
        return same and bool(settings == self._settings[stage])


def _content(path: str) -> str:
    """A digest of the file; another one where it cannot be read."""
    try:
        return files.sha256_of(path)
    except (OSError, ValueError):
        return ""


def _digest(*values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
