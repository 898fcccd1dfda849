"""Storyboards: what is seen while a script is spoken, as a YAML file that people edit.

    scenes:
    - say: Tea began in China.
    - say: Farmers boiled its leaves in water. The drink kept them awake.
      show: Farmers boiled its leaves in water

`say`: sentences of the script, in order; together the whole script. `show`: what is seen; or a file of one's own, as
{file: data/input/media/harbour.mp4, from: 2.5, loop: false, sound: true}; or in a translation, the picture of a scene
of its original, as {scene: tea-began-in-china-1a2b3c4d}; or, if it is left out, the topic's own picture. `unused`:
shows that someone wrote for sentences that the script no longer has; they are used again if the sentences return.
"""

import bisect
import hashlib
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from slugify import slugify

from audio_pipeline.core import yaml_files
from audio_pipeline.errors import InputError
from audio_pipeline.text import sentences
from audio_pipeline.text.languages import registry
from audio_pipeline.video import media

MOST_SCENES = 2000
_MOST_SENTENCES = 12  # in a scene
_OVER_A_PARAGRAPH = 1.5  # cost of a scene that goes on in the next paragraph
_PAUSE_S = 0.35
_LONGEST_CLIP_S = 86_400
_ID = r"[a-z0-9-]{1,60}"  # of a scene, as `_ids` makes them
_ID_WORDS, _ID_DIGITS = 24, 8  # characters of a scene's name: of its first words, and of the digest
_HEAD = """\
# The scenes of the video, in order. Edits of this file are kept, and only what they change is made again.
# say: sentences of the script; move whole sentences to divide or join scenes.
# show: what is seen. Without it, the topic's own picture.
"""


@dataclass(frozen=True)
class Scene:
    """A scene.

    say: what is spoken, in one line; show: what is seen, "" for the topic's picture or a file; file: path of a picture
    or clip, "" for none; start_s: where a clip begins; loop: False to hold the last frame of a clip that is too short;
    sound: True to hear the clip under the speech; original: name of the scene of the original whose picture is shown.
    """

    say: str
    show: str = ""
    file: str = ""
    start_s: float = 0.0
    loop: bool = True
    sound: bool = False
    original: str = ""

    def values(self) -> dict[str, Any]:
        """Return its values as they stand in the file."""
        show: Any = self.show
        if self.original:
            show = {"scene": self.original}
        if self.file:
            show = {"file": self.file}
            show |= {"from": self.start_s} if self.start_s else {}
            show |= {} if self.loop else {"loop": False}
            show |= {"sound": True} if self.sound else {}
        return {"say": self.say, **({"show": show} if show else {})}


@dataclass(frozen=True)
class Storyboard:
    scenes: tuple[Scene, ...]
    unused: tuple[Scene, ...] = ()

    def ids(self) -> list[str]:
        """Return the names of the scenes, which depend on what they say and not on their place."""
        return list(_ids(scene.say for scene in self.scenes))

    def by_id(self) -> dict[str, Scene]:
        return dict(zip(self.ids(), self.scenes, strict=True))


def parse(text: str, name: str) -> Storyboard:
    """Parse a storyboard. name: of its file, for messages. Raises InputError."""
    try:
        values = yaml_files.parse(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or error
        raise InputError(
            f"{name}{where}: is not YAML: {reason}; correct it, or delete it to make it again"
        ) from None
    if not isinstance(values, dict) or not isinstance(values.get("scenes"), list):
        raise _fault(name, f"holds {yaml_files.short_repr(values)}; expected a list 'scenes:'")
    if unknown := values.keys() - {"scenes", "unused"}:
        raise _fault(name, f"has the key {sorted(map(str, unknown))[0]!r}; expected scenes")
    scenes = values["scenes"]
    if not 0 < len(scenes) <= MOST_SCENES:
        raise _fault(name, f"has {len(scenes)} scenes; expected 1 to {MOST_SCENES}")
    unused = values.get("unused") or []
    if not isinstance(unused, list):
        raise _fault(name, "unused is not a list; remove it")
    return Storyboard(
        tuple(_scene(each, f"scene {number}", name) for number, each in enumerate(scenes, start=1)),
        tuple(_scene(each, "unused", name) for each in unused[:MOST_SCENES]),
    )


def dump(storyboard: Storyboard) -> str:
    """Format a storyboard as YAML."""
    content: dict[str, Any] = {"scenes": [scene.values() for scene in storyboard.scenes]}
    if storyboard.unused:
        content["unused"] = [scene.values() for scene in storyboard.unused]
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    return _HEAD + text


def divided(text: str, language: str, seconds: float) -> list[str]:
    """Divide a text into what each scene says: whole sentences, for about this time, within a paragraph if possible.

    seconds: about how long a scene is; a longer sentence is a scene of its own.
    """
    return [say for say, _ in merged(text, language, seconds, ())]


def merged(
    text: str, language: str, seconds: float, kept: Sequence[Scene]
) -> list[tuple[str, Scene | None]]:
    """Divide a text like `divided`, but keep scenes whose sentences it still has, side by side.

    Returns what each scene says, and the kept scene or None.
    """
    flat = _flat(text, language)
    ranges = _merged(
        flat, language, kept, lambda between: _grouped(flat, between, language, seconds)
    )
    return [(_say(flat, part), scene) for part, scene in ranges]


def translated(
    text: str, language: str, original: Sequence[str], original_language: str, kept: Sequence[Scene]
) -> list[tuple[str, int, Scene | None]]:
    """Divide a translation like `merged`, but where its original is divided.

    original: what each scene of the original says. Returns what each scene says, the number of the scene of the
    original that it translates, from 0, and the kept scene or None.
    """
    flat = _flat(text, language)
    counted = [sentences_of(say, original_language) for say in original]
    scenes = _scenes_of_sentences([sentence for sentence, _ in flat], counted)

    def grouped(between: range) -> Iterator[range]:
        for _, group in itertools.groupby(between, key=scenes.__getitem__):
            positions = list(group)
            yield range(positions[0], positions[-1] + 1)

    ranges = _merged(flat, language, kept, grouped)
    return [(_say(flat, part), scenes[part.start], scene) for part, scene in ranges]


def _scenes_of_sentences(own: Sequence[str], original: Sequence[Sequence[str]]) -> list[int]:
    """Return the scene of the original that each sentence of a translation belongs to.

    original: the sentences of each scene. Sentences correspond one by one if there are as many; otherwise, the place of
    a sentence in the text decides, by characters.
    """
    numbers = [number for number, scene in enumerate(original) for _ in scene]
    if len(numbers) == len(own):
        return numbers
    ends = list(itertools.accumulate(sum(map(len, scene)) for scene in original))
    total, begin, result = sum(map(len, own)) or 1, 0, []
    for sentence in own:
        middle = (begin + len(sentence) / 2) / total * ends[-1]
        result.append(min(bisect.bisect_right(ends, middle), len(ends) - 1))
        begin += len(sentence)
    return result


def _flat(text: str, language: str) -> list[tuple[str, int]]:
    """Return the sentences of a text, with the numbers of their paragraphs."""
    return [
        (sentence, number)
        for number, paragraph in enumerate(sentences.paragraphs(text, language))
        for sentence in paragraph
    ]


def _say(flat: Sequence[tuple[str, int]], part: range) -> str:
    return " ".join(flat[position][0] for position in part)


def _merged(
    flat: Sequence[tuple[str, int]],
    language: str,
    kept: Sequence[Scene],
    grouped: Callable[[range], Iterator[range]],
) -> Iterator[tuple[range, Scene | None]]:
    """Yield the sentences of each scene, and the kept scene or None. grouped: divides sentences between kept scenes."""
    plain = [_plain(sentence) for sentence, _ in flat]
    taken: dict[
        int, tuple[int, Scene]
    ] = {}  # first sentence → the one after the last, and the scene
    used: set[int] = set()
    for scene in kept:
        wanted = [_plain(sentence) for sentence in sentences_of(scene.say, language)]
        for start in _starts(plain, wanted):
            run = range(start, start + len(wanted))
            if used.isdisjoint(run):
                taken[start] = (run.stop, scene)
                used.update(run)
                break
    position = 0
    for start in [*sorted(taken), len(flat)]:
        for part in grouped(range(position, start)):
            yield part, None
        if start < len(flat):
            position, scene = taken[start]
            yield range(start, position), scene


def _grouped(
    flat: Sequence[tuple[str, int]], between: range, language: str, seconds: float
) -> Iterator[range]:
    """Yield the sentences of each scene. flat: sentences and the numbers of their paragraphs; between: those to divide.

    A scene of twice the wanted length costs as much as one of half of it; the sum of all costs is least.
    """
    own = [flat[position] for position in between]
    lengths = [_length_s(sentence, language) for sentence, _ in own]
    # by number of sentences: cost, first of the last scene
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(own) + 1):
        choices = []
        for begin in range(max(0, end - _MOST_SENTENCES), end):
            cost = best[begin][0] + math.log(sum(lengths[begin:end]) / seconds) ** 2
            cost += _OVER_A_PARAGRAPH * (own[end - 1][1] - own[begin][1])
            choices.append((cost, begin))
        best.append(min(choices))
    ranges, end = [], len(own)
    while end:
        begin = best[end][1]
        ranges.append(range(between.start + begin, between.start + end))
        end = begin
    yield from reversed(ranges)


def _length_s(sentence: str, language: str) -> float:
    """Estimate how long a sentence and the pause after it last."""
    profile = registry.of(language)
    count = len(sentence.split()) if profile.spaces else len(re.findall(r"\w", sentence))
    least, most = profile.pace
    return _PAUSE_S + max(1, count) * math.sqrt(least * most)


def sentences_of(say: str, language: str) -> list[str]:
    """Return the sentences of what a scene says."""
    return [part for paragraph in sentences.paragraphs(say, language) for part in paragraph]


def _plain(sentence: str) -> str:
    return " ".join(sentence.split())


def _starts(texts: Sequence[str], wanted: Sequence[str]) -> Iterator[int]:
    """Yield the positions at which the texts have the wanted ones in a row."""
    if not wanted:
        return
    for start in range(len(texts) - len(wanted) + 1):
        if texts[start] == wanted[0] and list(texts[start : start + len(wanted)]) == list(wanted):
            yield start


def _ids(says: Iterator[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for say in says:
        plain = _plain(say)
        words = slugify(plain, max_length=_ID_WORDS, word_boundary=True) or "scene"
        name = f"{words}-{hashlib.sha256(plain.encode()).hexdigest()[:_ID_DIGITS]}"
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}-{seen[name]}"


def _scene(values: Any, where: str, name: str) -> Scene:
    if not isinstance(values, dict) or not isinstance(values.get("say"), str):
        found = yaml_files.short_repr(values)
        raise _fault(name, f"{where} is {found}; expected 'say:' with its sentences, and 'show:'")
    if unknown := values.keys() - {"say", "show"}:
        raise _fault(
            name, f"{where} has the key {sorted(map(str, unknown))[0]!r}; expected say, show"
        )
    say = _plain(values["say"])
    if not any(map(str.isalnum, say)):
        raise _fault(name, f"{where} says nothing; expected sentences of the script")
    show = values.get("show")
    if isinstance(show, dict) and show.keys() == {"scene"}:
        original = show["scene"]
        if not isinstance(original, str) or not re.fullmatch(_ID, original):
            found = yaml_files.short_repr(show)
            raise _fault(name, f"{where} has show {found}; expected the name of a scene")
        return Scene(say, original=original)
    if isinstance(show, dict):
        return _file_scene(say, show, where, name)
    if not isinstance(show, str | None):
        raise _fault(
            name, f"{where} has show {yaml_files.short_repr(show)}; expected a text or {{file: …}}"
        )
    return Scene(say, _plain(show or ""))


def _file_scene(say: str, show: dict[Any, Any], where: str, name: str) -> Scene:
    """Return a scene that shows a file."""
    found = yaml_files.short_repr(show)
    file, start_s = show.get("file"), show.get("from", 0)
    if show.keys() - {"file", "from", "loop", "sound"} or not isinstance(file, str):
        expected = "file, and for a clip from, loop and sound"
        raise _fault(name, f"{where} has show {found}; expected {expected}")
    if reason := media.fault(file):
        raise _fault(name, f"{where} shows {file[:80]!r}, which {reason}")
    if type(start_s) not in (int, float) or not 0 <= start_s <= _LONGEST_CLIP_S:
        raise _fault(name, f"{where} has from: {start_s!r}; expected seconds")
    flags = {"loop": show.get("loop", True), "sound": show.get("sound", False)}
    for key, value in flags.items():
        if not isinstance(value, bool):
            raise _fault(
                name, f"{where} has {key}: {yaml_files.short_repr(value)}; expected true or false"
            )
    return Scene(say, file=file, start_s=float(start_s), **flags)


def _fault(name: str, text: str) -> InputError:
    return InputError(f"{name}: {text}; correct it, or delete it to make it again")
