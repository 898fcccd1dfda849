"""Video of a topic: its picture with a slow zoom, its recording and its subtitles."""

from collections.abc import Iterator

from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Finding, Job, Material, Probe, Stage
from audio_pipeline.core.topics import Topic
from audio_pipeline.settings import Configuration, VideoSettings


class Video(Stage[VideoSettings]):
    """An MP4 file with H.264, AAC and a subtitle track that players can switch on."""

    name, order = "video", 60
    path = "videos/{slug}.mp4"
    rule, target = "make_video", "videos"
    noun, title = ("video", "videos"), "Video"
    # Topics without a picture get a title card.
    sources = {"audio": "audio", "image": "image", "subtitles": "subtitles"}
    settings_type = VideoSettings
    threads = 2
    optional = ("audio", "image", "subtitles")

    def is_enabled(self, config: Configuration) -> bool:
        return config.video.enabled

    def request(self, topic: Topic, settings: VideoSettings, material: Material) -> Request:
        keys = ("engine", "aspect", "short_side", "frame_rate", "zoom", "burn_subtitles")
        request: Request = {key: getattr(settings, key) for key in keys}
        return {**request, "language": self.language(settings, topic), "title": topic.text}

    def maker(self, job: Job[VideoSettings]) -> Ask:
        from audio_pipeline.makers import filming  # slow to import, and not needed by the plan

        return filming.maker(job)

    def longest_s(self, settings: VideoSettings) -> float:
        return 3600

    def largest(self, config: Configuration) -> int:
        return 20 * int(config.video.short_side) ** 2

    def preflight(self, probe: Probe[VideoSettings]) -> Iterator[Finding]:
        from audio_pipeline import ffmpeg

        yield Finding(True, str(ffmpeg.program()))


STAGE = Video()
