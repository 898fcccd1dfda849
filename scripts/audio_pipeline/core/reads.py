"""Files other than its inputs that a request was built from, so that a plan knows what depends on them."""

import contextlib
from collections.abc import Iterator

_recordings: list[set[str]] = []


@contextlib.contextmanager
def recorded() -> Iterator[set[str]]:
    """Collect the paths of the files that are noted in this block."""
    paths: set[str] = set()
    _recordings.append(paths)
    try:
        yield paths
    finally:
        _recordings.remove(paths)


def note(path: str) -> None:
    """Note that a file shapes a request. To be called each time, even if its content is cached."""
    for paths in _recordings:
        paths.add(path)
