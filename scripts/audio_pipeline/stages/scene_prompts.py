"""What is seen in each scene of a topic, written by the language model from the script (image.prompt: llm)."""

from dataclasses import dataclass
from typing import Any

from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import SPOKEN, TEXT, Job, Material
from audio_pipeline.core.topics import Topic
from audio_pipeline.makers.llm_stage import LlmStage
from audio_pipeline.settings import Configuration, ScriptSettings
from audio_pipeline.text import speakers
from audio_pipeline.video import storyboard

_TOKENS, _TOKENS_PER_SCENE, _MOST_TOKENS = 200, 80, 8192


@dataclass(frozen=True, kw_only=True)
class ScenePromptSettings(ScriptSettings):
    """Settings of scene prompts. seconds: about how long a scene is."""

    seconds: float


class ScenePrompts(LlmStage):
    """A text with a line for each scene, in the order of the script. One request for all scenes of a topic."""

    name, order = "scene_prompts", 22
    path = "scene_prompts/{slug}.txt"
    rule, target = "generate_scene_prompts", "scene_prompts"
    noun = ("text with scene prompts", "texts with scene prompts")
    title, category = "Prompts of the scenes", "Prompts of the scenes"
    sources = {TEXT: SPOKEN}
    shares = "script"
    answer_kind = "prompt"

    def is_enabled(self, config: Configuration) -> bool:
        return config.scenes.enabled and config.video.enabled and config.image.is_prompted

    def applies_to(self, config: Configuration, topic: Topic) -> bool:
        return topic.original is None  # translations share the pictures

    def settings(self, config: Configuration) -> ScriptSettings:
        more: dict[str, Any] = {
            "seconds": config.scenes.seconds,
            "template": config.scenes.prompt_template,
            "system_prompt": "",
        }
        return ScenePromptSettings.of(config.values, "script", **more)

    def check_topic(self, settings: ScriptSettings, topic: Topic, place: str) -> None:
        """Any language will do: the prompts are in English."""

    def request(self, topic: Topic, settings: ScriptSettings, material: Material) -> Request:
        assert isinstance(settings, ScenePromptSettings)
        language = self.language(settings, topic)
        text = speakers.words(material.text, settings.speakers).strip()
        says = storyboard.divided(text, language, settings.seconds)
        request = self.text_request(topic, settings, scenes=says)
        tokens = min(_MOST_TOKENS, _TOKENS + _TOKENS_PER_SCENE * len(says))
        return {**request, "max_tokens": tokens, "says": says, "answer_schema": _schema(len(says))}

    def maker(self, job: Job[ScriptSettings]) -> Ask:
        from audio_pipeline.makers import scene_writing  # slow to import, not needed by the plan

        return scene_writing.maker(job, self.answer_kind)


def _schema(count: int) -> dict[str, Any]:
    """Return the JSON schema of an answer, for servers that can hold the model to it."""
    scene = {
        "type": "object",
        "properties": {"scene": {"type": "integer"}, "show": {"type": "string"}},
        "required": ["scene", "show"],
        "additionalProperties": False,
    }
    scenes = {"type": "array", "items": scene, "minItems": count, "maxItems": count}
    return {
        "type": "object",
        "properties": {"scenes": scenes},
        "required": ["scenes"],
        "additionalProperties": False,
    }


STAGE = ScenePrompts()
