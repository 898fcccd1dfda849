"""Processes forked from one that has imported all that jobs need, each doing one job after another.

A client's connection brings a job: its working directory, the program and its arguments, and what is to be its standard
output and error; it gets the exit code. One byte more from the client, and the job is killed. When the client dies, the
job goes on: the answer that it waits for may have taken minutes, and the next run finds the file. (The client:
workers/client.py.)
A worker that has failed, or done many jobs, is not used again: whatever a job may leave behind in it ends there.
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

_MOST_JOBS = 50


@functools.cache
def code_of(program: str) -> Any:
    return compile(Path(program).read_bytes(), program, "exec")


@dataclass(eq=False)
class Worker:
    """pid: of its process group too; channel: jobs go in, exit codes come out; client: whose job it does.

    most_jobs: after them it is not used again.
    """

    pid: int
    channel: socket.socket
    most_jobs: int
    client: socket.socket | None = None
    jobs: int = 0


class Workers:
    """The workers of one server process. listening: the socket that jobs come by."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._all: set[Worker] = set()
        self._idle: list[Worker] = []
        self._prepared = False
        self._ready = selectors.DefaultSelector()
        self._ready.register(listening, selectors.EVENT_READ, self._accept)

    def serve(self, preparations: Iterator[None]) -> None:
        """For ever. preparations: steps that are taken while there is nothing else to do.

        A worker that was forked before their end lacks something: it does one job.
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
            client.settimeout(5)  # it sends all at once
            job, descriptors = _receive(client)
            client.settimeout(None)
        except OSError:
            client.close()
            return
        worker = self._given(client, job, descriptors)
        worker.client = client
        self._ready.register(
            client, selectors.EVENT_READ, functools.partial(self._heard, worker, client)
        )
        for descriptor in descriptors:
            os.close(descriptor)

    def _given(self, client: socket.socket, job: bytes, descriptors: list[int]) -> Worker:
        """The worker that has the job now: an idle one that lives, or a new one."""
        while self._idle:
            worker = self._idle.pop()
            try:
                _send(worker.channel, job, descriptors)
                return worker
            except OSError:
                self._remove(worker)  # it has died, and that was not seen yet
        worker = self._fork(client, descriptors)
        try:
            _send(worker.channel, job, descriptors)
        except OSError:
            worker.channel.shutdown(socket.SHUT_RDWR)  # so that `_answered` sees its end
        return worker

    def _fork(self, client: socket.socket, descriptors: list[int]) -> Worker:
        """With nothing of this process's open: a pipe would not end."""
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            try:
                for opened in (ours, client, self._listening):
                    opened.close()
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
        worker = Worker(pid, ours, _MOST_JOBS if self._prepared else 1)
        self._all.add(worker)
        self._ready.register(ours, selectors.EVENT_READ, functools.partial(self._answered, worker))
        return worker

    def _answered(self, worker: Worker) -> None:
        """The exit code of its job; nothing: it has died."""
        if worker not in self._all:
            return  # it was removed since this was seen
        try:
            code = worker.channel.recv(1)
        except OSError:
            code = b""
        if not code:
            self._remove(worker)
            return
        client, worker.client = worker.client, None
        worker.jobs += 1
        if client:  # still there
            self._ready.unregister(client)
            with contextlib.suppress(OSError):  # nobody is there to be told
                client.sendall(code)
            client.close()
        if code == b"\0" and worker.jobs < worker.most_jobs:
            self._idle.append(worker)
        else:
            self._remove(worker)  # it ends when its channel does

    def _heard(self, worker: Worker, client: socket.socket) -> None:
        """A client that wants its job killed, or has died."""
        if worker.client is not client or worker not in self._all:
            return  # its job has ended meanwhile
        try:
            wants_end = client.recv(1)
        except OSError:
            wants_end = b""
        if wants_end:
            with contextlib.suppress(ProcessLookupError):  # it has ended
                os.killpg(worker.pid, signal.SIGTERM)  # with what it has started itself: ffmpeg
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


def _words(job: bytes) -> list[str]:
    return job.decode("utf-8", "surrogateescape").split("\0")


def _send(channel: socket.socket, job: bytes, descriptors: list[int]) -> None:
    socket.send_fds(channel, [len(job).to_bytes(4, "big")], descriptors)
    channel.sendall(job)


def _receive(channel: socket.socket) -> tuple[bytes, list[int]]:
    """Raises OSError: it was broken off."""
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
    """In a worker: do what comes, until nothing more does."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.enable()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    while True:
        try:
            job, (output, errors) = _receive(channel)
        except OSError:
            os._exit(0)
        os.dup2(output, 1)
        os.dup2(errors, 2)
        code = _done(_words(job))
        for number, descriptor in ((1, output), (2, errors)):
            os.dup2(nowhere, number)
            os.close(descriptor)
        try:
            channel.sendall(bytes([code]))
        except OSError:
            os._exit(0)  # the run is over


def _done(words: list[str]) -> int:
    """Be the program, to its end; its exit code."""
    code = 1
    try:
        random.seed()
        directory, program, *arguments = words
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
        code = code or 1  # a log that cannot be written: the disk is full
    return code & 0xFF
