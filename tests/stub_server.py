"""Common part of the stub servers: it records every request, counts, delays and injects faults."""

import contextlib
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from bad_replies import FAULTS
from replies import Asked, Reply


class Stub:
    """Stub server. `generation`: (method, path) of the requests that make something."""

    generation: frozenset[tuple[str, str]] = frozenset()

    def __init__(
        self,
        *,
        latency_s: float = 0,
        fault: str | Callable[[Any], None] | None = None,
        fault_times: int | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: Any = None,
    ) -> None:
        self.latency_s, self.fault, self.fault_times = latency_s, fault, fault_times
        self.ready: Callable[[], bool] = lambda: True  # holds generation requests back until true
        self.fault_everywhere = False  # also for the probes
        self.requests: list[Asked] = []
        self.peak = 0  # most generation requests at once
        self.spans: list[tuple[float, float]] = []  # of generation requests, monotonic seconds
        self.sent_bytes = 0
        self.closing = threading.Event()
        self._now, self._lock = 0, threading.Lock()
        self._server = _Server((host, port), _Handler)
        self._server.stub = self
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://{host}:{self.port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def asked(self) -> list[Asked]:
        """Return the generation requests alone."""
        return [request for request in self.requests if self.is_generation(request)]

    def is_generation(self, request: Asked) -> bool:
        return (request.method, urlsplit(request.path).path) in self.generation

    def answer(self, request: Asked) -> Reply:
        raise NotImplementedError

    @contextlib.contextmanager
    def working(self):
        """Count the requests in progress, until just before the reply: a client may react to it at once."""
        with self._lock:
            self._now += 1
            self.peak = max(self.peak, self._now)
            begun = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                self._now -= 1
                self.spans.append((begun, time.monotonic()))

    def next_fault(self) -> Callable[[Any], None] | None:
        with self._lock:
            if self.fault is None or self.fault_times == 0:
                return None
            if self.fault_times is not None:
                self.fault_times -= 1
            return FAULTS[self.fault] if isinstance(self.fault, str) else self.fault


class _Server(ThreadingHTTPServer):
    daemon_threads, block_on_close = True, False
    request_queue_size = 128
    stub: Stub

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore disconnected clients: many tests cause them."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def stub(self) -> Stub:
        return self.server.stub

    def do_GET(self) -> None:
        stub = self.stub
        length = int(self.headers.get("Content-Length") or 0)
        body: Any = self.rfile.read(length)
        with contextlib.suppress(ValueError):
            body = json.loads(body)
        self.asked = Asked(self.command, self.path, dict(self.headers), body)
        stub.requests.append(self.asked)
        making = stub.is_generation(self.asked)
        with stub.working() if making else contextlib.nullcontext():
            while making and not stub.ready() and not stub.closing.wait(0.01):
                pass
            if making and stub.latency_s:
                stub.closing.wait(stub.latency_s)
            fault = stub.next_fault() if making or stub.fault_everywhere else None
            reply = None if fault else self.normal()
        if fault:
            fault(self)
        else:
            self.send(reply)

    do_POST = do_HEAD = do_OPTIONS = do_GET

    def normal(self) -> Reply:
        return self.stub.answer(self.asked)

    def send(self, reply: Reply) -> None:
        if not isinstance(reply.body, list):
            length = {"Content-Length": str(len(reply.body))}
            self.head(reply.status, reply.kind, {**length, **reply.headers})
            self.wfile.write(reply.body)
            return
        self.head(reply.status, reply.kind, {"Transfer-Encoding": "chunked", **reply.headers})
        for piece in reply.body:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def head(self, status: int, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""
