"""index.html, a page that shows everything that was made: opened from disk, without a server or a network.

All texts are data for the page (JSON, escaped for HTML) and reach it as text alone. Its own program and style are the
only ones that its content security policy lets run, by their SHA-256. It draws cards as one scrolls, so thousands of
topics are no burden.
"""

import base64
import contextlib
import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import captions, record
from .errors import InputError
from .inventory import Entry, File
from .project import Project

PAGE = Path(__file__).with_name("page")
THUMBNAIL = "thumbnails/{}.webp"
_THUMBNAIL_PX = (640, 640)  # sharp on the phones of today, where a card is as wide as the screen
_NAMES = {
    "script": "Script",
    "prompt": "Picture's prompt",
    "audio": "Recording",
    "image": "Picture",
    "subtitles": "Subtitles",
    "video": "Video",
}


def sources() -> list[bytes]:
    """What the page is made of beside the data."""
    return [path.read_bytes() for path in sorted(PAGE.iterdir())]


def write(project: Project, entries: list[Entry], fingerprint: str) -> None:
    """The page and its thumbnails. fingerprint: to be found by `fingerprint_of`."""
    import jinja2  # not at the top: a run asks first whether the page is current

    thumbnails = _thumbnails(project.output, entries)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(PAGE), autoescape=True, undefined=jinja2.StrictUndefined
    )
    style, program = ((PAGE / name).read_text("utf-8") for name in ("page.css", "page.js"))
    html = environment.get_template("page.html.j2").render(
        title=project.settings["gallery"]["title"],
        language=project.settings["language"],
        fingerprint=fingerprint,
        style=style,
        style_sha256=_sha256(style),
        program=program,
        program_sha256=_sha256(program),
        feed=bool(project.settings["feed"]["base_url"]),
        topics=[_topic(project, entry, entry.topic.slug in thumbnails) for entry in entries],
    )
    record.replace_file(Path(project.output, "index.html"), html.encode("utf-8", "replace"))


def fingerprint_of(page: Path) -> str:
    """Of what the page was made of; "" where there is none."""
    with contextlib.suppress(OSError), open(page, encoding="utf-8", errors="replace") as file:
        for line in file.read(4000).splitlines():
            if line.startswith('<meta name="fingerprint"'):
                return line.split('"')[3]
    return ""


def _sha256(text: str) -> str:
    """As a content security policy wants it. Source: W3C, Content Security Policy Level 3, 2.3.1."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _topic(project: Project, entry: Entry, thumbnail: bool) -> dict[str, Any]:
    """The data of a card; the names are those of page.js."""
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
        "thumbnail": THUMBNAIL.format(slug) if thumbnail else "",
        "cues": _cues(project, entry),
        "files": [_file(project, entry, file) for file in entry.files.values()],
    }


def _reason(entry: Entry) -> str:
    """Which files are in the topic's state, and why the first of them is."""
    if entry.state == "made":
        return ""
    files = [file for file in entry.files.values() if file.state == entry.state]
    if entry.state in ("failed", "stale") and files[0].reason:
        return f"{_NAMES[files[0].stage].lower()}: {files[0].reason}"
    return ", ".join(_NAMES[file.stage].lower() for file in files)


def _file(project: Project, entry: Entry, file: File) -> dict[str, Any]:
    known = file.record
    shown = {"stage": file.stage, "name": _NAMES[file.stage], "state": file.state}
    shown |= {"reason": file.reason, "bytes": file.size, "paths": []}
    if file.size is not None:
        paths = project.files(file.stage, entry.topic.slug)
        shown["paths"] = [os.path.relpath(path, project.output) for path in paths]
    if known:
        shown |= {"engine": known.engine, "model": known.model, "take": known.take + 1}
        shown |= {"seconds": known.seconds, "made": known.time}
    return shown


def _cues(project: Project, entry: Entry) -> list[tuple[float, float, str]]:
    """Of the video: a page opened from disk may not load a subtitle file."""
    if not (entry.there("video") and entry.there("subtitles")):
        return []
    path = project.file("subtitles", entry.topic.slug)
    with contextlib.suppress(OSError, UnicodeDecodeError, InputError):
        cues = captions.parse(Path(path).read_text("utf-8"), path)
        return [(round(one.begin_s, 2), round(one.end_s, 2), "\n".join(one.lines)) for one in cues]
    return []


def _thumbnails(output: str, entries: Iterable[Entry]) -> set[str]:
    """Make those that are missing or of another picture; the slugs of the topics that have one."""
    slugs = [entry.topic.slug for entry in entries if entry.there("image")]
    pictures = [Path(output, "images", f"{slug}.png") for slug in slugs]
    thumbnails = [Path(output, THUMBNAIL.format(slug)) for slug in slugs]
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # Pillow works outside of Python's lock
        made = pool.map(_thumbnail, pictures, thumbnails)
        return {slug for slug, there in zip(slugs, made, strict=True) if there}


def _thumbnail(picture: Path, thumbnail: Path) -> bool:
    """A thumbnail has its picture's time. False: there is no picture that can be read."""
    with contextlib.suppress(OSError):
        made = os.stat(thumbnail)
        if made.st_mtime_ns == os.stat(picture).st_mtime_ns and made.st_size:
            return True
    from PIL import Image

    try:
        of = os.stat(picture).st_mtime_ns
        with Image.open(picture) as image:
            image.thumbnail(_THUMBNAIL_PX, Image.Resampling.LANCZOS, reducing_gap=2.0)
            small = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
    thumbnail.parent.mkdir(parents=True, exist_ok=True)
    # Not record.replace_file: to wait for the disk for each of thousands would take minutes.
    temporary = thumbnail.with_name(f".{thumbnail.name}.{os.getpid()}.tmp")
    try:
        small.save(temporary, "WEBP", quality=80, method=4)
        os.utime(temporary, ns=(of, of))
        os.replace(temporary, thumbnail)
    finally:
        temporary.unlink(missing_ok=True)
    return True
