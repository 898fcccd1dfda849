"""Script of a topic: the text that is spoken, written by a language model."""

from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Material
from audio_pipeline.core.topics import Topic
from audio_pipeline.makers.llm_stage import LlmStage
from audio_pipeline.settings import ScriptSettings


class Script(LlmStage):
    name, order = "script", 10
    path = "scripts/{slug}.txt"
    rule, target = "generate_script", "scripts"
    noun, title = ("script", "scripts"), "Script"
    spoken = True
    compared = True

    def request(self, topic: Topic, settings: ScriptSettings, material: Material) -> Request:
        return self.text_request(topic, settings)


STAGE = Script()
