"""data/input/topics.txt: one topic a line, `text | key=value key=value`; or a table."""

import functools
import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from slugify import slugify

from audio_pipeline import files, sanitize
from audio_pipeline.core import topic_attributes, topic_tables
from audio_pipeline.core.topic_attributes import MAX_SLUG, RESERVED, is_periodic, quoted
from audio_pipeline.core.topic_settings import Settings
from audio_pipeline.errors import InputError

_FIELDS = {"text": "text_file", "from": "from_language"}  # attributes with other names
MAX_TEXT = 4000  # characters; all arguments of a job must fit into one of a command, 128 KiB


@dataclass(frozen=True)
class Topic:
    """A topic. The slug names its files; the configuration applies where a field is None.

    preset, settings: override the configuration (core/topic_settings.py); source, text_file: paths of files with facts
    and with the script (core/topic_sources.py); original: slug of the topic that this one is a translation of, and
    from_language: its language (core/translations.py); text_id: shared by the topics of a line with several languages;
    line: its number in the file.
    """

    text: str
    slug: str
    language: str | None = None
    voice: str | None = None
    seed: int | None = None
    preset: str | None = None
    source: str | None = None
    text_file: str | None = None
    original: str | None = None
    from_language: str | None = None
    settings: Settings = ()
    text_id: str | None = None
    line: int = field(default=0, compare=False)

    @property
    def own_settings(self) -> tuple[Any, ...]:
        """What overrides the configuration, () for nothing."""
        return (self.preset, *self.settings) if self.preset or self.settings else ()

    @property
    def is_translated(self) -> bool:
        """True if its script is a translation of its original's, rather than a text of the user."""
        return self.original is not None and self.text_file is None

    @property
    def as_line(self) -> str:
        """Return a line of a topics file that gives this topic alone."""
        fields = {name: name for name in topic_attributes.KEYS} | _FIELDS
        values = [(name, getattr(self, field)) for name, field in fields.items()]
        return f"{self.text} | {topic_attributes.line_of([*values, *self.settings])}"

    @property
    def line_text(self) -> str:
        """The topic as a line for `parse_line`, safe in HTML such as the page of a report."""
        return self.as_line.replace("\\u00", "\\u005cu00").replace("<", "\\u003c")


def parse_line(line: str) -> Topic:
    """Parse a line with one topic. Raises InputError: also if it has none or several."""
    plain = re.sub(r"\\u00(3c|5c)", lambda match: chr(int(match[1], 16)), line)
    topics = _parse(plain.encode("utf-8", "surrogateescape"), 1)
    if len(topics) != 1:
        raise InputError(
            f"{quoted(line)}: expected one topic in one language, like 'Tea | language=en'"
        )
    return topics[0]


def slug_of(text: str) -> str:
    """Return the slug of a text, at most 80 characters. A longer or periodic one ends with 8 digits of its SHA-256."""
    slug = slugify(text)
    if len(slug) <= MAX_SLUG and not is_periodic(slug):
        return slug
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return slug[: MAX_SLUG - 9].rstrip("-") + "-" + digest


def read_topics(path: str | Path) -> tuple[list[Topic], list[str]]:
    """Return the topics in the order of the file, and warnings to show.

    Raises InputError: the file cannot be read, or lines are invalid, with one line for each.
    """
    try:
        data = files.read_bytes(path)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise InputError(
            f"{path}: cannot be read ({getattr(error, 'strerror', error)}); write one topic a line there"
        ) from None
    topics: dict[str, Topic] = {}
    faults, warnings = [], []
    for number, parse in _entries(data, Path(path).suffix.lower()):
        try:
            for topic in parse():
                first = topics.get(topic.slug)
                if first is None:
                    topics[topic.slug] = topic
                elif first == topic:
                    warnings.append(
                        f"{path}:{number}: the same topic as in line {first.line}; it is built once"
                    )
                else:
                    raise InputError(
                        f"has the slug {topic.slug!r} of line {first.line}; "
                        f"give one of them another: | slug={_alternative(topic.slug)}"
                    )
        except InputError as fault:
            faults.append((getattr(fault, "line", number), str(fault)))
    if faults:
        raise TopicsFaulty(str(path), faults)
    if not topics:
        raise InputError(f"{path}: has no topics; write one a line, like: Why the sky is blue")
    return list(topics.values()), warnings


class TopicsFaulty(InputError):
    """Invalid lines of a topics file. The message has one line for each."""

    def __init__(self, path: str, faults: list[tuple[int, str]], most: int = 20) -> None:
        self.lines = [f"{path}:{number}: {fault}" for number, fault in faults[:most]]
        if len(faults) > most:
            self.lines.append(f"{path}: and {len(faults) - most} more lines with faults")
        super().__init__(*self.lines)

    def __str__(self) -> str:
        return "\n".join(map(sanitize.line, self.lines))


def _entries(data: bytes, suffix: str) -> Iterator[tuple[int, Callable[[], list[Topic]]]]:
    """Yield the line of each topic, and a function that returns its topics, one for each language."""
    if suffix not in topic_tables.SUFFIXES:
        for number, raw in _lines(data):
            yield number, functools.partial(_parse, raw, number)
        return
    try:
        for number, text, values in topic_tables.rows(data, suffix):
            yield number, functools.partial(_of_row, text, values, number)
    except topic_tables.TableFault as error:
        yield error.line, functools.partial(_raise, error)


def _raise(error: InputError) -> list[Topic]:
    raise error


def _of_row(text: str, values: dict[str, Any], number: int) -> list[Topic]:
    text = text.strip(" \t\ufeff")
    if text.startswith("#"):
        raise InputError(
            f"has the text {quoted(text)}, which begins with '#'; put another word first"
        )
    _check_characters(text, 0)
    given = {key: value for key, value in values.items() if value is not None or "." in key}
    checked = {key: topic_attributes.checked(key, value) for key, value in given.items()}
    return _topics(unicodedata.normalize("NFC", text), checked, number)


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        yield number, raw.removesuffix(b"\r")


def _parse(raw: bytes, number: int) -> list[Topic]:
    """Return the topics of a line, one for each language, or none for a blank line or a comment."""
    try:
        line = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"byte {error.start + 1} is 0x{raw[error.start]:02x}, which is not UTF-8; save the file as UTF-8"
        ) from None
    column = line.find("\r") + 1
    if column:  # an error in a comment too, which would hide the topics after it
        raise InputError(
            f"has a lone carriage return (U+000D) at column {column}; end lines with LF or CRLF"
        )
    indent = len(line) - len(line.lstrip(" \t\ufeff"))
    line = line.strip(" \t\ufeff")
    if not line or line.startswith("#"):
        return []
    _check_characters(line, indent)
    text, bar, rest = line.rpartition("|")
    start = indent + len(text) + 2
    text = unicodedata.normalize("NFC", text if bar else line).strip()
    values = topic_attributes.of_line(rest, start) if bar else {}
    return _topics(text, values, number)


def _check_characters(text: str, indent: int) -> None:
    for column, character in enumerate(text, start=indent + 1):
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
            raise InputError(
                f"has the control character U+{ord(character):04X} at column {column}; replace it with a space"
            )


def _topics(text: str, values: dict[str, Any], number: int) -> list[Topic]:
    """Return a topic for each language. values: of attributes and settings, checked."""
    if not text:
        raise InputError("has no text before '|'; expected: topic | key=value")
    if len(text) > MAX_TEXT:
        raise InputError(f"has {len(text)} characters; expected at most {MAX_TEXT}")
    settings = tuple(sorted((key, value) for key, value in values.items() if "." in key))
    values = {key: value for key, value in values.items() if "." not in key}
    values |= {"settings": settings}
    values |= {field: values.pop(name, None) for name, field in _FIELDS.items()}
    slug: str = values.pop("slug", None) or _slug(text)
    languages = values.pop("language", "").split(",")
    source_language = values["from_language"]
    if len(languages) == 1:
        if source_language and not values.get("original"):
            raise InputError(
                f"has from={source_language} in a topic in one language; expected several, as in "
                f"language={source_language},pt-BR from={source_language}, or original=SLUG of another topic"
            )
        return [Topic(text, slug, languages[0] or None, line=number, **values)]
    if values["text_file"]:
        raise InputError("has one text for several languages; give each language a line of its own")
    if "voice" in values:
        raise InputError(
            "has one voice for several languages; name their voices in config/voices.yaml"
        )
    if values.get("original"):
        raise InputError(
            "has original=… for several languages; give each language a line of its own"
        )
    slugs = [slug, *(slug_in(slug, language) for language in languages[1:])]
    topics = [
        Topic(text, own_slug, language, text_id=slug, line=number, **values)
        for own_slug, language in zip(slugs, languages, strict=True)
    ]
    if source_language is None:
        return topics
    originals = [each for each in topics if each.language == source_language]
    if not originals:
        raise InputError(
            f"has from={source_language}, which is none of its languages; expected one of {', '.join(languages)}"
        )
    (original,) = originals
    return [
        replace(each, from_language=None)
        if each is original
        else replace(each, original=original.slug)
        for each in topics
    ]


def _slug(text: str) -> str:
    slug = slug_of(text)
    if not slug:
        raise InputError(
            f"{quoted(text)} has no letter or digit to name files by; add one: | slug=some-name"
        )
    if slug in RESERVED:
        raise InputError(
            f"has the slug {slug!r}, a name that Windows reserves; add another: | slug={_alternative(slug)}"
        )
    return slug


def slug_in(slug: str, language: str) -> str:
    """Return the slug of a further language; the first language keeps the plain slug."""
    end = f"-{language.lower()}"
    if len(slug) + len(end) <= MAX_SLUG:
        return slug + end
    digest = hashlib.sha256(slug.encode()).hexdigest()[:8]
    return f"{slug[: MAX_SLUG - 9 - len(end)].rstrip('-')}-{digest}{end}"


def _alternative(slug: str) -> str:
    return f"{slug[: MAX_SLUG - 2].rstrip('-')}-2"
