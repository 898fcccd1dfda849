"""Waiting out the restart of a service, so that jobs need not fail when it is back within seconds.

The run's folder has two files for each address: there-KEY if the service has answered in this run, and away-KEY while
it is away, with the reason and the time until which all jobs of the run wait. Jobs outside of a run do not wait.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from audio_pipeline.run.folder import RunFolder, read, write

PROBE_S = 1.0  # between two retries


@dataclass(frozen=True)
class Away:
    """A service that jobs wait for. key: of its files; reason: with its name; until: seconds since 1970."""

    key: str
    reason: str
    until: float


class Outage:
    """A possible outage of the service at an address. clock: seconds since 1970, replaced in tests."""

    def __init__(
        self, url: str, patience_s: float, clock: Callable[[], float] | None = None
    ) -> None:
        self._patience_s, self._clock = patience_s, clock or time.time
        self._run = RunFolder.current() if patience_s else None
        run = self._run or RunFolder(Path())
        self._there, self._away = run.file("there", url), run.file("away", url)

    def answered(self) -> None:
        """Record that the service is there, which ends all waiting for it."""
        if self._run and not self._there.exists():
            with contextlib.suppress(OSError):
                self._there.touch()
        if self._run and self._away.exists():
            self._away.unlink(missing_ok=True)

    def should_wait(self, reason: str) -> bool:
        """True if the job should wait for the service. All jobs wait until the same time. reason: why it is away."""
        if not self._run or not self._there.exists():
            return False
        away = _read(self._away)
        if away is None:
            away = Away("", reason, self._clock() + self._patience_s)
            write(self._away, json.dumps([reason, away.until]))
        return self._clock() < away.until

    def give_up(self) -> None:
        """Stop waiting: no job waits again until the service has answered."""
        if self._run:
            self._there.unlink(missing_ok=True)
            self._away.unlink(missing_ok=True)


def waited_for(folder: Path) -> list[Away]:
    """List the services that a run waits for. folder: the run's."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []  # the run has just ended
    paths = (folder / name for name in names if name.startswith("away-") and "." not in name)
    return [away for away in map(_read, paths) if away]


def is_there(folder: Path, key: str) -> bool:
    """True if the service has answered since the run last gave up on it."""
    return Path(folder, f"there-{key}").exists()


def _read(path: Path) -> Away | None:
    try:
        reason, until = json.loads(read(path) or "null")
        return Away(path.name.removeprefix("away-"), str(reason), float(until))
    except (ValueError, TypeError):
        return None
