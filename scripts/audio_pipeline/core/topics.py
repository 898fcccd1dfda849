"""data/input/topics.txt: one topic a line, `text | key=value key=value`."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slugify import slugify

from audio_pipeline import files, sanitize
from audio_pipeline.errors import InputError

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
MAX_SLUG = 80  # characters
MAX_TEXT = 4000  # characters; all arguments of a job must fit into one of a command, 128 KiB
MAX_SEED = 2_000_000_000  # leaves room for takes below 2**31, the smallest limit among the services

_LANGUAGE = r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"
_ATTRIBUTES = {
    "slug": (SLUG, "lower-case letters a-z, digits and single hyphens"),
    "language": (
        rf"{_LANGUAGE}(?:,{_LANGUAGE})*",
        "a language code like en or pt-BR, or several like en,pt-BR,es",
    ),
    "voice": (r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", "the name of a voice, like en_US-joe-medium"),
    "seed": (r"[0-9]{1,10}", f"a whole number from 0 to {MAX_SEED}"),
}
# Device names of Windows, reserved with any suffix: files of these names cannot be copied there.
_RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}


@dataclass(frozen=True)
class Topic:
    """A topic. The slug names its files; the configuration applies where a field is None.

    text_id: shared by the topics of a line with several languages; line: its number in the file.
    """

    text: str
    slug: str
    language: str | None = None
    voice: str | None = None
    seed: int | None = None
    text_id: str | None = None
    line: int = field(default=0, compare=False)

    @property
    def line_text(self) -> str:
        """The topic as a line for `parse_line`, safe in HTML such as the page of a report."""
        attributes = {
            "slug": self.slug,
            "language": self.language,
            "voice": self.voice,
            "seed": self.seed,
        }
        words = (f"{key}={value}" for key, value in attributes.items() if value is not None)
        text = self.text.replace("\\u00", "\\u005cu00").replace("<", "\\u003c")
        return f"{text} | {' '.join(words)}"


def parse_line(line: str) -> Topic:
    """Parse a line with one topic. Raises InputError: also if it has none or several."""
    plain = re.sub(r"\\u00(3c|5c)", lambda match: chr(int(match[1], 16)), line)
    topics = _parse(plain.encode("utf-8", "surrogateescape"), 1)
    if len(topics) != 1:
        raise InputError(
            f"{_quote(line)}: expected one topic in one language, like 'Tea | language=en'"
        )
    return topics[0]


def slug_of(text: str) -> str:
    """Return the slug of a text, at most 80 characters. A longer or periodic one ends with 8 digits of its SHA-256."""
    slug = slugify(text)
    if len(slug) <= MAX_SLUG and not _is_periodic(slug):
        return slug
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return slug[: MAX_SLUG - 9].rstrip("-") + "-" + digest


def _is_periodic(slug: str) -> bool:
    """True if it ends with the same part 20 times, which Snakemake takes for an endless chain of rules.

    Source: Snakemake 9.27, io/__init__.py, PeriodicityDetector.
    """
    return bool(re.search(r"(.{1,4})\1{19}\Z", slug))


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
    for number, raw in _lines(data):
        try:
            for topic in _parse(raw, number):
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
            faults.append((number, str(fault)))
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


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        yield number, raw.removesuffix(b"\r")


def _parse(raw: bytes, number: int) -> list[Topic]:
    """Parse a line into one topic for each of its languages, or none for a blank line or a comment."""
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
    for column, character in enumerate(line, start=indent + 1):
        if unicodedata.category(character) in ("Cc", "Zl", "Zp"):
            raise InputError(
                f"has the control character U+{ord(character):04X} at column {column}; replace it with a space"
            )
    text, bar, rest = line.rpartition("|")
    text = unicodedata.normalize("NFC", text if bar else line).strip()
    values: dict[str, Any] = _attributes(rest, text) if bar else {}
    if not text:
        raise InputError("has no text before '|'; expected: topic | key=value")
    if len(text) > MAX_TEXT:
        raise InputError(f"has {len(text)} characters; expected at most {MAX_TEXT}")
    slug: str = values.pop("slug", None) or _slug(text)
    languages = values.pop("language", "").split(",")
    if len(languages) == 1:
        return [Topic(text, slug, languages[0] or None, line=number, **values)]
    if "voice" in values:
        raise InputError(
            "has one voice for several languages; name their voices in config/voices.yaml"
        )
    slugs = [slug, *(_slug_in(slug, language) for language in languages[1:])]
    return [
        Topic(text, own_slug, language, text_id=slug, line=number, **values)
        for own_slug, language in zip(slugs, languages, strict=True)
    ]


def _attributes(rest: str, text: str) -> dict[str, str | int]:
    values: dict[str, str | int] = {}
    for item in rest.split():
        key, equals, value = item.partition("=")
        if not equals:
            raise InputError(
                f"{_quote(item)} after '|' is not an attribute; expected key=value with the keys "
                f"{', '.join(_ATTRIBUTES)} (for a '|' in the text itself, end the line with another '|')"
            )
        if key not in _ATTRIBUTES:
            raise InputError(
                f"has the unknown key {_quote(key)}; expected one of {', '.join(_ATTRIBUTES)}"
            )
        if key in values:
            raise InputError(f"gives {key} twice; give it once")
        pattern, expected = _ATTRIBUTES[key]
        fits = re.fullmatch(pattern, value, re.ASCII)
        if (
            not fits
            or (key == "seed" and int(value) > MAX_SEED)
            or (key == "slug" and len(value) > MAX_SLUG)
        ):
            also = f", at most {MAX_SLUG} characters" if key == "slug" else ""
            raise InputError(f"has {key}={_quote(value)}; expected {expected}{also}")
        if key == "slug" and _is_periodic(value):
            raise InputError(
                f"has slug={_quote(value)}, which repeats a part 20 times at its end; choose another"
            )
        if key == "language" and len(set(value.lower().split(","))) <= value.count(","):
            raise InputError(f"has language={_quote(value)}; name each language once")
        values[key] = int(value) if key == "seed" else value
    if values.get("slug") in _RESERVED:
        raise InputError(f"has slug={values['slug']}, a name that Windows reserves; choose another")
    return values


def _slug(text: str) -> str:
    slug = slug_of(text)
    if not slug:
        raise InputError(
            f"{_quote(text)} has no letter or digit to name files by; add one: | slug=some-name"
        )
    if slug in _RESERVED:
        raise InputError(
            f"has the slug {slug!r}, a name that Windows reserves; add another: | slug={_alternative(slug)}"
        )
    return slug


def _slug_in(slug: str, language: str) -> str:
    """Return the slug of a further language; the first language keeps the plain slug."""
    end = f"-{language.lower()}"
    if len(slug) + len(end) <= MAX_SLUG:
        return slug + end
    digest = hashlib.sha256(slug.encode()).hexdigest()[:8]
    return f"{slug[: MAX_SLUG - 9 - len(end)].rstrip('-')}-{digest}{end}"


def _alternative(slug: str) -> str:
    return f"{slug[: MAX_SLUG - 2].rstrip('-')}-2"


def _quote(text: str) -> str:
    """Escape and shorten untrusted text for a message."""
    return ascii(text if len(text) <= 60 else text[:60] + "...")
