"""Pictures of a topic's scenes, as its storyboard says, drawn by the engine of `image`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from audio_pipeline import files
from audio_pipeline.core import reads
from audio_pipeline.core.attempts import Attempt, WantedAnswer
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.production import Ask
from audio_pipeline.core.record import Record
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import ORIGINAL_SCENES, STORYBOARD, Job, Material, Stage
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError
from audio_pipeline.makers.picture_requests import picture_request
from audio_pipeline.settings import Configuration, ImageSettings
from audio_pipeline.video import media, storyboard


class Scenes(Stage[ImageSettings]):
    """A list of the scenes as JSON (video/scene_list.py), and in a folder of that name, their pictures."""

    name, order = "scenes", 45
    path, folder = "scenes/{slug}.json", "scenes/{slug}"
    rule, target = "draw_scenes", "scenes"
    noun, title, category = ("scene list", "scene lists"), "Scenes", "Scenes"
    sources = {STORYBOARD: "storyboard", ORIGINAL_SCENES: "scenes"}
    settings_type = ImageSettings
    optional = (ORIGINAL_SCENES,)
    service, shares = "sd", "image"
    computing = ("card",)
    part = "scene"

    def is_enabled(self, config: Configuration) -> bool:
        return config.scenes.enabled and config.video.enabled

    def inputs(self, config: Configuration) -> Mapping[str, str]:
        """Cards have text, so a translation has its own."""
        is_card = self.settings(config).engine == "card"
        return {STORYBOARD: self.sources[STORYBOARD]} if is_card else self.sources

    def settings(self, config: Configuration) -> ImageSettings:
        return (
            replace(config.image, engine="card") if config.image.engine == "none" else config.image
        )

    def request(self, topic: Topic, settings: ImageSettings, material: Material) -> Request:
        """Return the request of a picture, but for its prompt, and `scenes`: [name, what is seen] of each.

        An invalid storyboard is part of the request as it is: the job reports what is wrong.
        """
        request: Request = {**picture_request(topic, settings, topic.text), "title": topic.text}
        request.pop("prompt", None)
        text = material.read.get(STORYBOARD, "")
        try:
            board = storyboard.parse(text, "")
        except InputError:
            return {**request, "scenes": text}
        shown = [
            [
                name,
                _what(topic, settings, scene),
            ]
            for name, scene in board.by_id().items()
        ]
        return {**request, "scenes": shown}

    def maker(self, job: Job[ImageSettings]) -> Ask:
        from audio_pipeline.makers import (
            scene_drawing,
        )  # slow to import, and not needed by the plan

        return scene_drawing.maker(job)

    def answers(
        self, request: Request, attempt: Attempt, index: CacheIndex
    ) -> Iterable[WantedAnswer]:
        if request["engine"] == "card":
            return ()
        from audio_pipeline.makers import scene_drawing

        return scene_drawing.answers(request, attempt)

    def part_numbers(self, request: Request, count: int) -> Sequence[int]:
        scenes = enumerate(request["scenes"], start=1)
        return [number for number, (_, what) in scenes if isinstance(what, str) and what]

    def answer_noun(self, settings: ImageSettings) -> tuple[str, str] | None:
        return None if settings.engine == "card" else ("picture", "pictures")

    def attempts(self, settings: ImageSettings, topic: Topic) -> int:
        return 1  # the maker counts the attempts at each picture

    def outdated(self, path: str, record: Record | None) -> str:
        from audio_pipeline.video import scene_list

        return scene_list.outdated(path, record)

    def removable(self, path: Path, record: Record) -> Iterable[Path]:
        from audio_pipeline.video import scene_list

        own = set(scene_list.own(record))
        folder = path.with_suffix("")
        return [file for file in folder.glob("*.png") if files.sha256_of(file) in own]

    def largest(self, config: Configuration) -> int:
        return 20 * config.image.width * config.image.height


def _file(scene: storyboard.Scene) -> dict[str, Any]:
    """Return what shapes a scene with a file. sha256: "" if there is no such file, which the job reports."""
    reads.note(scene.file)
    try:
        sha256 = files.known_sha256(scene.file)
    except OSError:
        sha256 = ""
    clip = {"from": scene.start_s, "loop": scene.loop} if media.is_clip(scene.file) else {}
    clip |= {"sound": True} if clip and scene.sound else {}
    return {"file": scene.file, "sha256": sha256, **clip}


def _what(topic: Topic, settings: ImageSettings, scene: storyboard.Scene) -> Any:
    """Return the phrase of a card, the prompt of a picture, or a dict for a file or a scene of the original."""
    if scene.file:
        return _file(scene)
    if scene.original:
        return {"scene": scene.original}
    if settings.engine == "card" or not scene.show:
        return scene.show
    return str(picture_request(topic, settings, scene.show, is_shown=True)["prompt"])


STAGE = Scenes()
