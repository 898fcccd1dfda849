"""Storyboards: a script divided into scenes, and what is seen in each, by rule. Edits survive a changed script."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from audio_pipeline import files
from audio_pipeline.core import record as records
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.record import Record
from audio_pipeline.core.request import Request, differences
from audio_pipeline.core.stage import ORIGINAL_STORYBOARD, Job
from audio_pipeline.errors import InputError
from audio_pipeline.text.key_phrase import key_phrase
from audio_pipeline.video import media, storyboard
from audio_pipeline.video.storyboard import Scene, Storyboard

_MOST_SHOWN = 300  # characters of what is said, as what is seen


def maker(job: Job[Any]) -> Ask:
    """Return a function that divides the text into scenes.

    A scene of the present file stays, with what it shows, while the script has its sentences side by side; if the
    settings changed, only one that was edited. Edited scenes whose sentences are gone are kept as `unused`.
    service["generated"]: scene → what was generated for it, which tells edits apart.
    """

    def ask(request: Request, _: Attempt) -> Artifact:
        before = _present(job)
        record = records.load(job.record)
        edited = _edited(before, record)
        same = record is not None and _only_text_changed(record.request, request)
        # The scenes of a translation follow those of its original, whose names change with what they say.
        stays = same and not job.topic.original
        kept = [*(before.scenes if stays else edited), *before.unused]
        divided = _translated(job, request, kept) if job.topic.original else _divided(request, kept)
        if not divided:
            raise InputError("the script has no words; edit it, or delete it to make it again")
        scenes = [scene for scene, _ in divided]
        used = [scene for _, scene in divided if scene]
        unused = [scene for scene in [*edited, *before.unused] if scene not in used]
        made = Storyboard(tuple(scenes), tuple(dict.fromkeys(unused)))
        by_hand = {scene for scene in used if scene in edited or scene in before.unused}
        generated = {
            name: _mark(scene) for name, scene in made.by_id().items() if scene not in by_hand
        }
        # A file that stays as it is keeps its comments.
        same_file = made == before and job.output.is_file()
        data = job.output.read_bytes() if same_file else storyboard.dump(made).encode()
        return Artifact(
            data, "rules", ["scenes"],
            {"scenes": len(scenes), "generated": generated},
        )  # fmt: skip

    return ask


# The scenes, each with the one of the present file that it was, or None
Divided = list[tuple[Scene, Scene | None]]


def _divided(request: Request, kept: Sequence[Scene]) -> Divided:
    says = storyboard.merged(request["text"], request["language"], request["seconds"], kept)
    shows = _Shows(request)
    return [
        (replace(scene, say=say) if scene else shows.scene(say, number), scene)
        for number, (say, scene) in enumerate(says)
    ]


def _translated(job: Job[Any], request: Request, kept: Sequence[Scene]) -> Divided:
    """Return the scenes of a translation, which are those of its original."""
    if not isinstance(request["original"], list):
        path = job.files.get(ORIGINAL_STORYBOARD, f"--{ORIGINAL_STORYBOARD}")
        raise InputError(f"{path} is not a valid storyboard; correct it and run again")
    original, names = (
        [values for _, values in request["original"]],
        [name for name, _ in request["original"]],
    )
    says = storyboard.translated(
        request["text"],
        request["language"],
        [values["say"] for values in original],
        request["original_language"],
        kept,
    )
    return [
        (
            replace(scene, say=say)
            if scene
            else _as_in_original(say, original[number].get("show", ""), names[number], request),
            scene,
        )
        for say, number, scene in says
    ]


def _as_in_original(say: str, show: Any, name: str, request: Request) -> Scene:
    """Return a scene that shows what one of the original does. Cards have text, so they are in the language itself."""
    if isinstance(show, dict) and "file" in show:
        return Scene(
            say,
            file=show["file"],
            start_s=show.get("from", 0.0),
            loop=show.get("loop", True),
            sound=show.get("sound", False),
        )
    if not show:
        return Scene(say)
    if request["shows"] == "phrase":
        return Scene(say, key_phrase(say, request["language"]) or say[:_MOST_SHOWN])
    return Scene(say, original=name)


def _present(job: Job[Any]) -> Storyboard:
    """Return the file that is there, or an empty one. Raises InputError: it was edited, and is invalid."""
    if not job.output.is_file():
        return Storyboard(())
    return storyboard.parse(files.read_text(job.output), str(job.output))


def _edited(before: Storyboard, record: Record | None) -> Sequence[Scene]:
    """Return the scenes that are not as they were generated."""
    known = record.service.get("generated") if record else None
    generated = known if isinstance(known, dict) else {}
    return [scene for name, scene in before.by_id().items() if generated.get(name) != _mark(scene)]


def _mark(scene: Scene) -> str:
    """Return what is seen, to be compared with what was generated."""
    if scene.original:
        return f"scene:{scene.original}"
    return f"file:{scene.file}" if scene.file else scene.show


def _only_text_changed(before: Request, now: Request) -> bool:
    """True if nothing but the script differs, and the prompts that follow from it."""
    changed = set(differences(before, now))
    return not changed or ("text" in changed and changed <= {"text", "prompts"})


class _Shows:
    """What is seen in the scenes of a text: by the language model, or by rule."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._files: set[str] = set()  # shown already
        text, language = request["text"], request["language"]
        prompts = request.get("prompts", [])
        says = storyboard.divided(text, language, request["seconds"]) if prompts else []
        # A scene that was joined or divided by hand gets the prompt of its first sentence.
        self._prompts: dict[str, str] = {
            sentence: prompt
            for say, prompt in reversed(list(zip(says, prompts, strict=False)))
            for sentence in storyboard.sentences_of(say, language)
        }

    def scene(self, say: str, number: int) -> Scene:
        """Return a scene. number: its place, from 0."""
        if file := media.best(say, self._request.get("media", []), self._files):
            self._files.add(file)
            return Scene(say, file=file)
        return Scene(say, self._show(say, number))

    def _show(self, say: str, number: int) -> str:
        """Return what is drawn. The first scene shows the topic's picture."""
        if not number:
            return ""
        language = self._request["language"]
        for sentence in storyboard.sentences_of(say, language):
            if sentence in self._prompts:
                return self._prompts[sentence]
        if self._request["shows"] == "phrase":
            return key_phrase(say, language) or say[:_MOST_SHOWN]
        return say[:_MOST_SHOWN]
