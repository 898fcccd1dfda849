"""Conversion of a service's picture to 8-bit RGB, from other formats, depths, colours, transparency and orientations.

Sources: W3C, PNG (Third Edition), 11.3.1 (depths, transparency); CIPA DC-008 (Exif), Orientation; for the first bytes
of other formats: their specifications.
"""

import io
import re
import struct
import warnings
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from audio_pipeline.errors import BadAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

BACKGROUND = "white"  # of transparent pictures, as in nearly every page and viewer
_FORMATS = ("PNG", "JPEG", "WEBP")
PLACED = (*_FORMATS, "GIF", "BMP", "TIFF")  # by hand; for EPS, Pillow would run another program
# 4096 × 4096. Larger pictures are not decoded if they also have more than four times the requested pixels.
_USUAL_PIXELS = 2**24
_LONGEST_SIDE = 16384
_OTHER_FORMATS = {
    "AVIF": rb".{4}ftyp(?:avif|avis)",
    "HEIC": rb".{4}ftyp(?:hei[cfmsvx]|hev[cx]|mif1|msf1)",
    "JPEG XL": rb"\xff\x0a|\x00\x00\x00\x0cJXL ",
    "JPEG 2000": rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51",
    "GIF": rb"GIF8[79]a",
    "BMP": rb"BM.{4}\x00\x00\x00\x00",
    "TIFF": rb"II\*\x00|MM\x00\*|II\+\x00|MM\x00\+",
    "ICO": rb"\x00\x00\x01\x00",
    "OpenEXR": rb"\x76\x2f\x31\x01",
    "PDF": rb"%PDF-",
    "SVG": rb"\s{0,20}<(?:\?xml|svg|!DOCTYPE svg)",
    "a video": rb".{4}ftyp|\x1aE\xdf\xa3",
}


def decoded(
    name: str, data: bytes, expected: tuple[int, int], service: dict[str, Any]
) -> "Image.Image":
    """Decode a picture to RGB. Adds another format (sent_as) and a background (ground) to `service`.

    name: the service; expected: the requested width and height in px.
    Raises BadAnswer: another format, far larger than requested, or not decodable.
    """
    try:
        with _without_size_limit(), warnings.catch_warnings(action="ignore"):
            image = _open(name, data)
            _check_size(name, image.size, expected)
            converted = rgb(image)
    except unreadable() as error:
        raise BadAnswer(f"{name} sent a picture that cannot be decoded ({_line(error)})") from None
    if image.format != "PNG":
        service["sent_as"] = image.format
    if _is_transparent(image):
        service["ground"] = BACKGROUND
    return converted


def rgb(image: "Image.Image") -> "Image.Image":
    """Convert a picture, or the first of several, to 8-bit RGB, upright and on a background."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = _to_8_bits(image)
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    background = Image.new("RGBA", image.size, BACKGROUND)
    return Image.alpha_composite(background, image).convert("RGB")


def _to_8_bits(image: "Image.Image") -> "Image.Image":
    """Scale 16-bit grey to 8 bits; Pillow would clip it at 255, so that nearly all would be white."""
    import numpy as np
    from PIL import Image

    values = np.asarray(image)
    return Image.fromarray(np.clip(np.rint(values / 257), 0, 255).astype(np.uint8))


def _open(name: str, data: bytes) -> "Image.Image":
    """Open a picture, reading only its header. Raises BadAnswer: an unsupported format."""
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(io.BytesIO(data), formats=_FORMATS)
    except UnidentifiedImageError:
        for other, begin in _OTHER_FORMATS.items():
            if re.match(begin, data, re.DOTALL):
                raise BadAnswer(
                    f"{name} sent {other}; expected PNG, JPEG or WebP: set the server's format of pictures"
                ) from None
        raise BadAnswer(
            f"{name} sent a picture that cannot be decoded: it begins with {data[:12]!r}; expected PNG, JPEG or WebP"
        ) from None


def _check_size(name: str, size: tuple[int, int], expected: tuple[int, int]) -> None:
    """Check the size before decoding: a few kB can expand to gigabytes of pixels."""
    pixels = size[0] * size[1]
    if max(size) > _LONGEST_SIDE or pixels > max(_USUAL_PIXELS, 4 * expected[0] * expected[1]):
        raise BadAnswer(
            f"{name} sent a picture of {size[0]}x{size[1]} px; expected {expected[0]}x{expected[1]}, as requested"
        )


def _is_transparent(image: "Image.Image") -> bool:
    """True if any pixel is transparent: many pictures have an opaque alpha channel."""
    if not image.has_transparency_data:
        return False
    alpha = image.convert("RGBA").getchannel("A")
    return alpha.histogram()[255] < alpha.width * alpha.height


@contextmanager
def _without_size_limit() -> "Iterator[None]":
    """Disable Pillow's own limit on sizes, whose message lacks the size."""
    from PIL import Image

    bound, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = bound


def unreadable() -> tuple[type[Exception], ...]:
    """Return the exceptions that Pillow raises for broken or malicious files."""
    from PIL import Image

    return (
        OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, ArithmeticError, MemoryError,
        struct.error, zlib.error, Image.DecompressionBombError,
    )  # fmt: skip


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
