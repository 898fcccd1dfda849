"""Circuit breaker shared by the jobs of a run: a service that is down is not asked again for half a minute.

Its state is a file in the run's folder, named after the service's address. The file holds the message, and its time is
that of the last failure. Jobs without that folder (outside of a run, or on another machine) have no circuit breaker.
The circuit of one of several servers stays open until a probe succeeds: see scheduling/server_pool.py.
"""

import os
import time
from collections.abc import Callable

from audio_pipeline.run import folder
from audio_pipeline.run.folder import RunFolder

OPEN_S = 30
_FOR_GOOD_S = 365 * 24 * 3600


class CircuitBreaker:
    """Circuit breaker of the service at an address. clock: seconds since 1970, replaced in tests."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        run = RunFolder.current()
        self._file = run.file("down", url) if run else None

    def current_reason(self) -> str | None:
        """Return the message of the job that opened the circuit. Returns None if the service may be asked now."""
        try:
            is_open = self._file and self._clock() - os.stat(self._file).st_mtime < OPEN_S
        except OSError:
            return None
        return self.last_reason() if is_open else None

    def last_reason(self) -> str | None:
        """Return the message of the last `open`, however long ago, or None after `close`."""
        return folder.read(self._file)

    def open(self, message: str, *, for_good: bool = False) -> bool:
        """Open the circuit. Return True if it was closed. for_good: keep it open for the rest of the run."""
        return folder.write(self._file, message, self._clock() + _FOR_GOOD_S if for_good else None)

    def close(self) -> None:
        if self._file:
            self._file.unlink(missing_ok=True)
