"""The other files of a stage, each as a short sketch: what a job compares its own result with, without opening them.

The index is a file of lines: sketch, size in bytes, time of change in ns and name of a file. A job appends a line when
its file is in its place. All else is found by looking through the folder: files placed or edited by hand, an index that
is lost, cut off or of an older form. A job does that when the last look is long ago for the number of files, so that
n jobs cost n, not n × n. A line may be torn, or about a file that is gone or another by now: whoever finds something by
the index looks at the file itself.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from audio_pipeline import files

NAME = ".neighbours"  # of the index, beside the stage's records
LOOK_EVERY_S = (
    0.005  # for each file, 50 s for 10,000: a look takes 4 µs a file, less than 0.1 % of that
)
_LOOKED = b"\nlooked "  # a line too: when, in seconds since 1970, and how many files there were
_FORM = b"neighbours 1"  # another number when lines or sketches are made in another way


class Sketches:
    """Of all files. letters: uint8, (n, letters of a sketch), the oldest line first."""

    def __init__(self, lines: bytes, width: int) -> None:
        import numpy as np

        self._lines, self._width = lines, width
        characters = np.frombuffer(lines, np.uint8)
        ends = np.flatnonzero(characters == ord("\n"))  # what follows the last one is torn
        starts = np.concatenate(([0], ends + 1))[:-1]
        long = ends - starts > width
        starts, ends = starts[long], ends[long]
        whole = characters[starts + width] == ord(" ")
        self._starts, self._ends = starts[whole], ends[whole]
        self.letters = np.empty((0, width), np.uint8)
        if self._starts.size:
            windows = np.lib.stride_tricks.sliding_window_view(characters, width)
            self.letters = windows[self._starts]

    def names(self, rows: Iterable[int]) -> Iterator[str]:
        """The files of these rows, in their order, each once."""
        told = set()
        for row in rows:
            _, *rest = self._lines[self._starts[row] : self._ends[row]].split(b" ", 3)
            if len(rest) == 3 and rest[2] not in told:
                told.add(rest[2])
                yield os.fsdecode(rest[2])


class Index:
    """Of the files with this ending in a folder.

    path: of the index; None: there is none, and each `read` opens all files.
    sketch: of a file, ASCII letters, `width` of them; None: the file is to be found by nobody.
    """

    def __init__(
        self,
        path: Path | None,
        folder: Path,
        ending: str,
        width: int,
        sketch: Callable[[Path], bytes | None],
    ) -> None:
        self._path, self._folder, self._ending = path, folder, ending
        self._width, self._sketch = width, sketch
        self._head = b"%s, %s: %d letters, bytes, ns, name\n" % (_FORM, ending.encode(), width)

    def read(self) -> Sketches:
        """The sketches of all files: at once those that jobs added, others as of the last look."""
        lines = self._load()
        if self._is_look_due(lines):
            lines = self._look_in_turn()
        return Sketches(lines, self._width)

    def add(self, name: str) -> None:
        """Append what lies there by this name. Raises nothing: the next look finds what could not be written."""
        if self._path:
            with contextlib.suppress(OSError):
                found = os.stat(self._folder / name)
                self._append(self._line(name, found.st_size, found.st_mtime_ns))

    def _load(self) -> bytes:
        try:
            return files.read_bytes(self._path) if self._path else b""
        except OSError:
            return b""

    def _is_look_due(self, lines: bytes) -> bool:
        place = lines.rfind(_LOOKED)
        if place < 0 or not lines.startswith(self._head):
            return True
        try:
            time_s, files = lines[place + len(_LOOKED) :].partition(b"\n")[0].split()
            since_s, enough_s = time.time() - float(time_s), int(files) * LOOK_EVERY_S
        except ValueError:  # torn
            return True
        return not 0 <= since_s < enough_s

    def _look_in_turn(self) -> bytes:
        """The lines after a look; jobs that come at the same time wait for it, and do not look again."""
        if not self._path:
            return self._look(b"")[0]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with files.open_or_create(f"{self._path}.lock") as lock:
                fcntl.lockf(lock, fcntl.LOCK_EX)
                lines = self._load()
                if self._is_look_due(lines):
                    lines, new = self._look(lines)
                    if new:
                        self._append(new)
                    else:
                        files.replace_file(self._path, lines, alone=True)
                return lines
        except OSError:  # no place for an index
            return self._look(self._load())[0]

    def _look(self, lines: bytes) -> tuple[bytes, bytes]:
        """The lines as they should be, and what is to be appended for that; nothing: all are to be written anew."""
        time_s = time.time()
        old = list(filter(None, lines.split(b"\n"))) if lines.startswith(self._head) else []
        known = {line[self._width + 1 :]: line for line in old if line[self._width :][:1] == b" "}
        kept, new = [], []
        for name, size, mtime_ns in self._files():
            line = known.get(_about(size, mtime_ns, name))
            if line:
                kept.append(line + b"\n")
            else:
                new.append(self._line(name, size, mtime_ns))
        files = len(kept) + len(new)
        looked = b"%s%.3f %d\n" % (_LOOKED, time_s, files)
        if not old or len(old) > 100 + 2 * files:
            return b"".join([self._head, *kept, *new, looked]), b""
        added = b"".join([*new, looked])
        return lines + b"\n" + added, added

    def _files(self) -> Iterator[tuple[str, int, int]]:
        """Name, size in bytes and time of change in ns of each file."""
        with contextlib.suppress(FileNotFoundError), os.scandir(self._folder) as entries:
            for entry in entries:
                name = entry.name
                if name.endswith(self._ending) and name[0] != "." and "\n" not in name:
                    with contextlib.suppress(OSError):  # gone meanwhile
                        found = entry.stat()
                        yield name, found.st_size, found.st_mtime_ns

    def _line(self, name: str, size: int, mtime_ns: int) -> bytes:
        sketch = self._sketch(self._folder / name) or b"-" * self._width
        return b"%s %s\n" % (sketch, _about(size, mtime_ns, name))

    def _append(self, lines: bytes) -> None:
        """In one write, which the kernel puts behind those of other jobs. Raises OSError: there is no index yet."""
        assert self._path
        file = files.open_regular(self._path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
        try:
            os.write(file, b"\n" + lines)  # so that a line that was torn spoils nothing
        finally:
            os.close(file)


def _about(size: int, mtime_ns: int, name: str) -> bytes:
    return b"%d %d %s" % (size, mtime_ns, os.fsencode(name))
