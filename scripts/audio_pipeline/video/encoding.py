"""The encoding of a video by ffmpeg: its arguments, and the check of what it made."""

from pathlib import Path
from typing import Any, NamedTuple

import langcodes

from audio_pipeline import ffmpeg
from audio_pipeline.core.request import Request
from audio_pipeline.errors import EngineError

_SOUND_HZ, _SOUND_BITS_A_SECOND = 48_000, "128k"
# One of x264's faster presets: slower ones gain little on a picture that hardly moves.
_X264 = ["-preset:v:0", "veryfast", "-crf:v:0", "20"]
_KEY_S = 4  # between key frames


class Content(NamedTuple):
    """Further parts of a video, besides its picture and sound."""

    subtitled: bool
    has_chapters: bool


def arguments(
    request: Request,
    audio: Path,
    frames: int,
    size: tuple[int, int],
    content: Content,
    threads: int,
) -> list[str]:
    """Return the arguments for ffmpeg, which reads the frames from its standard input.

    Its folder has cover.jpg, and cues.srt, cues.ass and chapters.txt where `content` says so.
    """
    rate, language = request["frame_rate"], _language(request["language"])
    length_s = frames / rate
    inputs = [
        "-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", "{}x{}".format(*size),
        "-framerate", str(rate), "-i", "pipe:0", "-i", f"file:{audio}", "-i", "cover.jpg",
    ]  # fmt: skip
    outputs = ["-map", "[picture]", "-map", "[sound]"]
    metadata = ["-metadata", f"title={request['title']}", "-metadata:s:a:0", f"language={language}"]
    subtitled = content.subtitled
    if subtitled:
        inputs += ["-i", "cues.srt"]
        outputs += ["-map", "3:s", "-c:s", "mov_text"]
        metadata += ["-metadata:s:s:0", f"language={language}"]
        metadata += ["-disposition:s:0", "0" if request["burn_subtitles"] else "default"]
    if content.has_chapters:
        inputs += ["-f", "ffmetadata", "-i", "chapters.txt"]
        metadata += ["-map_chapters", str(3 + subtitled)]
    sound = f"[1:a]aresample={_SOUND_HZ},apad=whole_dur={length_s:.6f},atrim=duration={length_s:.6f}[sound]"
    return [
        "-y", "-threads", str(threads), "-filter_threads", str(threads), *inputs,
        "-filter_complex_threads", str(threads),
        "-filter_complex", f"{_picture(request, subtitled)};{sound}",
        *outputs, "-map", "2:v", "-c:v:0", "libx264", *_X264,
        "-pix_fmt:v:0", "yuv420p",
        "-g:v:0", str(_KEY_S * rate), "-threads:v:0", str(threads),
        "-c:v:1", "copy", "-disposition:v:1", "attached_pic",
        "-c:a", "aac", "-b:a", _SOUND_BITS_A_SECOND, *metadata,
        "-movflags", "+faststart", "-f", "mp4", "video.mp4",
    ]  # fmt: skip


def _picture(request: Request, subtitled: bool) -> str:
    """Return the filters of the picture. They contain no text of the user."""
    filters = ["ass=cues.ass:fontsdir=fonts"] if subtitled and request["burn_subtitles"] else []
    filters.append("setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv")
    return f"[0:v]{','.join(filters)}[picture]"


def _language(code: str) -> str:
    """Return the code of ISO 639-2 that MP4 requires: eng for en-GB. Source: ISO/IEC 14496-12, 8.4.2."""
    try:
        return langcodes.get(code).to_alpha3()
    except (LookupError, ValueError):
        return "und"


def check(
    folder: Path, frames: int, rate: int, size: tuple[int, int], content: Content
) -> dict[str, Any]:
    """Check the streams, and return details for the record. Raises EngineError: they are not as expected."""
    expected = [("video", "h264"), ("audio", "aac"), ("video", "mjpeg")]
    expected += [("subtitle", "mov_text")] if content.subtitled else []
    expected += [("data", "bin_data")] if content.has_chapters else []
    streams = ffmpeg.streams("video.mp4", folder)
    if sorted((stream.kind, stream.codec) for stream in streams) != sorted(expected):
        raise EngineError(f"ffmpeg made a file with {streams}; expected {expected}")
    picture = next(stream for stream in streams if stream.codec == "h264")
    sound = next(stream for stream in streams if stream.kind == "audio")
    length_s = frames / rate
    if (picture.packets, picture.size) != (frames, "{}x{}".format(*size)):
        raise EngineError(
            f"ffmpeg made {picture.packets} frames of {picture.size}; expected {frames} of {size[0]}x{size[1]}"
        )
    if abs(sound.length_s - length_s) > 0.1:
        raise EngineError(f"ffmpeg made {sound.length_s:.2f} s of sound; expected {length_s:.2f} s")
    return {"duration_s": round(length_s, 3), "frames": frames, "size": picture.size}
