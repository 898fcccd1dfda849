"""What an address means for a connection: proxies, certificates, plain http."""

import os
import re
from urllib.parse import urljoin, urlsplit

from audio_pipeline.errors import InputError
from audio_pipeline.sanitize import excerpt

_LOOPBACK = re.compile(r"(?:.+\.)?localhost|127(?:\.[0-9]+){3}|::1|0\.0\.0\.0")


def each(url: str | list[str]) -> list[str]:
    """The servers of a setting `url`, which has one address or several."""
    return [url] if isinstance(url, str) else list(url)


def is_loopback(url: str) -> bool:
    """True if it is this machine: then no proxy is used, whatever the environment says."""
    return bool(_LOOPBACK.fullmatch(urlsplit(url).hostname or ""))


def is_plain(url: str) -> bool:
    """True if texts and keys go over a network unprotected."""
    return urlsplit(url).scheme == "http" and not is_loopback(url)


def is_same_server(one: str, other: str) -> bool:
    """True if two addresses are those of one server. This machine has many names, and a server may not know ours."""
    try:
        (a, port_a), (b, port_b) = _server(one), _server(other)
    except ValueError:
        return False
    return port_a == port_b and (a == b or bool(_LOOPBACK.fullmatch(a) and _LOOPBACK.fullmatch(b)))


def joined(url: str, link: str) -> str:
    """The address of a link in an answer from url; empty if it is none."""
    try:
        return urljoin(url, link)
    except ValueError:
        return ""


def shown_server(url: str) -> str:
    """Scheme and host for a message: the rest of a link may carry a signature or a password."""
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
    """The file or folder of the CAs to trust, from the usual variables; True: those that come with requests."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        path = os.environ.get(name)
        if path and not os.path.exists(path):
            raise InputError(f"{name} is {path!r}; no such file or folder")
        if path:
            return path
    return True
