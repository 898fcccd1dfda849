"""Worker pool: processes forked from one that has imported everything that jobs need, each running jobs in turn.

A client (workers/client.py) sends a job over a connection: the working directory, the program and its arguments, and
the descriptors of standard output and error. It receives the exit code. A further byte from the client kills the job.
If the client dies, the job continues, since it may have waited minutes for an answer that the next run can use.
A worker is replaced after a failure or many jobs, so that nothing left behind by a job lasts.
"""

import contextlib
import functools
import gc
import os
import random
import selectors
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MAX_JOBS = 50


@functools.cache
def code_of(program: str) -> Any:
    return compile(Path(program).read_bytes(), program, "exec")


@dataclass(eq=False)
class Worker:
    """A worker process.

    pid: also its process group; channel: takes jobs and returns exit codes; max_jobs: after which it is replaced;
    client: of the job at work.
    """

    pid: int
    channel: socket.socket
    max_jobs: int
    client: socket.socket | None = None
    jobs: int = 0


class Workers:
    """The pool of a server process. listening: the socket for jobs."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._all: set[Worker] = set()
        self._idle: list[Worker] = []
        self._prepared = False
        self._ready = selectors.DefaultSelector()
        self._ready.register(listening, selectors.EVENT_READ, self._accept)

    def serve(self, preparations: Iterator[None]) -> None:
        """Serve jobs for ever. preparations: import steps, run while there is nothing else to do.

        A worker that is forked before their end lacks some imports, so it runs one job only.
        """
        while True:
            events = self._ready.select(None if self._prepared else 0)
            if not events and not self._prepared:
                self._prepared = next(preparations, True) is not None  # a step yields None
            for key, _ in events:
                key.data()
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass

    def _accept(self) -> None:
        client, _ = self._listening.accept()
        try:
            client.settimeout(5)  # clients send a job without pauses
            job, descriptors = _receive(client)
            client.settimeout(None)
        except OSError:
            client.close()
            return
        worker = self._assign(client, job, descriptors)
        worker.client = client
        self._ready.register(
            client, selectors.EVENT_READ, functools.partial(self._on_client, worker, client)
        )
        for descriptor in descriptors:
            os.close(descriptor)

    def _assign(self, client: socket.socket, job: bytes, descriptors: list[int]) -> Worker:
        """Send the job to an idle worker or a new one, and return that."""
        while self._idle:
            worker = self._idle.pop()
            try:
                _send(worker.channel, job, descriptors)
                return worker
            except OSError:
                self._remove(worker)  # it has died
        worker = self._fork(client, descriptors)
        try:
            _send(worker.channel, job, descriptors)
        except OSError:
            worker.channel.shutdown(socket.SHUT_RDWR)  # so that `_on_worker` detects its end
        return worker

    def _fork(self, client: socket.socket, descriptors: list[int]) -> Worker:
        """Fork a worker. It closes this process's sockets, whose peers would otherwise not see their end."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            try:
                for inherited in (ours, client, self._listening):
                    inherited.close()
                for descriptor in descriptors:
                    os.close(descriptor)
                for other in self._all:
                    other.channel.close()
                    if other.client:
                        other.client.close()
                self._ready.close()
                _work(theirs)
            finally:
                os._exit(70)  # not reached
        theirs.close()
        worker = Worker(pid, ours, _MAX_JOBS if self._prepared else 1)
        self._all.add(worker)
        self._ready.register(ours, selectors.EVENT_READ, functools.partial(self._on_worker, worker))
        return worker

    def _on_worker(self, worker: Worker) -> None:
        """Pass on the exit code of a worker's job, or remove a worker that has died."""
        if worker not in self._all:
            return  # removed since the event
        try:
            code = worker.channel.recv(1)
        except OSError:
            code = b""
        if not code:
            self._remove(worker)
            return
        client, worker.client = worker.client, None
        worker.jobs += 1
        if client:  # still connected
            self._ready.unregister(client)
            with contextlib.suppress(OSError):  # the client has died
                client.sendall(code)
            client.close()
        if code == b"\0" and worker.jobs < worker.max_jobs:
            self._idle.append(worker)
        else:
            self._remove(worker)  # it exits when its channel is closed

    def _on_client(self, worker: Worker, client: socket.socket) -> None:
        """Kill the job of a client that asks for it, or forget a client that has died."""
        if worker.client is not client or worker not in self._all:
            return  # the job has ended since the event
        try:
            kill_request = client.recv(1)
        except OSError:
            kill_request = b""
        if kill_request:
            with contextlib.suppress(ProcessLookupError):  # already ended
                os.killpg(worker.pid, signal.SIGTERM)  # also ends its children, like ffmpeg
            self._remove(worker)
        else:
            self._ready.unregister(client)
            client.close()
            worker.client = None

    def _remove(self, worker: Worker) -> None:
        self._all.discard(worker)
        if worker.client:
            if worker.client.fileno() in self._ready.get_map():
                self._ready.unregister(worker.client)
            worker.client.close()
        if worker in self._idle:
            self._idle.remove(worker)
        self._ready.unregister(worker.channel)
        worker.channel.close()


def _send(channel: socket.socket, job: bytes, descriptors: list[int]) -> None:
    socket.send_fds(channel, [len(job).to_bytes(4, "big")], descriptors)
    channel.sendall(job)


def _receive(channel: socket.socket) -> tuple[bytes, list[int]]:
    """Receive a job and its two descriptors. Raises OSError: the connection was closed before the end."""
    head, descriptors, *_ = socket.recv_fds(channel, 4, 2)
    size, job = int.from_bytes(head, "big"), b""
    while len(job) < size and (piece := channel.recv(size - len(job))):
        job += piece
    if not head or len(job) < size or len(descriptors) != 2:
        for descriptor in descriptors:
            os.close(descriptor)
        raise OSError("broken off")
    return job, list(descriptors)


def _work(channel: socket.socket) -> None:
    """Run jobs in a worker until the channel is closed."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.enable()
    devnull = os.open(os.devnull, os.O_WRONLY)
    while True:
        try:
            job, (output, errors) = _receive(channel)
        except OSError:
            os._exit(0)
        os.dup2(output, 1)
        os.dup2(errors, 2)
        code = _run(job.decode("utf-8", "surrogateescape").split("\0"))
        for number, descriptor in ((1, output), (2, errors)):
            os.dup2(devnull, number)
            os.close(descriptor)
        try:
            channel.sendall(bytes([code]))
        except OSError:
            os._exit(0)  # the run has ended


def _run(job: list[str]) -> int:
    """Execute a program in this process and return its exit code. job: directory, program and arguments."""
    code = 1
    try:
        random.seed()
        directory, program, *arguments = job
        os.chdir(directory)
        sys.argv = [program, *arguments]
        exec(code_of(program), {"__name__": "__main__"})
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
    except BaseException:
        import traceback

        traceback.print_exc()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 1  # the log could not be written
    return code & 0xFF
