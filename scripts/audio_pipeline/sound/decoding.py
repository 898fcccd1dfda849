"""Conversion of a service's sound to a plain WAV file with 16-bit PCM.

Services send WAV in every sample format, with wrong lengths, as several concatenated files, and compressed sound where
WAV was requested. Anything but 16-bit PCM is decoded by ffmpeg, with an explicit format.

Sources: ISO/IEC 11172-3 and 13818-7 (the first bytes of MP3 and ADTS frames); id3.org, ID3v2.4.0 (3.1); RFC 3533
and 7845 (Ogg, Opus); RFC 9639 (FLAC); ISO/IEC 14496-12 (ftyp); RFC 8794 (EBML); Apple, AIFF-C 1991. Codings: RFC 2361.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from audio_pipeline.errors import BadAnswer, EngineError
from audio_pipeline.sound import resampling, wav

if TYPE_CHECKING:
    import numpy as np

_MOST_FILES = 1000  # concatenated in an answer
_MOST_TAGS = 10  # before the sound
_MOST_BYTES = 256 * 2**20  # of 32-bit floats: 46 minutes at 24,000 Hz, mono
_LONGEST_S = 120  # timeout of ffmpeg
_HEADER = 100  # bytes of a WAV file besides its samples
_HIGHEST = 65536.0  # full scale may be 32768 instead of 1; larger floats are no sound

# (coding, bits) of WAV → ffmpeg's demuxer for the samples, and the format's name.
_CODINGS = {
    (1, 16): ("s16le", "WAV"),
    (1, 8): ("u8", "8-bit WAV"),
    (1, 24): ("s24le", "24-bit WAV"),
    (1, 32): ("s32le", "32-bit WAV"),
    (3, 32): ("f32le", "32-bit float WAV"),
    (3, 64): ("f64le", "64-bit float WAV"),
    (6, 8): ("alaw", "A-law WAV"),
    (7, 8): ("mulaw", "µ-law WAV"),
}


@dataclass(frozen=True)
class _Format:
    """A file format. demuxer: ffmpeg's; begin: the first bytes; stream: True if these do not separate several files."""

    name: str
    demuxer: str
    begin: re.Pattern[bytes]
    stream: bool = False


_WAV = _Format("WAV", "", wav.BEGIN)
_FORMATS = (
    _WAV,
    _Format("big-endian WAV", "wav", re.compile(rb"RIFX.{4}WAVE", re.DOTALL)),
    _Format("AIFF", "aiff", re.compile(rb"FORM.{4}AIF[FC]", re.DOTALL)),
    _Format("FLAC", "flac", re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")),
    _Format(
        "Ogg",
        "ogg",
        re.compile(rb"OggS\x00\x02.{20}\x01.(?:OpusHead|\x01vorbis|\x7fFLAC|Speex   )", re.DOTALL),
    ),
    _Format("M4A", "mov", re.compile(rb"\x00\x00\x00[\x08-\x80]ftyp")),
    _Format("WebM", "matroska", re.compile(rb"\x1aE\xdf\xa3.{1,8}?\x42\x86\x81\x01", re.DOTALL)),
    _Format("AAC", "aac", re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"), stream=True),
    _Format("MP3", "mp3", re.compile(rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb]"), stream=True),
)
_NAMES = ", ".join(dict.fromkeys(known.name for known in _FORMATS if "WAV" not in known.name))
_ID3 = re.compile(rb"ID3[\x02-\x04][\x00-\xfe]([\x00-\xff])([\x00-\x7f]{4})", re.DOTALL)


def decoded(data: bytes) -> tuple[bytes, str]:
    """Return the sound as a plain WAV file (16-bit PCM), and its original format: "WAV", "24-bit WAV", "MP3", …

    Concatenated files are joined, with the rate and channels of the first.
    Raises BadAnswer: unreadable, empty, cut off or of an odd length; EngineError: ffmpeg is not installed.
    """
    format_, data = _detect(data)
    sounds, names, rest, size = [], [], len(data), 0
    for file in _files(format_, data):
        rest -= len(file)
        sound, name = _read_wav(file, rest) if format_ is _WAV else _read_other(format_, file)
        size += len(sound.samples)
        if size > _MOST_BYTES:
            raise BadAnswer(f"the sound has more than {_MOST_BYTES // 2**20} MB; expected far less")
        sounds.append(sound)
        names.append(name)
    if not size:
        raise BadAnswer(f"the sound has 0 of {sounds[0].announced} bytes; expected all of it")
    sounds = [sound for sound in sounds if sound.samples]
    first, samples = sounds[0], sounds[0].samples
    if len(sounds) > 1:
        converted = (resampling.alike(sound, first.rate_hz, first.channels) for sound in sounds)
        samples = b"".join(part.tobytes() for part in converted)
        names.insert(0, f"{len(sounds)} files")
    return wav.plain(samples, first.rate_hz, first.channels), ", ".join(dict.fromkeys(names))


def _detect(data: bytes) -> tuple[_Format, bytes]:
    """Detect the format by the first bytes; return it and the data without leading ID3 tags (MP3, AAC)."""
    start = 0
    for _ in range(_MOST_TAGS):
        tag = _ID3.match(data, start)
        if not tag:
            break
        size = sum(part << shift for part, shift in zip(tag[2], (21, 14, 7, 0), strict=True))
        start += 10 + size + 10 * bool(tag[1][0] & 0x10)  # a footer
    for format_ in _FORMATS:
        if format_.begin.match(data, start):
            return format_, data[start:]
    raise BadAnswer(
        f"the sound begins with {data[:12]!r}; expected a WAV file (RIFF … WAVE), or {_NAMES}"
    )


def _files(format_: _Format, data: bytes) -> list[bytes]:
    """Split an answer into its concatenated files. Raises BadAnswer: too many."""
    # Almost every answer is a single WAV file, which `in` sees in a hundredth of the time of the pattern.
    if format_.stream or (format_ is _WAV and data.find(b"WAVE", 12) < 0):
        return [data]
    begins = [
        match.start() for match in itertools.islice(format_.begin.finditer(data), _MOST_FILES + 1)
    ]
    if len(begins) > _MOST_FILES:
        raise BadAnswer(f"the sound came as more than {_MOST_FILES} files; expected one")
    return [data[a:b] for a, b in itertools.pairwise([*begins, len(data)])]


def _read_wav(data: bytes, rest: int) -> tuple[wav.Sound, str]:
    """Return the sound of a WAV file, whose header may count all files. rest: bytes of the files after it."""
    try:
        sound = wav.parse(data)
    except ValueError as error:
        raise BadAnswer(f"the sound {error}") from None
    if (sound.coding, sound.bits) not in _CODINGS:
        raise BadAnswer(
            f"the sound has {sound.bits} bits in coding {sound.coding}; expected PCM (1) of 8, 16, 24 or 32 bits, "
            "floats (3), A-law (6) or µ-law (7)"
        )
    _check_format(sound)
    size = len(sound.samples)
    if sound.cut_off and not -_HEADER <= sound.announced - size - rest <= 0:
        raise BadAnswer(f"the sound has {size} of {sound.announced} bytes; expected all of it")
    _check_samples(sound)
    demuxer, name = _CODINGS[sound.coding, sound.bits]
    if demuxer == "s16le" or not size:
        return sound, name
    options = ("-ar", str(sound.rate_hz), "-ac", str(sound.channels))
    return _decode(sound.samples, demuxer, options, name), name


def _check_samples(sound: wav.Sound) -> None:
    frame = sound.bits // 8 * sound.channels
    if sound.has_excess:
        raise BadAnswer(
            f"the sound goes on for {sound.behind} bytes after the {sound.announced} that its header announces; "
            "expected its full length, or 0xFFFFFFFF"
        )
    if sound.bits != 16 and sound.frame != frame:  # a server that sends 16 bits with a wrong header
        raise BadAnswer(
            f"the sound has {sound.bits} bits and {sound.channels} channels, but {sound.frame} bytes per frame; "
            f"expected {frame}"
        )
    if len(sound.samples) % frame:
        raise BadAnswer(
            f"the sound has {len(sound.samples)} bytes, not a whole number of samples: after the odd byte there is "
            "only noise; start Piper with a --sentence-silence of 0, 0.1, 0.2 or 0.5"
        )


def _read_other(format_: _Format, data: bytes) -> tuple[wav.Sound, str]:
    sound = _decode(data, format_.demuxer, (), format_.name)
    _check_format(sound)
    return sound, format_.name


def _check_format(sound: wav.Sound) -> None:
    if not 8000 <= sound.rate_hz <= 384_000 or sound.channels not in (1, 2):
        raise BadAnswer(
            f"the sound has {sound.rate_hz} Hz, {sound.channels} channels; "
            "expected 8000 to 384000 Hz, 1 or 2 channels"
        )


def _decode(data: bytes, demuxer: str, options: Sequence[str], name: str) -> wav.Sound:
    """Decode data with ffmpeg to 16-bit PCM."""
    from audio_pipeline import ffmpeg

    try:
        ffmpeg.program()
    except EngineError:
        raise EngineError(
            f"the sound came as {name}, and ffmpeg, which is needed to decode it, is not installed: run 'make setup', "
            "or set the server to send WAV with 16-bit PCM"
        ) from None
    try:
        sound = wav.parse(ffmpeg.decode(data, demuxer, options, _MOST_BYTES, _LONGEST_S))
    except (EngineError, ValueError) as error:
        raise BadAnswer(f"the sound came as {name} and cannot be decoded: {error}") from None
    samples = _to_int16(sound.samples).tobytes()
    return replace(sound, coding=1, bits=16, samples=samples, announced=0)


def _to_int16(samples: bytes) -> "np.ndarray":
    """Convert floats to 16-bit integers, scaling them down if they exceed full scale, to avoid clipping."""
    import numpy as np

    values = np.frombuffer(samples[: len(samples) // 4 * 4], "<f4")
    highest = float(np.abs(values).max(initial=0.0))
    if not highest <= _HIGHEST:  # or NaN
        raise BadAnswer(f"the sound has a sample of {highest:g}; expected -1 to 1")
    scaled = np.rint(values * np.float32(32768 / max(1.0, highest)))
    return scaled.clip(-32768, 32767).astype("<i2")
