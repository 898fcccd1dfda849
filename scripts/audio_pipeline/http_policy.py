"""How requests to a service behave: time-outs, tries and pauses, as the configuration's section `http` says."""

import contextlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class HttpPolicy:
    """Times in seconds; patience_s: that a run waits for a service that was there a moment ago.

    has_fallback: another server is asked as soon as this one is down, so that it is not tried again here;
    lease: a context, the job's slot at the server, held while something is made; None if it is held already.
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
        """The lease, or a context that does nothing."""
        return self.lease or contextlib.nullcontext()
