"""Samples in a file, written and read in parts, since an hour of sound would take a gigabyte of memory."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    import numpy as np


class Samples(Protocol):
    """Rows of numbers that are read in parts."""

    columns: int

    def __len__(self) -> int: ...

    def read(self, start: int, end: int) -> "np.ndarray":
        """Return the rows from `start` to before `end`. Those before the first and after the last are zeros."""
        ...


class SampleFile:
    """Rows of numbers in a file that is open for reading and writing: (n, columns).

    kind: numpy's type of the numbers; offset: bytes before the first row. A new SampleFile is empty: rows that the file
    already has are replaced.
    """

    def __init__(self, file: BinaryIO, columns: int, kind: str = "<i2", offset: int = 0) -> None:
        self._file, self.columns, self._kind, self._offset = file, columns, kind, offset
        self._count = 0

    @classmethod
    def of(cls, samples: "np.ndarray") -> "SampleFile":
        """Return a file in memory. samples: int16, (n, channels)."""
        import io

        made = cls(io.BytesIO(), samples.shape[1])
        made.append(samples)
        return made

    @classmethod
    def existing(cls, file: BinaryIO, columns: int) -> "SampleFile":
        """Return the samples that a file has. file: int16, nothing else."""
        import os

        made = cls(file, columns)
        made._count = os.fstat(file.fileno()).st_size // made._row_bytes()
        return made

    def __len__(self) -> int:
        return self._count

    def append(self, rows: "np.ndarray") -> None:
        self._seek(self._count)
        self._file.write(rows.astype(self._kind, copy=False).tobytes())
        self._count += len(rows)

    def replace(self, start: int, rows: "np.ndarray") -> None:
        """Replace rows that exist."""
        self._seek(start)
        self._file.write(rows.astype(self._kind, copy=False).tobytes())

    def clear(self) -> None:
        """Remove all rows."""
        self._count = 0

    def read(self, start: int, end: int) -> "np.ndarray":
        """Return the rows from `start` to before `end`. Those before the first and after the last are zeros."""
        import numpy as np

        first, last = (min(max(0, at), self._count) for at in (start, end))
        self._seek(first)
        data = self._file.read((last - first) * self._row_bytes())
        rows = np.frombuffer(data, self._kind).reshape(-1, self.columns)
        before = min(max(0, -start), end - start)
        after = end - start - before - len(rows)
        return np.pad(rows, ((before, after), (0, 0))) if before or after else rows

    def _seek(self, row: int) -> None:
        self._file.seek(self._offset + row * self._row_bytes())

    def _row_bytes(self) -> int:
        return self.columns * int(self._kind[-1])


def ranges(count: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of at most `size` rows that make up `count` rows."""
    for start in range(0, count, size):
        yield start, min(start + size, count)
