"""feed.xml: the topics as a podcast, for those who put the output folder on a web server.

Source: RSS 2.0 (rssboard.org/rss-specification), and Apple's podcast tags (help.apple.com/itc/podcasts_connect).
"""

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as xml

from .inventory import Entry, File
from .project import Project
from .record import replace_file

_ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
_ATOM = "http://www.w3.org/2005/Atom"
_TYPE = {"video": "video/mp4", "audio": "audio/wav"}
# XML 1.0, 2.2: what no document may hold, however it is written.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def wanted(project: Project) -> bool:
    return bool(project.settings["feed"]["base_url"])


def write(project: Project, entries: list[Entry]) -> None:
    """The feed, whole or not at all; the newest topic first. A topic without a recording is left out."""
    settings = project.settings["feed"]
    base = settings["base_url"].rstrip("/") + "/"
    for prefix, uri in (("itunes", _ITUNES), ("atom", _ATOM)):
        xml.register_namespace(prefix, uri)
    root = xml.Element("rss", version="2.0")
    channel = xml.SubElement(root, "channel")
    title = project.settings["gallery"]["title"]
    _add(channel, "title", title)
    _add(channel, "link", base + "index.html")
    _add(channel, "description", settings["description"] or title)
    _add(channel, "language", project.settings["language"])
    _add(channel, "generator", "Audio Pipeline")
    xml.SubElement(
        channel, f"{{{_ATOM}}}link", href=base + "feed.xml", rel="self", type="application/rss+xml"
    )
    _add(channel, f"{{{_ITUNES}}}author", settings["author"] or title)
    _add(channel, f"{{{_ITUNES}}}explicit", "false")
    found = [(entry, file) for entry in entries if (file := _medium(entry))]
    found.sort(key=lambda one: _time(project, one[1]), reverse=True)
    if found:
        _picture(channel, found[0][0], base)
    for entry, file in found:
        _item(channel, project, entry, file, base)
    xml.indent(root)
    text = xml.tostring(root, encoding="utf-8", xml_declaration=True)
    replace_file(Path(project.output, "feed.xml"), text + b"\n")


def _item(channel: xml.Element, project: Project, entry: Entry, file: File, base: str) -> None:
    item = xml.SubElement(channel, "item")
    slug = entry.topic.slug
    _add(item, "title", entry.topic.text)
    _add(item, "link", f"{base}index.html#{slug}")
    _add(item, "description", entry.script or entry.topic.text)
    _add(item, "guid", f"{base}index.html#{slug}").set("isPermaLink", "false")
    _add(item, "pubDate", format_datetime(_time(project, file)))
    url, length = base + quote(file.path), str(file.size)
    xml.SubElement(item, "enclosure", url=url, length=length, type=_TYPE[file.stage])
    if entry.duration_s is not None:
        _add(item, f"{{{_ITUNES}}}duration", str(round(entry.duration_s)))
    _picture(item, entry, base)


def _medium(entry: Entry) -> File | None:
    """What is played: players know MP4 better than WAV."""
    return entry.there("video") or entry.there("audio")


def _picture(parent: xml.Element, entry: Entry, base: str) -> None:
    if picture := entry.there("image"):
        xml.SubElement(parent, f"{{{_ITUNES}}}image", href=base + quote(picture.path))


def _time(project: Project, file: File) -> datetime:
    if file.record:
        return datetime.strptime(file.record.time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    seconds = Path(project.output, file.path).stat().st_mtime
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=0)


def _add(parent: xml.Element, name: str, text: str) -> xml.Element:
    child = xml.SubElement(parent, name)
    child.text = _NOT_XML.sub("", text)
    return child
