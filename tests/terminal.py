"""Terminal for a program: a pseudo-terminal, and a screen that interprets its output."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pyte


def _own_terminal() -> None:
    """Make the terminal the controlling one: Ctrl-C then reaches the program and its children, as in a shell."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """Program in a terminal. raw: all bytes so far; screen: the visible text, as interpreted by pyte."""

    def __init__(
        self,
        command: list[str],
        folder: Path,
        columns: int = 100,
        rows: int = 40,
        **environment: str,
    ):
        self.screen = pyte.HistoryScreen(columns, rows, history=10_000)
        self.raw = b""
        self._stream = pyte.ByteStream(self.screen)
        self._master, slave = pty.openpty()
        self._size(columns, rows)
        self.settings = termios.tcgetattr(slave)
        self._slave = slave
        known = {key: value for key, value in os.environ.items() if key not in ("CI", "NO_COLOR")}
        self.process = subprocess.Popen(
            command, cwd=folder, env={**known, "TERM": "xterm-256color", **environment},
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True, preexec_fn=_own_terminal,
        )  # fmt: skip

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def resize(self, columns: int, rows: int) -> None:
        self._size(columns, rows)
        self.screen.resize(rows, columns)

    def wait(self, seen: Callable[[], bool] = lambda: False, timeout_s: float = 300) -> int | None:
        """Read until the text is visible or the program has ended; return its exit code if it has."""
        deadline = time.monotonic() + timeout_s
        while not seen():
            assert time.monotonic() < deadline, self.text
            if not self._read(0.1) and self.process.poll() is not None:
                while self._read(0):
                    pass
                break
        return self.process.poll()

    @property
    def lines(self) -> list[str]:
        """Return the visible lines and those scrolled off the top."""
        past = [
            "".join(row[n].data for n in range(self.screen.columns))
            for row in self.screen.history.top
        ]
        return [line.rstrip() for line in [*past, *self.screen.display]]

    @property
    def text(self) -> str:
        return "\n".join(self.lines).rstrip()

    @property
    def is_sane(self) -> bool:
        """True if the next prompt is usable: cursor visible, keys echoed, lines wrapped, main screen shown."""
        unchanged = termios.tcgetattr(self._slave) == self.settings
        return unchanged and not self.screen.cursor.hidden and b"\x1b[?" not in self.raw

    def _size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _read(self, wait_s: float) -> bool:
        if not select.select([self._master], [], [], wait_s)[0]:
            return False
        with contextlib.suppress(OSError):
            data = os.read(self._master, 65536)
            self.raw += data
            self._stream.feed(data)
            return bool(data)
        return False
