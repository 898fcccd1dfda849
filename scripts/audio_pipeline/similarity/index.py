"""An index of sketches of a stage's files, so that jobs can compare their results with the others without reading them.

The index is a file of lines: sketch, size in bytes, modification time in ns and name. A job appends a line for its
file. A scan of the folder adds files placed or edited by hand, and repairs an index that is lost, truncated or of an
older format. A scan is due after a time proportional to the number of files, so that the cost of n jobs is O(n). Lines
may be incomplete or outdated: callers verify matches by the file itself.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from audio_pipeline import files

NAME = ".neighbours"  # of the index, beside the stage's records
SCAN_EVERY_S = 0.005  # per file, 50 s for 10,000 files: a scan takes 4 µs per file, less than 0.1 %
_SCANNED = (
    b"\nlooked "  # a line with the time of a scan, in seconds since 1970, and the number of files
)
_FORMAT = b"neighbours 1"  # increase when lines or sketches change


class Sketches:
    """The sketches of all files. letters: uint8, (files, letters of a sketch), the oldest line first."""

    def __init__(self, lines: bytes, width: int) -> None:
        import numpy as np

        self._lines, self._width = lines, width
        characters = np.frombuffer(lines, np.uint8)
        ends = np.flatnonzero(characters == ord("\n"))  # an incomplete last line is ignored
        starts = np.concatenate(([0], ends + 1))[:-1]
        long = ends - starts > width
        starts, ends = starts[long], ends[long]
        valid = characters[starts + width] == ord(" ")
        self._starts, self._ends = starts[valid], ends[valid]
        self.letters = np.empty((0, width), np.uint8)
        if self._starts.size:
            windows = np.lib.stride_tricks.sliding_window_view(characters, width)
            self.letters = windows[self._starts]

    def names(self, rows: Iterable[int]) -> Iterator[str]:
        """Yield the file names of these rows in order, without duplicates."""
        seen = set()
        for row in rows:
            _, *rest = self._lines[self._starts[row] : self._ends[row]].split(b" ", 3)
            if len(rest) == 3 and rest[2] not in seen:
                seen.add(rest[2])
                yield os.fsdecode(rest[2])


class Index:
    """An index of the files with one ending in a folder.

    path: of the index, or None to read all files at each `read`; width: letters of a sketch; sketch: returns the ASCII
    letters for a file, or None for a file that is to match nothing.
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
        self._head = b"%s, %s: %d letters, bytes, ns, name\n" % (_FORMAT, ending.encode(), width)

    def read(self) -> Sketches:
        """Return the sketches of all files: those added by jobs, and others as of the last scan."""
        lines = self._load()
        if self._is_scan_due(lines):
            lines = self._locked_scan()
        return Sketches(lines, self._width)

    def add(self, name: str) -> None:
        """Append a line for this file. Ignores errors: the next scan adds what is missing."""
        if self._path:
            with contextlib.suppress(OSError):
                stat = os.stat(self._folder / name)
                self._append(self._line(name, stat.st_size, stat.st_mtime_ns))

    def _load(self) -> bytes:
        try:
            return files.read_bytes(self._path) if self._path else b""
        except OSError:
            return b""

    def _is_scan_due(self, lines: bytes) -> bool:
        position = lines.rfind(_SCANNED)
        if position < 0 or not lines.startswith(self._head):
            return True
        try:
            time_s, files = lines[position + len(_SCANNED) :].partition(b"\n")[0].split()
            since_s, interval_s = time.time() - float(time_s), int(files) * SCAN_EVERY_S
        except ValueError:  # an incomplete line
            return True
        return not 0 <= since_s < interval_s

    def _locked_scan(self) -> bytes:
        """Return the lines after a scan; concurrent jobs wait for its lock, and reuse its result."""
        if not self._path:
            return self._scan(b"")[0]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with files.open_or_create(f"{self._path}.lock") as lock:
                fcntl.lockf(lock, fcntl.LOCK_EX)
                lines = self._load()
                if self._is_scan_due(lines):
                    lines, new = self._scan(lines)
                    if new:
                        self._append(new)
                    else:
                        files.replace_file(self._path, lines, alone=True)
                return lines
        except OSError:  # the index cannot be written
            return self._scan(self._load())[0]

    def _scan(self, lines: bytes) -> tuple[bytes, bytes]:
        """Return the updated lines, and what to append to the file for them; b"" if it must be rewritten."""
        time_s = time.time()
        old = list(filter(None, lines.split(b"\n"))) if lines.startswith(self._head) else []
        by_key = {line[self._width + 1 :]: line for line in old if line[self._width :][:1] == b" "}
        kept, new = [], []
        for name, size, mtime_ns in self._files():
            line = by_key.get(_key(size, mtime_ns, name))
            if line:
                kept.append(line + b"\n")
            else:
                new.append(self._line(name, size, mtime_ns))
        files = len(kept) + len(new)
        scanned = b"%s%.3f %d\n" % (_SCANNED, time_s, files)
        if not old or len(old) > 100 + 2 * files:
            return b"".join([self._head, *kept, *new, scanned]), b""
        added = b"".join([*new, scanned])
        return lines + b"\n" + added, added

    def _files(self) -> Iterator[tuple[str, int, int]]:
        """Yield name, size in bytes and modification time in ns of each file."""
        with contextlib.suppress(FileNotFoundError), os.scandir(self._folder) as entries:
            for entry in entries:
                name = entry.name
                if name.endswith(self._ending) and name[0] != "." and "\n" not in name:
                    with contextlib.suppress(OSError):  # deleted meanwhile
                        stat = entry.stat()
                        yield name, stat.st_size, stat.st_mtime_ns

    def _line(self, name: str, size: int, mtime_ns: int) -> bytes:
        sketch = self._sketch(self._folder / name) or b"-" * self._width
        return b"%s %s\n" % (sketch, _key(size, mtime_ns, name))

    def _append(self, lines: bytes) -> None:
        """Append in a single write, which is atomic among jobs. Raises OSError: there is no index yet."""
        assert self._path
        file = files.open_regular(self._path, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
        try:
            os.write(file, b"\n" + lines)  # the newline ends an incomplete line
        finally:
            os.close(file)


def _key(size: int, mtime_ns: int, name: str) -> bytes:
    return b"%d %d %s" % (size, mtime_ns, os.fsencode(name))
