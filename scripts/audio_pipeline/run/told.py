"""What a server has told of itself, for the jobs of a run that come right after: voices, samplers, versions.

Each job would ask for it anew, and with fast services that is more requests than all others. The memory is a file in
the run's folder for each address and path. A job outside of a run has no such folder, and asks.
"""

import base64
import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .embedded import RUN_VARIABLE

KEPT_S = 5


class Told:
    """What the server at this address has told. clock: seconds since 1970, to be replaced in tests."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        self._url, self._clock = url, clock
        folder = os.environ.get(RUN_VARIABLE, "")
        self._folder = Path(folder) if folder and os.path.isdir(folder) else None

    def recall(self, path: str) -> list[Any] | None:
        """[bytes or None, other values], as `keep` got them less than KEPT_S ago; None: nobody asked."""
        try:
            file = self._file(path)
            if file and 0 <= self._clock() - file.stat().st_mtime < KEPT_S:
                body, *others = json.loads(file.read_text(encoding="utf-8"))
                return [None if body is None else base64.b64decode(body), *others]
        except (OSError, ValueError):
            pass  # nobody has asked
        return None

    def keep(self, path: str, body: bytes | None, *others: Any) -> None:
        """others: JSON values."""
        file = self._file(path)
        if not file:
            return
        text = json.dumps([None if body is None else base64.b64encode(body).decode(), *others])
        try:
            temporary = file.with_suffix(f".{os.getpid()}")
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(file)
        except OSError:
            pass  # the run's folder is gone: the other jobs ask for themselves

    def _file(self, path: str) -> Path | None:
        name = hashlib.sha256(f"{self._url} {path}".encode()).hexdigest()[:16]
        return self._folder and self._folder / f"told-{name}"
