"""Keys and passwords on their way to a service, and out of every message."""

import requests

from .errors import InputError


class Credentials(requests.auth.AuthBase):
    """Our own credentials or none; never those of a ~/.netrc."""

    def __init__(self, token: str, login: tuple[str, str] | None, name: str) -> None:
        if not token.isascii() or not token.isprintable() or token != token.strip():
            raise InputError(f"{name} has a character that a key cannot have; set it anew")
        basic = requests.auth._basic_auth_str(*(part.encode() for part in login)) if login else ""
        self._header = f"Bearer {token}" if token else basic
        parts = (token, basic.removeprefix("Basic "), login[1] if login else "")
        self._secret_parts = [part for part in parts if part]

    def __bool__(self) -> bool:
        return bool(self._header)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._header:
            request.headers["Authorization"] = self._header
        return request

    def hidden_in(self, text: str) -> str:
        for part in self._secret_parts:
            text = text.replace(part, "…")
        return text
