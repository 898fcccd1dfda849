"""Waiting for a service that was there a moment ago: one that restarts is back in seconds, and no job need fail.

Two files in the run's folder for each address: there-KEY, the service has answered in this run; away-KEY, it is away,
with what a job said of it and until when all jobs of the run wait. A job outside of a run has no such folder, and does
not wait.
"""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from audio_pipeline.run.folder import RUN_VARIABLE

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
        folder = os.environ.get(RUN_VARIABLE, "")
        key = hashlib.sha256(url.encode()).hexdigest()[:16]
        used = patience_s and folder and os.path.isdir(folder)
        self._folder = Path(folder) if used else None
        self._there, self._away = (Path(folder, f"{kind}-{key}") for kind in ("there", "away"))

    def answered(self) -> None:
        """The service is there: whoever waits for it, waits no more."""
        if self._folder and not self._there.exists():
            with contextlib.suppress(OSError):
                self._there.touch()
        if self._folder and self._away.exists():
            self._away.unlink(missing_ok=True)

    def lasts(self, reason: str) -> bool:
        """True if the service is to be waited for. reason: why it is away. All jobs wait until the same moment."""
        if not self._folder or not self._there.exists():
            return False
        known = _read(self._away)
        if known is None:
            known = Away("", reason, self._clock() + self._patience_s)
            text = json.dumps([reason, known.until])
            with contextlib.suppress(OSError):
                temporary = self._away.with_suffix(f".{os.getpid()}")
                temporary.write_text(text, encoding="utf-8")
                temporary.replace(self._away)
        return self._clock() < known.until

    def ends(self) -> None:
        """It was waited for long enough: nobody waits again until it has answered."""
        if self._folder:
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
        reason, until = json.loads(path.read_text(encoding="utf-8"))
        return Away(path.name.removeprefix("away-"), str(reason), float(until))
    except (OSError, ValueError, TypeError):
        return None
