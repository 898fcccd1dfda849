"""Which files a request was built from, beside its inputs: a plan knows by them what a change of one may change."""

import contextlib
from collections.abc import Iterator

_recordings: list[set[str]] = []


@contextlib.contextmanager
def recorded() -> Iterator[set[str]]:
    """The paths of the files that are noted in this block."""
    paths: set[str] = set()
    _recordings.append(paths)
    try:
        yield paths
    finally:
        _recordings.remove(paths)


def note(path: str) -> None:
    """Say that the file shapes a request. To be called each time, also where its content is remembered."""
    for paths in _recordings:
        paths.add(path)
