"""Attributes and settings behind a topic: `key=value key="a text with spaces"`, or the columns of a table."""

import decimal
import json
import re
from collections.abc import Iterable
from typing import Any

from audio_pipeline.core import topic_settings
from audio_pipeline.core.yaml_files import short_repr
from audio_pipeline.errors import InputError

SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
MAX_SLUG = 80  # characters
MAX_SEED = 2_000_000_000  # leaves room for takes below 2**31, the smallest limit among the services

_LANGUAGE = r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*"
_EXPECTED = {
    "slug": (SLUG, "lower-case letters a-z, digits and single hyphens"),
    "language": (
        rf"{_LANGUAGE}(?:,{_LANGUAGE})*",
        "a language code like en or pt-BR, or several like en,pt-BR,es",
    ),
    "voice": (r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", "the name of a voice, like en_US-joe-medium"),
    "seed": (r"[0-9]{1,10}", f"a whole number from 0 to {MAX_SEED}"),
    "preset": (r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", "the name of a preset, like shorts"),
    "source": (r"[^\x00-\x1f{}]{1,500}", "the path of a file with facts"),
    "text": (r"[^\x00-\x1f{}]{1,500}", "the path of a file with the script"),
    "from": (_LANGUAGE, "the language that the others are translated from, like en"),
    "original": (SLUG, "the slug of the topic that this one is a translation of"),
}
KEYS = tuple(_EXPECTED)
# Device names of Windows, reserved with any suffix: files of these names cannot be copied there.
RESERVED = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}
_ITEM = re.compile(r'[^\s="]+="(?:[^"\\]|\\.)*"(?!\S)|\S+')
_PLAIN = re.compile(r'[^\s"|<]+')


def of_line(rest: str, start: int) -> dict[str, Any]:
    """Return the attributes behind the bar of a line, settings by their names. start: column of the first character.

    Raises InputError: with the column, if an attribute is a key of the configuration.
    """
    values: dict[str, Any] = {}
    for match in _ITEM.finditer(rest):
        key, equals, text = match[0].partition("=")
        if not equals:
            raise InputError(
                f"{quoted(match[0])} after '|' is not an attribute; expected key=value with the keys "
                f"{', '.join(KEYS)}, or keys like script.max_tokens "
                "(for a '|' in the text itself, end the line with another '|')"
            )
        if key in values:
            raise InputError(f"gives {key} twice; give it once")
        try:
            values[key] = checked(key, _unquoted(key, text))
        except InputError as error:
            if "." not in key:
                raise
            raise InputError(f"{error} (column {start + match.start()})") from None
    return values


def checked(key: str, value: Any) -> Any:
    """Return the value of an attribute or a setting in its type. Raises InputError: key or value is invalid."""
    if "." in key:
        return topic_settings.checked(key, value)
    if key not in _EXPECTED:
        raise InputError(f"has the unknown key {quoted(key)}; expected one of {', '.join(KEYS)}")
    pattern, expected = _EXPECTED[key]
    text = str(value)
    fits = re.fullmatch(pattern, text, re.ASCII) and text.isprintable()
    if (
        not fits
        or (key == "seed" and int(text) > MAX_SEED)
        or (key == "slug" and len(text) > MAX_SLUG)
    ):
        also = f", at most {MAX_SLUG} characters" if key == "slug" else ""
        raise InputError(f"has {key}={quoted(text)}; expected {expected}{also}")
    if key == "slug" and is_periodic(text):
        raise InputError(
            f"has slug={quoted(text)}, which repeats a part 20 times at its end; choose another"
        )
    if key == "language" and len(set(text.lower().split(","))) <= text.count(","):
        raise InputError(f"has language={quoted(text)}; name each language once")
    if key == "slug" and text in RESERVED:
        raise InputError(f"has slug={text}, a name that Windows reserves; choose another")
    return int(text) if key == "seed" else text


def line_of(values: Iterable[tuple[str, Any]]) -> str:
    """Return attributes and settings as they stand behind a bar. An attribute that is None is left out."""
    return " ".join(
        f"{key}={_quoted_if_needed(value)}"
        for key, value in values
        if value is not None or "." in key
    )


def is_periodic(slug: str) -> bool:
    """True if it ends with the same part 20 times, which Snakemake takes for an endless chain of rules.

    Source: Snakemake 9.27, io/__init__.py, PeriodicityDetector.
    """
    return bool(re.search(r"(.{1,4})\1{19}\Z", slug))


def quoted(text: str) -> str:
    """Escape and shorten untrusted text for a message."""
    return ascii(text if len(text) <= 60 else text[:60] + "...")


def _unquoted(key: str, text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        value = json.loads(text)
    except ValueError:
        raise InputError(
            f"has {key}={short_repr(text)}; expected a text between two quotes"
        ) from None
    return str(value)


def _quoted_if_needed(value: Any) -> str:
    text = json.dumps(value) if isinstance(value, bool | None) else str(value)
    if isinstance(value, float):
        text = format(decimal.Decimal(text), "f")  # YAML reads 1e-05 as a text
    if _PLAIN.fullmatch(text) and text.isprintable():
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable()).replace("|", "\\u007c")
