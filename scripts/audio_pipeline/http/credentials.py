"""Keys and passwords on their way to a service."""

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
    """Our own credentials or none. Being there, it keeps requests from looking for others in a ~/.netrc."""

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


def hide_those_of_proxies() -> None:
    """Register the passwords in HTTP_PROXY and its like: a proxy may repeat them when it refuses."""
    for url in getproxies().values():
        user, colon, password = url.rpartition("@")[0].rpartition("/")[2].partition(":")
        if colon:
            login = f"{unquote(user)}:{unquote(password)}".encode(errors="surrogateescape")
            for secret in (password, unquote(password), base64.b64encode(login).decode()):
                sanitize.register_secret(secret)


class Session(requests.Session):
    """A session that sends these credentials and no others, wherever it is redirected to."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        super().__init__()
        self.auth = credentials or Credentials()

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """In requests, this looks into ~/.netrc for the new host."""
        moved: Any = self.should_strip_auth  # its stub has no types
        if "Authorization" in prepared_request.headers and moved(
            response.request.url, prepared_request.url
        ):
            del prepared_request.headers["Authorization"]


def downloads(whole_s: float, silence_s: float) -> Session:
    """A session without credentials for one download, of so many seconds at most; it follows redirects."""
    deadline, session = Deadline(), Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, Adapter(deadline))
    session.headers["Accept-Encoding"] = "identity"  # no compressed bombs
    deadline.start(whole_s, silence_s)
    return session


def warn_if_plain(place: str, url: str) -> None:
    """Once; within a run, the check before its first job has said it already."""
    if is_plain(url) and url not in _warned and RUN_VARIABLE not in os.environ:
        _warned.add(url)
        print(f"warning: {plain_warning(place)}", file=sys.stderr)


def tell_no_more(url: str) -> None:
    """The caller says it himself."""
    _warned.add(url)


def plain_warning(place: str) -> str:
    return f"{place}: texts and keys go there unprotected; use https, or a tunnel (ssh -L)"
