"""A user's project: its configuration, its topics, and where its files are."""

import argparse
import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from audio_pipeline.core import configuration, reads, yaml_files
from audio_pipeline.core import record as records
from audio_pipeline.core.record import Record
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import SPOKEN, Stage, build, read
from audio_pipeline.core.staleness import State, Verdict, judge
from audio_pipeline.core.topics import Topic, read_topics
from audio_pipeline.core.yaml_files import Layer
from audio_pipeline.errors import InputError
from audio_pipeline.files import WORKFLOW
from audio_pipeline.settings import Configuration, StageSettings
from audio_pipeline.stages import registry

FILES = ("config.yaml", "voices.yaml")  # of the configuration, the later one goes before


@dataclass(frozen=True)
class Project:
    """topics: by slug, in the order of their file; warnings: about that file."""

    config: Configuration
    topics: dict[str, Topic]
    warnings: list[str] = field(default_factory=list)

    @functools.cached_property
    def output(self) -> str:
        return self.config.output.rstrip("/") or "/"

    @functools.cached_property
    def stages(self) -> dict[str, Stage[Any]]:
        """Name → stage, of those that are switched on, in the order in which they are made."""
        stages = registry.every().items()
        return {name: stage for name, stage in stages if stage.is_enabled(self.config)}

    def stages_of(self, slug: str) -> tuple[str, ...]:
        """The stages of which the topic gets a file."""
        topic = self.topics[slug]
        return tuple(
            [name for name, stage in self.stages.items() if stage.applies_to(self.config, topic)]
        )

    @functools.cached_property
    def is_uniform(self) -> bool:
        """True if every topic gets a file of every stage."""
        return all(type(one).applies_to is Stage.applies_to for one in self.stages.values())

    def has(self, stage: str, slug: str) -> bool:
        """True if the topic gets a file of the stage."""
        found = self.stages.get(stage)
        return bool(found and found.applies_to(self.config, self.topics[slug]))

    def topics_of(self, stage: str) -> list[str]:
        """Slugs of the topics that get a file of the stage."""
        return [slug for slug in self.topics if self.has(stage, slug)]

    def text_of_speech(self, slug: str) -> str:
        """The stage whose text is spoken."""
        return self._graph(slug).spoken

    def inputs(self, stage: str, slug: str) -> dict[str, str]:
        """Role → stage, of the files that a file is made from."""
        return self._graph(slug).inputs[stage]

    def sources(self, stage: str, slug: str) -> list[str]:
        """The stages whose files a file is made from."""
        return list(self.inputs(stage, slug).values())

    def needed(self, stage: str, slug: str) -> list[str]:
        """The stages that must be made for a stage, itself the last."""
        return self._graph(slug).needed[stage]

    def _graph(self, slug: str) -> "_Graph":
        names = self.stages_of(slug)
        if names not in self._graphs:
            stages = {name: self.stages[name] for name in names}
            self._graphs[names] = _Graph.of(stages, self.config)
        return self._graphs[names]

    @functools.cached_property
    def _graphs(self) -> dict[tuple[str, ...], "_Graph"]:
        return {}  # few topics differ in their stages

    def settings_of(self, stage: str) -> StageSettings:
        """The stage's section of the configuration, with what else it needs of it."""
        return self._settings[stage]

    @functools.cached_property
    def _settings(self) -> dict[str, StageSettings]:
        return {name: stage.settings(self.config) for name, stage in self.stages.items()}

    def language(self, stage: str, slug: str) -> str:
        """The language of a file."""
        return self.stages[stage].language(self.config, self.topics[slug])

    def file(self, stage: str, slug: str) -> str:
        return f"{self.output}/{path_of(stage, slug)}"

    def files(self, stage: str, slug: str) -> list[str]:
        """The file that the record is about, and what is made beside it."""
        file = self.file(stage, slug)
        stem = file.rpartition(".")[0]
        return [file, *(stem + ending for ending in registry.every()[stage].beside)]

    def derived(self, stage: str, slug: str) -> list[str]:
        """Other files that are made from the stage's file, and go with it."""
        names = registry.every()[stage].derived
        return [f"{self.output}/{name.format(slug=slug)}" for name in names]

    def record(self, stage: str, slug: str) -> str:
        return f"{self.output}/records/{stage}/{slug}.json"

    def log(self, stage: str, slug: str) -> str:
        return f"{self.output}/logs/{stage}/{slug}.log"

    def request(self, stage: str, slug: str, known: Record | None = None) -> Request | None:
        """What would be asked for. Returns None if a file that it needs is not there, or cannot be read.

        known: the record of what is there. Raises InputError: a template cannot be rendered.
        """
        before = known.service.get("inputs") if known else None
        paths = {role: self.file(one, slug) for role, one in self.inputs(stage, slug).items()}
        try:
            material, _ = read(paths, before if isinstance(before, dict) else None)
        except (OSError, UnicodeDecodeError):
            return None
        with reads.recorded() as read_files:
            try:
                return build(
                    self.stages[stage], self.topics[slug], self.settings_of(stage), material
                )
            finally:
                self.files_read.setdefault(stage, set()).update(read_files)

    @functools.cached_property
    def files_read(self) -> dict[str, set[str]]:
        """Stage → files that its requests were built from so far, beside their inputs."""
        return {}

    def verdict(self, stage: str, slug: str) -> Verdict | None:
        """What `staleness.judge` says about a file. Returns None if that is not known before its inputs are made."""
        return self.verdict_by(records.load(self.record(stage, slug)), stage, slug)

    def verdict_by(self, known: Record | None, stage: str, slug: str) -> Verdict | None:
        """The verdict about a file whose record was read."""
        wanted = self.request(stage, slug, known)
        if wanted is None:
            return None
        found = judge(self.file(stage, slug), known, wanted, self.stages[stage].optional)
        if found.keep and (late := self._late(stage, slug)):
            return replace(found, state=State.STALE, reason=f"{late} missing or older")
        return found

    def _late(self, stage: str, slug: str) -> str:
        """The ending of a file beside the stage's that is missing, or older than that, which a hand then edited."""
        file, *beside = self.files(stage, slug)
        for path in beside:
            # A second, for copies that do not keep the times.
            if not os.path.isfile(path) or os.path.getmtime(path) < os.path.getmtime(file) - 1:
                return Path(path).suffix
        return ""


@dataclass(frozen=True)
class _Graph:
    """What is made from what, for a topic with certain stages. spoken: the one whose text is spoken.

    inputs: stage → role → stage; needed: stage → what must be made for it, itself the last.
    """

    spoken: str
    inputs: dict[str, dict[str, str]]
    needed: dict[str, list[str]]

    @classmethod
    def of(cls, stages: Mapping[str, Stage[Any]], config: Configuration) -> "_Graph":
        spoken = [name for name, stage in stages.items() if stage.spoken][-1]
        inputs: dict[str, dict[str, str]] = {}
        needed: dict[str, list[str]] = {}
        for name, stage in stages.items():
            wanted = {
                role: spoken if one == SPOKEN else one for role, one in stage.inputs(config).items()
            }
            inputs[name] = {role: one for role, one in wanted.items() if one in stages}
            before = [each for one in inputs[name].values() for each in needed[one]]
            needed[name] = list(dict.fromkeys([*before, name]))
        return cls(spoken, inputs, needed)


def path_of(stage: str, slug: str) -> str:
    """The file of a stage, below the output folder."""
    return registry.every()[stage].path.format(slug=slug)


def load(overlays: list[Layer], environment: Mapping[str, str] = os.environ) -> Project:
    """The project in the working directory.

    overlays: what goes before config/config.yaml, the strongest last.
    Raises InputError: a line for each fault in the configuration or in the topics; EngineError: there is no such voice.
    """
    config = load_config(overlays, environment)
    topics, warnings = read_topics(config.topics)
    project = Project(config, {topic.slug: topic for topic in topics}, warnings)
    for name, stage in project.stages.items():
        for slug in project.topics_of(name):
            stage.check_topic(project.settings_of(name), project.topics[slug], config.topics)
    return project


def load_config(
    overlays: list[Layer], environment: Mapping[str, str] = os.environ
) -> Configuration:
    """The configuration of the project in the working directory. Raises InputError."""
    layers = [_named(name, WORKFLOW) for name in FILES]
    for own in (Path("config", name) for name in FILES):
        if own.exists() and not own.samefile(WORKFLOW / own):
            layers.append(yaml_files.read_layer(own))
    values = configuration.resolve([*layers, *overlays], environment, [Path.cwd(), WORKFLOW])
    return Configuration.of(values)


def _named(name: str, folder: Path) -> Layer:
    """A file of the workflow's own, by its short name."""
    return f"config/{name}", yaml_files.read_layer(folder / "config" / name)[1]


def load_by_arguments(parser: argparse.ArgumentParser) -> tuple[Project, argparse.Namespace]:
    """The project that the command line names, and all of its arguments."""
    add_arguments(parser)
    arguments = parser.parse_args()
    return load(overlays_of(arguments)), arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that say which project and which configuration."""
    parser.add_argument("--directory", default=".", help="the working directory of the project")
    parser.allow_abbrev = False  # --config would be taken for --configfile
    for names, metavar in (
        (("--configfile", "--configfiles"), "FILE"),
        (("--config", "-C"), "KEY=VALUE"),
    ):
        parser.add_argument(
            *names, nargs="+", action="extend", default=[], metavar=metavar, help="as for snakemake"
        )


def overlays_of(arguments: argparse.Namespace) -> list[Layer]:
    """What the options of `add_arguments` put over the configuration; the working directory is then theirs."""
    overlays = [yaml_files.read_layer(path) for path in arguments.configfile]
    overlays.append(configuration.from_command_line(arguments.config))
    try:
        os.chdir(arguments.directory)
    except OSError as error:
        raise InputError(f"--directory {arguments.directory}: {error.strerror}") from None
    return overlays
