"""Subtitles of a recording: the words of the script, timed by what is said."""

from typing import TYPE_CHECKING, Any

from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import SPOKEN, TEXT, Job, Material, Settings, Stage
from audio_pipeline.core.topics import Topic

if TYPE_CHECKING:
    pass


class Subtitles(Stage):
    """A file in SubRip's format, and the same as WebVTT beside it."""

    name, order = "subtitles", 50
    path, beside = "subtitles/{slug}.srt", (".vtt",)
    rule, target = "make_subtitles", "subtitles"
    noun, title, category = ("subtitle file", "subtitle files"), "Subtitles", "Subtitles"
    roles = (TEXT, "audio")

    def is_enabled(self, config: Settings) -> bool:
        return bool(config["subtitles"]["enabled"])

    def inputs(self, config: Settings) -> dict[str, str]:
        return {TEXT: SPOKEN, "audio": "audio"}

    def settings(self, config: Settings) -> dict[str, Any]:
        return {**super().settings(config), "engine": "cues"}

    def request(self, topic: Topic, settings: Settings, material: Material) -> Request:
        return {
            "engine": settings["engine"],
            "line_characters": settings["line_characters"],
            "language": topic.language or settings["language"],
            "text": material.text.strip(),
        }

    def maker(self, job: Job) -> Ask:
        from audio_pipeline.makers import subtitling  # slow to import, and the plan needs it not

        return subtitling.maker(job)

    def finish(self, job: Job) -> None:
        from audio_pipeline.makers import subtitling

        subtitling.write_vtt(job.output)


STAGE = Subtitles()
