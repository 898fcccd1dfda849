"""Waiting for a service that was there a moment ago: one that restarts is back in seconds, and no job need fail.

Two files in the run's folder for each address: there-KEY, the service has answered in this run; away-KEY, it is away,
with what a job said of it and until when all jobs of the run wait. A job outside of a run has no such folder, and does
not wait.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from audio_pipeline.run.folder import RunFolder, read, write

PROBE_S = 1.0  # between two tries


@dataclass(frozen=True)
class Away:
    """A service that is waited for. reason: why, with its name; until: seconds since 1970; key: of its files."""

    key: str
    reason: str
    until: float


class Outage:
    """With the service at an address. clock: seconds since 1970, to be replaced in tests."""

    def __init__(
        self, url: str, patience_s: float, clock: Callable[[], float] | None = None
    ) -> None:
        self._patience_s, self._clock = patience_s, clock or time.time
        self._run = RunFolder.current() if patience_s else None
        run = self._run or RunFolder(Path())
        self._there, self._away = run.file("there", url), run.file("away", url)

    def answered(self) -> None:
        """The service is there: whoever waits for it, waits no more."""
        if self._run and not self._there.exists():
            with contextlib.suppress(OSError):
                self._there.touch()
        if self._run and self._away.exists():
            self._away.unlink(missing_ok=True)

    def lasts(self, reason: str) -> bool:
        """True if the service is to be waited for. reason: why it is away. All jobs wait until the same moment."""
        if not self._run or not self._there.exists():
            return False
        known = _read(self._away)
        if known is None:
            known = Away("", reason, self._clock() + self._patience_s)
            write(self._away, json.dumps([reason, known.until]))
        return self._clock() < known.until

    def ends(self) -> None:
        """It was waited for long enough: nobody waits again until it has answered."""
        if self._run:
            self._there.unlink(missing_ok=True)
            self._away.unlink(missing_ok=True)


def waited_for(folder: Path) -> list[Away]:
    """The services that a run waits for. folder: the run's."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []  # the run has just ended
    paths = (folder / name for name in names if name.startswith("away-") and "." not in name)
    return [one for one in map(_read, paths) if one]


def is_there(folder: Path, key: str) -> bool:
    """True if the service has answered since it was last given up."""
    return Path(folder, f"there-{key}").exists()


def _read(path: Path) -> Away | None:
    try:
        reason, until = json.loads(read(path) or "null")
        return Away(path.name.removeprefix("away-"), str(reason), float(until))
    except (ValueError, TypeError):
        return None
