"""Videos: the pictures of the scenes, or one picture throughout, with a recording and subtitles, encoded by ffmpeg.

The pictures move and fade as in video/film.py. The video is TAIL_S longer than the recording.
"""

import functools
import itertools
import math
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audio_pipeline import ffmpeg, files
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import Job
from audio_pipeline.errors import InputError
from audio_pipeline.makers import timed_words
from audio_pipeline.pictures import picture_formats
from audio_pipeline.run.folder import RunFolder
from audio_pipeline.sound import music, wav
from audio_pipeline.sound.background import ClipSound
from audio_pipeline.text.key_phrase import key_phrase
from audio_pipeline.video import captions, chapters, clips, cuts, encoding, film, scene_list
from audio_pipeline.video.cues import Cue
from audio_pipeline.video.film import Shot
from audio_pipeline.video.scene_list import Shown

if TYPE_CHECKING:
    from PIL import Image

    from audio_pipeline.sound.alignment import Word

TAIL_S = 1.0
_ASPECT = {"16:9": 16 / 9, "1:1": 1.0, "9:16": 9 / 16}
_END_CARD_S = 3.0
_FADE_S = 0.3  # from one scene to the next
_LONGEST_PER_SECOND = 30  # seconds of work for a second of video, after which ffmpeg counts as hung
_COVER_PX = 1280


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
    by_word = bool(cues) and request.get("subtitle_style") == "word"
    scenes = scene_list.load(job.files["scenes"]) if "scenes" in job.files else []
    named = request.get("chapters", [])
    words = _words(request, job, scenes, cues) if scenes or by_word or named else []
    if cues and request["burn_subtitles"]:
        _typeset(cues, words if by_word else None, size, folder)
    shown = _shown(request, job, image, scenes, words, spoken_frames)
    shots = [shot for shot, _ in shown]
    if frames > spoken_frames:
        shots.append(_end_card(request, spoken_frames, frames))
    marks = chapters.of(shots, rate)
    if named:
        marks = chapters.of_marks(named, words, frames / rate, request["title"])
    if marks:
        (folder / "chapters.txt").write_text(chapters.ffmetadata(marks), encoding="utf-8")
    content = encoding.Content(bool(cues), bool(marks))
    heard = [sound for _, sound in shown if sound]
    if "music" in request or heard:
        audio = folder.resolve() / "mix.wav"
        music.mixed(
            job.files["audio"].resolve(),
            music.chosen(job.settings.tracks, job.topic.slug) if "music" in request else None,
            timed_words.sentences_s(request["audio"], _record_of_audio(job), rate_hz),
            audio,
            length_s=frames / rate,
            loudness_lufs=request.get("loudness_lufs"),
            clips=heard,
        )
    ffmpeg.encode(
        encoding.arguments(request, audio, frames, size, content, threads),
        folder,
        film.frames(shots, size, request["zoom"], round(_FADE_S * rate)),
        timeout_s=60 + _LONGEST_PER_SECOND * frames / rate,
    )
    service = {
        "version": str(ffmpeg.program()),
        **encoding.check(folder, frames, rate, size, content),
    }
    if len(shots) > 1:
        service["scenes"] = [round(shot.first / rate, 3) for shot in shots]
    return Artifact(
        (folder / "video.mp4").read_bytes(),
        str(ffmpeg.program()),
        ["streams", "length"],
        service,
    )


def _shown(
    request: Request,
    job: Job[Any],
    image: "Image.Image",
    scenes: Sequence[Shown],
    words: "Sequence[Word]",
    frames: int,
) -> list[tuple[Shot, ClipSound | None]]:
    """Return what is seen, the topic's picture or its scenes, and the sounds of clips."""
    if not scenes:
        return [(Shot(functools.partial(fitted, image), 0, frames), None)]
    rate = request["frame_rate"]
    cuts_s = cuts.cuts_s([scene.say for scene in scenes], words)
    firsts = [0, *(round(time_s * rate) for time_s in cuts_s)]
    shown = []
    for number, (first, end) in enumerate(itertools.pairwise([*firsts, frames])):
        if first == end:
            continue
        scene = scenes[number]
        moves = film.MOVES_OF_TEXT if scene.card else film.MOVES
        draw = functools.partial(fitted, image)
        if scene.file:
            draw = functools.partial(_fitted_file, job.files["scenes"].parent / scene.file)
        title = key_phrase(scene.say, request["language"])
        move = moves[number % len(moves)]
        shot = Shot(draw, first, end, move, title, _clip(scene.clip, rate))
        shown.append((shot, _sound(scene.clip, first / rate, end / rate)))
    return shown


def _clip(
    clip: Mapping[str, Any] | None, rate: int
) -> Callable[[tuple[int, int]], Iterator[bytes]] | None:
    """Return a function from a size to the frames of a clip."""
    if clip is None:
        return None
    path, start_s, loop = Path(clip["file"]), clip["from"], clip["loop"]
    return lambda size: clips.frames(path, start_s, size, rate, loop=loop)


def _sound(clip: Mapping[str, Any] | None, begin_s: float, end_s: float) -> ClipSound | None:
    if clip is None or not clip.get("sound"):
        return None
    return ClipSound(Path(clip["file"]), clip["from"], clip["loop"], begin_s, end_s)


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


def _words(
    request: Request, job: Job[Any], scenes: Sequence[Shown], cues: Sequence[Cue]
) -> "list[Word]":
    """Return the words of the recording with their times.

    Without a record that says its text, it says what the scenes say, or the subtitles. Raises InputError: the scenes
    say something else than the recording.
    """
    record, sha256 = _record_of_audio(job), request["audio"]
    says = [scene.say for scene in scenes]
    text = timed_words.recorded_text(sha256, record)
    if text is None:
        text = " ".join(says or [line for cue in cues for line in cue.lines])
    elif scenes:
        cuts.check(
            says,
            captions.clean(text),
            str(job.output.parents[1] / "storyboards" / f"{job.topic.slug}.yaml"),
        )
    return timed_words.timed(job.files["audio"], sha256, record, text, request["language"]).words


def _record_of_audio(job: Job[Any]) -> Path:
    return job.record.parents[1] / "audio" / job.record.name


def _fitted_file(path: Path, size: tuple[int, int]) -> "Image.Image":
    return fitted(_opened(path), size)


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
    upright = height > width
    share = 0.056 if words is None else 0.078 if upright else 0.064  # of the shorter side
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
