"""A service that is down is told once: for half a minute the other jobs of the run do not ask it again.

The memory is a file in the run's folder, named after the service's address, that holds the message. Its time says when
the service was last found to be down. A job outside of a run, or on another machine, has no such folder and asks.
One of several servers stays left out until somebody looks and finds it back: see scheduling/server_pool.py.
"""

import os
import time
from collections.abc import Callable

from audio_pipeline.run import folder
from audio_pipeline.run.folder import RunFolder

OPEN_S = 30
_FOR_GOOD_S = 365 * 24 * 3600


class CircuitBreaker:
    """What the run knows of the service at this address. clock: seconds since 1970, to be replaced in tests."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        run = RunFolder.current()
        self._file = run.file("down", url) if run else None

    def reason(self) -> str | None:
        """Why the service should not be asked now, in the words of the job that found out."""
        try:
            is_open = self._file and self._clock() - os.stat(self._file).st_mtime < OPEN_S
        except OSError:
            return None  # nobody has found it down
        return self.last_reason() if is_open else None

    def last_reason(self) -> str | None:
        """The same however long ago it was, until `close`."""
        return folder.read(self._file)

    def open(self, message: str, *, for_good: bool = False) -> bool:
        """Remember it, for_good: for the rest of the run. True: it is news to the run."""
        return folder.write(self._file, message, self._clock() + _FOR_GOOD_S if for_good else None)

    def close(self) -> None:
        if self._file:
            self._file.unlink(missing_ok=True)
