"""A stage: one kind of file that is made for a topic, and all that the rest of the workflow must know of it.

Each module of audio_pipeline.stages has one, named STAGE. Nothing else lists stages: see stages/registry.py.
"""

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from audio_pipeline import files
from audio_pipeline.core.production import Ask, produce
from audio_pipeline.core.request import Request
from audio_pipeline.core.topics import Topic
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.settings import Configuration, Server, StageSettings
from audio_pipeline.slot_policy import SlotPolicy

S = TypeVar("S", bound=StageSettings)
TEXT = "script"  # the role of an input that is read as a text; of all others the SHA-256 counts
SPOKEN = "the spoken text"  # as an input: the last stage that is `spoken` and applies to the topic


@dataclass(frozen=True)
class Material:
    """What a request is built from beside topic and settings.

    text: of the input `script`, "" where there is none; sha256: role → SHA-256 of the file, of all other inputs.
    """

    text: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job(Generic[S]):
    """The making of one file.

    settings: the stage's; files: role → file of an input; threads: that it may use; slots: None where nothing is to be
    waited for.
    """

    topic: Topic
    settings: S
    config: Configuration
    files: Mapping[str, Path]
    output: Path
    record: Path
    threads: int = 1
    slots: SlotPolicy | None = None


class Finding(NamedTuple):
    """What the preflight check found. ok: False where something must be done, which the text then says."""

    ok: bool
    text: str


@dataclass(frozen=True)
class Look(Generic[S]):
    """What a preflight check looks with: one of the stage's servers, with short time-outs.

    topics: those that the stage makes a file for; records: the folder of the stage's records.
    """

    settings: S
    server: Server
    http: HttpPolicy
    topics: Sequence[Topic]
    records: Path


class Stage(ABC, Generic[S]):
    """All that the workflow must know of a stage; a new one names the first six, and what else is not as here.

    name: in records, logs and lines; order: its place in lists of stages; path: of its file in the output folder;
    rule: Snakemake's, whose program is scripts/RULE.py; target: what makes the files of all topics;
    noun: one and several of them, for people; title: on the page; category: heading in a report, if not the noun.
    beside: endings of the files that are made of its file each time; derived: paths of others that go with it.
    sources: role → name of the stage whose file is read, or SPOKEN; each role is an option of its program. What is not
    made for a topic is left out; optional: keys that some of its requests have, others not;
    spoken: True if its text is what is heard.
    service: llm, tts or sd, whose cap holds, None if it asks none; computing: engines that work where the job runs, all
    others are services elsewhere; shares: the stage whose service and section of the configuration it uses too;
    settings_type: of its section of the configuration; threads: of one job.
    """

    name: ClassVar[str]
    order: ClassVar[int]
    path: ClassVar[str]
    rule: ClassVar[str]
    target: ClassVar[str]
    noun: ClassVar[tuple[str, str]]
    title: ClassVar[str]
    category: ClassVar[str] = ""
    beside: ClassVar[tuple[str, ...]] = ()
    derived: ClassVar[tuple[str, ...]] = ()
    shares: ClassVar[str] = ""
    service: ClassVar[str | None] = None
    computing: ClassVar[tuple[str, ...]] = ()
    sources: ClassVar[Mapping[str, str]] = {}
    optional: ClassVar[tuple[str, ...]] = ()
    spoken: ClassVar[bool] = False
    settings_type: ClassVar[type[StageSettings]] = StageSettings
    threads: ClassVar[int] = 1

    @property
    def section(self) -> str:
        """The part of the configuration that it reads."""
        return self.shares or self.name

    def is_enabled(self, config: Configuration) -> bool:
        """True if the configuration wants its files."""
        return True

    def applies_to(self, config: Configuration, topic: Topic) -> bool:
        """True if the topic gets a file of it."""
        return True

    def inputs(self, config: Configuration) -> Mapping[str, str]:
        """The sources, where the configuration says which stage it is; their roles are always the same."""
        return self.sources

    def settings(self, config: Configuration) -> S:
        """Its section of the configuration, where an engine without a name has the stage's."""
        found: S = self.settings_type.of(config.values, self.section)  # type: ignore[assignment]
        return found if found.engine else replace(found, engine=self.name)

    def language(self, config: Configuration, topic: Topic) -> str:
        """The language of the topic's file."""
        return topic.language or config.language

    def computes(self, config: Configuration) -> bool:
        """True if its jobs use the processor; else they wait for a service."""
        return self.service is None or self.settings(config).engine in self.computing

    def describe(self, config: Configuration, topics: Sequence[Topic]) -> str:
        """The engine, and what it uses, for the heading of a run."""
        return self.settings(config).engine

    def check_topic(self, settings: S, topic: Topic, place: str) -> None:
        """Refuse a topic before anything is made. place: of the topics. Raises InputError: there is no such voice, …"""

    @abstractmethod
    def request(self, topic: Topic, settings: S, material: Material) -> Request:
        """All that shapes the file, and nothing that does not, as a flat dict of JSON values; see core/request.py.

        It depends on these three alone, and on files that are told to `reads.note` (templates are).
        Raises InputError: a template cannot be rendered.
        """

    @abstractmethod
    def maker(self, job: Job[S]) -> Ask:
        """How the file is made and checked. Called once, when it has to be."""

    def attempts(self, settings: S) -> int:
        """Answers to ask for until one passes its checks."""
        return settings.attempts

    def longest_s(self, settings: S) -> float:
        """Seconds after which another process that makes the same file is not waited for any more."""
        return 2 * settings.timeout_s

    def finish(self, job: Job[S]) -> None:
        """Called when the file is as it should be, made or kept, for what is made beside it."""

    def largest(self, config: Configuration) -> int:
        """Bytes of a file, at most about, for the check of the disk's space."""
        return 10_000

    def prepare(self, config: Configuration, tell: Callable[[str], None]) -> None:
        """Fetch what has to be fetched once, before any job of a run. tell: shows a line. Raises ServiceError."""

    def preflight(self, look: Look[S]) -> Iterator[Finding]:
        """Ask its server, generating nothing, whether it will do. Raises PipelineError: it will not."""
        yield from ()


def build(stage: Stage[S], topic: Topic, settings: S, material: Material) -> Request:
    """The request for a topic's file: the one way to it, for the plan and for the job. Raises InputError."""
    return {**stage.request(topic, settings, material), **material.sha256}


def read(
    inputs: Mapping[str, str | Path], before: Mapping[str, Any] | None = None
) -> tuple[Material, dict[str, Any]]:
    """What a request is built from, and of all files but the text what `files.fingerprint` says.

    inputs: role → file; before: what was seen of them when the record was written: they are not read again where that
    still holds. Raises OSError, UnicodeDecodeError: a file is not there, or cannot be read.
    """
    text = files.read_text(inputs[TEXT]).removeprefix("\ufeff") if TEXT in inputs else ""
    seen = {
        role: files.fingerprint(path, (before or {}).get(role))
        for role, path in inputs.items()
        if role != TEXT
    }
    return Material(text, {role: each["sha256"] for role, each in seen.items()}), seen


def make(stage: Stage[S], job: Job[S]) -> str:
    """See that the job's file is as it should be, and say in one line what was done. Raises PipelineError, OSError."""
    material, seen = read(job.files)
    # Slow to import: a job that keeps its file does without.
    maker = functools.cache(lambda: stage.maker(job))
    said = produce(
        stage.name,
        job.output,
        job.record,
        build(stage, job.topic, job.settings, material),
        lambda request, seed: maker()(request, seed),
        attempts=stage.attempts(job.settings),
        wait_s=stage.longest_s(job.settings),
        inputs=seen,
    )
    stage.finish(job)
    return said
