"""WAV files with 16-bit PCM: read without trusting their header, written with a plain one, and joined.

Source: IBM and Microsoft, Multimedia Programming Interface and Data Specifications 1.0, "Waveform Audio File Format";
for the extensible form: Microsoft, mmreg.h, WAVEFORMATEXTENSIBLE. The standard library's `wave` drops an odd byte at
the end without a word.
"""

import io
import struct
import wave
from dataclasses import dataclass

_PCM, _EXTENSIBLE = 1, 0xFFFE
_UNKNOWN_LENGTH = 0x7FFFFF00  # bytes: from here on, a server did not know the length when it began
MOST_BYTES = 2**32 - 2**20  # what a WAV file can hold: 27 hours at 22,050 Hz, mono


@dataclass(frozen=True)
class Sound:
    """coding: 1 is PCM; samples: as they came, interleaved; announced: how many bytes of them the header promised."""

    coding: int
    channels: int
    rate_hz: int
    bits: int
    samples: bytes
    announced: int

    @property
    def cut_off(self) -> bool:
        return len(self.samples) < self.announced < _UNKNOWN_LENGTH


def parse(data: bytes) -> Sound:
    """The sound in a RIFF file. Raises ValueError: what is wrong with it."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError(f"begins with {data[:12]!r}; expected a WAV file (RIFF … WAVE)")
    coding, place = None, 12
    while place + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, place)
        place += 8
        if name == b"fmt " and 16 <= size <= len(data) - place:
            coding, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", data, place)
            if coding == _EXTENSIBLE and size >= 26:
                (coding,) = struct.unpack_from("<H", data, place + 24)
        elif name == b"data" and coding is not None:
            return Sound(coding, channels, rate_hz, bits, data[place : place + size], size)
        place += size + size % 2
    raise ValueError("is a WAV file without sound; it may be cut off")


def plain(samples: bytes, rate_hz: int, channels: int) -> bytes:
    """A WAV file with a header of 44 bytes. samples: int16, interleaved."""
    whole = io.BytesIO()
    with wave.open(whole, "wb") as sound:
        sound.setparams((channels, 2, rate_hz, 0, "NONE", ""))
        sound.writeframes(samples)
    return whole.getvalue()


def joined(files: list[bytes]) -> bytes:
    """One WAV file of several. Raises ValueError: their formats differ, or together they are too long."""
    if len(files) == 1:
        return files[0]
    sounds = [parse(file) for file in files]
    formats = sorted({(sound.rate_hz, sound.channels) for sound in sounds})
    if len(formats) != 1:
        raise ValueError(f"came in several formats (Hz, channels): {formats}")
    samples = b"".join(sound.samples for sound in sounds)
    if len(samples) > MOST_BYTES:
        raise ValueError("is longer than a WAV file can be (4 GB); divide the text")
    return plain(samples, *formats[0])


def duration_s(file: bytes) -> float:
    with wave.open(io.BytesIO(file)) as sound:
        return sound.getnframes() / sound.getframerate()
