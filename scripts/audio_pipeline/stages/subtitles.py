"""Subtitles of a recording: the words of the script, aligned with the sound."""

from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import SPOKEN, TEXT, Job, Material, Stage
from audio_pipeline.core.topics import Topic
from audio_pipeline.settings import Configuration, SubtitlesSettings
from audio_pipeline.text import speakers


class Subtitles(Stage[SubtitlesSettings]):
    """A SubRip file, with the same subtitles as WebVTT beside it."""

    name, order = "subtitles", 50
    path, beside = "subtitles/{slug}.srt", (".vtt",)
    rule, target = "make_subtitles", "subtitles"
    noun, title, category = ("subtitle file", "subtitle files"), "Subtitles", "Subtitles"
    sources = {TEXT: SPOKEN, "audio": "audio"}
    settings_type = SubtitlesSettings
    optional = ("speakers",)

    def is_enabled(self, config: Configuration) -> bool:
        return config.subtitles.enabled

    def request(self, topic: Topic, settings: SubtitlesSettings, material: Material) -> Request:
        names = speakers.of(material.text, settings.speakers)
        text = material.text if settings.names else speakers.without(material.text, names)
        request: Request = {
            "engine": settings.engine,
            "line_characters": settings.line_characters,
            "language": self.language(settings, topic),
            "text": text.strip(),
        }
        return {**request, "speakers": names} if names and settings.names else request

    def maker(self, job: Job[SubtitlesSettings]) -> Ask:
        from audio_pipeline.makers import subtitling  # slow to import, and not needed by the plan

        return subtitling.maker(job)

    def finish(self, job: Job[SubtitlesSettings]) -> None:
        from audio_pipeline.makers import subtitling

        subtitling.write_vtt(job.output)


STAGE = Subtitles()
