"""Deadline for a complete answer; requests itself only limits the silence between two reads.

It is checked at each read from the socket, so it covers status line, 100 Continue, headers, chunk sizes, body and
trailers, even if a server sends only a byte of these now and then.
"""

import http.client
import io
import time
from collections.abc import Callable
from typing import Any

import requests


class Deadline:
    """Time limit of an answer. clock: seconds, replaced in tests.

    silence_s: longest wait for the next bytes, which may be changed while reading.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.start(0, 0)

    def start(self, total_s: float, silence_s: float) -> None:
        self._end, self.silence_s, self.has_begun = self._clock() + total_s, silence_s, False

    @property
    def is_over(self) -> bool:
        return self._clock() >= self._end

    def wait_s(self) -> float:
        """Return how long the next read may wait. Raises TimeoutError: the deadline has passed."""
        left_s = self._end - self._clock()
        if left_s <= 0:
            raise TimeoutError("the deadline of the answer has passed")
        return min(left_s, self.silence_s)


class Adapter(requests.adapters.HTTPAdapter):
    """Adapter whose connections enforce a deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self._limit(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        is_new = proxy not in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **options)
        if is_new:
            self._limit(manager)
        return manager

    def _limit(self, manager: Any) -> None:
        classes = manager.pool_classes_by_scheme
        manager.pool_classes_by_scheme = {
            scheme: _limited_pool(pool, self._deadline) for scheme, pool in classes.items()
        }


def _limited_pool(pool: Any, deadline: Deadline) -> Any:
    """Derive a urllib3 pool class whose connections read within the deadline."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: Any, *arguments: Any, **options: Any) -> None:
            super().__init__(sock, *arguments, **options)
            self.fp = io.BufferedReader(_LimitedReader(self.fp.detach(), sock, deadline))

    connection = type("Connection", (pool.ConnectionCls,), {"response_class": Response})
    return type(pool.__name__, (pool,), {"ConnectionCls": connection})


class _LimitedReader(io.RawIOBase):
    """Reader of a socket within a deadline. raw: its file, which keeps the socket open until the end of the answer."""

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
