"""Outline of a longer script: what each of its sections is about (script.sections)."""

from dataclasses import replace
from typing import Any

from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import SOURCE, Job, Material
from audio_pipeline.core.topics import Topic
from audio_pipeline.makers import section_requests
from audio_pipeline.makers.llm_stage import LlmStage
from audio_pipeline.settings import Configuration, ScriptSettings

_TOKENS, _TOKENS_PER_SECTION = 100, 60


class Outline(LlmStage):
    """A text with a line for each section, as in `Origins: where coffee grew first`; people may edit it."""

    name, order = "outline", 8
    path = "outlines/{slug}.txt"
    rule, target = "generate_outline", "outlines"
    noun, title = ("outline", "outlines"), "Outline"
    sources = {SOURCE: "source"}
    shares = "script"
    answer_kind = "outline"

    by_topic = True

    def is_enabled(self, config: Configuration) -> bool:
        return config.script.sections > 1

    def applies_to(self, config: Configuration, topic: Topic) -> bool:
        return section_requests.count(config, topic) > 1

    def settings(self, config: Configuration) -> ScriptSettings:
        return replace(config.script, template=config.script.outline_template)

    def request(self, topic: Topic, settings: ScriptSettings, material: Material) -> Request:
        source = material.read.get(SOURCE, "").strip()
        request = self.text_request(topic, settings, source=source, sections=settings.sections)
        tokens = _TOKENS + _TOKENS_PER_SECTION * settings.sections
        return {**request, "max_tokens": tokens, "sections": settings.sections}

    def maker(self, job: Job[Any]) -> Ask:
        from audio_pipeline.makers import outlining  # slow to import, and not needed by the plan

        return outlining.maker(job, self.answer_kind)


STAGE = Outline()
