"""A file with a piece for each topic; pieces of unchanged topics are copied from the existing file."""

from collections.abc import Mapping
from pathlib import Path

from audio_pipeline import files
from audio_pipeline.files import replacing

Span = tuple[int, int]  # begin and end of a piece in its file, in bytes


def write(
    path: Path,
    pieces: Mapping[str, bytes | Span],
    *,
    head: bytes = b"",
    between: bytes = b"",
    tail: bytes = b"",
) -> dict[str, Span]:
    """Write the file atomically, and return the spans of its pieces, by slug.

    pieces: by slug, in order: the content, or its span in the file that is replaced.
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
