"""A service that is down is told once: for half a minute the other jobs of the run do not ask it again.

The memory is a file in the run's folder, named after the service's address, that holds the message. Its time says when
the service was last found to be down. A job outside of a run, or on another machine, has no such folder and asks.
One of several servers stays left out until somebody looks and finds it back: see scheduling/server_pool.py.
"""

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from audio_pipeline.run.folder import RUN_VARIABLE

OPEN_S = 30
_FOR_GOOD_S = 365 * 24 * 3600


class CircuitBreaker:
    """What the run knows of the service at this address. clock: seconds since 1970, to be replaced in tests."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        folder = os.environ.get(RUN_VARIABLE, "")
        name = f"down-{hashlib.sha256(url.encode()).hexdigest()[:16]}"
        self._file = Path(folder, name) if folder and os.path.isdir(folder) else None

    def reason(self) -> str | None:
        """Why the service should not be asked now, in the words of the job that found out."""
        try:
            if self._file and self._clock() - self._file.stat().st_mtime < OPEN_S:
                return self._file.read_text(encoding="utf-8")
        except OSError:
            pass  # nobody has found it down
        return None

    def last_reason(self) -> str | None:
        """The same however long ago it was, until `close`."""
        try:
            return self._file.read_text(encoding="utf-8") if self._file else None
        except OSError:
            return None

    def open(self, message: str, *, for_good: bool = False) -> bool:
        """Remember it, for_good: for the rest of the run. True: it is news to the run."""
        news = True
        if self._file:
            try:
                temporary = self._file.with_suffix(f".{os.getpid()}")
                temporary.write_text(message, encoding="utf-8")
                if for_good:
                    os.utime(temporary, (self._clock() + _FOR_GOOD_S,) * 2)
                try:
                    os.link(
                        temporary, self._file
                    )  # unlike a rename, one of several processes can do it
                    temporary.unlink()
                except FileExistsError:
                    news = False
                    temporary.replace(self._file)
            except OSError:
                pass  # the run's folder is gone: the other jobs find out for themselves
        return news

    def close(self) -> None:
        if self._file:
            self._file.unlink(missing_ok=True)
