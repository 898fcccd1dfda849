"""The video of a topic: its picture, slowly growing, its recording and its subtitles."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Finding, Job, Look, Material, Settings, Stage
from audio_pipeline.core.topics import Topic

if TYPE_CHECKING:
    pass


class Video(Stage):
    """MP4 with H.264, AAC, and the subtitles as a track that can be switched on."""

    name, order = "video", 60
    path = "videos/{slug}.mp4"
    rule, target = "make_video", "videos"
    noun, title = ("video", "videos"), "Video"
    roles = ("audio", "image", "subtitles")
    threads = 2
    optional = ("audio", "image", "subtitles")

    def is_enabled(self, config: Settings) -> bool:
        return bool(config["video"]["enabled"])

    def inputs(self, config: Settings) -> dict[str, str]:
        """Without a picture, a title card is drawn."""
        return {name: name for name in self.roles}

    def settings(self, config: Settings) -> dict[str, Any]:
        return {**super().settings(config), "engine": "ffmpeg"}

    def request(self, topic: Topic, settings: Settings, material: Material) -> Request:
        keys = ("engine", "aspect", "short_side", "frame_rate", "zoom", "burn_subtitles")
        request = {key: settings[key] for key in keys}
        return {**request, "language": topic.language or settings["language"], "title": topic.text}

    def maker(self, job: Job) -> Ask:
        from audio_pipeline.makers import filming  # slow to import, and the plan needs it not

        return filming.maker(job)

    def longest_s(self, settings: Settings) -> float:
        return 3600

    def largest(self, config: Settings) -> int:
        return 20 * int(config["video"]["short_side"]) ** 2

    def preflight(self, look: Look) -> Iterator[Finding]:
        from audio_pipeline import ffmpeg

        yield Finding(True, str(ffmpeg.program()))


STAGE = Video()
