"""What a sound and a picture must be, whatever is configured. Each check is a plain function that raises BadAnswer."""

from typing import TYPE_CHECKING

from . import decoding, wav
from .errors import BadAnswer

if TYPE_CHECKING:
    from PIL import Image


def pcm_wav(data: bytes) -> bytes:
    """The sound as a WAV file with a plain header (RIFF, 16-bit PCM), whatever it came as. Raises BadAnswer."""
    return decoding.decoded(data)[0]


duration_s = wav.duration_s


def check_not_flat(image: "Image.Image") -> None:
    """Black is a number gone wrong in the decoder, or the safety filter; one colour is no picture either.

    image: RGB. Raises BadAnswer: in all channels max − min is below 8, or the standard deviation below 2 (of 255).
    """
    from PIL import ImageStat

    found = ImageStat.Stat(image)
    spread = max(high - low for low, high in found.extrema)
    if spread >= 8 and max(found.stddev) >= 2:
        return
    colour = tuple(round(mean) for mean in found.mean)
    if max(colour) < 8:
        raise BadAnswer(
            "the picture is black: a fault in the decoder (start AUTOMATIC1111 with --no-half-vae) or the safety filter"
        )
    raise BadAnswer(f"the picture is flat, all of it about {colour} (RGB); expected a picture")
