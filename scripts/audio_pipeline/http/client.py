"""HTTP to the services: the one place for time-outs, retries, sizes, redirects, proxies and what errors mean.

| what happens                                             | what it means                                     |
|----------------------------------------------------------|---------------------------------------------------|
| refused, no address, no connection in time, 502, 504     | may pass; one that has answered in this run is    |
|                                                          | waited for; after the last try it is down         |
| reset, silence, broken off, 408, 425, 429, 500, 503      | may pass: tried again                             |
| 400, 401, 403, 404, 422 and the other 4xx, redirects     | will not pass: never tried again                  |
| 2xx with an error in its JSON                            | as the status that the error names, or as 500     |
| 2xx with something else than expected, too much, packed  | a bad answer: asked again with another seed       |

An answer, its head included, must have come within `timeout_s` (http/deadline.py).
Tries stop after `tries`, or once twice `timeout_s` has gone by since the first began.
Source for the status codes: RFC 9110, section 15; for Retry-After: section 10.2.3.

Long because all rules for a request are applied here, in the order in which they matter.
"""

import contextlib
import json
import math
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
import tenacity
import urllib3

from audio_pipeline import address
from audio_pipeline.errors import BadAnswer, RequestRefused, ServiceUnavailable
from audio_pipeline.http import credentials
from audio_pipeline.http import errors as http_errors
from audio_pipeline.http.credentials import Credentials, Session, hide_those_of_proxies
from audio_pipeline.http.deadline import Adapter, Deadline
from audio_pipeline.http.error_body import error_within, reason_of, retry_after_s
from audio_pipeline.http.errors import Down
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.run.circuit_breaker import CircuitBreaker
from audio_pipeline.run.outages import PROBE_S, Outage
from audio_pipeline.run.request_log import RequestLog
from audio_pipeline.sanitize import excerpt

MAX_ANSWER = 256 * 2**20  # bytes: a 4096 × 4096 PNG in base64 is below 100 MB
MAX_TEXT = 16 * 2**20  # bytes: the longest script is below 1 MB
_MOST_VALUES = 2**20  # in JSON: each takes up to 100 bytes of memory, whatever its length was
_MAY_PASS = {408, 425, 429, 500, 502, 503, 504}
_GATEWAY = {502, 504}  # the proxy is there, the service behind it is not
_LOADING = re.compile(r"HTTP 503: .*\b(?:loading|starting|warming)\b", re.IGNORECASE)
_STALL = 1 / 5  # of timeout_s: longest silence within a stream that has begun

T = TypeVar("T")


class _Session(Session):
    """Follows no redirects: requests would read all of their bodies."""

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
    timeout_s: longest wait for a whole answer.
    token: sent as `Authorization: Bearer`; login: (user, password) for Basic authentication; neither ever stands in a
    message; secret: the environment variable that they came from.
    advice: what to do when nobody answers. sleep, clock: to be replaced in tests.
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
        self._sleep = sleep or time.sleep
        self._circuit = CircuitBreaker(url)
        self._patience = Outage(url, http.patience_s)
        self.slot = http.slot
        self._meter = RequestLog(name, url)
        self._credentials = Credentials(token, login, secret)
        self._clock = clock
        self._deadline = Deadline(clock)
        self._session = _Session(self._credentials)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, Adapter(self._deadline))
        self._session.trust_env = not address.is_loopback(url)  # proxies
        if self._session.trust_env:
            hide_those_of_proxies()

        self._session.verify = address.certificates()
        self._session.headers["Accept-Encoding"] = "identity"  # no compressed bombs
        credentials.warn_if_plain(self.place, url)

    def get_json(self, path: str) -> Any:
        """The JSON that GET answers. Raises ServiceUnavailable, RequestRefused, BadAnswer."""
        return self._get(path, self.parsed)

    def post_json(
        self,
        path: str,
        payload: Any,
        most: int = MAX_ANSWER,
        check: Callable[[Any], None] | None = None,
    ) -> Any:
        """The JSON that POST of a JSON payload answers, `most` bytes long.

        check: looks at the answer and raises what is wrong with it; what may pass is then tried again.
        Raises ServiceUnavailable, RequestRefused, BadAnswer.
        """

        def understood(answer: Answer) -> Any:
            parsed = self.parsed(answer)
            if check:
                check(parsed)
            return parsed

        return self._post(path, most, understood, json=payload)

    def post(self, path: str, payload: Any = None, *, raw: bytes | None = None) -> Answer:
        """What POST of a JSON payload, or of raw text, answers.

        Raises ServiceUnavailable, RequestRefused, BadAnswer.
        """
        content: dict[str, Any] = {"json": payload}
        if raw is not None:
            content = {"data": raw, "headers": {"Content-Type": "text/plain; charset=utf-8"}}

        def understood(answer: Answer) -> Answer:
            if answer.body[:1] == b"{" and len(answer.body) < MAX_TEXT:  # neither sound nor picture
                self.check_error(self.parsed(answer))
            return answer

        return self._post(path, MAX_ANSWER, understood, **content)

    def post_lines(
        self, path: str, payload: Any, take: Callable[[Iterator[Any]], T], whole_s: float = 0
    ) -> T:
        """What `take` makes of the lines of JSON that POST answers; when they break off, all is tried again.

        whole_s: longest time for all lines, if not timeout_s, which then bounds silence alone.
        Raises ServiceUnavailable, RequestRefused, BadAnswer, and what `take` raises.
        """
        request, longest_s = self._prepared("POST", path, json=payload), whole_s or self._timeout[1]
        with self.slot:
            return self.retry(lambda: take(self._lines(request, longest_s)))

    def has(self, path: str) -> Answer | None:
        """What GET answers, or None where the server does not know the path (404, 405, 501)."""
        request = self._prepared("GET", path)

        def look() -> Answer | None:
            try:
                return self._send(request, MAX_TEXT)
            except RequestRefused as error:
                if error.status in (404, 405, 501):
                    return None
                raise

        return self.retry(look)

    def fetch(self, link: str) -> Answer:
        """What GET of a link in an answer brings, on the same server only: elsewhere our request would be a stranger's.

        link: an address, or a path. Raises BadAnswer: it leads elsewhere; ServiceUnavailable, RequestRefused.
        """
        target = address.joined(self.url, link)
        self._check_ours(target)
        request = self._prepared("GET", target)
        # As it is asked: http://one\\@other is read in two ways.
        self._check_ours(request.url or "")
        return self.retry(lambda: self._send(request, MAX_ANSWER))

    def _check_ours(self, url: str) -> None:
        if not address.is_same_server(url, self.url):
            raise BadAnswer(
                f"{self.place} sent a link to {address.shown_server(url)}; expected the content itself, "
                "or a link to the server that was asked"
            )

    def check_error(self, answer: Any) -> None:
        """Raise what an error under HTTP 200 means: the same as under the status that it names."""
        if found := error_within(answer):
            status, said = found
            raise self._error(
                503 if status in _GATEWAY else status,  # the gateway answers, and asks for patience
                said,
                f"{self.place}: error {status} under HTTP 200",
            )

    def parsed(self, answer: Answer) -> Any:
        """The answer's JSON. Raises BadAnswer."""
        return self._parsed(answer.body, answer.content_type)

    def retry(self, call: Callable[[], T]) -> T:
        """Call until it succeeds, with growing pauses, as long as the fault is one that may pass."""
        longest_s = self._timeout[1]
        pauses = tenacity.wait_random_exponential(
            multiplier=self._http.first_pause_s, max=self._http.max_pause_s
        )
        waits = 0  # for a service that is away: these tries do not count
        begun = self._clock()

        def pause_s(state: tenacity.RetryCallState) -> float:
            if self._is_away(state):
                return PROBE_S
            asked: float | None = getattr(_fault(state), "retry_after_s", None)
            return pauses(state) if asked is None else asked

        def enough(state: tenacity.RetryCallState) -> bool:
            nonlocal waits
            if self._is_away(state):
                if self._patience.should_wait(str(_fault(state))):
                    waits += 1
                    return False
                if waits:
                    return True
            seconds = self._clock() - begun - waits * PROBE_S
            tries = state.attempt_number - waits
            return tries >= self._http.tries or seconds > 2 * longest_s

        def may_pass(error: BaseException) -> bool:
            if isinstance(error, Down) and self._http.has_fallback:
                return False
            return isinstance(error, ServiceUnavailable) and (error.retry_after_s or 0) <= longest_s

        try:
            result: T = tenacity.Retrying(
                retry=tenacity.retry_if_exception(may_pass),
                stop=enough,
                wait=pause_s,
                sleep=self._sleep,
                before_sleep=self._tell_retry,
                reraise=True,
            )(self._unless_down, call)
            return result
        except Down as error:
            if not self._http.has_fallback:
                self._patience.give_up()
                self._circuit.open(str(error))
            raise

    def _is_away(self, state: tenacity.RetryCallState) -> bool:
        """True if nobody answers, or only to say that a model is being loaded: a service that restarts."""
        error = _fault(state)
        loading = isinstance(error, ServiceUnavailable) and _LOADING.search(str(error))
        return not self._http.has_fallback and (isinstance(error, Down) or bool(loading))

    def _tell_retry(self, state: tenacity.RetryCallState) -> None:
        self._meter.retried()
        print(f"{_fault(state)}; trying again", flush=True)

    def _unless_down(self, call: Callable[[], T]) -> T:
        if self._http.has_fallback:
            return call()
        if reason := self._circuit.reason():
            raise ServiceUnavailable(f"not asked: {reason}", retry_after_s=math.inf)
        with self._meter.request():
            result = call()
        self._circuit.close()
        self._patience.answered()
        return result

    def _get(self, path: str, understood: Callable[[Answer], T]) -> T:
        request = self._prepared("GET", path)
        return self.retry(lambda: understood(self._send(request, MAX_TEXT)))

    def _post(self, path: str, most: int, understood: Callable[[Answer], T], **content: Any) -> T:
        """In its turn, but for what comes before and after the request: that keeps nobody waiting."""
        request = self._prepared("POST", path, **content)
        with contextlib.ExitStack() as held:
            held.enter_context(self.slot)

            def exchange() -> T:
                answer = self._send(request, most)
                held.close()
                return understood(answer)

            return self.retry(exchange)

    def _prepared(self, method: str, path: str, **content: Any) -> requests.PreparedRequest:
        with self._mapped():
            url = path if "://" in path else self.url + path
            request = requests.Request(method, url, **content)
            return self._session.prepare_request(request)

    def _send(self, request: requests.PreparedRequest, most: int) -> Answer:
        with self._exchange(request, self._timeout[1]) as response:
            body = b"".join(self._pieces(response, most))
            kind = response.headers.get("Content-Type", "")
            return Answer(body, kind, response.headers.get("Server", ""))

    def _lines(self, request: requests.PreparedRequest, whole_s: float) -> Iterator[Any]:
        with self._exchange(request, whole_s) as response:
            kind, line = response.headers.get("Content-Type", ""), bytearray()
            for piece in self._pieces(response, MAX_TEXT):
                self._deadline.silence_s = max(_STALL * self._timeout[1], 0.05)
                for part in piece.splitlines(keepends=True):
                    line += part
                    if part.endswith(b"\n"):
                        if line.strip():
                            yield self._parsed(bytes(line), kind)
                        line.clear()
            if line.strip():
                yield self._parsed(bytes(line), kind)

    @contextlib.contextmanager
    def _exchange(
        self, request: requests.PreparedRequest, whole_s: float
    ) -> Iterator[requests.Response]:
        """A response with a 2xx status, whose body is not read yet."""
        with self._mapped(whole_s):
            self._deadline.start(whole_s, self._timeout[1])
            url = request.url or ""
            how = self._session.merge_environment_settings(url, {}, True, None, None)
            with self._session.send(
                request, timeout=self._timeout, allow_redirects=False, **how
            ) as response:
                if response.status_code // 100 != 2:
                    raise self._refusal(response)
                yield response

    def _pieces(self, response: requests.Response, most: int) -> Iterator[bytes]:
        """The body as it comes. Raises BadAnswer: packed, or longer than `most` bytes."""
        packed = response.headers.get("Content-Encoding", "identity").strip().lower()
        if packed not in ("", "identity"):
            raise BadAnswer(
                f"{self.place} sent its answer packed ({excerpt(packed, 20)}); expected it plain, as was asked for"
            )
        announced = response.headers.get("Content-Length", "")[
            :30
        ]  # int() refuses thousands of digits
        size = int(announced) if announced.isdecimal() and int(announced) > most else 0
        while size <= most and (piece := response.raw.read1(2**16)):
            size += len(piece)
            if size <= most:
                yield piece
        if size > most:
            raise BadAnswer(f"{self.place} sent more than {most // 2**20} MB; expected far less")

    def _parsed(self, body: bytes, content_type: str) -> Any:
        if len(body) > MAX_TEXT and sum(map(body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
            raise BadAnswer(f"{self.place} sent more than {_MOST_VALUES} values; expected few")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise BadAnswer(
                f"{self.place} sent {excerpt(content_type, 60) or 'no content type'}, {excerpt(body)!r}; expected JSON"
            ) from None

    @contextlib.contextmanager
    def _mapped(self, whole_s: float = 0) -> Iterator[None]:
        """Errors of requests, urllib3 and the operating system as ours. whole_s: that an answer may take."""
        try:
            yield
        except http_errors.KINDS as error:
            if self._deadline.has_begun and self._deadline.is_over:
                raise ServiceUnavailable(
                    f"{self.place} had not sent its whole answer {whole_s:g} s after the request; "
                    "raise timeout_s if it is only slow"
                ) from error
            raise http_errors.explained(error, self.place, self._advice, *self._timeout) from error

    def _refusal(self, response: requests.Response) -> Exception:
        status, body = response.status_code, b""
        with contextlib.suppress(BadAnswer, ServiceUnavailable, urllib3.exceptions.HTTPError):
            body = b"".join(self._pieces(response, MAX_TEXT))
        said = reason_of(body)
        if b"insufficient_quota" in body:  # OpenAI's 429 of an empty account
            status = 402
        if status // 100 == 3:
            to = address.joined(self.url, response.headers.get("Location", ""))
            where = address.shown_server(to)
            said = f"{said}; redirects to {where}; configure the final address itself".lstrip("; ")
        wait_s = retry_after_s(response.headers.get("Retry-After"))
        return self._error(status, said, f"{self.place}: HTTP {response.status_code}", wait_s)

    def _error(self, status: int, said: str, what: str, wait_s: float | None = None) -> Exception:
        """What a status means. said: the service's reason; what: the beginning of the message."""
        message = f"{what}{': ' + said if said else ''}"
        if status in _GATEWAY:
            return Down(message + self._advice)
        if status in _MAY_PASS:
            if wait_s and wait_s > self._timeout[1]:
                message += f"; it asks for {wait_s:.0f} s of patience, more than timeout_s, {self._timeout[1]:g}"
            return ServiceUnavailable(message, wait_s)
        if status in (401, 403) and self._secret:
            given = "was not accepted" if self._credentials.given else "is not set"
            message += f"; {self._secret} {given} (an environment variable)"
        return RequestRefused(message, status, said)


def _fault(state: tenacity.RetryCallState) -> BaseException | None:
    """The error with which the last try ended."""
    return state.outcome.exception() if state.outcome else None
