"""A file that has a piece for each topic.

The pieces of topics that did not change are copied from the file as it lies there.
"""

from collections.abc import Mapping
from pathlib import Path

from audio_pipeline import files
from audio_pipeline.files import replacing

Span = tuple[int, int]  # where a piece begins and ends in its file, in bytes


def write(
    path: Path,
    pieces: Mapping[str, bytes | Span],
    *,
    head: bytes = b"",
    between: bytes = b"",
    tail: bytes = b"",
) -> dict[str, Span]:
    """The file, whole or not at all. Where its pieces now are, by slug.

    pieces: by slug, in their order: what is new, or where it lies in the file that is replaced.
    """
    kept = any(not isinstance(piece, bytes) for piece in pieces.values())
    old = memoryview(files.read_bytes(path, most=2**40) if kept else b"")
    parts = [piece if isinstance(piece, bytes) else old[slice(*piece)] for piece in pieces.values()]
    with replacing(path) as temporary, files.new(temporary) as file:
        file.writelines((head, between.join(parts), tail))
    spans, begin = {}, len(head)
    for slug, part in zip(pieces, parts, strict=True):
        spans[slug] = (begin, begin + len(part))
        begin += len(part) + len(between)
    return spans
