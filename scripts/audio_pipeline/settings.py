"""The configuration as typed values. config/config.yaml explains each key, config/schemas has the allowed values.

core/configuration.py reads, merges and checks the files. Its result is complete: no key has a default here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from audio_pipeline import address
from audio_pipeline.http_policy import HttpPolicy

Values = Mapping[str, Any]  # the configuration as nested dictionaries
CheckLevels = Mapping[str, str]  # name of a check → error, warn or off


@dataclass(frozen=True)
class Server:
    """A server of a service. url: "" for an engine without one; timeout_s: seconds for an answer."""

    engine: str
    url: str
    timeout_s: float


@dataclass(frozen=True, kw_only=True)
class StageSettings:
    """Settings of every stage; a stage with further keys derives a class from this one.

    language: of topics that name none; speakers: names of the cast; engine: makes the file; attempts: at most this many
    answers are requested until one passes its checks; timeout_s: seconds for an answer.
    """

    language: str
    speakers: tuple[str, ...] = ()
    engine: str = ""
    attempts: int = 1
    timeout_s: float = 300

    @classmethod
    def of(cls, values: Values, section: str, **more: Any) -> Self:
        """Return the settings in a section of the configuration. more: fields from other sections."""
        common = {"language": values["language"], "speakers": tuple(values["cast"])}
        return cls(**{**values[section], **common, **more})


@dataclass(frozen=True, kw_only=True)
class ServiceSettings(StageSettings):
    """Settings of a stage that may use servers. url: their addresses, () for an engine without any."""

    url: tuple[str, ...]
    model: str
    checks: CheckLevels

    @classmethod
    def of(cls, values: Values, section: str, **more: Any) -> Self:
        url = tuple(filter(None, address.as_list(values[section]["url"])))
        return super().of(values, section, url=url, **more)

    @property
    def servers(self) -> list[Server]:
        """The servers, at least one."""
        return [Server(self.engine, url, self.timeout_s) for url in self.url or ("",)]


@dataclass(frozen=True, kw_only=True)
class ScriptSettings(ServiceSettings):
    """Settings of texts by the language model.

    template, …_template: absolute paths of the prompts' templates; sections: of a script.
    """

    system_prompt: str
    template: str
    outline_template: str
    section_template: str
    sections: int
    temperature: float
    max_tokens: int
    context_tokens: int
    seed: int
    extra_body: Mapping[str, Any]
    keep_alive: str | int
    pull: bool
    digest: str
    min_words: int
    max_words: int
    forbidden: str

    def with_checks(self, names: Collection[str]) -> Self:
        """Return the settings with these checks alone."""
        checks = {name: level if name in names else "off" for name, level in self.checks.items()}
        return replace(self, checks=checks)


@dataclass(frozen=True, kw_only=True)
class TranslationSettings:
    """Settings of translations.

    into: languages of all topics that name none; engine: "script" for the language model of scripts, or "embedded";
    template: absolute path of the prompt's template.
    """

    into: tuple[str, ...]
    engine: str
    template: str
    temperature: float
    checks: CheckLevels


@dataclass(frozen=True, kw_only=True)
class AudioSettings(ServiceSettings):
    """Settings of recordings.

    voices: language → voice and other keys that override these settings; cast: speaker → the same, and by language;
    lexicon: language or voice → term →
    respelling, or phonemes in [[ ]]; heard_model: see sound/recogniser.py.
    """

    voice: str
    speaker: int | str | None
    length_scale: float
    noise_scale: float
    noise_w_scale: float
    split: str
    max_characters: int | None
    sentence_pause_s: float
    paragraph_pause_s: float
    rate_hz: int | None
    loudness_lufs: float | None
    heard_word_error_rate: float
    heard_model: str
    voices: Mapping[str, Mapping[str, Any]]
    cast: Mapping[str, Mapping[str, Any]]
    lexicon: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(cls, values: Values, section: str, **more: Any) -> Self:
        of_voices = {name: values[name] for name in ("voices", "cast", "lexicon")}
        return super().of(values, section, **of_voices, **more)


@dataclass(frozen=True, kw_only=True)
class ImageSettings(ServiceSettings):
    """Settings of pictures.

    template, prompt_template, workflow: absolute paths; nodes: value → title of its node in the workflow, "" if it has
    none; width, height: in pixels.
    """

    prompt: str
    template: str
    prompt_template: str
    look: str
    negative_prompt: str
    width: int
    height: int
    steps: int
    cfg_scale: float
    sampler: str
    scheduler: str
    checkpoint: str
    workflow: str
    nodes: Mapping[str, str]
    style: str
    seed: int

    @property
    def is_prompted(self) -> bool:
        """True if the language model writes the prompt."""
        return self.engine not in ("card", "none") and self.prompt == "llm"


@dataclass(frozen=True, kw_only=True)
class ScenesSettings(StageSettings):
    """Settings of scenes. seconds: about how long one is; prompt_template: absolute path of a template; media: "prefer"
    to show files of one's own, else "off".
    """

    engine: str = "rules"
    enabled: bool
    seconds: float
    prompt_template: str
    media: str

    @classmethod
    def of(cls, values: Values, section: str, **more: Any) -> Self:
        enabled = values[section]["enabled"]
        if enabled == "auto":  # where it costs no request
            enabled = values["image"]["engine"] in ("card", "none")
        return super().of(values, section, enabled=enabled, **more)


@dataclass(frozen=True, kw_only=True)
class SubtitlesSettings(StageSettings):
    engine: str = "cues"
    enabled: bool
    line_characters: int
    names: bool


@dataclass(frozen=True, kw_only=True)
class VideoSettings(StageSettings):
    """Settings of videos. short_side: of the frame, in pixels; frame_rate: frames a second; subtitle_style: of those in
    the picture; music: a file or folder; end_card: text of a card at the end.
    """

    engine: str = "ffmpeg"
    enabled: bool
    aspect: str
    short_side: int
    frame_rate: int
    zoom: float
    burn_subtitles: bool
    subtitle_style: str
    music: str
    end_card: str


@dataclass(frozen=True, kw_only=True)
class GallerySettings:
    enabled: bool
    title: str


@dataclass(frozen=True, kw_only=True)
class FeedSettings:
    base_url: str
    author: str
    description: str


@dataclass(frozen=True, kw_only=True)
class CacheSettings:
    """Settings of the answer cache. folder: "" to keep no answers; read: folders of others, which are only read."""

    folder: str
    keep_days: float
    read: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClusterSettings:
    submit: str
    queue: str


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The configuration of a project.

    topics: path of their file; presets: name → names like script.max_tokens → values; caps: service → concurrent
    requests at one server; values: the configuration as it was read, including sections of stages that are not listed
    here.
    """

    values: Values
    topics: str
    output: str
    language: str
    script: ScriptSettings
    translation: TranslationSettings
    audio: AudioSettings
    image: ImageSettings
    scenes: ScenesSettings
    subtitles: SubtitlesSettings
    video: VideoSettings
    gallery: GallerySettings
    feed: FeedSettings
    cache: CacheSettings
    presets: Mapping[str, Values]
    caps: Mapping[str, int]
    shared_caps: str
    gpu: str
    cluster: ClusterSettings
    http: HttpPolicy
    metrics: str

    @classmethod
    def of(cls, values: Values) -> Self:
        """Return the configuration of these values, complete and checked as by core/configuration.py."""
        plain = ("topics", "output", "language", "presets", "caps", "shared_caps", "gpu", "metrics")
        return cls(
            values=values,
            **{key: values[key] for key in plain},
            script=ScriptSettings.of(values, "script"),
            translation=TranslationSettings(
                **{**values["translation"], "into": tuple(values["translation"]["into"])}
            ),
            audio=AudioSettings.of(values, "audio"),
            image=ImageSettings.of(values, "image"),
            scenes=ScenesSettings.of(values, "scenes"),
            subtitles=SubtitlesSettings.of(values, "subtitles"),
            video=VideoSettings.of(values, "video"),
            gallery=GallerySettings(**values["gallery"]),
            feed=FeedSettings(**values["feed"]),
            cache=CacheSettings(**{**values["cache"], "read": tuple(values["cache"]["read"])}),
            cluster=ClusterSettings(**values["cluster"]),
            http=HttpPolicy(**values["http"]),
        )
