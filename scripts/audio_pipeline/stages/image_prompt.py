"""Prompt of a picture, written by the language model from the script (image.prompt: llm)."""

from dataclasses import replace

from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import TEXT, Material
from audio_pipeline.core.topics import Topic
from audio_pipeline.makers.llm_stage import LlmStage
from audio_pipeline.settings import Configuration, ScriptSettings
from audio_pipeline.text import speakers

_CHECKS = {"sentence": "off", "language": "off", "near_duplicate": "off"}


class ImagePrompt(LlmStage):
    name, order = "prompt", 20
    path = "prompts/{slug}.txt"
    rule, target = "generate_image_prompt", "prompts"
    noun, title, category = ("prompt", "prompts"), "Picture's prompt", "Prompts of the pictures"
    sources = {TEXT: "script"}
    shares = "script"
    answer_kind = "prompt"

    def is_enabled(self, config: Configuration) -> bool:
        return config.image.is_prompted

    def applies_to(self, config: Configuration, topic: Topic) -> bool:
        return topic.original is None  # translations share the pictures

    def settings(self, config: Configuration) -> ScriptSettings:
        """Return the script's settings, limited to a short English text."""
        return replace(
            config.script,
            template=config.image.prompt_template,
            checks={**config.script.checks, **_CHECKS},
            language="en",
            system_prompt="",
            max_tokens=150,
            min_words=3,
            max_words=120,
        )

    def language(self, settings: ScriptSettings, topic: Topic) -> str:
        return "en"  # picture models handle English best

    def request(self, topic: Topic, settings: ScriptSettings, material: Material) -> Request:
        language = topic.language or settings.language  # the script's, for the template
        script = speakers.words(material.text, settings.speakers).strip()
        return self.text_request(topic, settings, script=script, language=language)


STAGE = ImagePrompt()
