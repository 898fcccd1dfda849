"""What the requests of a run come to: a line for each, appended to a file in the run's folder.

A job is a process of its own and short: it appends and goes on (some 30 µs), and `metrics` adds up. Without the file
nothing is written: metrics are off, the program runs without Snakemake, or on another machine than the run.
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
    """Of one service at one address. Of the address only scheme, host and port are told: a path may be secret."""

    def __init__(self, name: str, url: str) -> None:
        self._service = [name.removeprefix("The "), origin(url)]

    @contextlib.contextmanager
    def request(self) -> Iterator[None]:
        """Measure one request, from sending it to the end of its answer."""
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
        """A request is going to be sent once more."""
        _append("retry", *self._service)


def answer_rejected(stage: str) -> None:
    """An answer came, and must not be kept."""
    _append("rejected", stage)


def origin(url: str) -> str:
    """Scheme, host and port of an address, and nothing else of it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _append(*values: str | float) -> None:
    run = RunFolder.current()
    if not run:
        return
    with contextlib.suppress(OSError):  # no such file, or no space: the job is what counts
        file = os.open(run.path / FILE, os.O_WRONLY | os.O_APPEND)
        try:
            os.write(file, json.dumps(values).encode() + b"\n")
        finally:
            os.close(file)
