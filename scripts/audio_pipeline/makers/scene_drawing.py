"""Pictures of scenes: each from an answer of its own, or as a card. A card also replaces a picture that cannot be had.

Pictures are written under temporary names, and renamed when the record and the list of scenes are written, so that the
record tells our pictures from those that were changed by hand, which are kept.
"""

import contextlib
import functools
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from audio_pipeline import files
from audio_pipeline.core import record as records
from audio_pipeline.core.attempts import (
    Attempt,
    WantedAnswer,
    first_cached,
    first_requested,
    seed_of,
    take_of,
    takes_of,
)
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.record import UsedAnswer, unit_of
from audio_pipeline.core.request import Request
from audio_pipeline.core.stage import ORIGINAL_SCENES, STORYBOARD, Job
from audio_pipeline.errors import (
    BadAnswer,
    EngineError,
    InputError,
    RequestRefused,
    ServiceError,
)
from audio_pipeline.makers import drawing
from audio_pipeline.pictures import picture_formats
from audio_pipeline.run import request_log
from audio_pipeline.settings import ImageSettings
from audio_pipeline.text.key_phrase import key_phrase
from audio_pipeline.video import clips, media, scene_list, storyboard
from audio_pipeline.video.scene_list import Shown
from audio_pipeline.video.storyboard import Scene

_MOST_PX = 4096  # of a side of a picture of one's own
_OF_ONE_PICTURE = (BadAnswer, RequestRefused)  # after other errors, the service is not asked again


def maker(job: Job[ImageSettings]) -> Ask:
    """Return a function that makes the pictures of a storyboard's scenes, and the list of them.

    service["pictures"]: scene → fingerprint of its file; ["by_hand"]: those that were changed by hand; ["failed"]:
    those that are cards for now, and why; the next run tries again.
    """

    def ask(request: Request, attempt: Attempt) -> Artifact:
        path = job.files[STORYBOARD]
        board = storyboard.parse(files.read_text(path), str(path))
        pictures = _Pictures(job, request, attempt)
        shown = [
            pictures.shown(name, what, scene)
            for (name, scene), (_, what) in zip(
                board.by_id().items(), request["scenes"], strict=True
            )
        ]
        return pictures.artifact(shown)

    return ask


def answers(request: Request, attempt: Attempt) -> Iterator[WantedAnswer]:
    """Yield the answers of which the pictures are made, for the plan."""
    takes = takes_of(_without_new_take(attempt))
    scenes = request["scenes"]
    if not isinstance(scenes, list):
        return  # an invalid storyboard
    for what in (what for _, what in scenes if what and isinstance(what, str)):
        unit = _unit(request, what)
        yield WantedAnswer(drawing.KIND, unit, take_of(takes, unit))


@dataclass
class _Pictures:
    """The pictures of a storyboard's scenes, as they are made."""

    job: Job[ImageSettings]
    request: Request
    attempt: Attempt
    requested: int = 0
    models: dict[str, None] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)  # scene → SHA-256
    by_hand: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    answers: list[UsedAnswer] = field(default_factory=list)
    down: ServiceError | None = None

    def __post_init__(self) -> None:
        self.folder = self.job.output.with_suffix("")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.before = records.load(self.job.record)
        self.own = set(scene_list.own(self.before))
        self.takes = takes_of(_without_new_take(self.attempt))
        self._finish_renames()
        self._again()

    def shown(self, name: str, what: Any, scene: Scene) -> Shown:
        """Return a scene with its picture, which is drawn if it is not there."""
        if not what:
            return Shown(scene.say, card=self.request["engine"] == "card")
        if scene.original and (of_original := self._of_original(scene)):
            return of_original
        path = self.folder / f"{name}.png"
        sha256 = files.sha256_of(path) if path.is_file() else None
        if sha256 and sha256 not in self.own:
            print(f"kept {path}: was changed by hand; delete it to make it again")
            self.made[name] = self.by_hand[name] = sha256
        elif sha256 and self._is_current(name, what, sha256):
            self.made[name] = sha256
        else:
            self._draw(name, what, scene)
        if scene.file:
            clip = what if media.is_clip(scene.file) else None
            return Shown(scene.say, f"{self.folder.name}/{path.name}", self.made[name], clip=clip)
        is_card = self.request["engine"] == "card" or bool(scene.original)
        card = name in self.failed or (is_card and name not in self.by_hand)
        return Shown(scene.say, f"{self.folder.name}/{path.name}", self.made[name], card)

    def _of_original(self, scene: Scene) -> Shown | None:
        """Return a scene with a picture of the original, None if that has a card for now, in its own language.

        Raises InputError: there is no such scene.
        """
        shown = self._original_scenes.get(scene.original)
        if shown is None:
            raise InputError(
                f"{self.job.files[STORYBOARD]}: the scene {scene.say[:40]!r} shows {scene.original!r}, "
                "but the original has no such scene with a picture; show something else, or delete the storyboard"
            )
        return None if shown.card else replace(shown, say=scene.say)

    @functools.cached_property
    def _original_scenes(self) -> dict[str, Shown]:
        """Name → scene of the original, of those with a picture."""
        if ORIGINAL_SCENES not in self.job.files:
            return {}
        scenes = scene_list.load(self.job.files[ORIGINAL_SCENES])
        return {Path(scene.file).stem: scene for scene in scenes if scene.file}

    def artifact(self, shown: list[Shown]) -> Artifact:
        service: dict[str, Any] = {"scenes": len(shown)}
        for key in ("by_hand", "failed", "warnings"):
            if value := getattr(self, key):
                service[key] = value
        pictures = {name: self._fingerprint(name) for name in self.made}
        return Artifact(
            scene_list.dump(shown),
            ", ".join(self.models) or "title card",
            ["scenes"],
            {**service, "pictures": pictures},
            on_stored=self._rename_all,
            requested=self.requested,
            answers=self.answers,
            takes=self.takes,
        )

    def _draw(self, name: str, what: Any, scene: Scene) -> None:
        if scene.file:
            data = self._own_file(what, scene)
        elif scene.original:
            language = self.job.topic.language or self.job.settings.language
            data = self._card(key_phrase(scene.say, language))
        elif self.request["engine"] == "card":
            data = self._card(what)
        else:
            try:
                data = self._picture(what)
            except ServiceError as error:
                self._note_failure(name, scene, error)
                language = self.job.topic.language or self.job.settings.language
                data = self._card(key_phrase(scene.say, language))
        temporary = files.temporary_of(self.folder / f"{name}.png")
        with files.new(temporary) as file:
            file.write(data)
        self.made[name] = files.sha256_of(temporary)

    def _own_file(self, what: dict[str, Any], scene: Scene) -> bytes:
        """Return a picture of one's own, or the first picture of a clip. Raises InputError."""
        from PIL import Image

        path = Path(scene.file)
        where = f"{self.job.files[STORYBOARD]}: the scene {scene.say[:40]!r} shows {path}"
        if not what["sha256"]:
            raise InputError(
                f"{where}, which does not exist in the project; put it there, or show something else"
            )
        try:
            if media.is_clip(scene.file):
                opened = Image.open(io.BytesIO(clips.first_picture(path, scene.start_s)))
                image = picture_formats.rgb(opened)
                if scene.sound:
                    clips.check_sound(path)
            else:
                with files.reading(path) as file:
                    image = picture_formats.rgb(Image.open(file, formats=picture_formats.PLACED))
        except EngineError as error:
            raise InputError(
                f"{where}, which cannot be read ({error}); show another file"
            ) from None
        except picture_formats.unreadable() as error:
            raise InputError(f"{where}, which is not a readable picture ({error})") from None
        image.thumbnail((_MOST_PX, _MOST_PX))
        return drawing.png(image, {}, None)

    def _card(self, phrase: str) -> bytes:
        from audio_pipeline.pictures import title_card

        request = self.request
        draw = functools.partial(
            title_card.render_scene,
            request["title"],
            width_px=request["width"],
            height_px=request["height"],
            seed=request.get("seed") or 0,
            style=request.get("style", "auto"),
        )
        try:
            image = draw(phrase)
        except title_card.MissingGlyphs as error:
            print(f"{error}; a scene has no text")
            image = draw("")
        return drawing.png(image, {"Title": phrase}, None)

    def _picture(self, what: str) -> bytes:
        """Return a picture of the service. Raises ServiceError."""
        unit = _unit(self.request, what)
        take = take_of(self.takes, unit)
        ask = self._ask

        def use(number: int) -> Artifact:
            attempt = replace(self.attempt, seed=seed_of(unit, number), number=number)
            made: Artifact = ask(unit, attempt)
            return made

        def is_cached(number: int) -> bool:
            return bool(ask.is_cached(unit, number))

        made = first_cached(take, is_cached, use) or self._requested(take, is_cached, use)
        self.requested += made.requested
        self.models[made.model] = None
        self.answers += made.answers
        self.warnings += made.service.get("warnings", [])
        assert isinstance(made.data, bytes)
        return made.data

    def _requested(
        self, take: int, is_cached: Callable[[int], bool], use: Callable[[int], Artifact]
    ) -> Artifact:
        if self.down:
            raise self.down

        def on_rejected() -> None:
            self.requested += 1
            request_log.answer_rejected("image")

        try:
            return first_requested(take, self.job.settings.attempts, is_cached, use, on_rejected)
        except ServiceError as error:
            if not isinstance(error, _OF_ONE_PICTURE):
                self.down = error
            raise

    @functools.cached_property
    def _ask(self) -> Any:
        settings = replace(self.job.settings, checks={**self.job.settings.checks, "repeat": "off"})
        return drawing.maker(replace(self.job, settings=settings))

    def _note_failure(self, name: str, scene: Scene, error: ServiceError) -> None:
        self.failed[name] = str(error)
        line = f"the scene {scene.say[:40]!r} has a card for now, and the next run tries again: {error}"
        print(f"warning: {line}")
        self.warnings.append(line)

    def _is_current(self, name: str, what: Any, sha256: str) -> bool:
        """True if our picture of this scene was made for the same request and take."""
        before = self.before
        if before is None or name in (before.service.get("failed") or {}):
            return False
        known = before.service.get("pictures", {}).get(name)
        if not isinstance(known, dict) or known.get("sha256") != sha256:
            return False
        if _of_all_scenes(before.request) != _of_all_scenes(self.request):
            return False
        if [name, what] not in before.request["scenes"]:
            return False
        if self.request["engine"] == "card" or not isinstance(what, str):
            return True
        unit = unit_of(_unit(self.request, what))
        used = [answer for answer in before.answers if answer.unit == unit]
        if not used or used[0].take != self.takes.get(unit, [0])[0]:
            return False
        self.answers += used[:1]
        return True

    def _again(self) -> None:
        """Ask for another take of each picture that the user deleted."""
        if self.before is None or self.request["engine"] == "card":
            return
        what = dict(self.request["scenes"])
        for name in self.before.service.get("pictures", {}):
            if (
                isinstance(what.get(name), str)
                and what[name]
                and not (self.folder / f"{name}.png").exists()
            ):
                unit = unit_of(_unit(self.request, what[name]))
                if any(answer.unit == unit for answer in self.before.answers):
                    highest = max(self.takes.get(unit, [0]))
                    self.takes[unit] = [highest + 1, highest + 1]

    def _finish_renames(self) -> None:
        """Rename what a killed job had left to rename, and remove other temporary files."""
        known = self.before.service.get("pictures", {}) if self.before else {}
        for temporary in self.folder.glob(".*.png.tmp"):
            path = self.folder / temporary.name[1 : -len(".tmp")]
            expected = known.get(path.stem)
            if isinstance(expected, dict) and files.sha256_of(temporary) == expected.get("sha256"):
                files.rename(temporary, path)
            else:
                temporary.unlink()

    def _fingerprint(self, name: str) -> dict[str, Any]:
        path = self.folder / f"{name}.png"
        temporary = files.temporary_of(path)
        return files.fingerprint(temporary if temporary.exists() else path)

    def _rename_all(self) -> None:
        """Put the new pictures into place, and remove ours of scenes that are gone."""
        for name in self.made:
            path = self.folder / f"{name}.png"
            with contextlib.suppress(FileNotFoundError):
                files.rename(files.temporary_of(path), path)
        for path in self.folder.glob("*.png"):
            if path.stem not in self.made and files.sha256_of(path) in self.own:
                path.unlink()


def _unit(request: Request, prompt: str) -> Request:
    """Return the request of one picture, as that of a topic's picture with this prompt."""
    own = {key: value for key, value in _of_all_scenes(request).items() if key != "title"}
    return {**own, "prompt": prompt}


def _of_all_scenes(request: Request) -> Request:
    """Return what all pictures of a request have in common."""
    return {key: value for key, value in request.items() if key not in ("scenes", ORIGINAL_SCENES)}


def _without_new_take(attempt: Attempt) -> Attempt:
    """Return the attempt without the wish for another take of everything: a deleted list asks for none."""
    return replace(attempt, is_new_take=False)
