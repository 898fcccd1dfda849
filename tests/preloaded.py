"""Snakemake without its start-up time: a process that has imported it forks once per run.

The imports take three quarters of the CPU time of a short run, and the tests have hundreds of them.
"""

import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MODULES = (
    "snakemake.cli",
    "snakemake.report.html_reporter",
    "smart_open",
    "jsonschema",
    "jinja2",
    "PIL.Image",
)
LARGEST = 2**20  # bytes of a request: arguments and environment


class Snakemake:
    """Process ready to run `snakemake`. It ends with its parent."""

    def __init__(self) -> None:
        self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={
                    **os.environ,
                    "OPENBLAS_NUM_THREADS": "1",
                },  # a process with threads should not fork
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def run(
        self, arguments: list[str], folder: Path, environment: dict[str, str], timeout_s: float
    ) -> tuple[int, str]:
        """Return the exit code, and standard output and error. Raises subprocess.TimeoutExpired."""
        request = json.dumps([arguments, str(folder), environment]).encode()
        read, write = os.pipe()
        with open(read, "rb", buffering=0) as output:
            socket.send_fds(self._connection, [request], [write])
            os.close(write)
            pid = int(self._connection.recv(100))
            try:
                said = _all_of(output, timeout_s)
            except TimeoutError:
                os.killpg(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(["snakemake", *arguments], timeout_s) from None
            finally:
                code = int(self._connection.recv(100))
        return code, said.decode()


def _all_of(file, timeout_s: float) -> bytes:
    """Read until the end of the file. Raises TimeoutError."""
    pieces, deadline = [], time.monotonic() + timeout_s
    while True:
        if not select.select([file], [], [], max(0, deadline - time.monotonic()))[0]:
            raise TimeoutError
        if not (piece := file.read(2**16)):
            return b"".join(pieces)
        pieces.append(piece)


def serve(connection: socket.socket) -> None:
    """Fork for each request. Returns in the child when its run has ended, and when the client has disconnected."""
    for module in MODULES:
        importlib.import_module(module)
    while True:
        request, files, *_ = socket.recv_fds(connection, LARGEST, 1)
        if not request:
            return
        if not (child := os.fork()):
            break
        os.close(files[0])
        connection.send(str(child).encode())
        _, status = os.waitpid(child, 0)
        connection.send(str(os.waitstatus_to_exitcode(status)).encode())
    import snakemake

    connection.close()
    arguments, folder, environment = json.loads(request)
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number in (1, 2):
        os.dup2(files[0], number)
    os.close(files[0])
    tempfile.tempdir = None  # the environment may name another one
    sys.path[0] = folder
    sys.argv = [str(Path(snakemake.__file__).with_name("__main__.py")), *arguments]
    snakemake.cli.main()


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
