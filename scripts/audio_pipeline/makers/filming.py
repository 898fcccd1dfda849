"""Videos: the pictures of the scenes, or one picture throughout, with a recording and subtitles, encoded by ffmpeg.

The pictures move and fade as in video/film.py. The video is TAIL_S longer than the recording.
"""

import functools
import itertools
import math
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import langcodes

from audio_pipeline import ffmpeg, files
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.errors import EngineError, InputError
from audio_pipeline.makers import timed_words
from audio_pipeline.pictures import picture_formats
from audio_pipeline.run.folder import RunFolder
from audio_pipeline.sound import music, wav
from audio_pipeline.text.key_phrase import key_phrase
from audio_pipeline.video import captions, chapters, clips, cuts, film, scene_list
from audio_pipeline.video.cues import Cue
from audio_pipeline.video.film import Shot

if TYPE_CHECKING:
    from PIL import Image

    from audio_pipeline.sound.alignment import Word

TAIL_S = 1.0
_ASPECT = {"16:9": 16 / 9, "1:1": 1.0, "9:16": 9 / 16}
_SOUND_HZ, _SOUND_BITS_A_SECOND = 48_000, "128k"
# One of x264's faster presets: slower ones gain little on a picture that hardly moves.
_X264 = ["-preset:v:0", "veryfast", "-crf:v:0", "20"]
_KEY_S = 4  # between key frames
_END_CARD_S = 3.0
_FADE_S = 0.3  # from one scene to the next
_LONGEST_PER_SECOND = 30  # seconds of work for a second of video, after which ffmpeg counts as hung
_COVER_PX = 1280


class _Content(NamedTuple):
    """What a video has besides its picture and sound."""

    subtitled: bool
    has_chapters: bool


def maker(job: Job[Any]) -> Ask:
    """Return a function that makes a video and checks its streams."""

    def ask(request: Request, _: Attempt) -> Artifact:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that ffmpeg is ended too
        run = RunFolder.current()  # removed even if this process is killed
        with tempfile.TemporaryDirectory(prefix="video-", dir=run.path if run else None) as name:
            return _make(request, job, Path(name))

    return ask


def size_px(aspect: str, short_side: int) -> tuple[int, int]:
    """Return width and height, which are even as yuv420p requires."""
    ratio = _ASPECT[aspect]
    width, height = short_side * max(1.0, ratio), short_side / min(1.0, ratio)
    return 2 * round(width / 2), 2 * round(height / 2)


def _make(request: Request, job: Job[Any], folder: Path) -> Artifact:
    audio, threads = job.files["audio"].resolve(), job.threads
    recording_s, rate_hz = _length_and_rate(audio)
    rate, size = request["frame_rate"], size_px(request["aspect"], request["short_side"])
    spoken_frames = math.ceil((recording_s + TAIL_S) * rate)
    frames = spoken_frames + (round(_END_CARD_S * rate) if "end_card" in request else 0)
    image = _cover(request, job.files.get("image"), size)
    cover = image.copy()
    cover.thumbnail((_COVER_PX, _COVER_PX))
    cover.save(folder / "cover.jpg", quality=88)
    cues = _cues(job.files.get("subtitles"))
    if cues:
        (folder / "cues.srt").write_text(captions.srt(cues), encoding="utf-8")
    if cues and request["burn_subtitles"]:
        by_word = request.get("subtitle_style") == "word"
        _typeset(cues, _words(request, job, cues) if by_word else None, size, folder)
    shots = _shots(request, job, image, spoken_frames)
    if frames > spoken_frames:
        shots.append(_end_card(request, spoken_frames, frames))
    marks = chapters.of(shots, rate)
    if marks:
        (folder / "chapters.txt").write_text(chapters.ffmetadata(marks), encoding="utf-8")
    content = _Content(bool(cues), bool(marks))
    if "music" in request:
        spoken = timed_words.sentences_s(request["audio"], _record_of_audio(job), rate_hz)
        track = music.chosen(job.settings.tracks, job.topic.slug)
        mix = folder / "mix.wav"
        music.mixed(
            audio,
            track,
            spoken,
            mix,
            length_s=frames / rate,
            loudness_lufs=request["loudness_lufs"],
        )
        audio = mix.resolve()
    ffmpeg.encode(
        _arguments(request, audio, frames, size, content, threads),
        folder,
        film.frames(shots, size, request["zoom"], round(_FADE_S * rate)),
        timeout_s=60 + _LONGEST_PER_SECOND * frames / rate,
    )
    service = {"version": str(ffmpeg.program()), **_check(folder, frames, rate, size, content)}
    if len(shots) > 1:
        service["scenes"] = [round(shot.first / rate, 3) for shot in shots]
    return Artifact(
        (folder / "video.mp4").read_bytes(),
        str(ffmpeg.program()),
        ["streams", "length"],
        service,
    )


def _shots(request: Request, job: Job[Any], image: "Image.Image", frames: int) -> list[Shot]:
    """Return the topic's picture, or those of its scenes, for the whole length. Raises InputError."""
    path = job.files.get("scenes")
    if path is None:
        return [Shot(functools.partial(fitted, image), 0, frames)]
    scenes, language = scene_list.load(path), request["language"]
    says = [scene.say for scene in scenes]
    record, sha256 = _record_of_audio(job), request["audio"]
    spoken = timed_words.recorded_text(sha256, record)
    if spoken is not None:
        cuts.check(says, captions.clean(spoken), f"storyboards/{job.topic.slug}.yaml")
    words = timed_words.timed(job.files["audio"], sha256, record, " ".join(says), language).words
    rate = request["frame_rate"]
    firsts = [0, *(round(time_s * rate) for time_s in cuts.cuts_s(says, words))]
    shots = []
    for number, (first, end) in enumerate(itertools.pairwise([*firsts, frames])):
        file = scenes[number].file
        moves = film.MOVES_OF_TEXT if scenes[number].card else film.MOVES
        draw = functools.partial(_fitted_file, path.parent / file) if file else None
        draw = draw or functools.partial(fitted, image)
        title = key_phrase(scenes[number].say, language)
        clip = _clip(scenes[number].clip, rate)
        shots.append(Shot(draw, first, end, moves[number % len(moves)], title, clip))
    return [shot for shot in shots if shot.first < shot.end]


def _clip(
    clip: Mapping[str, Any] | None, rate: int
) -> Callable[[tuple[int, int]], Iterator[bytes]] | None:
    """Return a function from a size to the frames of a clip."""
    if clip is None:
        return None
    path, start_s, loop = Path(clip["file"]), clip["from"], clip["loop"]
    return lambda size: clips.frames(path, start_s, size, rate, loop=loop)


def _end_card(request: Request, first: int, end: int) -> Shot:
    """Return the card at the end, in the colours of the title card."""

    def draw(size: tuple[int, int]) -> "Image.Image":
        from audio_pipeline.pictures import title_card

        render = functools.partial(
            title_card.render_scene,
            request["title"],
            width_px=size[0],
            height_px=size[1],
            seed=request["seed"],
        )
        try:
            return render(request["end_card"])
        except title_card.MissingGlyphs as error:
            raise InputError(f"video.end_card: {error}") from None

    return Shot(draw, first, end, "out", "")


def _words(request: Request, job: Job[Any], cues: list[Cue]) -> "list[Word]":
    """Return the words of the recording with their times."""
    record, sha256 = _record_of_audio(job), request["audio"]
    text = timed_words.recorded_text(sha256, record)
    if text is None:
        text = " ".join(line for cue in cues for line in cue.lines)
    return timed_words.timed(job.files["audio"], sha256, record, text, request["language"]).words


def _record_of_audio(job: Job[Any]) -> Path:
    return job.record.parents[1] / "audio" / job.record.name


def _fitted_file(path: Path, size: tuple[int, int]) -> "Image.Image":
    return fitted(_opened(path), size)


def _arguments(
    request: Request,
    audio: Path,
    frames: int,
    size: tuple[int, int],
    content: "_Content",
    threads: int,
) -> list[str]:
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


def _cover(request: Request, path: Path | None, size: tuple[int, int]) -> "Image.Image":
    """Return the topic's picture, or a title card. Raises InputError."""
    if path is not None:
        return _opened(path)
    from audio_pipeline.pictures import title_card

    try:
        return title_card.render(request["title"], width_px=size[0], height_px=size[1], seed=0)
    except title_card.MissingGlyphs as error:
        raise InputError(str(error)) from None


def _opened(path: Path) -> "Image.Image":
    """Return a picture. Raises InputError: it is not readable."""
    from PIL import Image

    try:
        with files.reading(path) as file:
            return picture_formats.rgb(Image.open(file, formats=picture_formats.PLACED))
    except picture_formats.unreadable() as error:
        raise InputError(
            f"{path}: is not a readable picture ({error}); delete it to make it again"
        ) from None


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


def _typeset(
    cues: list[Cue], words: "list[Word] | None", size: tuple[int, int], folder: Path
) -> None:
    """Write cues.ass and its fonts. words: to light the one that is said.

    Raises InputError: the fonts lack a glyph, which would be shown as a box.
    """
    from audio_pipeline.pictures import typeset

    width, height = size
    columns = max([20, *(len(line) for cue in cues for line in cue.lines)])
    share = 0.056 if words is None else 0.078  # of the shorter side
    type_px = min(share * min(size), 0.9 * width / (0.56 * columns))
    foot_px = round(height * (0.05 if width >= height else 0.16))  # controls of upright players
    typography = captions.Typography(width, height, type_px, foot_px)
    text = captions.ass(cues, typography)
    if words is not None:
        text = captions.ass_by_word(cues, words, typography)
    (folder / "cues.ass").write_text(text, encoding="utf-8")
    ffmpeg.with_fonts(folder, typeset.installed())
    characters = dict.fromkeys(char for cue in cues for line in cue.lines for char in line)
    test_cue = Cue(0, 1, ("".join(characters),))
    (folder / "signs.ass").write_text(captions.ass([test_cue], typography), encoding="utf-8")
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


def _length_and_rate(audio: Path) -> tuple[float, int]:
    """Return the length of a recording in seconds, and its rate in Hz. Raises InputError: it is no WAV file."""
    try:
        sound = wav.parse(files.read_bytes(audio, wav.MOST_BYTES))
        length = len(sound.samples) * 8 / (sound.bits * sound.channels * sound.rate_hz)
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"{audio}: {error}; delete it to make it again") from None
    return length, sound.rate_hz


def _language(code: str) -> str:
    """Return the code of ISO 639-2 that MP4 requires: eng for en-GB. Source: ISO/IEC 14496-12, 8.4.2."""
    try:
        return langcodes.get(code).to_alpha3()
    except (LookupError, ValueError):
        return "und"


def _check(
    folder: Path, frames: int, rate: int, size: tuple[int, int], content: "_Content"
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
