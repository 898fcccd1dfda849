"""Videos: a picture with a slow zoom, a recording and subtitles, joined by ffmpeg.

The zoom uses the filter "perspective", which takes corners at fractions of a pixel: its jitter is 0.01 px. ("zoompan"
rounds to pixels of its source: 0.15 px of visible jitter even at four times the size, in the same time.)
The video is TAIL_S longer than the recording.
"""

import math
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import langcodes

from audio_pipeline import ffmpeg, files
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.errors import EngineError, InputError
from audio_pipeline.pictures import picture_formats
from audio_pipeline.run.folder import RunFolder
from audio_pipeline.settings import VideoSettings
from audio_pipeline.video import captions
from audio_pipeline.video.cues import Cue

if TYPE_CHECKING:
    from PIL import Image

TAIL_S = 1.0
_ASPECT = {"16:9": 16 / 9, "1:1": 1.0, "9:16": 9 / 16}
_SOUND_HZ, _SOUND_BITS_A_SECOND = 48_000, "128k"
# One of x264's faster presets: slower ones gain little on a picture that hardly moves.
_X264 = ["-preset:v:0", "veryfast", "-crf:v:0", "20"]
_KEY_S = 4  # between key frames
_LONGEST_PER_SECOND = 30  # seconds of work for a second of video, after which ffmpeg counts as hung
_COVER_PX = 1280


def maker(job: Job[VideoSettings]) -> Ask:
    """Return a function that makes a video and checks its streams."""

    def ask(request: Request, _: Attempt) -> Artifact:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that ffmpeg is ended too
        run = RunFolder.current()  # removed even if this process is killed
        with tempfile.TemporaryDirectory(prefix="video-", dir=run.path if run else None) as name:
            return _make(request, job.files, job.threads, Path(name))

    return ask


def size_px(aspect: str, short_side: int) -> tuple[int, int]:
    """Return width and height, which are even as yuv420p requires."""
    ratio = _ASPECT[aspect]
    width, height = short_side * max(1.0, ratio), short_side / min(1.0, ratio)
    return 2 * round(width / 2), 2 * round(height / 2)


def _make(request: Request, files: Mapping[str, Path], threads: int, folder: Path) -> Artifact:
    audio = files["audio"].resolve()
    rate = request["frame_rate"]
    frames = math.ceil((_length_s(audio) + TAIL_S) * rate)
    size = size_px(request["aspect"], request["short_side"])
    _draw(request, files.get("image"), size, folder)
    cues = _cues(files.get("subtitles"))
    if cues:
        (folder / "cues.srt").write_text(captions.srt(cues), encoding="utf-8")
    if cues and request["burn_subtitles"]:
        _typeset(cues, size, folder)
    ffmpeg.run(
        _arguments(request, audio, frames, size, bool(cues), threads),
        folder,
        timeout_s=60 + _LONGEST_PER_SECOND * frames / rate,
    )
    service = {"version": str(ffmpeg.program()), **_check(folder, frames, rate, size, bool(cues))}
    return Artifact(
        (folder / "video.mp4").read_bytes(),
        str(ffmpeg.program()),
        ["streams", "length"],
        service,
    )


def _arguments(
    request: Request, audio: Path, frames: int, size: tuple[int, int], subtitled: bool, threads: int
) -> list[str]:
    rate, language = request["frame_rate"], _language(request["language"])
    length_s = frames / rate
    inputs = [
        "-framerate",
        str(rate),
        "-i",
        "picture.png",
        "-i",
        f"file:{audio}",
        "-i",
        "cover.jpg",
    ]
    outputs = ["-map", "[picture]", "-map", "[sound]"]
    metadata = ["-metadata", f"title={request['title']}", "-metadata:s:a:0", f"language={language}"]
    if subtitled:
        inputs += ["-i", "cues.srt"]
        outputs += ["-map", "3:s", "-c:s", "mov_text"]
        metadata += ["-metadata:s:s:0", f"language={language}"]
        metadata += ["-disposition:s:0", "0" if request["burn_subtitles"] else "default"]
    sound = f"[1:a]aresample={_SOUND_HZ},apad=whole_dur={length_s:.6f},atrim=duration={length_s:.6f}[sound]"
    return [
        "-y", "-threads", str(threads), "-filter_threads", str(threads), *inputs,
        "-filter_complex_threads", str(threads),
        "-filter_complex", f"{_picture(request, frames, size, subtitled)};{sound}",
        *outputs, "-map", "2:v", "-c:v:0", "libx264", *_X264,
        "-pix_fmt:v:0", "yuv420p",
        "-g:v:0", str(_KEY_S * rate), "-threads:v:0", str(threads),
        "-c:v:1", "copy", "-disposition:v:1", "attached_pic",
        "-c:a", "aac", "-b:a", _SOUND_BITS_A_SECOND, *metadata,
        "-movflags", "+faststart", "-f", "mp4", "video.mp4",
    ]  # fmt: skip


def _picture(request: Request, frames: int, size: tuple[int, int], subtitled: bool) -> str:
    """Return the filters of the picture. They contain numbers only, no text of the user."""
    filters = [
        "scale=out_color_matrix=bt709:out_range=tv",
        "format=yuv420p",
        f"loop=loop={frames - 1}:size=1",
    ]
    if request["zoom"]:
        cut = f"(1-1/(1+{request['zoom']:.6f}*on/{frames}))/2"  # fraction cut off on each side
        corners = {
            "x0": f"W*{cut}", "y0": f"H*{cut}", "x1": f"W*(1-{cut})", "y1": f"H*{cut}",
            "x2": f"W*{cut}", "y2": f"H*(1-{cut})", "x3": f"W*(1-{cut})", "y3": f"H*(1-{cut})",
        }  # fmt: skip
        options = ":".join(f"{name}='{position}'" for name, position in corners.items())
        filters.append(f"perspective={options}:eval=frame:interpolation=linear")
    if subtitled and request["burn_subtitles"]:
        filters.append("ass=cues.ass:fontsdir=fonts")
    filters.append("setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv")
    return f"[0:v]{','.join(filters)}[picture]"


def _draw(request: Request, path: Path | None, size: tuple[int, int], folder: Path) -> None:
    """Write picture.png in the video's size, and cover.jpg. Raises InputError."""
    from PIL import Image

    if path is None:
        from audio_pipeline.pictures import title_card

        try:
            image = title_card.render(request["title"], width_px=size[0], height_px=size[1], seed=0)
        except title_card.MissingGlyphs as error:
            raise InputError(str(error)) from None
    else:
        try:
            with files.reading(path) as file:
                image = picture_formats.rgb(Image.open(file, formats=picture_formats.PLACED))
        except picture_formats.unreadable() as error:
            raise InputError(
                f"{path}: is not a readable picture ({error}); delete it to make it again"
            ) from None
    fitted(image, size).save(folder / "picture.png", compress_level=1)
    image.thumbnail((_COVER_PX, _COVER_PX))
    image.save(folder / "cover.jpg", quality=88)


def fitted(image: "Image.Image", size: tuple[int, int]) -> "Image.Image":
    """Return the picture in the size, uncropped; a blurred, darkened copy fills the rest of the frame."""
    from PIL import Image, ImageEnhance, ImageFilter, ImageOps

    inner = ImageOps.contain(image, size, Image.Resampling.LANCZOS)
    if max(abs(size[0] - inner.width), abs(size[1] - inner.height)) <= 8:
        return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    small = ImageOps.fit(image, (size[0] // 8, size[1] // 8), Image.Resampling.BOX)
    small = small.filter(ImageFilter.GaussianBlur(min(size) / 8 / 18))
    frame = ImageEnhance.Brightness(small).enhance(0.55).resize(size, Image.Resampling.BICUBIC)
    frame.paste(inner, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
    return frame


def _typeset(cues: list[Cue], size: tuple[int, int], folder: Path) -> None:
    """Write cues.ass and its fonts. Raises InputError: they lack a glyph, which would be shown as a box."""
    from audio_pipeline.pictures import typeset

    width, height = size
    columns = max([20, *(len(line) for cue in cues for line in cue.lines)])
    type_px = min(0.056 * min(size), 0.9 * width / (0.56 * columns))
    foot_px = round(height * (0.05 if width >= height else 0.16))  # controls of upright players

    def ass(cues: list[Cue]) -> str:
        return captions.ass(
            cues, width_px=width, height_px=height, size_px=type_px, foot_px=foot_px
        )

    (folder / "cues.ass").write_text(ass(cues), encoding="utf-8")
    ffmpeg.with_fonts(folder, typeset.installed())
    characters = dict.fromkeys(char for cue in cues for line in cue.lines for char in line)
    test_cue = Cue(0, 1, ("".join(characters),))
    (folder / "signs.ass").write_text(ass([test_cue]), encoding="utf-8")
    if missing := ffmpeg.missing_glyphs("signs.ass", folder):
        step = (
            typeset.package_with(missing) or "remove them from the subtitles, install such a font"
        )
        raise InputError(
            f"subtitles in the picture: no installed font has {missing[:20]}: {step}, "
            "or set video.burn_subtitles: false"
        )


def _cues(path: Path | None) -> list[Cue]:
    """Return the cues of the file, without text that ffmpeg would read as codes."""
    cues = captions.parse(files.read_text(path), str(path)) if path else []
    return [replace(cue, lines=tuple(map(captions.without_codes, cue.lines))) for cue in cues]


def _length_s(audio: Path) -> float:
    from audio_pipeline.sound import wav

    try:
        sound = wav.parse(files.read_bytes(audio, wav.MOST_BYTES))
        return len(sound.samples) * 8 / (sound.bits * sound.channels * sound.rate_hz)
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"{audio}: {error}; delete it to make it again") from None


def _language(code: str) -> str:
    """Return the code of ISO 639-2 that MP4 requires: eng for en-GB. Source: ISO/IEC 14496-12, 8.4.2."""
    try:
        return langcodes.get(code).to_alpha3()
    except (LookupError, ValueError):
        return "und"


def _check(
    folder: Path, frames: int, rate: int, size: tuple[int, int], subtitled: bool
) -> dict[str, Any]:
    """Check the streams, and return details for the record. Raises EngineError: they are not as expected."""
    expected = [("video", "h264"), ("audio", "aac"), ("video", "mjpeg")]
    expected += [("subtitle", "mov_text")] if subtitled else []
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
