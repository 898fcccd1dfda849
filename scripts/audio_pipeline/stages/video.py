"""Video of a topic: its picture, or those of its scenes, its recording and its subtitles."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from audio_pipeline import files
from audio_pipeline.core import reads
from audio_pipeline.core.production import Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import SPOKEN, TEXT, Finding, Job, Material, Probe, Stage
from audio_pipeline.core.topics import Topic
from audio_pipeline.settings import Configuration, VideoSettings
from audio_pipeline.text import pauses, speakers
from audio_pipeline.video import cuts


@dataclass(frozen=True, kw_only=True)
class FilmSettings(VideoSettings):
    """Settings of videos. seed: of cards; tracks: paths of music; loudness_lufs: of the sound with music."""

    seed: int
    tracks: tuple[str, ...]
    loudness_lufs: float | None


class Video(Stage[FilmSettings]):
    """An MP4 file with H.264, AAC and a subtitle track that players can switch on."""

    name, order = "video", 60
    path = "videos/{slug}.mp4"
    rule, target = "make_video", "videos"
    noun, title = ("video", "videos"), "Video"
    # Topics without a picture get a title card.
    sources = {
        "audio": "audio", "image": "image", "subtitles": "subtitles", "scenes": "scenes", TEXT: SPOKEN
    }  # fmt: skip
    dispensable = (TEXT,)  # for chapters
    settings_type = FilmSettings
    threads = 2
    optional = (
        "audio", "image", "subtitles", "scenes", "subtitle_style", "music", "loudness_lufs", "end_card", "seed",
        "chapters",
    )  # fmt: skip

    def is_enabled(self, config: Configuration) -> bool:
        return config.video.enabled

    def settings(self, config: Configuration) -> FilmSettings:
        return FilmSettings.of(
            config.values,
            "video",
            seed=config.image.seed,
            tracks=_tracks(config.video.music),
            loudness_lufs=config.audio.loudness_lufs,
        )

    def check_topic(self, settings: FilmSettings, topic: Topic, place: str) -> None:
        """Check that there is music, if the configuration names any."""
        if settings.tracks:
            from audio_pipeline.sound import music

            music.chosen(settings.tracks, topic.slug)

    def request(self, topic: Topic, settings: FilmSettings, material: Material) -> Request:
        keys = ("engine", "aspect", "short_side", "frame_rate", "zoom", "burn_subtitles")
        request: Request = {key: getattr(settings, key) for key in keys}
        request |= {"language": self.language(settings, topic), "title": topic.text}
        # Left out if unset, so that videos made before these keys existed stay current.
        if settings.burn_subtitles and settings.subtitle_style != "sentence":
            request["subtitle_style"] = settings.subtitle_style
        if named := pauses.chapters(speakers.without(material.text, settings.speakers)):
            request["chapters"] = [[name, len(cuts.letters(before))] for name, before in named]
        if settings.end_card:
            seed = settings.seed if topic.seed is None else topic.seed
            request |= {"end_card": settings.end_card, "seed": seed}
        if settings.tracks:
            from audio_pipeline.sound import music

            track = music.chosen(settings.tracks, topic.slug)
            reads.note(str(track))
            request |= {
                "music": files.known_sha256(track),
                "loudness_lufs": settings.loudness_lufs,
            }
        return request

    def maker(self, job: Job[FilmSettings]) -> Ask:
        from audio_pipeline.makers import filming  # slow to import, and not needed by the plan

        return filming.maker(job)

    def longest_s(self, settings: FilmSettings) -> float:
        return 3600

    def largest(self, config: Configuration) -> int:
        return 20 * int(config.video.short_side) ** 2

    def preflight(self, probe: Probe[FilmSettings]) -> Iterator[Finding]:
        from audio_pipeline import ffmpeg

        yield Finding(True, str(ffmpeg.program()))


def _tracks(music: str) -> tuple[str, ...]:
    """Return the files of a folder, or the file itself. They are settings, so that the plan sees a new file."""
    if not music:
        return ()
    try:
        return tuple(sorted(os.path.join(music, name) for name in os.listdir(music))) or (music,)
    except OSError:
        return (music,)


STAGE = Video()
