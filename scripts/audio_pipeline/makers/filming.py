"""Filming: a picture, slowly growing, a recording and subtitles, joined by ffmpeg.

The picture is enlarged by the filter "perspective", which takes corners at fractions of a pixel: a glyph strays by 0.01
px from an even movement. ("zoompan" knows whole pixels of its source alone: 0.15 px and visible shaking even if that is
enlarged four times, for as much time.) The video is as long as the recording, and TAIL_S more.
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
_KEY_S = 4  # from one frame that one can jump to to the next
_LONGEST_PER_SECOND = 30  # seconds of work for one of video: from there on ffmpeg hangs
_COVER_PX = 1280


def maker(job: Job[VideoSettings]) -> Ask:
    def ask(request: Request, _: int | None) -> Artifact:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that ffmpeg is ended too
        run = RunFolder.current()  # removed even if this process is killed
        with tempfile.TemporaryDirectory(prefix="video-", dir=run.path if run else None) as name:
            return _made(request, job.files, job.threads, Path(name))

    return ask


def size_px(aspect: str, short_side: int) -> tuple[int, int]:
    """Width and height: even numbers, as yuv420p wants them."""
    ratio = _ASPECT[aspect]
    width, height = short_side * max(1.0, ratio), short_side / min(1.0, ratio)
    return 2 * round(width / 2), 2 * round(height / 2)


def _made(request: Request, files: Mapping[str, Path], threads: int, folder: Path) -> Artifact:
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
    about = ["-metadata", f"title={request['title']}", "-metadata:s:a:0", f"language={language}"]
    if subtitled:
        inputs += ["-i", "cues.srt"]
        outputs += ["-map", "3:s", "-c:s", "mov_text"]
        about += ["-metadata:s:s:0", f"language={language}"]
        about += ["-disposition:s:0", "0" if request["burn_subtitles"] else "default"]
    sound = f"[1:a]aresample={_SOUND_HZ},apad=whole_dur={length_s:.6f},atrim=duration={length_s:.6f}[sound]"
    return [
        "-y", "-threads", str(threads), "-filter_threads", str(threads), *inputs,
        "-filter_complex_threads", str(threads),
        "-filter_complex", f"{_picture(request, frames, size, subtitled)};{sound}",
        *outputs, "-map", "2:v", "-c:v:0", "libx264", *_X264,
        "-pix_fmt:v:0", "yuv420p",
        "-g:v:0", str(_KEY_S * rate), "-threads:v:0", str(threads),
        "-c:v:1", "copy", "-disposition:v:1", "attached_pic",
        "-c:a", "aac", "-b:a", _SOUND_BITS_A_SECOND, *about,
        "-movflags", "+faststart", "-f", "mp4", "video.mp4",
    ]  # fmt: skip


def _picture(request: Request, frames: int, size: tuple[int, int], subtitled: bool) -> str:
    """The filters of the picture; nothing in them but numbers of ours."""
    filters = [
        "scale=out_color_matrix=bt709:out_range=tv",
        "format=yuv420p",
        f"loop=loop={frames - 1}:size=1",
    ]
    if request["zoom"]:
        cut = f"(1-1/(1+{request['zoom']:.6f}*on/{frames}))/2"  # on each side, of the whole
        corners = {
            "x0": f"W*{cut}", "y0": f"H*{cut}", "x1": f"W*(1-{cut})", "y1": f"H*{cut}",
            "x2": f"W*{cut}", "y2": f"H*(1-{cut})", "x3": f"W*(1-{cut})", "y3": f"H*(1-{cut})",
        }  # fmt: skip
        places = ":".join(f"{name}='{place}'" for name, place in corners.items())
        filters.append(f"perspective={places}:eval=frame:interpolation=linear")
    if subtitled and request["burn_subtitles"]:
        filters.append("ass=cues.ass:fontsdir=fonts")
    filters.append("setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv")
    return f"[0:v]{','.join(filters)}[picture]"


def _draw(request: Request, path: Path | None, size: tuple[int, int], folder: Path) -> None:
    """picture.png in the video's size, and cover.jpg."""
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
                f"{path}: is no picture that can be read ({error}); delete it to make it again"
            ) from None
    fitted(image, size).save(folder / "picture.png", compress_level=1)
    image.thumbnail((_COVER_PX, _COVER_PX))
    image.save(folder / "cover.jpg", quality=88)


def fitted(image: "Image.Image", size: tuple[int, int]) -> "Image.Image":
    """The whole picture; where its shape is another one, before itself, larger, blurred and darker."""
    from PIL import Image, ImageEnhance, ImageFilter, ImageOps

    whole = ImageOps.contain(image, size, Image.Resampling.LANCZOS)
    if max(abs(size[0] - whole.width), abs(size[1] - whole.height)) <= 8:
        return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    small = ImageOps.fit(image, (size[0] // 8, size[1] // 8), Image.Resampling.BOX)
    small = small.filter(ImageFilter.GaussianBlur(min(size) / 8 / 18))
    behind = ImageEnhance.Brightness(small).enhance(0.55).resize(size, Image.Resampling.BICUBIC)
    behind.paste(whole, ((size[0] - whole.width) // 2, (size[1] - whole.height) // 2))
    return behind


def _typeset(cues: list[Cue], size: tuple[int, int], folder: Path) -> None:
    """cues.ass, and the fonts it is set in. Raises InputError: they lack a sign, which would be shown as a box."""
    from audio_pipeline.pictures import typeset

    width, height = size
    columns = max([20, *(len(line) for cue in cues for line in cue.lines)])
    type_px = min(0.056 * min(size), 0.9 * width / (0.56 * columns))
    foot_px = round(height * (0.05 if width >= height else 0.16))  # upright players cover more

    def ass(cues: list[Cue]) -> str:
        return captions.ass(
            cues, width_px=width, height_px=height, size_px=type_px, foot_px=foot_px
        )

    (folder / "cues.ass").write_text(ass(cues), encoding="utf-8")
    ffmpeg.with_fonts(folder, typeset.installed())
    signs = dict.fromkeys(sign for cue in cues for line in cue.lines for sign in line)
    every = Cue(0, 1, ("".join(signs),))
    (folder / "signs.ass").write_text(ass([every]), encoding="utf-8")
    if lacking := ffmpeg.missing_glyphs("signs.ass", folder):
        step = (
            typeset.package_with(lacking) or "take them out of the subtitles, install such a font"
        )
        raise InputError(
            f"subtitles in the picture: no installed font has {lacking[:20]}: {step}, "
            "or set video.burn_subtitles: false"
        )


def _cues(path: Path | None) -> list[Cue]:
    """Those of the file, without what ffmpeg would read as codes."""
    found = captions.parse(files.read_text(path), str(path)) if path else []
    return [replace(cue, lines=tuple(map(captions.without_codes, cue.lines))) for cue in found]


def _length_s(audio: Path) -> float:
    from audio_pipeline.sound import wav

    try:
        sound = wav.parse(files.read_bytes(audio, wav.MOST_BYTES))
        return len(sound.samples) * 8 / (sound.bits * sound.channels * sound.rate_hz)
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"{audio}: {error}; delete it to make it again") from None


def _language(code: str) -> str:
    """Of ISO 639-2, as MP4 wants it: eng for en-GB. Source: ISO/IEC 14496-12, 8.4.2."""
    try:
        return langcodes.get(code).to_alpha3()
    except (LookupError, ValueError):
        return "und"


def _check(
    folder: Path, frames: int, rate: int, size: tuple[int, int], subtitled: bool
) -> dict[str, Any]:
    """What the record tells. Raises EngineError: the file is not what was asked for."""
    wanted = [("video", "h264"), ("audio", "aac"), ("video", "mjpeg")]
    wanted += [("subtitle", "mov_text")] if subtitled else []
    found = ffmpeg.streams("video.mp4", folder)
    if sorted((one.kind, one.codec) for one in found) != sorted(wanted):
        raise EngineError(f"ffmpeg made a file with {found}; expected {wanted}")
    picture = next(one for one in found if one.codec == "h264")
    sound = next(one for one in found if one.kind == "audio")
    length_s = frames / rate
    if (picture.packets, picture.size) != (frames, "{}x{}".format(*size)):
        raise EngineError(
            f"ffmpeg made {picture.packets} frames of {picture.size}; expected {frames} of {size[0]}x{size[1]}"
        )
    if abs(sound.length_s - length_s) > 0.1:
        raise EngineError(f"ffmpeg made {sound.length_s:.2f} s of sound; expected {length_s:.2f} s")
    return {"duration_s": round(length_s, 3), "frames": frames, "size": picture.size}
