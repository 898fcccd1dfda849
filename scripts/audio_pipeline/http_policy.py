"""Time-outs, retries and pauses of requests to a service: the configuration's section `http`."""

import contextlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class HttpPolicy:
    """Time-outs, retries and pauses; times in seconds.

    patience_s: how long a run waits for a service that has gone away; has_fallback: True if another server is used as
    soon as this one is down, instead of a retry; lease: a context that holds the job's slot at the server while
    something is generated, or None if the slot is held already.
    """

    connect_timeout_s: float
    tries: int = 1
    first_pause_s: float = 1
    max_pause_s: float = 30
    patience_s: float = 0
    has_fallback: bool = False
    lease: contextlib.AbstractContextManager[Any] | None = None

    @property
    def slot(self) -> contextlib.AbstractContextManager[Any]:
        """The lease, or a null context."""
        return self.lease or contextlib.nullcontext()
