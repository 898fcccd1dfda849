"""Base class of stages: the kinds of files that are made for a topic.

Each module of audio_pipeline.stages has one, named STAGE. Nothing else lists stages: see stages/registry.py.
"""

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from audio_pipeline import files
from audio_pipeline.core.attempts import Attempt, WantedAnswer
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.production import Ask, Choice, produce
from audio_pipeline.core.record import Record
from audio_pipeline.core.request import Request
from audio_pipeline.core.topics import Topic
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.settings import Configuration, Server, StageSettings
from audio_pipeline.slot_policy import SlotPolicy

S = TypeVar("S", bound=StageSettings)
TEXT, SOURCE, OUTLINE = "script", "source", "outline"
STORYBOARD, SCENE_PROMPTS = "storyboard", "scene_prompts"
# Roles of files of the topic that a topic is a translation of
ORIGINAL, ORIGINAL_STORYBOARD, ORIGINAL_SCENES = (
    "original",
    "original_storyboard",
    "original_scenes",
)
OF_ORIGINAL = (ORIGINAL, ORIGINAL_STORYBOARD, ORIGINAL_SCENES)
# Roles of inputs that are read; others count by their SHA-256
READ = (TEXT, SOURCE, OUTLINE, STORYBOARD, SCENE_PROMPTS, ORIGINAL, ORIGINAL_STORYBOARD)
SPOKEN = "the spoken text"  # as a source: the last stage that is `spoken` and applies to the topic


@dataclass(frozen=True)
class Material:
    """Content of a request's inputs.

    text: of the input `script` with its pauses (text/pauses.py), "" if there is none; sha256: role → SHA-256 of each
    input that is not read; read: role → text of each other input that is.
    """

    text: str = ""
    sha256: Mapping[str, str] = field(default_factory=dict)
    read: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Job(Generic[S]):
    """A file to be made.

    settings: the stage's; files: role → path of an input; threads: that it may use; slots: None if it needs no slot.
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
    """A result of the preflight check. ok: False if the user must do something, which the text says."""

    ok: bool
    text: str


@dataclass(frozen=True)
class Probe(Generic[S]):
    """Arguments of a preflight check of one of the stage's servers.

    http: with short time-outs; topics: those that the stage makes a file for; records: folder of the stage's records.
    """

    settings: S
    server: Server
    http: HttpPolicy
    topics: Sequence[Topic]
    records: Path


class Stage(ABC, Generic[S]):
    """A kind of file that is made for a topic. A subclass must set the attributes without a default.

    name: in records, logs and messages; order: position in lists of stages; path: of its file in the output folder;
    rule: of Snakemake, whose program is scripts/RULE.py; target: of Snakemake, for the files of all topics;
    noun: singular and plural; title: on the page; category: heading in a report, if not the noun;
    beside: suffixes of files written beside its file each time; derived: paths of other files made from it; folder:
    path of a folder of further files that belong to it.
    sources: role → name of the stage whose file is read, or SPOKEN; each role is an option of its program, and is left
    out for topics without that file; roles of OF_ORIGINAL: of the topic that a translation was made from; shared: True
    if translations without a file of the stage use that of their original; optional: keys that only some of its
    requests have; by_topic: True if the settings of a topic can enable it for that one;
    part: what a part of its file with takes of its own is called, "" if it has none.
    dispensable: roles that its program can do without; spoken: True if its text is what is spoken; merges: True if its
    maker keeps edits of the present file, which is then made again like one that was not edited.
    service: llm, tts or sd, whose cap applies, or None; computing: engines that run where the job runs, not as services
    elsewhere; shares: another stage whose servers, and their preflight check, it shares;
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
    folder: ClassVar[str] = ""
    shares: ClassVar[str] = ""
    service: ClassVar[str | None] = None
    computing: ClassVar[tuple[str, ...]] = ()
    sources: ClassVar[Mapping[str, str]] = {}
    optional: ClassVar[tuple[str, ...]] = ()
    dispensable: ClassVar[tuple[str, ...]] = ()
    shared: ClassVar[bool] = False
    by_topic: ClassVar[bool] = False
    spoken: ClassVar[bool] = False
    merges: ClassVar[bool] = False
    part: ClassVar[str] = ""
    settings_type: ClassVar[type[StageSettings]] = StageSettings
    threads: ClassVar[int] = 1

    def is_enabled(self, config: Configuration) -> bool:
        """True if the configuration enables the stage."""
        return True

    def applies_to(self, config: Configuration, topic: Topic) -> bool:
        """True if the stage makes a file for the topic."""
        return True

    def inputs(self, config: Configuration) -> Mapping[str, str]:
        """Return the sources as the configuration selects them; their roles are always the same."""
        return self.sources

    def settings(self, config: Configuration) -> S:
        """Return its settings; an engine without a name gets the stage's name."""
        settings: S = self.settings_type.of(config.values, self.name)  # type: ignore[assignment]
        return settings if settings.engine else replace(settings, engine=self.name)

    def language(self, settings: S, topic: Topic) -> str:
        """Return the language of the topic's file."""
        return topic.language or settings.language

    def computes(self, config: Configuration) -> bool:
        """True if its jobs use the processor, False if they wait for a service."""
        return self.service is None or self.settings(config).engine in self.computing

    def describe(self, config: Configuration, topics: Sequence[Topic]) -> str:
        """Return the engine and its model or voices, for the heading of a run."""
        return self.settings(config).engine

    def check_topic(self, settings: S, topic: Topic, place: str) -> None:
        """Check a topic before anything is made. place: the topics file. Raises InputError: for a missing voice, …"""

    @abstractmethod
    def request(self, topic: Topic, settings: S, material: Material) -> Request:
        """Return everything that shapes the file as a flat dict of JSON values; see core/request.py.

        It may depend only on the arguments and on files passed to `reads.note`, as templates are.
        Raises InputError: a template cannot be rendered.
        """

    @abstractmethod
    def maker(self, job: Job[S]) -> Ask:
        """Return a function that asks for the file and checks it. Called once, only if the file has to be made."""

    def answers(
        self, request: Request, attempt: Attempt, index: CacheIndex
    ) -> Iterable[WantedAnswer]:
        """Return the answers that the maker would look for in the cache, for the plan to count.

        attempt: the next at the file; index: of the cache, for answers that change what is asked.
        Raises InputError: no file can be made for the request.
        """
        return ()

    def part_of(self, request: Request) -> str:
        """Return what a part of the file with takes of its own is called, "" if it has none."""
        return self.part

    def part_numbers(self, request: Request, count: int) -> Sequence[int]:
        """Return the numbers of the parts that have answers, as a user counts them. count: of the answers."""
        return range(1, count + 1)

    def needs_server(self, settings: S, topic: Topic) -> bool:
        """True if a file of the topic takes a service, which is then checked before a run."""
        return True

    def answer_noun(self, settings: S) -> tuple[str, str] | None:
        """Return singular and plural of its answers. Returns None if its files need none."""
        return None

    def attempts(self, settings: S, topic: Topic) -> int:
        """Return how many answers are requested at most until one passes its checks."""
        return settings.attempts

    def longest_s(self, settings: S) -> float:
        """Return the longest wait, in seconds, for another process that makes the same file."""
        return 2 * settings.timeout_s

    def outdated(self, path: str, record: Record | None) -> str:
        """Return why a file is to be made again although its request is the same, "" if it is not."""
        return ""

    def removable(self, path: Path, record: Record) -> Iterable[Path]:
        """Return the files in its folder that were made here and not changed. path: of its file."""
        return ()

    def finish(self, job: Job[S]) -> None:
        """Write the files beside the file. Called once that is up to date, made or kept."""

    def largest(self, config: Configuration) -> int:
        """Return the approximate upper limit of a file's size in bytes, to check the disk's free space."""
        return 10_000

    def prepare(self, settings: S, http: HttpPolicy, report: Callable[[str], None]) -> None:
        """Fetch models before the first job of a run. report: shows a line. Raises ServiceError."""

    def preflight(self, probe: Probe[S]) -> Iterator[Finding]:
        """Check that its server is usable without generating anything. Raises PipelineError: it is not."""
        yield from ()


def build(stage: Stage[S], topic: Topic, settings: S, material: Material) -> Request:
    """Build the request for a topic's file, in the plan and in the job. Raises InputError."""
    return {**stage.request(topic, settings, material), **material.sha256}


def read(
    inputs: Mapping[str, str | Path], known: Mapping[str, Any] | None = None
) -> tuple[Material, dict[str, Any]]:
    """Read the inputs of a request, and return role → `files.fingerprint` of all but the text.

    inputs: role → path; known: fingerprints from the record, so that unchanged files are not read again.
    Raises OSError, UnicodeDecodeError: a file is missing or cannot be read.
    """
    texts = {
        role: files.read_text(inputs[role]).removeprefix("\ufeff")
        for role in READ
        if role in inputs
    }
    fingerprints = {
        role: files.fingerprint(path, (known or {}).get(role))
        for role, path in inputs.items()
        if role not in READ
    }
    sha256 = {role: file["sha256"] for role, file in fingerprints.items()}
    return Material(texts.pop(TEXT, ""), sha256, texts), fingerprints


def make(stage: Stage[S], job: Job[S], choice: Choice | None = None) -> str:
    """Bring the job's file up to date, and return a line that says what was done. choice: takes to use.

    Raises PipelineError, OSError.
    """
    material, fingerprints = read(job.files)
    # Slow to import, and not needed by a job that keeps its file.
    maker = functools.cache(lambda: stage.maker(job))
    line = produce(
        stage.name,
        job.output,
        job.record,
        build(stage, job.topic, job.settings, material),
        lambda request, seed: maker()(request, seed),
        attempts=stage.attempts(job.settings, job.topic),
        wait_s=stage.longest_s(job.settings),
        inputs=fingerprints,
        choice=choice,
        merges=stage.merges,
        outdated=stage.outdated,
    )
    stage.finish(job)
    return line
