"""What a sound and a picture must be, whatever is configured. Each check is a plain function that raises BadAnswer."""

from typing import TYPE_CHECKING

from . import wav
from .errors import BadAnswer

if TYPE_CHECKING:
    from PIL import Image


def pcm_wav(data: bytes) -> bytes:
    """The sound as a WAV file with a plain header (RIFF, 16-bit PCM).

    Raises BadAnswer: not a WAV file, another sample format, empty, cut off, or of an odd length.
    """
    try:
        sound = wav.parse(data)
    except ValueError as error:
        raise BadAnswer(f"the sound {error}") from None
    if sound.coding != 1 or sound.bits != 16:
        raise BadAnswer(
            f"the sound has {sound.bits} bits in coding {sound.coding}; expected 16 bits, PCM (1)"
        )
    if not 8000 <= sound.rate_hz <= 384_000 or sound.channels not in (1, 2):
        raise BadAnswer(
            f"the sound has {sound.rate_hz} Hz, {sound.channels} channels; "
            "expected 8000 to 384000 Hz, 1 or 2 channels"
        )
    found = len(sound.samples)
    if not found or sound.cut_off:
        raise BadAnswer(f"the sound has {found} of {sound.announced} bytes; expected all of it")
    if found % (2 * sound.channels):
        raise BadAnswer(
            f"the sound has {found} bytes, not a whole number of samples: behind the odd byte there is only noise; "
            "start Piper with a --sentence-silence of 0, 0.1, 0.2 or 0.5"
        )
    return wav.plain(sound.samples, sound.rate_hz, sound.channels)


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
