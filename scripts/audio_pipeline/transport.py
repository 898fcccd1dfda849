"""HTTP to the services: the one place for time-outs, retries, sizes, redirects, proxies and what errors mean.

Source for the meaning of the status codes: RFC 9110, section 15; for Retry-After: section 10.2.3.
"""

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import tenacity
import urllib3

from .errors import BadAnswer, RequestRefused, ServiceUnavailable

MAX_ANSWER = (
    256 * 2**20
)  # bytes: a 4096 × 4096 PNG in base64 is below 100 MB, an hour of speech 160 MB
_MAY_PASS = {408, 425, 429, 500, 502, 503, 504}
_LOOPBACK = re.compile(r"localhost|127(?:\.[0-9]+){3}|::1")


@dataclass(frozen=True)
class Answer:
    """A complete answer with a 2xx status."""

    body: bytes
    content_type: str


class Client:
    """A service at an address.

    name: for messages ("Ollama"); url: without a trailing slash; timeout_s: longest wait for an answer;
    http: the configuration's part of that name; token: sent as `Authorization: Bearer`;
    login: (user, password) for Basic authentication. Neither ever stands in a message.
    advice: what to do when nobody answers. sleep, session: to be replaced in tests.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        timeout_s: float,
        http: Mapping[str, float],
        token: str = "",
        login: tuple[str, str] | None = None,
        advice: str = "",
        sleep: Callable[[float], None] = time.sleep,
        session: requests.Session | None = None,
    ) -> None:
        self.place = f"{name} at {url}"
        self._url = url
        self._timeout = (http["connect_timeout_s"], timeout_s)
        self._http = http
        self._advice = advice
        self._sleep = sleep
        self._secrets = [secret for secret in (token, *(login or ())) if secret]
        self._session = session or requests.Session()
        self._session.trust_env = not _LOOPBACK.fullmatch(urlsplit(url).hostname or "")
        self._session.headers["Accept-Encoding"] = "identity"  # no compressed bombs
        self._session.auth = _Credentials(token, login)

    def get_json(self, path: str) -> Any:
        """The JSON that GET answers. Raises ServiceUnavailable, RequestRefused, BadAnswer."""
        return self.retry(lambda: self._parsed(self._send("GET", path)))

    def post_json(self, path: str, payload: Any) -> Any:
        """The JSON that POST of a JSON payload answers. Raises ServiceUnavailable, RequestRefused, BadAnswer."""
        return self.retry(lambda: self._parsed(self._send("POST", path, json=payload)))

    def post(self, path: str, payload: Any = None, *, raw: bytes | None = None) -> Answer:
        """What POST of a JSON payload, or of raw text, answers. Raises ServiceUnavailable, RequestRefused."""
        content: dict[str, Any] = {"json": payload}
        if raw is not None:
            content = {"data": raw, "headers": {"Content-Type": "text/plain; charset=utf-8"}}
        return self.retry(lambda: self._send("POST", path, **content))

    def has(self, path: str) -> Answer | None:
        """What GET answers, or None where the server does not know the path (404, 405, 501)."""
        try:
            return self.retry(lambda: self._send("GET", path))
        except RequestRefused as error:
            if error.status in (404, 405, 501):
                return None
            raise

    def retry(self, call: Callable[[], Any]) -> Any:
        """Call until it succeeds, with growing pauses, as long as the fault is one that may pass."""
        pauses = tenacity.wait_random_exponential(
            multiplier=self._http["first_pause_s"], max=self._http["max_pause_s"]
        )

        def pause(state: tenacity.RetryCallState) -> float:
            asked = getattr(state.outcome.exception(), "retry_after_s", None)
            return min(asked, self._http["max_pause_s"]) if asked is not None else pauses(state)

        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(ServiceUnavailable),
            stop=tenacity.stop_after_attempt(int(self._http["tries"])),
            wait=pause,
            sleep=self._sleep,
            before_sleep=lambda state: print(f"{state.outcome.exception()}; trying again"),
            reraise=True,
        )(call)

    def _send(self, method: str, path: str, **content: Any) -> Answer:
        with self._mapped():
            deadline = time.monotonic() + self._timeout[1]
            with self._session.request(
                method,
                self._url + path,
                timeout=self._timeout,
                stream=True,
                allow_redirects=False,
                **content,
            ) as response:
                body = b"".join(self._pieces(response, deadline))
        if response.status_code // 100 == 2:
            return Answer(body, response.headers.get("Content-Type", ""))
        raise self._refusal(response, body)

    def _pieces(self, response: requests.Response, deadline: float) -> Iterator[bytes]:
        size = 0
        while piece := response.raw.read1(2**16):
            size += len(piece)
            if size > MAX_ANSWER:
                raise BadAnswer(
                    f"{self.place} sent more than {MAX_ANSWER // 2**20} MB; expected far less"
                )
            if time.monotonic() > deadline:
                raise ServiceUnavailable(
                    f"{self.place} had not sent its whole answer after {self._timeout[1]:g} s; "
                    "raise timeout_s if it is only slow"
                )
            yield piece

    def _parsed(self, answer: Answer) -> Any:
        try:
            return json.loads(answer.body)
        except ValueError:
            raise BadAnswer(
                f"{self.place} sent {answer.content_type or 'no content type'}, {_excerpt(answer.body)!r}; "
                "expected JSON"
            ) from None

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[None]:
        """Errors of requests and urllib3 as ours."""
        advice = f"; {self._advice}" if self._advice else ""
        try:
            yield
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
            raise RequestRefused(f"{self.place}: not a usable address ({error})") from error
        except requests.exceptions.ConnectTimeout as error:
            raise ServiceUnavailable(
                f"{self.place} did not accept a connection within {self._timeout[0]:g} s{advice}"
            ) from error
        except (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError) as error:
            raise ServiceUnavailable(
                f"{self.place} was silent for {self._timeout[1]:g} s; raise timeout_s if it is only slow"
            ) from error
        except requests.exceptions.SSLError as error:
            raise RequestRefused(
                f"{self.place}: its certificate was not accepted; for a private CA set REQUESTS_CA_BUNDLE"
            ) from error
        except requests.exceptions.ConnectionError as error:
            raise ServiceUnavailable(f"{self.place} {_cause(error)}{advice}") from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise ServiceUnavailable(
                f"{self.place} broke off its answer ({type(error).__name__})"
            ) from error

    def _refusal(self, response: requests.Response, body: bytes) -> Exception:
        status, said = response.status_code, self._said(body)
        message = f"{self.place}: HTTP {status}{': ' + said if said else ''}"
        if status in _MAY_PASS:
            return ServiceUnavailable(message, _retry_after_s(response.headers.get("Retry-After")))
        if status // 100 == 3:
            to = urlsplit(response.headers.get("Location", ""))
            return RequestRefused(
                f"{message} redirects to {to.scheme}://{to.hostname}; configure that address itself",
                status,
            )
        if status in (401, 403):
            message += "; set the key or password in the environment (see config/README.md)"
        return RequestRefused(message, status)

    def _said(self, body: bytes) -> str:
        """What an error's body says, on one line, without secrets."""
        try:
            said: Any = json.loads(body)
        except ValueError:
            title = re.search(rb"<title>(.*?)</title>", body, re.DOTALL | re.IGNORECASE)
            said = _excerpt(title[1] if title else body)
        for key in ("error", "errors", "message", "detail", "body"):
            if isinstance(said, dict) and said.get(key):
                said = said[key]
        if (
            isinstance(said, list) and said and isinstance(said[0], dict)
        ):  # FastAPI: [{"loc", "msg", "type"}]
            said = f"{said[0].get('loc')}: {said[0].get('msg')}"
        text = _excerpt(str(said).encode()) if said else ""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text


class _Credentials(requests.auth.AuthBase):
    """Our own credentials or none; never those of a ~/.netrc."""

    def __init__(self, token: str, login: tuple[str, str] | None) -> None:
        self._token, self._login = token, login

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
        elif self._login:
            return requests.auth.HTTPBasicAuth(*self._login)(request)
        return request


def _cause(error: Exception) -> str:
    text = str(error)
    if "refused" in text:
        return "refused the connection"
    if "resolve" in text or "getaddrinfo" in text or "Name or service" in text:
        return "has no address: its host name is not known"
    if "reset" in text or "Remote end closed" in text or "IncompleteRead" in text:
        return "broke off the connection"
    return "cannot be reached"


def _excerpt(data: bytes, most: int = 200) -> str:
    text = data[: 4 * most].decode("utf-8", "replace")
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= most else text[:most] + "…"


def _retry_after_s(value: str | None) -> float | None:
    """Seconds from a Retry-After header: a number, or a date."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
