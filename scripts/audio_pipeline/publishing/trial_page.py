"""The page of a trial: for each topic, the files as they are and as the changed settings make them, side by side.

It has no script, and loads only files of the trial's folder. All texts are escaped.
"""

import base64
import contextlib
import difflib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from audio_pipeline import files
from audio_pipeline.errors import InputError
from audio_pipeline.planning import inventory
from audio_pipeline.planning.inventory import Entry, File
from audio_pipeline.planning.trial import FOLDER, Difference
from audio_pipeline.project import Project
from audio_pipeline.publishing import gallery
from audio_pipeline.stages import registry
from audio_pipeline.video import captions

PAGE = Path(__file__).with_name("trial_page")
_MOST_WORDS = 20_000  # of a text whose differences are marked
_MOST_WORDS_EXACT = 1_000  # above, frequent words are not compared
_MOST_CHARACTERS = 400  # of a value
_KINDS = {".txt": "text", ".srt": "subtitles", ".wav": "sound", ".png": "picture", ".mp4": "video"}


class Part(NamedTuple):
    """A part of a text. changed: True if the other text has another one there."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Side:
    """A file on one side. path: relative to the page, "" if there is none; parts: of a text; about: how it was made.

    failed: why it could not be made; poster: path of the picture to show before a video plays; captions: of a video, as
    a data URL.
    """

    path: str
    parts: Sequence[Part]
    about: str
    failed: str = ""
    poster: str = ""
    captions: str = ""


@dataclass(frozen=True)
class Row:
    """Both files of a stage. kind: text, subtitles, sound, picture, video or other; same: True if they are equal."""

    title: str
    kind: str
    same: bool
    now: Side
    then: Side


@dataclass(frozen=True)
class Setting:
    """A setting that differs. note: in how many topics, if their values differ."""

    name: str
    now: Sequence[Part]
    then: Sequence[Part]
    note: str


def write(
    trial: Project,
    before: Project,
    differences: Sequence[Difference],
    costs: Mapping[str, str],
    listed: int,
) -> Path:
    """Write the page and return its path.

    trial, before: projects of the folder's two halves; costs: stage, or "in all" → what adopting the settings for all
    costs; listed: topics of the project.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = "".join(
        path.read_text("utf-8") for path in (gallery.PAGE / "page.css", PAGE / "trial.css")
    )
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    pairs = zip(inventory.read(before), inventory.read(trial), strict=True)
    html = environment.get_template("trial.html.j2").render(
        title=f"{trial.config.gallery.title}: trial",
        language=trial.config.language,
        style=style,
        style_sha256=digest,
        settings=list(_settings(differences)),
        costs=[(_title(stage), text) for stage, text in costs.items()],
        topics=[(new, _rows(before, old, trial, new)) for old, new in pairs],
        listed=listed,
        kept=bool(trial.config.cache.folder),
    )
    path = FOLDER / "index.html"
    with files.replacing(path) as temporary:
        temporary.write_bytes(html.encode("utf-8", "replace"))
    return path


def marked(old: str, new: str) -> tuple[list[Part], list[Part]]:
    """Return the parts of both texts, with the words marked that the other one does not have there."""
    words = [re.findall(r"\S+\s*|\s+", text) for text in (old, new)]
    if max(map(len, words)) > _MOST_WORDS:
        return [Part(old, old != new)], [Part(new, old != new)]
    result: tuple[list[Part], list[Part]] = ([], [])
    plain = [[word.strip() for word in side] for side in words]
    # Exact comparison takes the square of the length for a text that repeats one word.
    is_long = max(map(len, words)) > _MOST_WORDS_EXACT
    matcher = difflib.SequenceMatcher(None, plain[0], plain[1], autojunk=is_long)
    for tag, begin, end, new_begin, new_end in matcher.get_opcodes():
        for parts, text in zip(
            result, (words[0][begin:end], words[1][new_begin:new_end]), strict=True
        ):
            if text:
                parts.append(Part("".join(text), tag != "equal"))
    return result


def _settings(differences: Sequence[Difference]) -> Iterator[Setting]:
    for difference in differences:
        for values in difference.values[:3]:
            now, then = (_shown(value) for value in values)
            parts = marked(now, then) if " " in now and " " in then else None
            note = ""
            if len(difference.values) > 3:
                note = f"for example; it differs in {len(difference.values)} ways"
            yield Setting(
                f"{difference.stage}: {difference.key}",
                parts[0] if parts else [Part(now, True)],
                parts[1] if parts else [Part(then, True)],
                note,
            )
            if note:
                break


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "…"


def _rows(before: Project, old: Entry, trial: Project, new: Entry) -> list[Row]:
    """Return the files of a topic, those first that differ."""
    rows = [
        _row((before, old, old.files[stage]), (trial, new, new.files[stage])) for stage in new.files
    ]
    return sorted(rows, key=lambda row: row.same)


def _row(*sides: tuple[Project, Entry, File]) -> Row:
    stage = sides[0][2].stage
    now, then = (project.file(stage, entry.topic.slug) for project, entry, _ in sides)
    kind = _KINDS.get(Path(now).suffix, "other")
    same = _content(now) == _content(then) and sides[1][2].state != "failed"
    parts: tuple[Sequence[Part], Sequence[Part]] = ([], [])
    if kind in ("text", "subtitles"):
        parts = marked(*(_text(path) for path in (now, then)))
    return Row(
        _title(stage),
        kind,
        same,
        *(_side(*side, part) for side, part in zip(sides, parts, strict=True)),
    )


def _side(project: Project, entry: Entry, file: File, parts: Sequence[Part]) -> Side:
    slug, made = entry.topic.slug, file.record
    path, exists = project.file(file.stage, slug), file.size is not None
    is_video = path.endswith(".mp4")
    about = []
    if exists and file.stage == "audio" and entry.duration_s is not None:
        about.append(f"{entry.duration_s:.1f} s")
    if exists and made and project.stages[file.stage].service:
        about.append(str(made.request.get("voice") or made.model))
        about.append(f"take {made.take}" if made.take else "")
    if exists and not made:
        about.append("placed by hand")
    return Side(
        _relative(path) if exists else "",
        parts,
        " · ".join(filter(None, about)),
        file.reason if file.state == "failed" else "",
        _relative(project.file("image", slug)) if is_video and entry.existing("image") else "",
        _captions(project, slug) if is_video else "",
    )


def _relative(path: str) -> str:
    """Return a path as an address relative to the page."""
    return quote(os.path.relpath(path, FOLDER))


def _captions(project: Project, slug: str) -> str:
    """Return the subtitles as a data URL, since a page opened from disk may not load a subtitle file."""
    if not project.has("subtitles", slug):
        return ""
    path = project.file("subtitles", slug)
    with contextlib.suppress(OSError, UnicodeDecodeError, InputError):
        text = captions.vtt(captions.parse(files.read_text(path), path))
        return f"data:text/vtt;base64,{base64.b64encode(text.encode()).decode()}"
    return ""


def _title(stage: str) -> str:
    known = registry.every().get(stage)
    return known.title if known else stage.capitalize()


def _content(path: str) -> str:
    with contextlib.suppress(OSError):
        return files.sha256_of(path)
    return ""


def _text(path: str) -> str:
    with contextlib.suppress(OSError):
        return files.read_text(path, errors="replace").strip()
    return ""
