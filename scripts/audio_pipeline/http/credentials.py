"""Credentials of services: keys and passwords, and warnings about plain http."""

import base64
import os
import sys
from typing import Any
from urllib.parse import unquote
from urllib.request import getproxies

import requests

from audio_pipeline import sanitize
from audio_pipeline.address import is_plain
from audio_pipeline.errors import InputError
from audio_pipeline.http.deadline import Adapter, Deadline
from audio_pipeline.run.folder import RUN_VARIABLE

_warned: set[str] = set()


class Credentials(requests.auth.AuthBase):
    """Credentials of a service, or none. They also keep requests from reading ~/.netrc."""

    def __init__(
        self, token: str = "", login: tuple[str, str] | None = None, name: str = ""
    ) -> None:
        if not token.isascii() or not token.isprintable() or token != token.strip():
            raise InputError(f"{name} has a character that a key cannot have; set it again")
        if login and any("\udc80" <= char <= "\udcff" for char in "".join(login)):
            raise InputError(f"{name} is not UTF-8; set it again")
        basic = requests.auth._basic_auth_str(*(part.encode() for part in login)) if login else ""
        self._header = f"Bearer {token}" if token else basic
        for secret in (token, basic.removeprefix("Basic "), login[1] if login else ""):
            sanitize.register_secret(secret)

    @property
    def given(self) -> bool:
        return bool(self._header)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._header:
            request.headers["Authorization"] = self._header
        return request


def register_proxy_passwords() -> None:
    """Register the passwords in HTTP_PROXY and the like as secrets, as a proxy may repeat them in an error."""
    for url in getproxies().values():
        user, colon, password = url.rpartition("@")[0].rpartition("/")[2].partition(":")
        if colon:
            login = f"{unquote(user)}:{unquote(password)}".encode(errors="surrogateescape")
            for secret in (password, unquote(password), base64.b64encode(login).decode()):
                sanitize.register_secret(secret)


class Session(requests.Session):
    """A session that sends these credentials only, also after redirects."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        super().__init__()
        self.auth = credentials or Credentials()

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """Drop credentials for another host; requests would also read ~/.netrc here."""
        should_strip: Any = self.should_strip_auth  # its stub has no types
        if "Authorization" in prepared_request.headers and should_strip(
            response.request.url, prepared_request.url
        ):
            del prepared_request.headers["Authorization"]


def download_session(total_s: float, silence_s: float) -> Session:
    """Return a session for one download, without credentials and with redirects. total_s: its longest time."""
    deadline, session = Deadline(), Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter(deadline))
    session.headers["Accept-Encoding"] = "identity"  # no decompression bombs
    deadline.start(total_s, silence_s)
    return session


def warn_if_plain(place: str, url: str) -> None:
    """Warn once about plain http. In a run, the preflight check does so instead."""
    if is_plain(url) and url not in _warned and RUN_VARIABLE not in os.environ:
        _warned.add(url)
        print(f"warning: {plain_warning(place)}", file=sys.stderr)


def suppress_plain_warning(url: str) -> None:
    """Suppress the warning about an address, which the caller shows itself."""
    _warned.add(url)


def plain_warning(place: str) -> str:
    return f"{place}: texts and keys go there unprotected; use https, or a tunnel (ssh -L)"
