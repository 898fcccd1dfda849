"""Frames of a clip of one's own, decoded by ffmpeg and fitted to the size of the video."""

import itertools
from collections.abc import Iterator
from pathlib import Path

from audio_pipeline import ffmpeg
from audio_pipeline.errors import EngineError
from audio_pipeline.video import media

_TIMEOUT_S, _LONGEST_S = 120, 3600
_COLOURS = "out_color_matrix=bt709:out_range=tv"


def first_picture(path: Path, start_s: float) -> bytes:
    """Return a picture of a clip as PNG. Raises EngineError: it has none."""
    arguments = [
        *_input(path, start_s),
        "-an",
        "-frames:v",
        "1",
        "-c:v",
        "png",
        "-f",
        "image2pipe",
        "-",
    ]
    data = ffmpeg.read(arguments, _TIMEOUT_S)
    if not data:
        raise EngineError(f"it has no picture at {start_s:g} s")
    return data


def check_sound(path: Path) -> None:
    """Check that a clip has a sound. Raises EngineError: it has none."""
    arguments = [*_input(path, 0.0), "-map", "0:a:0", "-frames:a", "1", "-f", "s16le", "-"]
    try:
        ffmpeg.read(arguments, _TIMEOUT_S)
    except EngineError as error:
        raise EngineError(f"it has no sound, or none that can be read ({error})") from None


def frames(
    path: Path, start_s: float, size: tuple[int, int], rate: int, *, loop: bool
) -> Iterator[bytes]:
    """Yield frames in YUV 4:2:0 without end: the clip again and again, or its last frame.

    The whole frame of the clip is seen; a darkened, blurred copy fills the rest. Raises EngineError.
    """
    width, height = size
    small = f"{2 * max(8, width // 16)}:{2 * max(8, height // 16)}"
    filters = (
        f"[0:v]fps={rate},split[over][under];"
        f"[under]scale={small}:force_original_aspect_ratio=increase,crop={small},"
        f"boxblur=4,eq=brightness=-0.15,scale={width}:{height}:{_COLOURS},format=yuv420p[ground];"
        f"[over]scale={width}:{height}:force_original_aspect_ratio=decrease:{_COLOURS},format=yuv420p[clip];"
        "[ground][clip]overlay=(W-w)/2:(H-h)/2,format=yuv420p"
    )
    arguments = [*_input(path, start_s), "-an", "-filter_complex", filters, "-f", "rawvideo", "-"]
    count = width * height * 3 // 2
    while True:
        frame = b""
        for frame in ffmpeg.pieces(arguments, count, _LONGEST_S):
            yield frame
        if not frame:
            raise EngineError(f"{path}: has no picture at {start_s:g} s")
        if not loop:
            yield from itertools.repeat(frame)


def _input(path: Path, start_s: float) -> list[str]:
    demuxer = media.CLIPS[path.suffix.lower()]
    limits = ["-threads", "1", "-protocol_whitelist", "file", "-f", demuxer]
    source = f"file:{path.absolute()}"
    return [*limits, "-ss", f"{start_s:.3f}", "-i", source, "-map_metadata", "-1"]
