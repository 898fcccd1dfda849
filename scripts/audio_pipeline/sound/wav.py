"""WAV files: read without trusting their header, written with a plain one, and joined.

Source: IBM and Microsoft, Multimedia Programming Interface and Data Specifications 1.0, "Waveform Audio File Format";
for the extensible form: Microsoft, mmreg.h, WAVEFORMATEXTENSIBLE; for RF64: EBU Tech 3306. The standard library's
`wave` drops an odd byte at the end without a word.
"""

import io
import re
import struct
import wave
from dataclasses import dataclass

_PCM, _EXTENSIBLE = 1, 0xFFFE
# Bytes: from here on, a server did not know the length when it began, and wrote the largest that it could think of:
# 0xFFFFFFFF (ffmpeg), 0x7FFFF000 (sox), 2,000,000,000 (pocket-tts). Others write 0.
_UNKNOWN_LENGTH = 10**9
MOST_BYTES = 2**32 - 2**20  # what a WAV file can hold: 27 hours at 22,050 Hz, mono
_MOST_CHUNKS = 1000
_MOST_BEHIND = 1024  # bytes behind the sound that are no chunk and no sound either
_MOST_PADDING = 8  # bytes behind the last chunk
BEGIN = re.compile(rb"(?:RIFF|RF64|BW64).{4}WAVE", re.DOTALL)
# What stands behind a sound: LIST (ffmpeg's name, titles), and others of the specifications and of usual programs.
_KNOWN_CHUNK = re.compile(
    rb"LIST|id3 |ID3 |fact|cue |PEAK|bext|JUNK|junk|PAD |smpl|inst|iXML|_PMX|DISP|afsp|chna|axml"
)
_ANY_CHUNK = re.compile(rb"[ -~]{4}")
_LONGEST_TRAILER = 2**20  # bytes


@dataclass(frozen=True)
class Sound:
    """coding: 1 is PCM; samples: as they came, interleaved; announced: how many bytes of them the header promised.

    behind: how many bytes come after them that are no chunks; frame: bytes of a sample of all channels, by the header.
    """

    coding: int
    channels: int
    rate_hz: int
    bits: int
    samples: bytes
    announced: int
    behind: int = 0
    frame: int = 0

    @property
    def cut_off(self) -> bool:
        return len(self.samples) < self.announced < _UNKNOWN_LENGTH

    @property
    def goes_on(self) -> bool:
        """True if there is more sound, or something else, than was announced."""
        return self.behind > _MOST_BEHIND


def parse(data: bytes) -> Sound:
    """The sound in a RIFF file. Raises ValueError: what is wrong with it."""
    if not BEGIN.match(data):
        raise ValueError(f"begins with {data[:12]!r}; expected a WAV file (RIFF … WAVE)")
    coding, place = None, 12
    channels = rate_hz = frame = bits = 0
    for _ in range(_MOST_CHUNKS):
        if place + 8 > len(data):
            raise ValueError("is a WAV file without sound; it may be cut off")
        name, size = struct.unpack_from("<4sI", data, place)
        place += 8
        if name == b"fmt " and 16 <= size <= len(data) - place:
            coding, channels, rate_hz, _, frame, bits = struct.unpack_from("<HHIIHH", data, place)
            if coding == _EXTENSIBLE and size >= 26:
                (coding,) = struct.unpack_from("<H", data, place + 24)
        elif name == b"data" and coding is not None:
            length, behind = _length(data, place, size)
            samples = data[place : place + length]
            return Sound(coding, channels, rate_hz, bits, samples, size, behind, frame)
        place += size + size % 2
    raise ValueError(f"has more than {_MOST_CHUNKS} chunks before its sound")


def _length(data: bytes, place: int, size: int) -> tuple[int, int]:
    """How many bytes of samples stand at a place, and how many bytes behind them that are no chunks.

    size: what the header says.
    """
    rest = len(data) - place
    if not 0 < size < _UNKNOWN_LENGTH:
        return _trailer(data, place) - place, 0
    end = place + size + size % 2
    for _ in range(_MOST_CHUNKS):
        following = _next_chunk(data, end, _ANY_CHUNK)
        if following is None:
            break
        end = following
    return min(size, rest), max(0, len(data) - end)


def _trailer(data: bytes, place: int) -> int:
    """Where the chunks begin that reach to the end of the data, or that end; from a place on, no chunk read twice."""
    seen: set[int] = set()
    for found in _KNOWN_CHUNK.finditer(data, max(place, len(data) - _LONGEST_TRAILER)):
        begin = end = found.start()
        while end not in seen:
            seen.add(end)
            end = _next_chunk(data, end, _KNOWN_CHUNK) or end
        if begin < end >= len(data) - _MOST_PADDING:
            return begin
    return len(data)


def _next_chunk(data: bytes, place: int, name: re.Pattern[bytes]) -> int | None:
    """Where the chunk at a place ends; None if there is no whole one with such a name."""
    if len(data) < place + 8 or not name.match(data, place):
        return None
    end = place + 8 + struct.unpack_from("<I", data, place + 4)[0]
    return end + end % 2 if end <= len(data) else None


def plain(samples: bytes, rate_hz: int, channels: int) -> bytes:
    """A WAV file with a header of 44 bytes. samples: int16, interleaved."""
    whole = io.BytesIO()
    with wave.open(whole, "wb") as sound:
        sound.setparams((channels, 2, rate_hz, 0, "NONE", ""))
        sound.writeframes(samples)
    return whole.getvalue()


def duration_s(file: bytes) -> float:
    with wave.open(io.BytesIO(file)) as sound:
        return float(sound.getnframes() / sound.getframerate())
