"""Lists of a topic's scenes with their pictures: data/output/scenes/SLUG.json, from which the video is made.

    {"scenes": [{"say": "Tea began in China.", "file": null, "sha256": null, "card": false}, …]}

file: of the picture, relative to the list and in a folder beside it (a translation shows those of its original), or
null for the topic's picture; card: true if it is a card with a text. The
list says nothing of how a picture was made, so that it changes only if the video does.
"""

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from audio_pipeline import files
from audio_pipeline.core.record import Record
from audio_pipeline.core.topic_attributes import SLUG
from audio_pipeline.errors import InputError
from audio_pipeline.video import media

_MOST_BYTES = 2**24


@dataclass(frozen=True)
class Shown:
    """A scene.

    say: what is spoken; file: of its picture, relative to the list; sha256: of that; card: True if it has text; clip:
    None, or file (in the project), sha256, from (in s), loop, and sound if it is heard.
    """

    say: str
    file: str | None = None
    sha256: str | None = None
    card: bool = False
    clip: dict[str, Any] | None = None


def dump(scenes: Sequence[Shown]) -> bytes:
    values = {"scenes": [_values(scene) for scene in scenes]}
    return (json.dumps(values, ensure_ascii=False, indent=1) + "\n").encode()


def _values(scene: Shown) -> dict[str, Any]:
    values = asdict(scene)
    if scene.clip is None:
        del values["clip"]
    return values


def load(path: Path) -> list[Shown]:
    """Load a list. Raises InputError: it was edited, and is invalid."""
    try:
        values = json.loads(files.read_bytes(path, _MOST_BYTES))
        scenes = [Shown(**each) for each in values["scenes"]]
        if not scenes or not all(_is_sound(scene) for scene in scenes):
            raise ValueError("no valid scenes")
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        raise InputError(
            f"{path}: is not a list of scenes; delete it, and the next run makes it again"
        ) from None
    return scenes


def own(record: Record | None) -> Iterator[str]:
    """Yield the SHA-256 of the pictures that were made here."""
    while record:
        by_hand: dict[str, Any] = record.service.get("by_hand") or {}
        for name, picture in (record.service.get("pictures") or {}).items():
            if isinstance(picture, dict) and name not in by_hand:
                yield str(picture.get("sha256"))
        record = record.previous


def outdated(path: str, record: Record | None) -> str:
    """Return why the pictures are to be looked at again, "" if there is no need to.

    A picture is missing, was changed by hand, or is a card in place of one that could not be had.
    """
    known = record.service.get("pictures") if record else None
    if record and record.service.get("failed"):
        return "pictures missing"
    folder = Path(path).with_suffix("")
    for name, before in (known if isinstance(known, dict) else {}).items():
        if not isinstance(before, dict):
            continue
        try:
            now = files.fingerprint(folder / os.path.basename(f"{name}.png"), before)
        except OSError:
            return "pictures missing"
        if now["sha256"] != before.get("sha256"):
            return "pictures changed"
    return ""


def _is_clip(clip: Any) -> bool:
    return (
        isinstance(clip, dict)
        and isinstance(clip.get("file"), str)
        and not media.fault(clip["file"])
        and type(clip.get("from")) in (int, float)
        and isinstance(clip.get("loop"), bool)
        and isinstance(clip.get("sound", False), bool)
    )


def _is_sound(scene: Shown) -> bool:
    """True if the values have the right types, and the picture is in the folder of a topic."""
    if not isinstance(scene.say, str) or not isinstance(scene.card, bool):
        return False
    if scene.clip is not None and not _is_clip(scene.clip):
        return False
    if scene.file is None:
        return True
    if not isinstance(scene.file, str) or not isinstance(scene.sha256, str):
        return False
    return bool(re.fullmatch(rf"{SLUG}/[^/\x00]+", scene.file))
