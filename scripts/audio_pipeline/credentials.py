"""Keys and passwords on their way to a service."""

import base64
from urllib.parse import unquote
from urllib.request import getproxies

import requests

from . import shown
from .deadline import Adapter, Deadline
from .errors import InputError


class Credentials(requests.auth.AuthBase):
    """Our own credentials or none. Being there, it keeps requests from looking for others in a ~/.netrc."""

    def __init__(
        self, token: str = "", login: tuple[str, str] | None = None, name: str = ""
    ) -> None:
        if not token.isascii() or not token.isprintable() or token != token.strip():
            raise InputError(f"{name} has a character that a key cannot have; set it anew")
        if login and any("\udc80" <= char <= "\udcff" for char in "".join(login)):
            raise InputError(f"{name} is not UTF-8; set it anew")
        basic = requests.auth._basic_auth_str(*(part.encode() for part in login)) if login else ""
        self._header = f"Bearer {token}" if token else basic
        for secret in (token, basic.removeprefix("Basic "), login[1] if login else ""):
            shown.register_secret(secret)

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
                shown.register_secret(secret)


class Session(requests.Session):
    """A session that sends these credentials and no others, wherever it is redirected to."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        super().__init__()
        self.auth = credentials or Credentials()

    def rebuild_auth(
        self, prepared_request: requests.PreparedRequest, response: requests.Response
    ) -> None:
        """In requests, this looks into ~/.netrc for the new host."""
        if "Authorization" in prepared_request.headers and self.should_strip_auth(
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
