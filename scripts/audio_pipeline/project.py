"""A user's project: its configuration, topics and file paths."""

import argparse
import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from audio_pipeline.core import configuration, reads, topic_sources, translations, yaml_files
from audio_pipeline.core import record as records
from audio_pipeline.core.record import Record
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import OF_ORIGINAL, SPOKEN, Stage, build, read
from audio_pipeline.core.staleness import State, Verdict, judge
from audio_pipeline.core.topics import Topic, read_topics
from audio_pipeline.core.yaml_files import Layer
from audio_pipeline.errors import InputError
from audio_pipeline.files import WORKFLOW
from audio_pipeline.settings import Configuration, StageSettings
from audio_pipeline.stages import registry

Stages = Mapping[str, Stage[Any]]

# Files of the configuration, the later one wins; and the key that a file holds, if not several.
FILES = {"config.yaml": "", "voices.yaml": "", "lexicon.yaml": "lexicon", "presets.yaml": "presets"}


class Input(NamedTuple):
    """A file that another one is made from, by its stage and topic."""

    stage: str
    slug: str


@dataclass(frozen=True)
class Project:
    """A user's project. topics: by slug, in the order of their file; warnings: about that file."""

    config: Configuration
    topics: dict[str, Topic]
    warnings: list[str] = field(default_factory=list)

    @functools.cached_property
    def output(self) -> str:
        return self.config.output.rstrip("/") or "/"

    @functools.cached_property
    def stages(self) -> dict[str, Stage[Any]]:
        """Name → enabled stage that makes any file, in the order in which they are made."""
        stages = registry.every().items()
        return {name: stage for name, stage in stages if self._has_files(stage)}

    def _has_files(self, stage: Stage[Any]) -> bool:
        """True if the stage is enabled, and applies to any topic."""
        if not (stage.is_enabled(self.config) or stage.by_topic):
            return False
        for_all = type(stage).applies_to is Stage.applies_to
        return for_all or any(
            stage.applies_to(self.config, topic) for topic in self.topics.values()
        )

    def stages_of(self, slug: str) -> tuple[str, ...]:
        """Return the names of the stages that make a file for the topic."""
        topic = self.topics[slug]
        return tuple(
            [name for name, stage in self.stages.items() if stage.applies_to(self.config, topic)]
        )

    @functools.cached_property
    def is_uniform(self) -> bool:
        """True if every stage makes a file for every topic, from files of that topic."""
        count = len(self.stages)
        return all(
            topic.original is None and len(self.stages_of(slug)) == count
            for slug, topic in self.topics.items()
        )

    def has(self, stage: str, slug: str) -> bool:
        """True if the stage is enabled and makes a file for the topic."""
        enabled = self.stages.get(stage)
        return bool(enabled and enabled.applies_to(self.config, self.topics[slug]))

    def topics_of(self, stage: str) -> list[str]:
        """Return the slugs of the topics that the stage makes a file for."""
        return [slug for slug in self.topics if self.has(stage, slug)]

    def text_of_speech(self, slug: str) -> str:
        """Return the stage whose text is spoken."""
        return self._graph(slug).spoken

    def inputs(self, stage: str, slug: str) -> dict[str, str]:
        """Return role → stage of the files of the same topic that a file is made from."""
        return self._graph(slug).inputs[stage]

    def all_inputs(self, stage: str, slug: str) -> dict[str, Input]:
        """Return role → file, of all files that a file is made from."""
        graph, original = self._graph(slug), self.topics[slug].original or ""
        own = {role: Input(source, slug) for role, source in graph.inputs[stage].items()}
        return own | {
            role: Input(source, original) for role, source in graph.of_original[stage].items()
        }

    def sources(self, stage: str, slug: str) -> list[str]:
        """Return the stages of the topic whose files a file is made from."""
        return list(self.inputs(stage, slug).values())

    def needed(self, stage: str, slug: str) -> list[str]:
        """Return the stages of the topic that a stage depends on, followed by the stage itself."""
        return self._graph(slug).needed[stage]

    def owner(self, stage: str, slug: str) -> str | None:
        """Return the topic whose file of the stage a topic shows, itself or its original, or None."""
        original = self.topics[slug].original
        if self.has(stage, slug):
            return slug
        is_shared = original in self.topics and registry.every()[stage].shared
        return original if original and is_shared and self.has(stage, original) else None

    @functools.cached_property
    def translations(self) -> dict[str, list[str]]:
        """Slug → topics that are translations of it."""
        result: dict[str, list[str]] = {}
        for slug, topic in self.topics.items():
            if topic.original:
                result.setdefault(topic.original, []).append(slug)
        return result

    def _graph(self, slug: str) -> "_Graph":
        original = self.topics[slug].original or ""  # a job knows only its own topic
        names = (self.stages_of(slug), self.stages_of(original) if original in self.topics else ())
        if names not in self._graphs:
            own, of_original = ({name: self.stages[name] for name in some} for some in names)
            self._graphs[names] = _Graph.of(own, of_original, self.config)
        return self._graphs[names]

    @functools.cached_property
    def _graphs(self) -> dict[Any, "_Graph"]:
        return {}  # few topics differ in their stages

    def checked_with(self, stage: str) -> str:
        """Return the stage whose preflight check covers this one: that of their servers, if it is enabled."""
        shared = self.stages[stage].shares
        return shared if shared in self.stages else stage

    def settings_of(self, stage: str, slug: str | None = None) -> StageSettings:
        """Return the stage's settings, for a topic or for those that have none of their own."""
        key = self.topics[slug].own_settings if slug is not None else ()
        if key not in self._settings:
            config = self.config if not key or slug is None else self.config_of(slug)
            self._settings[key] = {
                name: each.settings(config) for name, each in self.stages.items()
            }
        return self._settings[key][stage]

    def config_of(self, slug: str) -> Configuration:
        """Return the configuration of a topic. Raises InputError: as `configuration_of`."""
        return configuration_of(self.config, self.topics[slug])

    @functools.cached_property
    def _settings(self) -> dict[tuple[Any, ...], dict[str, StageSettings]]:
        return {}

    def language(self, stage: str, slug: str) -> str:
        """Return the language of a file."""
        return self.stages[stage].language(self.settings_of(stage, slug), self.topics[slug])

    def file(self, stage: str, slug: str) -> str:
        return f"{self.output}/{path_of(stage, slug)}"

    def files(self, stage: str, slug: str) -> list[str]:
        """Return the paths of the stage's file and of the files beside it."""
        file = self.file(stage, slug)
        stem = file.rpartition(".")[0]
        return [file, *(stem + ending for ending in registry.every()[stage].beside)]

    def folder(self, stage: str, slug: str) -> Path | None:
        """Return the folder that belongs to the stage's file. Returns None if the stage has none."""
        folder = registry.every()[stage].folder
        return Path(self.output, folder.format(slug=slug)) if folder else None

    def derived(self, stage: str, slug: str) -> list[str]:
        """Return the paths of other files that are derived from the stage's file."""
        names = registry.every()[stage].derived
        return [f"{self.output}/{name.format(slug=slug)}" for name in names]

    def record(self, stage: str, slug: str) -> str:
        return f"{self.output}/records/{stage}/{slug}.json"

    def log(self, stage: str, slug: str) -> str:
        return f"{self.output}/logs/{stage}/{slug}.log"

    def request(self, stage: str, slug: str, record: Record | None = None) -> Request | None:
        """Return the request for a file. Returns None if one of its inputs is missing or cannot be read.

        record: of the existing file. Raises InputError: a template cannot be rendered.
        """
        known = record.service.get("inputs") if record else None
        paths = {role: self.file(*source) for role, source in self.all_inputs(stage, slug).items()}
        try:
            material, _ = read(paths, known if isinstance(known, dict) else None)
        except (OSError, UnicodeDecodeError):
            return None
        with reads.recorded() as read_files:
            try:
                return build(
                    self.stages[stage], self.topics[slug], self.settings_of(stage, slug), material
                )
            finally:
                self.files_read.setdefault(stage, set()).update(read_files)

    @functools.cached_property
    def files_read(self) -> dict[str, set[str]]:
        """Stage → files other than its inputs that its requests were built from so far."""
        return {}

    def verdict(self, stage: str, slug: str) -> Verdict | None:
        """Judge a file by `staleness.judge`. Returns None if that needs inputs that are not made yet."""
        return self.verdict_by(records.load(self.record(stage, slug)), stage, slug)

    def verdict_by(self, record: Record | None, stage: str, slug: str) -> Verdict | None:
        """Judge a file whose record has been read."""
        request = self.request(stage, slug, record)
        if request is None:
            return None
        one, path = self.stages[stage], self.file(stage, slug)
        verdict = judge(path, record, request, one.optional, merges=one.merges)
        if verdict.state is State.CURRENT and (reason := one.outdated(path, record)):
            return replace(verdict, state=State.STALE, reason=reason)
        if verdict.keep and (suffix := self._outdated_suffix(stage, slug)):
            return replace(verdict, state=State.STALE, reason=f"{suffix} missing or older")
        return verdict

    def _outdated_suffix(self, stage: str, slug: str) -> str:
        """Return the suffix of a missing or outdated file beside the stage's, which a user may have edited."""
        file, *beside = self.files(stage, slug)
        for path in beside:
            # One second of tolerance for copies that do not keep exact times.
            if not os.path.isfile(path) or os.path.getmtime(path) < os.path.getmtime(file) - 1:
                return Path(path).suffix
        return ""


@dataclass(frozen=True)
class _Graph:
    """Dependencies between the stages of a topic.

    spoken: the stage whose text is spoken; inputs: stage → role → stage; of_original: the same, for files of the topic
    that it is a translation of; needed: stage → the stages that it depends on, followed by itself.
    """

    spoken: str
    inputs: dict[str, dict[str, str]]
    of_original: dict[str, dict[str, str]]
    needed: dict[str, list[str]]

    @classmethod
    def of(cls, stages: Stages, original: Stages, config: Configuration) -> "_Graph":
        """Return the graph of a topic. original: the stages of the topic that it is a translation of."""
        spoken, spoken_original = _spoken(stages), _spoken(original)
        inputs: dict[str, dict[str, str]] = {}
        of_original: dict[str, dict[str, str]] = {}
        needed: dict[str, list[str]] = {}
        for name, stage in stages.items():
            inputs[name], of_original[name] = {}, {}
            for role, source in stage.inputs(config).items():
                if role in OF_ORIGINAL:
                    source = spoken_original if source == SPOKEN else source
                    if source in original:
                        of_original[name][role] = source
                    continue
                source = spoken if source == SPOKEN else source
                if source in stages:
                    inputs[name][role] = source
                elif source in original and original[source].shared:
                    of_original[name][role] = source
            before = [stage for source in inputs[name].values() for stage in needed[source]]
            needed[name] = list(dict.fromkeys([*before, name]))
        return cls(spoken, inputs, of_original, needed)


def _spoken(stages: Stages) -> str:
    """Return the stage whose text is spoken, "" if there are no stages."""
    return next((name for name in reversed(list(stages)) if stages[name].spoken), "")


def path_of(stage: str, slug: str) -> str:
    """Return the path of a stage's file within the output folder."""
    return registry.every()[stage].path.format(slug=slug)


def load(overlays: list[Layer], environment: Mapping[str, str] = os.environ) -> Project:
    """Load the project in the working directory.

    overlays: override config/config.yaml, the strongest last.
    Raises InputError: one line for each fault in the configuration or the topics; EngineError: a voice is missing.
    """
    config = load_config(overlays, environment)
    topics, warnings = read_topics(config.topics)
    into = config.translation.into
    topics = translations.with_languages(topics, into, config.topics, config.language)
    topics = translations.with_originals(topics, config.topics, config.language)
    topics = topic_sources.with_sources(topics, config.topics)
    project = Project(config, {topic.slug: topic for topic in topics}, warnings)
    for name, stage in project.stages.items():
        for slug in project.topics_of(name):
            settings = project.settings_of(name, slug)
            stage.check_topic(settings, project.topics[slug], config.topics)
    return project


def configuration_of(config: Configuration, topic: Topic) -> Configuration:
    """Return the configuration of a topic, with its preset and its own settings.

    Raises InputError: there is no such preset or file, or the settings contradict each other.
    """
    if not topic.own_settings:
        return config
    place = f"{config.topics}:{topic.line}"
    folders: list[str | Path] = [Path.cwd(), WORKFLOW]
    return Configuration.of(
        configuration.of_topic(config.values, topic.preset, topic.settings, place, folders)
    )


def load_config(
    overlays: list[Layer], environment: Mapping[str, str] = os.environ
) -> Configuration:
    """Load the configuration of the project in the working directory. Raises InputError."""
    layers = [(f"config/{name}", _file_values(WORKFLOW / "config", name)) for name in FILES]
    for path in (Path("config", name) for name in FILES):
        if path.exists() and not path.samefile(WORKFLOW / path):
            layers.append((str(path), _file_values("config", path.name)))
    values = configuration.resolve([*layers, *overlays], environment, [Path.cwd(), WORKFLOW])
    return Configuration.of(values)


def _file_values(folder: str | Path, name: str) -> Mapping[str, Any]:
    """Return the values in a file of the configuration."""
    values, key = yaml_files.read_layer(Path(folder, name))[1], FILES[name]
    return {key: values} if key else values


def load_by_arguments(parser: argparse.ArgumentParser) -> tuple[Project, argparse.Namespace]:
    """Load the project named by the command line, and return it with all arguments."""
    add_arguments(parser)
    arguments = parser.parse_args()
    return load(overlays_of(arguments)), arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options for the project and its configuration."""
    parser.add_argument("--directory", default=".", help="the working directory of the project")
    parser.allow_abbrev = False  # else --config is an abbreviation of --configfile
    for names, metavar in (
        (("--configfile", "--configfiles"), "FILE"),
        (("--config", "-C"), "KEY=VALUE"),
    ):
        parser.add_argument(
            *names, nargs="+", action="extend", default=[], metavar=metavar, help="as for snakemake"
        )


def overlays_of(arguments: argparse.Namespace) -> list[Layer]:
    """Return the layers that the options of `add_arguments` add, and change to their working directory."""
    overlays = [yaml_files.read_layer(path) for path in arguments.configfile]
    overlays.append(configuration.from_command_line(arguments.config))
    try:
        os.chdir(arguments.directory)
    except OSError as error:
        raise InputError(f"--directory {arguments.directory}: {error.strerror}") from None
    return overlays
