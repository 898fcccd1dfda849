"""WAV files: parse them without trusting their headers, and write them with a plain one.

Source: IBM and Microsoft, Multimedia Programming Interface and Data Specifications 1.0, "Waveform Audio File Format";
for the extensible form: Microsoft, mmreg.h, WAVEFORMATEXTENSIBLE; for RF64: EBU Tech 3306. The standard library's
`wave` silently drops an odd byte at the end.
"""

import io
import re
import struct
import wave
from dataclasses import dataclass

_PCM, _EXTENSIBLE = 1, 0xFFFE
HEADER_BYTES = 44  # of the files that are written here
# Bytes: servers that stream with an unknown length write such a large number: 0xFFFFFFFF (ffmpeg), 0x7FFFF000 (sox),
# 2,000,000,000 (pocket-tts). Others write 0.
_UNKNOWN_LENGTH = 10**9
MOST_BYTES = 2**32 - 2**20  # the limit of a WAV file: 27 hours at 22,050 Hz, mono
_MOST_CHUNKS = 1000
_MOST_BEHIND = 1024  # bytes after the sound that are neither chunks nor more sound
_MOST_PADDING = 8  # bytes after the last chunk
BEGIN = re.compile(rb"(?:RIFF|RF64|BW64).{4}WAVE", re.DOTALL)
# Chunks after the sound: LIST (ffmpeg's name, titles), and others of the specifications and of common programs.
_KNOWN_CHUNK = re.compile(
    rb"LIST|id3 |ID3 |fact|cue |PEAK|bext|JUNK|junk|PAD |smpl|inst|iXML|_PMX|DISP|afsp|chna|axml"
)
_ANY_CHUNK = re.compile(rb"[ -~]{4}")
_LONGEST_TRAILER = 2**20  # bytes


@dataclass(frozen=True)
class Sound:
    """The sound of a WAV file. coding: 1 is PCM; samples: raw bytes, interleaved; announced: their size by the header.

    behind: number of bytes after them that are no chunks; frame: bytes per sample of all channels, by the header.
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
    def has_excess(self) -> bool:
        """True if there is more sound, or other data, than the header announces."""
        return self.behind > _MOST_BEHIND


def parse(data: bytes) -> Sound:
    """Parse a RIFF file. Raises ValueError: it is no valid WAV file."""
    if not BEGIN.match(data):
        raise ValueError(f"begins with {data[:12]!r}; expected a WAV file (RIFF … WAVE)")
    coding, offset = None, 12
    channels = rate_hz = frame = bits = 0
    for _ in range(_MOST_CHUNKS):
        if offset + 8 > len(data):
            raise ValueError("is a WAV file without sound; it may be cut off")
        name, size = struct.unpack_from("<4sI", data, offset)
        offset += 8
        if name == b"fmt " and 16 <= size <= len(data) - offset:
            coding, channels, rate_hz, _, frame, bits = struct.unpack_from("<HHIIHH", data, offset)
            if coding == _EXTENSIBLE and size >= 26:
                (coding,) = struct.unpack_from("<H", data, offset + 24)
        elif name == b"data" and coding is not None:
            length, behind = _length(data, offset, size)
            samples = data[offset : offset + length]
            return Sound(coding, channels, rate_hz, bits, samples, size, behind, frame)
        offset += size + size % 2
    raise ValueError(f"has more than {_MOST_CHUNKS} chunks before its sound")


def _length(data: bytes, offset: int, size: int) -> tuple[int, int]:
    """Return the number of bytes of samples from `offset`, and of bytes after them that are no chunks.

    size: the number of bytes by the header.
    """
    rest = len(data) - offset
    if not 0 < size < _UNKNOWN_LENGTH:
        return _trailer(data, offset) - offset, 0
    end = offset + size + size % 2
    for _ in range(_MOST_CHUNKS):
        following = _next_chunk(data, end, _ANY_CHUNK)
        if following is None:
            break
        end = following
    return min(size, rest), max(0, len(data) - end)


def _trailer(data: bytes, offset: int) -> int:
    """Return the position where the trailing chunks begin, or the end of the data if there are none."""
    seen: set[int] = set()  # keeps the search linear
    for match in _KNOWN_CHUNK.finditer(data, max(offset, len(data) - _LONGEST_TRAILER)):
        begin = end = match.start()
        while end not in seen:
            seen.add(end)
            end = _next_chunk(data, end, _KNOWN_CHUNK) or end
        if begin < end >= len(data) - _MOST_PADDING:
            return begin
    return len(data)


def _next_chunk(data: bytes, offset: int, name: re.Pattern[bytes]) -> int | None:
    """Return the end of the chunk at `offset`. Returns None if there is no complete one with such a name."""
    if len(data) < offset + 8 or not name.match(data, offset):
        return None
    end = offset + 8 + struct.unpack_from("<I", data, offset + 4)[0]
    return end + end % 2 if end <= len(data) else None


def header(size: int, rate_hz: int, channels: int) -> bytes:
    """Return the first HEADER_BYTES of a WAV file. size: number of bytes of its samples, int16."""
    sound = struct.pack(
        "<HHIIHH", _PCM, channels, rate_hz, 2 * channels * rate_hz, 2 * channels, 16
    )
    return (
        struct.pack("<4sI8sI", b"RIFF", 36 + size, b"WAVEfmt ", len(sound))
        + sound
        + struct.pack("<4sI", b"data", size)
    )


def plain(samples: bytes, rate_hz: int, channels: int) -> bytes:
    """Return a WAV file. samples: int16, interleaved."""
    return header(len(samples), rate_hz, channels) + samples


def duration_s(file: bytes) -> float:
    """Return the length of a plain WAV file."""
    with wave.open(io.BytesIO(file)) as sound:
        return float(sound.getnframes() / sound.getframerate())
