"""index.html, a page of all topics that works from disk, without a server or network.

All texts are data (JSON, escaped for HTML), inserted as plain text. The content security policy allows only the page's
own script and style, by their SHA-256. Cards are rendered on scrolling, so that thousands of topics stay fast.
"""

import base64
import contextlib
import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from audio_pipeline import files
from audio_pipeline.errors import InputError
from audio_pipeline.pictures import thumbnails
from audio_pipeline.planning.inventory import Entry, File
from audio_pipeline.project import Project
from audio_pipeline.publishing import spliced_file
from audio_pipeline.publishing.spliced_file import Span
from audio_pipeline.stages import registry
from audio_pipeline.video import captions

PAGE = Path(__file__).with_name("page")
THUMBNAIL = f"thumbnails/{thumbnails.NAME}"
_DATA = b'<script type="application/json" id="data">'  # no title contains it: they are escaped


def path(project: Project) -> Path:
    return Path(project.output, "index.html")


def sources() -> list[bytes]:
    """Return the contents of the page's own files: template, style and script."""
    return [path.read_bytes() for path in sorted(PAGE.iterdir())]


def write(project: Project, cards: Mapping[str, bytes | Span], fingerprint: str) -> dict[str, Span]:
    """Write the page, and return the spans of its cards, by slug. fingerprint: stored for `fingerprint_of`."""
    import jinja2  # slow to import, and not needed if the page is current

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    style, program = ((PAGE / name).read_text("utf-8") for name in ("page.css", "page.js"))
    html = environment.get_template("page.html.j2").render(
        title=project.config.gallery.title,
        language=project.config.language,
        fingerprint=fingerprint,
        style=style,
        style_sha256=_sha256(style),
        program=program,
        program_sha256=_sha256(program),
        feed=bool(project.config.feed.base_url),
    )
    before, tag, after = html.encode("utf-8", "replace").partition(_DATA)
    return spliced_file.write(
        path(project), cards, head=before + tag + b"[", between=b",\n", tail=b"]" + after
    )


def card(project: Project, entry: Entry, thumbnail: bool) -> bytes:
    """Return the data of a topic as JSON that is safe within HTML. thumbnail: True if it has one."""
    from jinja2.utils import htmlsafe_json_dumps

    return htmlsafe_json_dumps(_topic(project, entry, thumbnail), separators=(",", ":")).encode()


def fingerprint_of(project: Project) -> str:
    """Return the fingerprint that the page was written with, "" if there is none."""
    with (
        contextlib.suppress(OSError),
        files.reading(path(project)) as file,
    ):
        for line in file.read(4000).decode("utf-8", "replace").splitlines():
            if line.startswith('<meta name="fingerprint"'):
                return line.split('"')[3]
    return ""


def _sha256(text: str) -> str:
    """Return a hash in the form of W3C, Content Security Policy Level 3, 2.3.1."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _topic(project: Project, entry: Entry, thumbnail: bool) -> dict[str, Any]:
    """Return the data of a card, with the names that page.js uses."""
    slug = entry.topic.slug
    return {
        "slug": slug,
        "title": entry.topic.text,
        "language": entry.language,
        "state": entry.state,
        "reason": _reason(entry),
        "words": entry.words,
        "duration": entry.duration_s,
        "voice": entry.voice,
        "made": entry.made,
        "script": entry.script,
        "thumbnail": THUMBNAIL.format(project.owner("image", slug)) if thumbnail else "",
        "cues": _cues(project, entry),
        "scenes": [
            [scene.say, scene.show, scene.picture, scene.begin_s, scene.failed]
            for scene in entry.scenes
        ],
        "files": [_file(project, entry, file) for file in entry.files.values()],
    }


def _reason(entry: Entry) -> str:
    """Return the titles of the files in the topic's state, or the first of them with its reason."""
    if entry.state == "made":
        return ""
    files = [file for file in entry.files.values() if file.state == entry.state]
    if entry.state in ("failed", "stale") and files[0].reason:
        return f"{_title(files[0]).lower()}: {files[0].reason}"
    return ", ".join(_title(file).lower() for file in files)


def _title(file: File) -> str:
    return registry.every()[file.stage].title


def _file(project: Project, entry: Entry, file: File) -> dict[str, Any]:
    record = file.record
    data: dict[str, Any] = {"stage": file.stage, "name": _title(file), "state": file.state}
    data |= {"reason": file.reason, "bytes": file.size, "paths": [], "warnings": file.warnings}
    if file.size is not None:
        paths = project.files(file.stage, entry.topic.slug)
        data["paths"] = [path.removeprefix(f"{project.output}/") for path in paths]
    if record:
        data |= {"engine": record.engine, "model": record.model, "take": record.take}
        data |= {"seconds": record.seconds, "made": record.time}
    return data


def _cues(project: Project, entry: Entry) -> list[tuple[float, float, str]]:
    """Return the video's cues, since a page opened from disk may not load a subtitle file."""
    if not (entry.existing("video") and entry.existing("subtitles")):
        return []
    path = project.file("subtitles", entry.topic.slug)
    with contextlib.suppress(OSError, UnicodeDecodeError, InputError):
        cues = captions.parse(files.read_text(path), path)
        return [(round(cue.begin_s, 2), round(cue.end_s, 2), "\n".join(cue.lines)) for cue in cues]
    return []


def has_thumbnail(project: Project, slug: str) -> bool:
    """True if the picture of a topic has a thumbnail, even an outdated one."""
    owner = project.owner("image", slug)
    return owner is not None and thumbnails.exists(_thumbnail(project, owner))


def make_thumbnails(project: Project, slugs: Collection[str]) -> dict[str, bool]:
    """Make missing or outdated thumbnails; jobs make theirs. Returns, by slug, True if the topic has one now."""
    files = {
        slug: (project.file("image", slug), Path(_thumbnail(project, slug)))
        for slug in slugs
        if project.has("image", slug)
    }
    result = {
        slug: thumbnails.matches(thumbnail, picture) for slug, (picture, thumbnail) in files.items()
    }
    due = [slug for slug, up_to_date in result.items() if not up_to_date]
    if due:
        from multiprocessing.pool import ThreadPool  # slow to import, and seldom needed

        with ThreadPool() as pool:  # Pillow releases the GIL
            made = pool.starmap(thumbnails.make, [files[slug] for slug in due])
        result |= dict(zip(due, made, strict=True))
    return result | {slug: has_thumbnail(project, slug) for slug in slugs if slug not in result}


def _thumbnail(project: Project, slug: str) -> str:
    return f"{project.output}/{THUMBNAIL.format(slug)}"
