"""Client of the run's worker pool (serve_jobs.py), used instead of one new process per job.

Starting Python takes 10 ms of CPU time, and importing a stage's modules 0.4 s: more than the rest of most jobs.
A job is a connection: it sends the working directory, the arguments and the descriptors of standard output and error,
and receives the exit code. workers/pool.py is the server.
"""

import contextlib
import os
import re
import socket
import subprocess
import threading
import time
from pathlib import Path

SOCKET = "jobs.sock"
_WORD = r"""(?:[^\s'"\\;&|<>$`(){}*?\[\]~#!]|'[^']*'|"[^"$`\\!]*")+"""
_COMMAND = re.compile(rf"set -euo pipefail; *({_WORD}(?: +{_WORD})*) *> *({_WORD}) +2>&1")
_QUOTED = re.compile(r"""'([^']*)'|"([^"]*)\"""")


def parse_command(command: str) -> tuple[list[str], str] | None:
    """Return the arguments of a simple bash command and the file for its output. Returns None for any other command."""
    match = _COMMAND.fullmatch(command.strip())
    if not match:
        return None
    arguments = [_QUOTED.sub(r"\1\2", word) for word in re.findall(_WORD, match[1])]
    return arguments, _QUOTED.sub(r"\1\2", match[2])


class WarmProcess:
    """The process of serve_jobs.py.

    command: starts it; folder: the run's; logs_kills: False if killed jobs are reported elsewhere.
    """

    def __init__(self, command: list[str], folder: Path, *, logs_kills: bool = True) -> None:
        self.logs_kills = logs_kills
        self._path = str(folder / SOCKET)
        self._jobs: set[WarmJob] = set()
        self._lock = threading.Lock()
        with open(folder / "jobs.log", "wb") as log:
            self._process = subprocess.Popen(
                [*command, "--run", str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def begin(self, arguments: list[str], log: str) -> "WarmJob":
        """Start a job. arguments: the program and its arguments. Raises OSError: it was not started."""
        with open(log, "wb") as output:
            job = WarmJob(self, self._connect(), arguments, output.fileno(), log)
        with self._lock:
            self._jobs.add(job)
        return job

    def ended(self, job: "WarmJob") -> None:
        with self._lock:
            self._jobs.discard(job)

    def end_all(self) -> None:
        """Kill the running jobs."""
        with self._lock:
            jobs = list(self._jobs)
        for job in jobs:
            job.kill()

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        while True:
            try:
                connection.connect(self._path)
                return connection
            except OSError as error:
                # Waiting for the start takes no longer than starting another process would.
                is_starting = isinstance(error, FileNotFoundError) and self._process.poll() is None
                if not is_starting:
                    connection.close()
                    raise
                time.sleep(0.005)


class WarmJob:
    """A running job, with the methods of `subprocess.Popen` that Snakemake uses."""

    def __init__(
        self,
        process: WarmProcess,
        connection: socket.socket,
        arguments: list[str],
        output: int,
        log: str,
    ) -> None:
        self._process, self._connection, self._log = process, connection, log
        self._program = os.path.basename(arguments[0])
        try:
            _send(connection, arguments, output, output)
        except OSError:
            connection.close()
            raise

    def wait(self) -> int:
        """Wait for the end of the job and return its exit code."""
        try:
            answer = self._connection.recv(1)
        except OSError:
            answer = b""
        self._process.ended(self)
        self._connection.close()
        if answer:
            return answer[0]
        if self._process.logs_kills:
            with open(self._log, "a") as log:
                print(f"error: {self._program}: was killed", file=log)
        return 1

    def kill(self) -> None:
        with contextlib.suppress(OSError):  # already ended
            self._connection.sendall(b"k")

    terminate = kill


def _send(connection: socket.socket, arguments: list[str], output: int, errors: int) -> None:
    """Send a job as workers/pool.py receives it. output, errors: descriptors. Raises OSError."""
    job = "\0".join([os.getcwd(), *arguments]).encode("utf-8", "surrogateescape")
    socket.send_fds(connection, [len(job).to_bytes(4, "big")], [output, errors])
    connection.sendall(job)
