"""Log of a run's requests, one line each, in a file in the run's folder.

Jobs are short processes, so they only append (about 30 µs); `metrics` adds up. Nothing is written if the file does not
exist: metrics are off, or the job runs without Snakemake or on another machine.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from audio_pipeline.errors import BadAnswer, RequestRefused, ServiceUnavailable
from audio_pipeline.run.folder import RunFolder

FILE = "measured"
_OUTCOMES = {
    ServiceUnavailable: "unavailable",
    RequestRefused: "refused",
    BadAnswer: "bad_answer",
}


class RequestLog:
    """Log of the requests to a service. Only scheme, host and port of its address are written: a path may be secret."""

    def __init__(self, name: str, url: str) -> None:
        self._service = [name.removeprefix("The "), origin(url)]

    @contextlib.contextmanager
    def request(self) -> Iterator[None]:
        """Measure a request, from sending it to the end of its answer."""
        begun, outcome = time.monotonic(), "other"
        try:
            yield
            outcome = "ok"
        except Exception as error:
            kinds = (kind for kind in _OUTCOMES if isinstance(error, kind))
            outcome = next((_OUTCOMES[kind] for kind in kinds), outcome)
            raise
        finally:
            seconds = round(time.monotonic() - begun, 4)
            _append("request", *self._service, outcome, seconds, round(time.time(), 3))

    def retried(self) -> None:
        """Log a retry of a request."""
        _append("retry", *self._service)


def answer_rejected(stage: str) -> None:
    """Log an answer that failed its checks."""
    _append("rejected", stage)


def origin(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _append(*values: str | float) -> None:
    run = RunFolder.current()
    if not run:
        return
    with contextlib.suppress(OSError):  # metrics are off, or the disk is full
        file = os.open(run.path / FILE, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(file, json.dumps(values).encode() + b"\n")
        finally:
            os.close(file)
