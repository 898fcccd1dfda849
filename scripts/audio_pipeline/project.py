"""A user's project: its configuration, its topics, and where its files are."""

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from audio_pipeline import files
from audio_pipeline.core import configuration
from audio_pipeline.core import record as records
from audio_pipeline.core.configuration import Layer
from audio_pipeline.core.record import Record
from audio_pipeline.core.request import Request, build
from audio_pipeline.core.staleness import State, Verdict, judge
from audio_pipeline.core.topics import Topic, read_topics
from audio_pipeline.core.voices import voice_settings
from audio_pipeline.engines import models
from audio_pipeline.engines.models import MODEL as EMBEDDED_MODEL
from audio_pipeline.errors import EngineError, InputError
from audio_pipeline.files import WORKFLOW

# Languages that the embedded engines can do, by the part before the hyphen.
_EMBEDDED_LANGUAGES = ("en",)

FILES = ("config.yaml", "voices.yaml")  # of the configuration, the later one goes before
FILE = {
    "script": "scripts/{}.txt",
    "prompt": "prompts/{}.txt",
    "audio": "audio/{}.wav",
    "image": "images/{}.png",
    "subtitles": "subtitles/{}.srt",
    "video": "videos/{}.mp4",
}
BESIDE = {"subtitles": ".vtt"}  # made of the stage's file, each time that it is made
_ENGINE = {"subtitles": "cues", "video": "ffmpeg"}  # of the stages that ask no service
# What the language model is held to when it writes the prompt of a picture.
_PROMPT = {"system_prompt": "", "max_tokens": 150, "min_words": 3, "max_words": 120}
_PROMPT_CHECKS = {"sentence": "off", "language": "off", "near_duplicate": "off"}


@dataclass(frozen=True)
class Project:
    """settings: the whole configuration; topics: by slug, in the order of their file; warnings: about that file."""

    settings: dict[str, Any]
    topics: dict[str, Topic]
    warnings: list[str] = field(default_factory=list)

    @property
    def output(self) -> str:
        return self.settings["output"].rstrip("/") or "/"

    @property
    def stages(self) -> list[str]:
        """In the order in which they are made. "prompt": the language model writes the prompts of the pictures."""
        image = self.settings["image"]
        drawn = image["engine"] in ("stable-diffusion", "openai")
        prompt = ["prompt"] if drawn and image["prompt"] == "llm" else []
        image = ["image"] if image["engine"] != "none" else []
        last = [stage for stage in _ENGINE if self.settings[stage]["enabled"]]
        return ["script", *prompt, "audio", *image, *last]

    def source(self, stage: str) -> str | None:
        """The stage whose text a stage works from."""
        if stage == "image" and "prompt" in self.stages:
            return "prompt"
        return None if stage in ("script", "video") else "script"

    def media(self, stage: str) -> list[str]:
        """The stages whose files, not their text, a stage works from."""
        wanted = {"subtitles": ("audio",), "video": ("audio", "image", "subtitles")}
        return [one for one in wanted.get(stage, ()) if one in self.stages]

    def sources(self, stage: str) -> list[str]:
        """All stages whose files a stage works from."""
        source = self.source(stage)
        return [*([source] if source else []), *self.media(stage)]

    def needed(self, stage: str) -> list[str]:
        """The stages that must be made for a stage, itself the last."""
        before = [one for source in self.sources(stage) for one in self.needed(source)]
        return list(dict.fromkeys([*before, stage]))

    def settings_of(self, stage: str) -> dict[str, Any]:
        """The stage's part of the configuration, with the default language; for "audio" with the voices too."""
        if stage == "prompt":
            script = self.settings["script"]
            checks = {**script["checks"], **_PROMPT_CHECKS}
            template = self.settings["image"]["prompt_template"]
            return {**script, **_PROMPT, "template": template, "checks": checks, "language": "en"}
        settings = {**self.settings[stage], "language": self.settings["language"]}
        if stage in _ENGINE:
            settings["engine"] = _ENGINE[stage]
        return {**settings, "voices": self.settings["voices"]} if stage == "audio" else settings

    def file(self, stage: str, slug: str) -> str:
        return f"{self.output}/{FILE[stage].format(slug)}"

    def files(self, stage: str, slug: str) -> list[str]:
        """The file that the record is about, and what is made beside it."""
        file = self.file(stage, slug)
        return [file, *([file[:-4] + BESIDE[stage]] if stage in BESIDE else [])]

    def record(self, stage: str, slug: str) -> str:
        return f"{self.output}/records/{stage}/{slug}.json"

    def log(self, stage: str, slug: str) -> str:
        return f"{self.output}/logs/{stage}/{slug}.log"

    def request(self, stage: str, slug: str, known: Record | None = None) -> Request | None:
        """What would be asked for; None: a file that it needs is not there, or cannot be read.

        known: the record of what is there. Raises InputError: a template cannot be rendered.
        """
        script, source = None, self.source(stage)
        before = known.service.get("inputs") if known else None
        before = before if isinstance(before, dict) else {}
        try:
            if source:
                script = files.read_text(self.file(source, slug))
            inputs = {
                one: files.seen(self.file(one, slug), before.get(one))["sha256"]
                for one in self.media(stage)
            }
        except (OSError, UnicodeDecodeError):
            return None
        return build(stage, self.topics[slug], self.settings_of(stage), script, inputs)

    def verdict(self, stage: str, slug: str) -> Verdict | None:
        """What `staleness.judge` says about a file; None: it cannot be said before its script is made."""
        return self.verdict_by(records.load(self.record(stage, slug)), stage, slug)

    def verdict_by(self, known: Record | None, stage: str, slug: str) -> Verdict | None:
        """The verdict about a file whose record was read."""
        wanted = self.request(stage, slug, known)
        if wanted is None:
            return None
        found = judge(self.file(stage, slug), known, wanted)
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


def load(overlays: list[Layer], environment: Mapping[str, str] = os.environ) -> Project:
    """The project in the working directory.

    overlays: what goes before config/config.yaml, the strongest last.
    Raises InputError: a line for each fault in the configuration or in the topics; EngineError: there is no such voice.
    """
    layers = [_named(name, WORKFLOW) for name in FILES]
    for own in (Path("config", name) for name in FILES):
        if own.exists() and not own.samefile(WORKFLOW / own):
            layers.append(configuration.read_layer(own))
    settings = configuration.resolve([*layers, *overlays], environment, [Path.cwd(), WORKFLOW])
    topics, warnings = read_topics(settings["topics"])
    project = Project(settings, {topic.slug: topic for topic in topics}, warnings)
    languages = {topic.slug: topic.language or settings["language"] for topic in topics}
    check_languages(settings, settings["topics"], languages)
    for topic in topics:
        _check_voice(project, topic)
    return project


def _named(name: str, folder: Path) -> Layer:
    """A file of the workflow's own, by its short name."""
    return f"config/{name}", configuration.read_layer(folder / "config" / name)[1]


def _check_voice(project: Project, topic: Topic) -> None:
    """Whether there is a voice for the topic, and for the embedded engine whether it speaks the language."""
    settings, path = project.settings_of("audio"), project.settings["topics"]
    language = topic.language or settings["language"]
    where = f"{path}: line {topic.line}: the topic {topic.slug!r} is in {language!r}"
    try:
        voice = voice_settings(topic, settings)["voice"]
    except InputError as error:
        raise InputError(f"{where}, {error}") from None
    if settings["engine"] != "embedded":
        return
    try:
        models.check_voice(voice)
    except EngineError as error:
        raise EngineError(f"{where}; {error}") from None
    if voice.split("_")[0].lower() != language.split("-")[0].lower():
        raise InputError(
            f"{where}, but the voice {voice} is not: set audio.voice, or put voice=… behind the topic"
        )


def load_by_arguments(parser: argparse.ArgumentParser) -> tuple[Project, argparse.Namespace]:
    """The project that the command line names, and all of its arguments."""
    parser.add_argument("--directory", default=".", help="the working directory of the project")
    parser.allow_abbrev = False  # --config would be taken for --configfile
    for names, metavar in (
        (("--configfile", "--configfiles"), "FILE"),
        (("--config", "-C"), "KEY=VALUE"),
    ):
        parser.add_argument(
            *names, nargs="+", action="extend", default=[], metavar=metavar, help="as for snakemake"
        )
    arguments = parser.parse_args()
    overlays = [configuration.read_layer(path) for path in arguments.configfile]
    overlays.append(configuration.from_command_line(arguments.config))
    try:
        os.chdir(arguments.directory)
    except OSError as error:
        raise InputError(f"--directory {arguments.directory}: {error.strerror}") from None
    return load(overlays), arguments


def check_languages(
    config: Mapping[str, Any], topics_path: str, languages: Mapping[str, str]
) -> None:
    """Refuse topics in a language that the embedded language model cannot do, before anything is made.

    A model of the user's own is taken to be able to. Voices are checked where they are chosen.
    languages: slug → language of each topic.
    Raises InputError: names the first such topic and how to get an engine that can.
    """
    script = config["script"]
    if script["engine"] != "embedded" or script["model"] != EMBEDDED_MODEL:
        return
    for slug, language in languages.items():
        if language.split("-")[0].lower() not in _EMBEDDED_LANGUAGES:
            raise InputError(
                f"{topics_path}: the topic {slug!r} is in {language!r}, but script.engine: embedded can only do "
                "English; use your own Ollama and Piper: --configfile config/services.yaml"
            )
