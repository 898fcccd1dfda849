"""What an answer must be before it is kept. Each check is a plain function that raises BadAnswer."""

import re
import unicodedata
from typing import TYPE_CHECKING

from . import wav
from .errors import BadAnswer

if TYPE_CHECKING:
    from PIL import Image

_MARKUP = {
    "a heading": r"^\s{0,3}#{1,6}\s",
    "a list": r"^[^\S\n]*(?:[-*•]|\d{1,2}[.)])\s+\S",
    "bold or code marks": r"\*\*|__|`",
    "a link": r"\]\(|https?://",
    "a stage direction": r"^[^\S\n]*[\[(][^\])]{1,80}[\])][^\S\n]*$|\[(?:visual|music|sound|pause|cut|scene)\b",
    "a thinking block": r"</?think>",
    "a tag": r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?>",
}


def spoken_text(text: str) -> str:
    """The text with its white space in order: paragraphs apart by one blank line, nothing at the ends."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))
    return "\n\n".join(part for part in paragraphs if part)


def check_words(text: str, least: int, most: int) -> None:
    count = len(text.split())
    if not least <= count <= most:
        raise BadAnswer(
            f"the script has {count} words; expected {least} to {most} (min_words, max_words)"
        )


def check_markup(text: str) -> None:
    """text: as it came, with its line breaks."""
    for name, pattern in _MARKUP.items():
        found = re.search(pattern, text, re.MULTILINE | re.IGNORECASE)
        if found:
            raise BadAnswer(
                f"the script has {name} in it, {found[0].strip()!r}; expected plain sentences"
            )


def check_characters(text: str) -> None:
    """No control characters, and no sign of a wrong decoding."""
    for character in text:
        if character == "\ufffd" or (
            unicodedata.category(character) in ("Cc", "Cs") and character != "\n"
        ):
            raise BadAnswer(
                f"the script has the character U+{ord(character):04X} in it; expected text"
            )


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
