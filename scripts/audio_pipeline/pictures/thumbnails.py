"""Thumbnails for the gallery. Each ends with the SHA-256 of its picture."""

import hashlib
import io
import os
from pathlib import Path

from audio_pipeline import files
from audio_pipeline.files import replacing
from audio_pipeline.pictures.picture_formats import PLACED, rgb, unreadable

NAME = "{}.webp"
_MOST_PX = (640, 640)  # sharp on phones, where a card is as wide as the screen
_MARK = "sha256={}"
_END_BYTES = 128  # the last bytes of the file, which contain the mark


def exists(thumbnail: str | Path) -> bool:
    """True if the thumbnail exists and is not empty."""
    try:
        return os.stat(thumbnail).st_size > 0
    except OSError:
        return False


def matches(thumbnail: str | Path, picture: str | Path) -> bool:
    """True if the thumbnail was made from this picture."""
    try:
        sha256 = files.sha256_of(picture)
        with files.reading(thumbnail) as file:
            file.seek(-min(_END_BYTES, os.fstat(file.fileno()).st_size), os.SEEK_END)
            return _MARK.format(sha256).encode() in file.read()
    except OSError:
        return False


def make(picture: str | Path, thumbnail: Path) -> bool:
    """Make a thumbnail. Returns False if the picture is unreadable or the disk full: the next publication retries."""
    from PIL import Image

    try:
        data = files.read_bytes(picture)
        sha256 = hashlib.sha256(data).hexdigest()
        image = Image.open(io.BytesIO(data), formats=PLACED)
        image.thumbnail(_MOST_PX, Image.Resampling.LANCZOS, reducing_gap=2.0)
        with replacing(thumbnail) as temporary:
            mark = _MARK.format(sha256).encode()
            rgb(image).save(temporary, "WEBP", quality=80, method=4, xmp=mark)
        return True
    except unreadable():
        return False
