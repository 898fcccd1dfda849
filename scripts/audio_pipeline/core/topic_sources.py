"""Files that topics name: `source=…`, or one in data/input/sources, with facts; `text=…` with a script of one's own."""

import os
from collections.abc import Collection, Iterable
from dataclasses import replace

from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError

FOLDER = "data/input/sources"
PLAIN = (".md", ".txt")
CONVERTED = (".docx", ".epub", ".htm", ".html", ".pdf")  # by markitdown


def with_sources(topics: Iterable[Topic], place: str) -> list[Topic]:
    """Return the topics with their sources: the file named behind a topic, or the one named like it in FOLDER.

    place: the topics file, for messages. Raises InputError: a source or a text cannot be used.
    """
    by_stem: dict[str, list[str]] = {}
    for name in sorted(os.listdir(FOLDER)) if os.path.isdir(FOLDER) else []:
        stem, suffix = os.path.splitext(name)
        if suffix.lower() in (*PLAIN, *CONVERTED):
            by_stem.setdefault(stem, []).append(f"{FOLDER}/{name}")
    result = []
    for topic in topics:
        where = f"{place}:{topic.line}"
        own = by_stem.get(topic.slug) or by_stem.get(topic.text_id or "", [])
        if topic.text_file:
            _check(topic.text_file, where, "text", PLAIN)
        if topic.source:
            _check(topic.source, where, "source", (*PLAIN, *CONVERTED))
        elif len(own) > 1:
            raise InputError(f"{where}: has two sources, {' and '.join(own)}; keep one of them")
        elif own:
            topic = replace(topic, source=own[0])
        result.append(topic)
    return result


def _check(path: str, where: str, what: str, suffixes: Collection[str]) -> None:
    kinds = ", ".join(suffixes)
    if os.path.isabs(path) or os.path.normpath(path).split(os.sep)[0] == "..":
        raise InputError(
            f"{where}: the {what} {path} is outside of the project; put it into {FOLDER}"
        )
    if os.path.splitext(path)[1].lower() not in suffixes:
        raise InputError(f"{where}: the {what} {path} is of another kind; expected {kinds}")
    if not os.path.isfile(path):
        raise InputError(
            f"{where}: the {what} {path} does not exist; put it there, or correct its name"
        )
