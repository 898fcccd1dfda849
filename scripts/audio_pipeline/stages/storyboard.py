"""Storyboard of a topic's video: its scenes, each with what is said and what is seen."""

from dataclasses import dataclass
from typing import Any

from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import (
    ORIGINAL_STORYBOARD,
    SCENE_PROMPTS,
    SPOKEN,
    TEXT,
    Job,
    Material,
    Stage,
)
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError
from audio_pipeline.settings import Configuration, ScenesSettings
from audio_pipeline.text import speakers
from audio_pipeline.video import media, storyboard


@dataclass(frozen=True, kw_only=True)
class StoryboardSettings(ScenesSettings):
    """Settings of storyboards.

    shows: "phrase" of what is said, for cards, or "text" for the prompts of a service; captions: of files that may be
    shown.
    """

    shows: str
    captions: tuple[tuple[str, str], ...]


class Storyboard(Stage[StoryboardSettings]):
    """A YAML file that people edit; see video/storyboard.py."""

    name, order = "storyboard", 25
    path = "storyboards/{slug}.yaml"
    rule, target = "make_storyboard", "storyboards"
    noun, title = ("storyboard", "storyboards"), "Storyboard"
    sources = {
        TEXT: SPOKEN,
        SCENE_PROMPTS: "scene_prompts",
        ORIGINAL_STORYBOARD: "storyboard",
    }
    optional = ("prompts", "media", "original", "original_language")
    settings_type = StoryboardSettings
    merges = True

    def is_enabled(self, config: Configuration) -> bool:
        return config.scenes.enabled and config.video.enabled

    def settings(self, config: Configuration) -> StoryboardSettings:
        drawn = config.image.engine in ("card", "none")
        known = media.captions() if config.scenes.media == "prefer" else []
        return StoryboardSettings.of(
            config.values,
            "scenes",
            shows="phrase" if drawn else "text",
            captions=tuple(known),
        )

    def request(self, topic: Topic, settings: StoryboardSettings, material: Material) -> Request:
        request: Request = {
            "engine": settings.engine,
            "seconds": settings.seconds,
            "shows": settings.shows,
            "language": self.language(settings, topic),
            "text": speakers.words(material.text, settings.speakers).strip(),
        }
        if topic.original:
            del request["seconds"]
            scenes = _of_original(material.read.get(ORIGINAL_STORYBOARD, ""))
            return {**request, "original": scenes, "original_language": topic.from_language}
        if prompts := material.read.get(SCENE_PROMPTS, "").splitlines():
            request["prompts"] = prompts
        if (
            settings.captions
        ):  # only those that fit, so that another file makes few storyboards stale
            request["media"] = media.fitting(request["text"], settings.captions)
        return request

    def maker(self, job: Job[StoryboardSettings]) -> Ask:
        from audio_pipeline.makers import (
            storyboarding,
        )  # slow to import, and not needed by the plan

        return storyboarding.maker(job)


def _of_original(text: str) -> list[Any] | str:
    """Return the name and the values of each scene of the original. An invalid storyboard is returned as it is."""
    try:
        return [
            [name, scene.values()] for name, scene in storyboard.parse(text, "").by_id().items()
        ]
    except InputError:
        return text


STAGE = Storyboard()
