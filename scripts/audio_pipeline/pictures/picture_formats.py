"""The picture that a service sent, in 8-bit RGB: other formats, depths and colours, transparency, a turned camera.

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

GROUND = "white"  # behind what is transparent: what nearly every page and viewer shows there
_FORMATS = ("PNG", "JPEG", "WEBP")
PLACED = (*_FORMATS, "GIF", "BMP", "TIFF")  # by hand; for EPS, Pillow would run another program
# More pixels than this, and than four times those that were asked for, are never decoded: 4096 × 4096.
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
    name: str, data: bytes, wanted: tuple[int, int], service: dict[str, Any]
) -> "Image.Image":
    """The picture, RGB. What was not as asked for is told in `service`.

    name: of the service; wanted: width and height in px that were asked for.
    Raises BadAnswer: another format, far larger than was asked for, or not to be decoded.
    """
    try:
        with _unbounded(), warnings.catch_warnings(action="ignore"):
            image = _opened(name, data)
            _check_size(name, image.size, wanted)
            found = rgb(image)
    except unreadable() as error:
        raise BadAnswer(f"{name} sent a picture that cannot be decoded ({_line(error)})") from None
    if image.format != "PNG":
        service["sent_as"] = image.format
    if _is_transparent(image):
        service["ground"] = GROUND
    return found


def rgb(image: "Image.Image") -> "Image.Image":
    """A picture in 8-bit RGB, upright, on a ground; of several, the first."""
    from PIL import Image, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = _of_8_bits(image)
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    ground = Image.new("RGBA", image.size, GROUND)
    return Image.alpha_composite(ground, image).convert("RGB")


def _of_8_bits(image: "Image.Image") -> "Image.Image":
    """Grey of 16 bits: Pillow would cut it off at 255, and nearly all would be white."""
    import numpy as np
    from PIL import Image

    values = np.asarray(image)
    return Image.fromarray(np.clip(np.rint(values / 257), 0, 255).astype(np.uint8))


def _opened(name: str, data: bytes) -> "Image.Image":
    """The header alone is read. Raises BadAnswer: a format that is not taken."""
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


def _check_size(name: str, found: tuple[int, int], wanted: tuple[int, int]) -> None:
    """Before a pixel is decoded: a few kB can announce gigabytes of them."""
    pixels = found[0] * found[1]
    if max(found) > _LONGEST_SIDE or pixels > max(_USUAL_PIXELS, 4 * wanted[0] * wanted[1]):
        raise BadAnswer(
            f"{name} sent a picture of {found[0]}x{found[1]} px; expected {wanted[0]}x{wanted[1]}, as was asked for"
        )


def _is_transparent(image: "Image.Image") -> bool:
    """True if something shows through: many pictures have an alpha channel that hides nothing."""
    if not image.has_transparency_data:
        return False
    alpha = image.convert("RGBA").getchannel("A")
    return alpha.histogram()[255] < alpha.width * alpha.height


@contextmanager
def _unbounded() -> "Iterator[None]":
    """Without Pillow's own bound on sizes, whose message does not tell them."""
    from PIL import Image

    bound, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = bound


def unreadable() -> tuple[type[Exception], ...]:
    """What Pillow raises at files that are broken, or made to break it."""
    from PIL import Image

    return (
        OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, ArithmeticError, MemoryError,
        struct.error, zlib.error, Image.DecompressionBombError,
    )  # fmt: skip


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
