"""The prompt of a picture, written by the language model from the script (image.prompt: llm)."""

from typing import Any

from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import TEXT, Material, Settings
from audio_pipeline.core.topics import Topic
from audio_pipeline.makers.llm_stage import LlmStage

# What the language model is held to when it writes the prompt of a picture.
_LIMITS = {"system_prompt": "", "max_tokens": 150, "min_words": 3, "max_words": 120}
_CHECKS = {"sentence": "off", "language": "off", "near_duplicate": "off"}


class ImagePrompt(LlmStage):
    name, order = "prompt", 20
    path = "prompts/{slug}.txt"
    rule, target = "generate_image_prompt", "prompts"
    noun, title, category = ("prompt", "prompts"), "Picture's prompt", "Prompts of the pictures"
    roles = (TEXT,)
    shares = "script"

    def is_enabled(self, config: Settings) -> bool:
        image = config["image"]
        return image["engine"] in ("stable-diffusion", "openai") and image["prompt"] == "llm"

    def inputs(self, config: Settings) -> dict[str, str]:
        return {TEXT: "script"}

    def settings(self, config: Settings) -> dict[str, Any]:
        script = super().settings(config)
        template, checks = config["image"]["prompt_template"], {**script["checks"], **_CHECKS}
        return {**script, **_LIMITS, "template": template, "checks": checks, "language": "en"}

    def language(self, config: Settings, topic: Topic) -> str:
        return "en"  # picture models know it best

    def check_topic(self, settings: Settings, topic: Topic, place: str) -> None:
        """Nothing: the prompt is in English, whatever the topic's language is."""

    def request(self, topic: Topic, settings: Settings, material: Material) -> Request:
        return self.written(topic, settings, script=material.text.strip())


STAGE = ImagePrompt()
