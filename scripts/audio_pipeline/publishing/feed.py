"""feed.xml: the topics as a podcast, for an output folder on a web server.

Source: RSS 2.0 (rssboard.org/rss-specification), and Apple's podcast tags (help.apple.com/itc/podcasts_connect).
"""

import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from audio_pipeline.planning.inventory import Entry, File
from audio_pipeline.project import Project, path_of
from audio_pipeline.publishing import spliced_file
from audio_pipeline.publishing.spliced_file import Span

_HEAD = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<channel>
"""
_TYPE = {"video": "video/mp4", "audio": "audio/wav"}
# XML 1.0, 2.2: characters that no document may contain, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_enabled(project: Project) -> bool:
    return bool(project.config.feed.base_url)


def item(project: Project, entry: Entry) -> tuple[str, bytes] | None:
    """Return the time when a topic was made (UTC, ISO 8601), and its feed item. Returns None without a recording."""
    file = entry.existing("video") or entry.existing("audio")  # players support MP4 better than WAV
    if not file:
        return None
    base, slug, made = _base(project), entry.topic.slug, _time(project, file)
    elements = [
        _element("title", entry.topic.text),
        _element("link", f"{base}index.html#{slug}"),
        _element("description", entry.script or entry.topic.text),
        _element("guid", f"{base}index.html#{slug}", isPermaLink="false"),
        _element("pubDate", format_datetime(made)),
        _element("enclosure", url=base + quote(file.path), length=str(file.size), type=_TYPE[file.stage]),
    ]  # fmt: skip
    if entry.duration_s is not None:
        elements.append(_element("itunes:duration", str(round(entry.duration_s))))
    if picture := _picture(project, slug):
        elements.append(_element("itunes:image", href=base + picture))
    text = "".join(f"  {element}\n" for element in elements)
    return made.isoformat(), f"<item>\n{text}</item>\n".encode()


def write(
    project: Project, items: Mapping[str, tuple[str, bytes | Span]]
) -> dict[str, tuple[str, Span]]:
    """Write the feed, newest topic first, and return the time and the span of each topic's item, by slug.

    items: by slug, in the order of the topics: the time, and the item or its span in the existing feed.
    """
    settings, title, base = project.config.feed, project.config.gallery.title, _base(project)  # fmt: skip
    newest_first = sorted(items, key=lambda slug: items[slug][0], reverse=True)
    elements = [
        _element("title", title),
        _element("link", base + "index.html"),
        _element("description", settings.description or title),
        _element("language", project.config.language),
        _element("generator", "Audio Pipeline"),
        _element("atom:link", href=base + "feed.xml", rel="self", type="application/rss+xml"),
        _element("itunes:author", settings.author or title),
        _element("itunes:explicit", "false"),
    ]
    if newest_first and (picture := _picture(project, newest_first[0])):
        elements.append(_element("itunes:image", href=base + picture))
    spans = spliced_file.write(
        Path(project.output, "feed.xml"),
        {slug: items[slug][1] for slug in newest_first},
        head=(_HEAD + "".join(f"{element}\n" for element in elements)).encode(),
        tail=b"</channel>\n</rss>\n",
    )
    return {slug: (items[slug][0], span) for slug, span in spans.items()}


def _base(project: Project) -> str:
    return str(project.config.feed.base_url).rstrip("/") + "/"


def _picture(project: Project, slug: str) -> str:
    """Return the picture's URL relative to the base, "" if there is none."""
    owner = project.owner("image", slug)
    exists = owner is not None and os.path.isfile(project.file("image", owner))
    return quote(path_of("image", owner)) if owner and exists else ""


def _time(project: Project, file: File) -> datetime:
    if file.record:
        return datetime.fromisoformat(file.record.time)
    seconds = Path(project.output, file.path).stat().st_mtime
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)


def _element(name: str, text: str = "", **attributes: str) -> str:
    values = "".join(f" {key}={quoteattr(_clean(value))}" for key, value in attributes.items())
    return f"<{name}{values}>{escape(_clean(text))}</{name}>"


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
