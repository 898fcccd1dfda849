"""Small pictures for the gallery. One has its picture's time: so it is seen whether it is of that picture."""

import os
from pathlib import Path

from audio_pipeline import files
from audio_pipeline.files import replacing
from audio_pipeline.pictures.picture_formats import PLACED, rgb, unreadable

NAME = "{}.webp"
_MOST_PX = (640, 640)  # sharp on the phones of today, where a card is as wide as the screen


def is_of(thumbnail: str | Path, picture: str | Path) -> bool:
    try:
        made = os.stat(thumbnail)
        return made.st_mtime_ns == os.stat(picture).st_mtime_ns and made.st_size > 0
    except OSError:
        return False


def make(picture: str | Path, thumbnail: Path) -> None:
    """None, where there is no picture that can be read, or no space: the next publication tries again."""
    from PIL import Image

    try:
        of = os.stat(picture).st_mtime_ns
        with files.reading(picture) as file:
            image = Image.open(file, formats=PLACED)
            image.thumbnail(_MOST_PX, Image.Resampling.LANCZOS, reducing_gap=2.0)
            small = rgb(image)
        with replacing(thumbnail) as temporary:
            small.save(temporary, "WEBP", quality=80, method=4)
            os.utime(temporary, ns=(of, of))
    except unreadable():
        return


def follow(thumbnail: Path, picture: str | Path, within_s: float) -> None:
    """Of a picture that Snakemake has touched, so many seconds or less after both were made."""
    try:
        of, made = os.stat(picture).st_mtime_ns, os.stat(thumbnail).st_mtime_ns
        if 0 < of - made <= within_s * 1e9:
            os.utime(thumbnail, ns=(of, of))
    except OSError:
        return
