"""The configuration as typed values. config/config.yaml explains each key, config/schemas says what is allowed.

core/configuration.py reads, merges and checks the files; what it returns is complete: no key has a default here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from audio_pipeline import address
from audio_pipeline.http_policy import HttpPolicy

Values = Mapping[str, Any]  # the configuration as nested dictionaries
CheckLevels = Mapping[str, str]  # name of a check → error, warn or off


@dataclass(frozen=True)
class Server:
    """One server of a service. url: "" for an engine that needs none; timeout_s: for an answer, in seconds."""

    engine: str
    url: str
    timeout_s: float


@dataclass(frozen=True, kw_only=True)
class StageSettings:
    """What the settings of every stage have; a stage with keys of its own derives from this.

    language: of the topics that name none; engine: that makes the file; attempts: answers to ask for until one passes
    its checks; timeout_s: for an answer, in seconds.
    """

    language: str
    engine: str = ""
    attempts: int = 1
    timeout_s: float = 300

    @classmethod
    def of(cls, values: Values, section: str, **more: Any) -> Self:
        """The settings in a section of the configuration. more: fields that stand elsewhere in it."""
        return cls(**{**values[section], "language": values["language"], **more})


@dataclass(frozen=True, kw_only=True)
class ServiceSettings(StageSettings):
    """Settings of a stage that may ask servers. url: their addresses, () for an engine that needs none."""

    url: tuple[str, ...]
    model: str
    checks: CheckLevels

    @classmethod
    def of(cls, values: Values, section: str, **more: Any) -> Self:
        url = tuple(filter(None, address.each(values[section]["url"])))
        return super().of(values, section, url=url, **more)

    @property
    def servers(self) -> list[Server]:
        """One or more."""
        return [Server(self.engine, url, self.timeout_s) for url in self.url or ("",)]


@dataclass(frozen=True, kw_only=True)
class ScriptSettings(ServiceSettings):
    """template: absolute path of the prompt's template."""

    system_prompt: str
    template: str
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


@dataclass(frozen=True, kw_only=True)
class AudioSettings(ServiceSettings):
    """voices: language → voice, with what else differs from these settings."""

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
    voices: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, values: Values, section: str, **more: Any) -> Self:
        return super().of(values, section, voices=values["voices"], **more)


@dataclass(frozen=True, kw_only=True)
class ImageSettings(ServiceSettings):
    """template, prompt_template: absolute paths of templates. width, height: in pixels."""

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
    style: str
    seed: int

    @property
    def is_prompted(self) -> bool:
        """True if the language model writes the prompt."""
        return self.engine in ("stable-diffusion", "openai") and self.prompt == "llm"


@dataclass(frozen=True, kw_only=True)
class SubtitlesSettings(StageSettings):
    engine: str = "cues"
    enabled: bool
    line_characters: int


@dataclass(frozen=True, kw_only=True)
class VideoSettings(StageSettings):
    """short_side: of the picture, in pixels; frame_rate: pictures a second."""

    engine: str = "ffmpeg"
    enabled: bool
    aspect: str
    short_side: int
    frame_rate: int
    zoom: float
    burn_subtitles: bool


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
class ClusterSettings:
    submit: str
    queue: str


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The configuration of a project. topics: path of their file; caps: service → requests at one server at once.

    values: all of it as it was read, which also has the sections of stages that are not listed here.
    """

    values: Values
    topics: str
    output: str
    language: str
    script: ScriptSettings
    audio: AudioSettings
    image: ImageSettings
    subtitles: SubtitlesSettings
    video: VideoSettings
    gallery: GallerySettings
    feed: FeedSettings
    caps: Mapping[str, int]
    shared_caps: str
    gpu: str
    cluster: ClusterSettings
    http: HttpPolicy
    metrics: str

    @classmethod
    def of(cls, values: Values) -> Self:
        """values: complete and checked, as by core/configuration.py."""
        plain = ("topics", "output", "language", "caps", "shared_caps", "gpu", "metrics")
        return cls(
            values=values,
            **{key: values[key] for key in plain},
            script=ScriptSettings.of(values, "script"),
            audio=AudioSettings.of(values, "audio"),
            image=ImageSettings.of(values, "image"),
            subtitles=SubtitlesSettings.of(values, "subtitles"),
            video=VideoSettings.of(values, "video"),
            gallery=GallerySettings(**values["gallery"]),
            feed=FeedSettings(**values["feed"]),
            cluster=ClusterSettings(**values["cluster"]),
            http=HttpPolicy(**values["http"]),
        )
