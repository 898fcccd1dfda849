"""Untrusted text made safe to show: one printable line, without keys and passwords.

All text from services, jobs and foreign files passes here before it is cut, logged, recorded or shown.
"""

import base64
import html
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

_LEAST_SECRET = 3  # characters; hiding shorter ones would make every message unreadable
_HIDDEN = "…"
# Dummy keys for servers that insist on one; hiding these words would make messages unreadable.
_PLACEHOLDERS = {
    "anything", "dummy", "empty", "lm-studio", "local", "no-key", "none", "not-needed", "null", "ollama", "placeholder",
    "sk-no-key-required", "test", "xxx",
}  # fmt: skip
_secrets: set[str] = set()


def register_secret(secret: str) -> None:
    """Hide the secret in all further output of this process."""
    if len(secret) >= _LEAST_SECRET and secret.lower() not in _PLACEHOLDERS:
        _secrets.update(_forms(secret))


def _forms(secret: str) -> Iterator[str]:
    """Yield the spellings of a secret: plain and in addresses, JSON, HTML and base64."""
    yield secret
    yield base64.b64encode(secret.encode(errors="surrogateescape")).decode()
    lax = {"errors": "surrogateescape"}  # environment variables need not be UTF-8
    for escaped in (
        quote(secret, **lax),
        quote(secret, safe="", **lax),
        quote_plus(secret, **lax),
    ):
        yield escaped
        yield re.sub("%..", lambda match: match[0].lower(), escaped)
    in_json = json.dumps(secret)[1:-1]
    yield from (in_json, in_json.replace("/", "\\/"), repr(secret)[1:-1])
    # JSON as .NET and Go write it.
    in_net = secret.replace("\\", "\\\\")
    yield re.sub("[\"'&<>+`]", lambda match: f"\\u{ord(match[0]):04X}", in_net)
    yield re.sub("[&<>]", lambda match: f"\\u{ord(match[0]):04x}", in_json)
    yield html.escape(secret)
    yield html.escape(secret, quote=False)


def has_secret(text: str) -> bool:
    """True if the text holds a key of 8 characters or more; shorter ones may match by chance."""
    return any(len(secret) >= 8 and secret in text for secret in _secrets)


def without_secrets(text: str) -> str:
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return text


def line(text: str) -> str:
    """Return the text on one line, printable and without secrets."""
    text = without_secrets(text)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def excerpt(data: bytes | str, most: int = 200) -> str:
    """Return the beginning as `line` does. Secrets are hidden before the cut, so that none is left in half."""
    room = 4 * most + max(map(len, _secrets), default=0)
    text = data[: 4 * room].decode("utf-8", "replace") if isinstance(data, bytes) else data
    text = line(without_secrets(text[:room])[: 4 * most])
    return text if len(text) <= most else text[:most] + "…"


def names(values: Iterable[Any], most: int = 20) -> str:
    """List the first names for a message, each shortened."""
    return ", ".join(excerpt(str(name), 60) for name in itertools.islice(values, most)) or "none"


def value(data: Any) -> Any:
    """Return a JSON value for a record, its texts without secrets."""
    if isinstance(data, str):
        return without_secrets(data).encode("utf-8", "replace").decode()
    if isinstance(data, dict):
        return {value(name): value(item) for name, item in data.items()}
    return [value(item) for item in data] if isinstance(data, list) else data
