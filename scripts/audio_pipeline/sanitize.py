"""What others said, made fit to be shown: one printable line, without our keys and passwords.

Everything that a service, a job or a file of others said passes here before it is cut, logged, recorded or shown.
"""

import base64
import html
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

_LEAST_SECRET = (
    3  # characters: a shorter one is no secret, and would blot out half of every message
)
_HIDDEN = "…"
# What people set where a server wants any key at all: hiding such a word would only make messages unreadable.
_PLACEHOLDERS = {
    "anything", "dummy", "empty", "lm-studio", "local", "no-key", "none", "not-needed", "null", "ollama", "placeholder",
    "sk-no-key-required", "test", "xxx",
}  # fmt: skip
_secrets: set[str] = set()


def register_secret(secret: str) -> None:
    """Hide it from now on, in all that this process shows."""
    if len(secret) >= _LEAST_SECRET and secret.lower() not in _PLACEHOLDERS:
        _secrets.update(_forms(secret))


def _forms(secret: str) -> Iterator[str]:
    """The ways in which it may be repeated: as it is, in an address, in JSON, in HTML, in base64."""
    yield secret
    yield base64.b64encode(secret.encode(errors="surrogateescape")).decode()
    lax = {"errors": "surrogateescape"}  # a variable of the environment need not be UTF-8
    for escaped in (
        quote(secret, **lax),
        quote(secret, safe="", **lax),
        quote_plus(secret, **lax),
    ):
        yield escaped
        yield re.sub("%..", lambda found: found[0].lower(), escaped)
    in_json = json.dumps(secret)[1:-1]
    yield from (in_json, in_json.replace("/", "\\/"), repr(secret)[1:-1])
    # As .NET and Go write JSON.
    in_net = secret.replace("\\", "\\\\")
    yield re.sub("[\"'&<>+`]", lambda found: f"\\u{ord(found[0]):04X}", in_net)
    yield re.sub("[&<>]", lambda found: f"\\u{ord(found[0]):04x}", in_json)
    yield html.escape(secret)
    yield html.escape(secret, quote=False)


def has_secret(text: str) -> bool:
    """True if a text that is to be kept repeats a key. Words that may be chance do not count."""
    return any(len(secret) >= 8 and secret in text for secret in _secrets)


def without_secrets(text: str) -> str:
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return text


def line(text: str) -> str:
    """All of it on one line, printable and without secrets."""
    text = without_secrets(text)
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def excerpt(data: bytes | str, most: int = 200) -> str:
    """The beginning of it as `line` shows it. A secret at the cut is not halved: it is hidden before."""
    room = 4 * most + max(map(len, _secrets), default=0)
    text = data[: 4 * room].decode("utf-8", "replace") if isinstance(data, bytes) else data
    text = line(without_secrets(text[:room])[: 4 * most])
    return text if len(text) <= most else text[:most] + "…"


def names(known: Iterable[Any], most: int = 20) -> str:
    """What a server has, for a message: the first of their names, each cut."""
    found = [excerpt(str(name), 60) for name in itertools.islice(known, most)]
    return ", ".join(found) or "none"


def value(said: Any) -> Any:
    """A JSON value for a record, its texts without secrets."""
    if isinstance(said, str):
        return without_secrets(said).encode("utf-8", "replace").decode()
    if isinstance(said, dict):
        return {value(name): value(each) for name, each in said.items()}
    return [value(each) for each in said] if isinstance(said, list) else said
