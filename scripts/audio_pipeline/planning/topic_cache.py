"""A cache of results per topic, valid while the topic, its files and its records are unchanged.

Files are compared by size and ctime, which cannot be set back. A plan caches which topics are current (up_to_date.py);
a publication, which depends on the logs too, caches what it shows of each topic (publishing/publication.py). A cache
may be lost at any time.
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

_TOPIC = [field.name for field in dataclasses.fields(Topic) if field.compare]
_TICK_NS = 2_000_000_000  # a file may change again within one tick of its file system's clock


class TopicCache:
    """The file records/NAME: {"context": …, "about": …, "topics": {slug: [digest of the topic and its files, result]}}.

    context: a digest of what all topics share; a change empties the cache; beside: files whose change or loss does the
    same; logs: True if the topics' logs count too; about: what was stored with the cache, or None. A result is any JSON
    value except null.
    """

    def __init__(
        self,
        project: Project,
        name: str,
        context: str,
        beside: Iterable[Path] = (),
        logs: bool = False,
    ) -> None:
        self._project, self._topics = project, project.topics
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
        folders = [stage.folder for stage in project.stages.values() if stage.folder]
        self._folders = [f"{project.output}/{folder}" for folder in folders]
        self._stored: dict[str, list[Any]] = {}
        self._added: dict[str, list[Any]] = {}
        self._states: dict[str, tuple[str, bool]] = {}
        self.about: Any = None
        try:
            stored = json.loads(files.read_bytes(self._path))
            if stored["context"] == self._context():
                self._stored, self.about = dict(stored["topics"]), stored["about"]
        except (OSError, ValueError, TypeError, KeyError):
            pass  # none yet, or not a file of this class

    def has(self, slug: str) -> bool:
        """True if the cache has a result for the topic, even an outdated one."""
        return slug in self._stored

    def recall(self, slug: str) -> Any:
        """Return the topic's cached result. Returns None if there is none, or it is outdated."""
        state, settled = self._state(slug)
        before, result = self._stored.get(slug, ("", None))
        self._states[slug] = (before if before == state else state), settled  # one copy in memory
        return result if before == state else None

    def add(self, slug: str, result: Any) -> None:
        """Cache a result for the topic's state at its `recall`, or for its state now."""
        state, settled = self._states.get(slug) or self._state(slug)
        if settled:
            self._added[slug] = [state, result]

    def store(self, about: Any = None) -> None:
        """Write the cache if it changed. Ignores errors: a lost cache only costs time."""
        if self._added == self._stored and about == self.about and not self._beside:
            return
        with contextlib.suppress(OSError):
            content = {"context": self._context(), "about": about, "topics": self._added}
            with replacing(self._path) as temporary:
                temporary.write_text(json.dumps(content))

    def _context(self) -> list[Any]:
        stats = [os.stat(path) for path in self._beside]
        return [self._own_context, *([s.st_ino, s.st_ctime_ns, s.st_size] for s in stats)]

    def _state(self, slug: str) -> tuple[str, bool]:
        """Return a digest, and True if the files are old enough for any later change to alter it."""
        now_ns, last_ns, topic = time.time_ns(), 0, self._topics[slug]
        state: list[Any] = [getattr(topic, name) for name in _TOPIC]
        if topic.own_settings:  # with what they find on the disk, like music
            state += [self._project.settings_of(stage, slug) for stage in self._project.stages]
        slugs = [slug, topic.original] if topic.original in self._topics else [slug]
        paths = [f"{before}{each}{after}" for each in slugs for before, after in self._around_slug]
        for path in [*paths, *filter(None, (topic.source, topic.text_file))]:
            try:
                stat = os.stat(path)
                state += (stat.st_ctime_ns, stat.st_size)
                last_ns = max(last_ns, stat.st_ctime_ns)
            except OSError:
                state.append(None)
        for folder in self._folders:
            entries = sorted(files.listed(folder.format(slug=slug)))
            state.append(entries)
            last_ns = max([last_ns, *(ctime_ns for _, _, ctime_ns in entries)])
        digest = hashlib.sha256(repr(state).encode(errors="surrogateescape")).hexdigest()
        return digest, last_ns < now_ns - _TICK_NS


def context_of_package(*others: str) -> str:
    """Return a digest of this package's files, since any of them may affect the results, and of other texts."""
    content = [*others]
    package = files.PROGRAMS / "audio_pipeline"
    for path in sorted(package.rglob("*.py")):
        stat = path.stat()
        content.append(f"{path.relative_to(package)} {stat.st_mtime_ns} {stat.st_size}")
    return hashlib.sha256("\0".join(content).encode()).hexdigest()


class StageContexts:
    """The inputs of a stage's requests that all topics share: its settings, and files such as templates.

    before: the result of `stored` in an earlier plan, or None; changed: the stages whose context has changed since.
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
        """Return JSON values for the next plan."""
        contexts = {}
        for stage, settings in self._settings.items():
            before = {} if stage in self.changed else self._before[stage][1]
            paths = {*before, *self._project.files_read.get(stage, ())}
            contexts[stage] = [settings, {path: _content(path) for path in sorted(paths)}]
        return contexts

    def _holds(self, stage: str) -> bool:
        try:
            settings, paths = self._before[stage]
            same = all(_content(path) == digest for path, digest in paths.items())
        except (KeyError, TypeError, ValueError, AttributeError):
            return False  # written by another version
        return same and bool(settings == self._settings[stage])


def _content(path: str) -> str:
    """Return a digest of the file, or "" if it is unreadable."""
    try:
        return files.sha256_of(path)
    except (OSError, ValueError):
        return ""


def _digest(*values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
