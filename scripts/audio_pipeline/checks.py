"""What an answer must be before it is kept. Each check is a plain function that raises BadAnswer."""

import io
import re
import unicodedata
import wave

from .errors import BadAnswer

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

    Raises BadAnswer: not a WAV file, another sample format, empty, or cut off.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise BadAnswer(f"the sound begins with {data[:12]!r}; expected a WAV file (RIFF … WAVE)")
    try:
        with wave.open(io.BytesIO(data)) as sound:
            rate_hz, channels, width = (
                sound.getframerate(),
                sound.getnchannels(),
                sound.getsampwidth(),
            )
            announced = sound.getnframes()
            samples = sound.readframes(announced)
    except (wave.Error, EOFError, RuntimeError) as error:  # RuntimeError: a chunk beyond the end
        raise BadAnswer(
            f"the sound is not PCM in a WAV file: {str(error) or 'it is cut off'}"
        ) from None
    if width != 2 or not 8000 <= rate_hz <= 384_000 or channels not in (1, 2):
        raise BadAnswer(
            f"the sound has {8 * width} bits, {rate_hz} Hz, {channels} channels; "
            "expected 16 bits, 8000 to 384000 Hz, 1 or 2 channels"
        )
    frame = width * channels
    streamed = (
        announced * frame >= 0x7FFFFF00
    )  # a server that did not know the length when it began
    if not samples or len(samples) % frame or (len(samples) < announced * frame and not streamed):
        raise BadAnswer(
            f"the sound has {len(samples)} of {announced * frame} bytes; expected all of it"
        )
    whole = io.BytesIO()
    with wave.open(whole, "wb") as sound:
        sound.setparams((channels, width, rate_hz, 0, "NONE", ""))
        sound.writeframes(samples)
    return whole.getvalue()


def duration_s(wav: bytes) -> float:
    with wave.open(io.BytesIO(wav)) as sound:
        return sound.getnframes() / sound.getframerate()
