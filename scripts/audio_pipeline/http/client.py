"""HTTP client of the services, with all rules for time-outs, retries, sizes, redirects, proxies and errors.

| event                                                    | handling                                          |
|----------------------------------------------------------|---------------------------------------------------|
| refused, no address, no connection in time, 502, 504     | temporary: if it has answered in this run, wait   |
|                                                          | for it; after the last try, it is down            |
| reset, silence, broken off, 408, 425, 429, 500, 503      | temporary: retried                                |
| 400, 401, 403, 404, 422 and the other 4xx, redirects     | permanent: never retried                          |
| 2xx with an error in its JSON                            | as the status that the error names, or as 500     |
| 2xx with an unexpected, too large or compressed body     | a bad answer: retried with another seed           |

An answer must be complete, with its headers, within `timeout_s` (http/deadline.py).
Retries: http/retries.py.
Source for the status codes: RFC 9110, section 15; for Retry-After: section 10.2.3.
"""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
import urllib3

from audio_pipeline import address
from audio_pipeline.errors import BadAnswer, RequestRefused, ServiceUnavailable
from audio_pipeline.http import credentials
from audio_pipeline.http import errors as http_errors
from audio_pipeline.http.credentials import Credentials, Session, register_proxy_passwords
from audio_pipeline.http.deadline import Adapter, Deadline
from audio_pipeline.http.error_body import error_within, reason_of, retry_after_s
from audio_pipeline.http.errors import Down
from audio_pipeline.http.retries import Retries
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.sanitize import excerpt

MAX_ANSWER = 256 * 2**20  # bytes: a 4096 × 4096 PNG in base64 is below 100 MB
MAX_TEXT = 16 * 2**20  # bytes: the longest script is below 1 MB
_MAX_VALUES = 2**20  # in JSON: even a short one takes up to 100 bytes of memory
_TEMPORARY = {408, 425, 429, 500, 502, 503, 504}
_GATEWAY = {502, 504}  # the proxy answers, but the service behind it does not
_STALL = 1 / 5  # of timeout_s: longest silence within a stream that has begun

T = TypeVar("T")


class _Session(Session):
    """Session without redirects; requests would read all of their bodies."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


@dataclass(frozen=True)
class Answer:
    """A complete answer with a 2xx status."""

    body: bytes
    content_type: str
    server: str = ""


class Client:
    """A service at an address.

    name: for messages ("Ollama"); url: without a trailing slash; http: its lease is held for POST requests;
    timeout_s: longest wait for a complete answer.
    token: sent as `Authorization: Bearer`; login: (user, password) for Basic authentication; messages never contain
    either; secret: the environment variable that they came from.
    advice: what to do if the service does not answer. sleep, clock: replaced in tests.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        timeout_s: float,
        http: HttpPolicy,
        token: str = "",
        login: tuple[str, str] | None = None,
        secret: str = "",
        advice: str = "",
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.place = f"{name} at {url}"
        self.url = url
        self._timeout = (http.connect_timeout_s, timeout_s)
        self._http = http
        self._secret = secret
        self._advice = f"; {advice}" if advice else ""
        self._retries = Retries(name, url, http, timeout_s, sleep or time.sleep, clock)
        self.slot = http.slot
        self._credentials = Credentials(token, login, secret)
        self._clock = clock
        self._deadline = Deadline(clock)
        self._session = _Session(self._credentials)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, Adapter(self._deadline))
        self._session.trust_env = not address.is_loopback(url)  # proxies
        if self._session.trust_env:
            register_proxy_passwords()
        self._session.verify = address.certificates()
        self._session.headers["Accept-Encoding"] = "identity"  # no decompression bombs
        credentials.warn_if_plain(self.place, url)

    def get_json(self, path: str) -> Any:
        """GET JSON. Raises ServiceUnavailable, RequestRefused, BadAnswer."""
        return self._get(path, self.parse)

    def post_json(
        self,
        path: str,
        payload: Any,
        most: int = MAX_ANSWER,
        check: Callable[[Any], None] | None = None,
    ) -> Any:
        """POST a JSON payload and return the JSON answer, of at most `most` bytes.

        check: raises an error for an invalid answer; temporary errors are retried.
        Raises ServiceUnavailable, RequestRefused, BadAnswer.
        """

        def decode(answer: Answer) -> Any:
            value = self.parse(answer)
            if check:
                check(value)
            return value

        return self._post(path, most, decode, json=payload)

    def post(self, path: str, payload: Any = None, *, raw: bytes | None = None) -> Answer:
        """POST a JSON payload, or raw text. Raises ServiceUnavailable, RequestRefused, BadAnswer."""
        content: dict[str, Any] = {"json": payload}
        if raw is not None:
            content = {"data": raw, "headers": {"Content-Type": "text/plain; charset=utf-8"}}

        def decode(answer: Answer) -> Answer:
            if answer.body[:1] == b"{" and len(answer.body) < MAX_TEXT:  # neither sound nor picture
                self.check_error(self.parse(answer))
            return answer

        return self._post(path, MAX_ANSWER, decode, **content)

    def post_lines(
        self, path: str, payload: Any, consume: Callable[[Iterator[Any]], T], total_s: float = 0
    ) -> T:
        """POST a JSON payload and pass the answer's lines of JSON to `consume`; a broken stream is retried.

        total_s: longest time for all lines, if not timeout_s, which then limits silence only.
        Raises ServiceUnavailable, RequestRefused, BadAnswer, and errors of `consume`.
        """
        request, longest_s = self._prepare("POST", path, json=payload), total_s or self._timeout[1]
        with self.slot:
            return self.retry(lambda: consume(self._lines(request, longest_s)))

    def probe(self, path: str) -> Answer | None:
        """GET a path. Returns None if the server does not know it (404, 405, 501)."""
        request = self._prepare("GET", path)

        def send() -> Answer | None:
            try:
                return self._send(request, MAX_TEXT)
            except RequestRefused as error:
                if error.status in (404, 405, 501):
                    return None
                raise

        return self.retry(send)

    def fetch(self, link: str) -> Answer:
        """GET a link from an answer, on the same server only, so that no other server is contacted.

        link: an address, or a path. Raises BadAnswer: it leads elsewhere; ServiceUnavailable, RequestRefused.
        """
        target = address.joined(self.url, link)
        self._check_same_server(target)
        request = self._prepare("GET", target)
        # requests may read an address like http://one\\@other differently.
        self._check_same_server(request.url or "")
        return self.retry(lambda: self._send(request, MAX_ANSWER))

    def _check_same_server(self, url: str) -> None:
        if not address.is_same_server(url, self.url):
            raise BadAnswer(
                f"{self.place} sent a link to {address.shown_server(url)}; expected the content itself, "
                "or a link to the same server"
            )

    def check_error(self, answer: Any) -> None:
        """Raise an error that came under HTTP 200, as if it had the status that it names."""
        if error := error_within(answer):
            status, reason = error
            raise self._error(
                503 if status in _GATEWAY else status,  # the gateway answers, so it is not down
                reason,
                f"{self.place}: error {status} under HTTP 200",
            )

    def parse(self, answer: Answer) -> Any:
        """Parse the answer's JSON. Raises BadAnswer."""
        return self._parse(answer.body, answer.content_type)

    def retry(self, call: Callable[[], T]) -> T:
        """Retry the call while its errors are temporary (http/retries.py)."""
        return self._retries.run(call)

    def _get(self, path: str, decode: Callable[[Answer], T]) -> T:
        request = self._prepare("GET", path)
        return self.retry(lambda: decode(self._send(request, MAX_TEXT)))

    def _post(self, path: str, most: int, decode: Callable[[Answer], T], **content: Any) -> T:
        """POST while holding the slot, but prepare the request and decode the answer without it."""
        request = self._prepare("POST", path, **content)
        with contextlib.ExitStack() as slot:
            slot.enter_context(self.slot)

            def exchange() -> T:
                answer = self._send(request, most)
                slot.close()
                return decode(answer)

            return self.retry(exchange)

    def _prepare(self, method: str, path: str, **content: Any) -> requests.PreparedRequest:
        with self._translated_errors():
            url = path if "://" in path else self.url + path
            request = requests.Request(method, url, **content)
            return self._session.prepare_request(request)

    def _send(self, request: requests.PreparedRequest, most: int) -> Answer:
        with self._exchange(request, self._timeout[1]) as response:
            body = b"".join(self._pieces(response, most))
            content_type = response.headers.get("Content-Type", "")
            return Answer(body, content_type, response.headers.get("Server", ""))

    def _lines(self, request: requests.PreparedRequest, total_s: float) -> Iterator[Any]:
        with self._exchange(request, total_s) as response:
            content_type, line = response.headers.get("Content-Type", ""), bytearray()
            for piece in self._pieces(response, MAX_TEXT):
                self._deadline.silence_s = max(_STALL * self._timeout[1], 0.05)
                for part in piece.splitlines(keepends=True):
                    line += part
                    if part.endswith(b"\n"):
                        if line.strip():
                            yield self._parse(bytes(line), content_type)
                        line.clear()
            if line.strip():
                yield self._parse(bytes(line), content_type)

    @contextlib.contextmanager
    def _exchange(
        self, request: requests.PreparedRequest, total_s: float
    ) -> Iterator[requests.Response]:
        """Send a request and yield a response with a 2xx status, its body not read yet."""
        with self._translated_errors(total_s):
            self._deadline.start(total_s, self._timeout[1])
            url = request.url or ""
            options = self._session.merge_environment_settings(url, {}, True, None, None)
            with self._session.send(
                request, timeout=self._timeout, allow_redirects=False, **options
            ) as response:
                if response.status_code // 100 != 2:
                    raise self._refusal(response)
                yield response

    def _pieces(self, response: requests.Response, most: int) -> Iterator[bytes]:
        """Yield the body in pieces. Raises BadAnswer: compressed, or longer than `most` bytes."""
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            raise BadAnswer(
                f"{self.place} sent its answer compressed ({excerpt(encoding, 20)}); expected it uncompressed"
            )
        length = response.headers.get("Content-Length", "")[:30]  # int() refuses very long texts
        size = int(length) if length.isdecimal() and int(length) > most else 0
        while size <= most and (piece := response.raw.read1(2**16)):
            size += len(piece)
            if size <= most:
                yield piece
        if size > most:
            raise BadAnswer(f"{self.place} sent more than {most // 2**20} MB; expected far less")

    def _parse(self, body: bytes, content_type: str) -> Any:
        if len(body) > MAX_TEXT and sum(map(body.count, (b",", b"[", b"{"))) > _MAX_VALUES:
            raise BadAnswer(f"{self.place} sent more than {_MAX_VALUES} values; expected few")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise BadAnswer(
                f"{self.place} sent {excerpt(content_type, 60) or 'no content type'}, {excerpt(body)!r}; expected JSON"
            ) from None

    @contextlib.contextmanager
    def _translated_errors(self, total_s: float = 0) -> Iterator[None]:
        """Translate errors of requests, urllib3 and the operating system. total_s: limit of an answer."""
        try:
            yield
        except http_errors.KINDS as error:
            if self._deadline.has_begun and self._deadline.is_over:
                raise ServiceUnavailable(
                    f"{self.place} did not complete its answer within {total_s:g} s; "
                    "raise timeout_s if it is only slow"
                ) from error
            raise http_errors.translate(error, self.place, self._advice, *self._timeout) from error

    def _refusal(self, response: requests.Response) -> Exception:
        status, body = response.status_code, b""
        with contextlib.suppress(BadAnswer, ServiceUnavailable, urllib3.exceptions.HTTPError):
            body = b"".join(self._pieces(response, MAX_TEXT))
        reason = reason_of(body)
        if b"insufficient_quota" in body:  # OpenAI sends 429 for an empty account
            status = 402
        if status // 100 == 3:
            target = address.joined(self.url, response.headers.get("Location", ""))
            server = address.shown_server(target)
            reason = f"{reason}; redirects to {server}; configure the final address".lstrip("; ")
        wait_s = retry_after_s(response.headers.get("Retry-After"))
        prefix = f"{self.place}: HTTP {response.status_code}"
        return self._error(status, reason, prefix, wait_s, body)

    def _error(
        self,
        status: int,
        reason: str,
        prefix: str,
        wait_s: float | None = None,
        body: bytes = b"",
    ) -> Exception:
        """Return the error of a status. reason: the service's; prefix: of the message; body: the answer's."""
        message = f"{prefix}{': ' + reason if reason else ''}"
        if status in _GATEWAY:
            return Down(message + self._advice)
        if status in _TEMPORARY:
            if wait_s and wait_s > self._timeout[1]:
                message += f"; it asks for a pause of {wait_s:.0f} s, longer than timeout_s, {self._timeout[1]:g}"
            return ServiceUnavailable(message, wait_s)
        if status in (401, 403) and self._secret:
            problem = "was not accepted" if self._credentials.given else "is not set"
            message += f"; {self._secret} {problem} (an environment variable)"
        return RequestRefused(message, status, reason, body)
