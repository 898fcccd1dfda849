"""Jobs of the run's warm process (serve_jobs.py), for who would start a process for each.

Starting Python takes 10 ms of a processor, and importing what a stage needs 0.4 s: more than most jobs take otherwise.
A job is a connection: it brings its working directory, its arguments and its standard output and error, and gets the
exit code. (The other end: workers/pool.py.)
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


def words(command: str) -> tuple[list[str], str] | None:
    """The arguments of a bash command and the file that takes all its output. Returns None if it is less plain."""
    found = _COMMAND.fullmatch(command.strip())
    if not found:
        return None
    plain = [_QUOTED.sub(r"\1\2", word) for word in re.findall(_WORD, found[1])]
    return plain, _QUOTED.sub(r"\1\2", found[2])


class WarmProcess:
    """The process that serve_jobs.py is.

    command: starts it; folder: the run's; told_elsewhere: somebody else says why a job was killed.
    """

    def __init__(self, command: list[str], folder: Path, *, told_elsewhere: bool = False) -> None:
        self.told_elsewhere = told_elsewhere
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
        """Let it run a program. arguments: the program and its arguments. Raises OSError: nothing has been begun."""
        with open(log, "wb") as output:
            job = WarmJob(self, self._connected(), arguments, output.fileno(), log)
        with self._lock:
            self._jobs.add(job)
        return job

    def ended(self, job: "WarmJob") -> None:
        with self._lock:
            self._jobs.discard(job)

    def end_all(self) -> None:
        """End the jobs that are at work."""
        with self._lock:
            jobs = list(self._jobs)
        for job in jobs:
            job.kill()

    def _connected(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        while True:
            try:
                connection.connect(self._path)
                return connection
            except OSError as error:
                # To wait until it is ready takes no longer than to start another one.
                is_starting = isinstance(error, FileNotFoundError) and self._process.poll() is None
                if not is_starting:
                    connection.close()
                    raise
                time.sleep(0.005)


class WarmJob:
    """What `subprocess.Popen` is to others."""

    def __init__(
        self,
        process: WarmProcess,
        connection: socket.socket,
        words: list[str],
        output: int,
        log: str,
    ) -> None:
        self._process, self._connection, self._log = process, connection, log
        self._program = os.path.basename(words[0])
        try:
            _send(connection, words, output, output)
        except OSError:
            connection.close()
            raise

    def wait(self) -> int:
        """The exit code."""
        try:
            answer = self._connection.recv(1)
        except OSError:
            answer = b""
        self._process.ended(self)
        self._connection.close()
        if answer:
            return answer[0]
        if not self._process.told_elsewhere:
            with open(self._log, "a") as log:
                print(f"error: {self._program}: was killed", file=log)
        return 1

    def kill(self) -> None:
        with contextlib.suppress(OSError):  # it has ended
            self._connection.sendall(b"k")

    terminate = kill


def _send(connection: socket.socket, words: list[str], output: int, errors: int) -> None:
    """What workers/pool.py receives. output, errors: descriptors. Raises OSError."""
    job = "\0".join([os.getcwd(), *words]).encode("utf-8", "surrogateescape")
    socket.send_fds(connection, [len(job).to_bytes(4, "big")], [output, errors])
    connection.sendall(job)
