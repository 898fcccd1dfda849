"""Addresses of servers: proxies, certificates, plain http."""

import os
import re
from urllib.parse import urljoin, urlsplit

from audio_pipeline.errors import InputError
from audio_pipeline.sanitize import excerpt

_LOOPBACK = re.compile(r"(?:.+\.)?localhost|127(?:\.[0-9]+){3}|::1|0\.0\.0\.0")


def as_list(url: str | list[str]) -> list[str]:
    """Return the addresses of a setting `url`, which has one or several."""
    return [url] if isinstance(url, str) else list(url)


def is_loopback(url: str) -> bool:
    """True if the address is this machine's: no proxy is then used, regardless of the environment."""
    return bool(_LOOPBACK.fullmatch(urlsplit(url).hostname or ""))


def is_plain(url: str) -> bool:
    """True if texts and keys would cross a network unencrypted."""
    return urlsplit(url).scheme == "http" and not is_loopback(url)


def is_same_server(first: str, second: str) -> bool:
    """True if both addresses name the same server; all loopback names count as one host."""
    try:
        (a, port_a), (b, port_b) = _server(first), _server(second)
    except ValueError:
        return False
    return port_a == port_b and (a == b or bool(_LOOPBACK.fullmatch(a) and _LOOPBACK.fullmatch(b)))


def joined(url: str, link: str) -> str:
    """Resolve a link in an answer from url. Returns "" if it is not a valid address."""
    try:
        return urljoin(url, link)
    except ValueError:
        return ""


def shown_server(url: str) -> str:
    """Return scheme and host for a message; the rest of a link may hold a signature or password."""
    try:
        parts = urlsplit(url)
        return excerpt(f"{parts.scheme}://{parts.hostname}" if parts.hostname else "nowhere", 80)
    except ValueError:
        return "nowhere"


def _server(url: str) -> tuple[str, tuple[str, int]]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    return (parts.hostname or "").lower(), (parts.scheme, port)


def certificates() -> str | bool:
    """Return the file or folder of trusted CAs from the usual variables, or True for those of requests."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        path = os.environ.get(name)
        if path and not os.path.exists(path):
            raise InputError(f"{name} is {path!r}; no such file or folder")
        if path:
            return path
    return True
