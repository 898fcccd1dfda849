"""One deadline for a whole answer: requests itself bounds only the silence between two reads.

Whatever an answer is made of passes one place, where it is read from its socket: status line, 100 Continue, headers,
chunk sizes, body, trailers. A server that sends a byte of any of these now and then is stopped there.
"""

import http.client
import io
import time
from collections.abc import Callable
from typing import Any

import requests


class Deadline:
    """When an answer must have come. clock: seconds; to be replaced in tests.

    silence_s: longest wait for the next bytes; may be set anew while an answer comes.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.start(0, 0)

    def start(self, whole_s: float, silence_s: float) -> None:
        self._end, self.silence_s, self.has_begun = self._clock() + whole_s, silence_s, False

    @property
    def is_over(self) -> bool:
        return self._clock() >= self._end

    def wait_s(self) -> float:
        """How long the next read may wait. Raises TimeoutError: it is over."""
        left_s = self._end - self._clock()
        if left_s <= 0:
            raise TimeoutError("the deadline of the answer is over")
        return min(left_s, self.silence_s)


class Adapter(requests.adapters.HTTPAdapter):
    """Connections whose answers keep to a deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self._bound(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **options)
        if is_new:
            self._bound(manager)
        return manager

    def _bound(self, manager: Any) -> None:
        classes = manager.pool_classes_by_scheme
        manager.pool_classes_by_scheme = {
            scheme: _bound_pool(pool, self._deadline) for scheme, pool in classes.items()
        }


def _bound_pool(pool: Any, deadline: Deadline) -> Any:
    """The urllib3 pool class with connections that read within the deadline."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: Any, *arguments: Any, **options: Any) -> None:
            super().__init__(sock, *arguments, **options)
            self.fp = io.BufferedReader(_Reads(self.fp.detach(), sock, deadline))

    connection = type("Connection", (pool.ConnectionCls,), {"response_class": Response})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})


class _Reads(io.RawIOBase):
    """What a socket sends. raw: its own file, which keeps it open until the answer has been read."""

    def __init__(self, raw: io.RawIOBase, sock: Any, deadline: Deadline) -> None:
        self._raw, self._socket, self._deadline = raw, sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._socket.settimeout(self._deadline.wait_s())
        count = self._raw.readinto(buffer)
        self._deadline.has_begun |= bool(count)
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()
