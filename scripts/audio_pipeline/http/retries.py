"""Retries of a request: backoff, the circuit breaker of a service that is down, and patience with one that restarts.

They stop after `tries`, or after twice `timeout_s` since the first request began. While a service that has answered in
this run does not answer, or says that it is loading, tries do not count: it is waited for (run/outages.py).
"""

import math
import re
from collections.abc import Callable
from typing import TypeVar

import tenacity

from audio_pipeline.errors import ServiceUnavailable
from audio_pipeline.http.errors import Down
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.run.circuit_breaker import CircuitBreaker
from audio_pipeline.run.outages import PROBE_S, Outage
from audio_pipeline.run.request_log import RequestLog

_LOADING = re.compile(r"HTTP 503: .*\b(?:loading|starting|warming)\b", re.IGNORECASE)

T = TypeVar("T")


class Retries:
    """Retries of the requests to a service. timeout_s: longest wait for one answer; sleep, clock: replaced in tests."""

    def __init__(
        self,
        name: str,
        url: str,
        http: HttpPolicy,
        timeout_s: float,
        sleep: Callable[[float], None],
        clock: Callable[[], float],
    ) -> None:
        self._http, self._timeout_s, self._sleep, self._clock = http, timeout_s, sleep, clock
        self._circuit = CircuitBreaker(url)
        self._outage = Outage(url, http.patience_s)
        self._request_log = RequestLog(name, url)

    def run(self, call: Callable[[], T]) -> T:
        """Retry the call with exponential backoff while its errors are temporary."""
        backoff = tenacity.wait_random_exponential(
            multiplier=self._http.first_pause_s, max=self._http.max_pause_s
        )
        waits = 0  # tries during an outage, which do not count
        begun = self._clock()

        def pause_s(state: tenacity.RetryCallState) -> float:
            if self._is_away(state):
                return PROBE_S
            retry_after: float | None = getattr(_fault(state), "retry_after_s", None)
            return backoff(state) if retry_after is None else retry_after

        def should_stop(state: tenacity.RetryCallState) -> bool:
            nonlocal waits
            if self._is_away(state):
                if self._outage.should_wait(str(_fault(state))):
                    waits += 1
                    return False
                if waits:
                    return True
            seconds = self._clock() - begun - waits * PROBE_S
            tries = state.attempt_number - waits
            return tries >= self._http.tries or seconds > 2 * self._timeout_s

        def is_temporary(error: BaseException) -> bool:
            if isinstance(error, Down) and self._http.has_fallback:
                return False
            return (
                isinstance(error, ServiceUnavailable)
                and (error.retry_after_s or 0) <= self._timeout_s
            )

        try:
            result: T = tenacity.Retrying(
                retry=tenacity.retry_if_exception(is_temporary),
                stop=should_stop,
                wait=pause_s,
                sleep=self._sleep,
                before_sleep=self._report_retry,
                reraise=True,
            )(self._call, call)
            return result
        except Down as error:
            if not self._http.has_fallback:
                self._outage.give_up()
                self._circuit.open(str(error))
            raise

    def _is_away(self, state: tenacity.RetryCallState) -> bool:
        """True if the service may be restarting: it does not answer, or is loading its model."""
        error = _fault(state)
        loading = isinstance(error, ServiceUnavailable) and _LOADING.search(str(error))
        return not self._http.has_fallback and (isinstance(error, Down) or bool(loading))

    def _report_retry(self, state: tenacity.RetryCallState) -> None:
        self._request_log.retried()
        print(f"{_fault(state)}; trying again", flush=True)

    def _call(self, call: Callable[[], T]) -> T:
        if self._http.has_fallback:
            return call()
        if reason := self._circuit.current_reason():
            raise ServiceUnavailable(f"not asked: {reason}", retry_after_s=math.inf)
        with self._request_log.request():
            result = call()
        self._circuit.close()
        self._outage.answered()
        return result


def _fault(state: tenacity.RetryCallState) -> BaseException | None:
    """Return the error of the last try."""
    return state.outcome.exception() if state.outcome else None
