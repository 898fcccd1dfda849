"""Facts for a topic's script, from a file of the user: plain text, and no more than the model has room for."""

from dataclasses import dataclass
from pathlib import Path

from audio_pipeline import files
from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job, Material, Stage
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError
from audio_pipeline.settings import Configuration, StageSettings
from audio_pipeline.text.languages import registry

_PROMPT_TOKENS = 400  # of the prompt without the source
_CHARACTERS_PER_TOKEN = 2.5  # fewer than in any language with Latin or Cyrillic letters
_DENSE = ("am", "bn", "gu", "hi", "hy", "ka", "kn", "ml", "mr", "ne", "pa", "si", "ta", "te")
_CHARACTERS_PER_DENSE_TOKEN = 1.0  # in these languages, and in those without spaces
_LEAST_CHARACTERS = 1000


@dataclass(frozen=True, kw_only=True)
class SourceSettings(StageSettings):
    """Settings of sources. most_tokens: of a source, as the model's context has room for."""

    engine: str = "text"
    most_tokens: int


class Source(Stage[SourceSettings]):
    """A text file that people may edit; only for topics that have a source."""

    name, order = "source", 5
    path = "sources/{slug}.txt"
    rule, target = "read_source", "sources"
    noun, title = ("source", "sources"), "Source"
    settings_type = SourceSettings

    def applies_to(self, config: Configuration, topic: Topic) -> bool:
        return topic.source is not None and topic.text_file is None and topic.original is None

    def settings(self, config: Configuration) -> SourceSettings:
        script = config.script
        tokens = script.context_tokens - script.max_tokens - _PROMPT_TOKENS
        return SourceSettings(language=config.language, most_tokens=tokens)

    def request(self, topic: Topic, settings: SourceSettings, material: Material) -> Request:
        if topic.source is None:
            raise InputError(f"the topic {topic.slug} has no source; put source=FILE behind it")
        try:
            sha256 = files.known_sha256(topic.source)
        except OSError as error:
            raise InputError(f"{topic.source}: cannot be read ({error.strerror})") from None
        language = self.language(settings, topic)
        is_dense = not registry.of(language).spaces or language.split("-")[0].lower() in _DENSE
        rate = _CHARACTERS_PER_DENSE_TOKEN if is_dense else _CHARACTERS_PER_TOKEN
        return {
            "engine": settings.engine,
            "source": sha256,
            "kind": Path(topic.source).suffix.lower(),
            "topic": topic.text,
            "language": language,
            "most_characters": max(_LEAST_CHARACTERS, int(settings.most_tokens * rate)),
        }

    def maker(self, job: Job[SourceSettings]) -> Ask:
        from audio_pipeline.makers import source_reading  # not needed by the plan

        return source_reading.maker(job)


STAGE = Source()
