"""Find and run ffmpeg, and list the streams of its files.

Text of a topic or script is passed as a separate argument or in a file with a fixed name, never as part of a filter.
"""

import contextlib
import functools
import os
import re
import shutil
import subprocess
import tempfile
import threading
import xml.sax.saxutils
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from audio_pipeline.errors import EngineError

_NEEDED = ("libx264", "aac", "mov_text", "ass")  # encoders and filters
_FONTS = "fonts.conf"  # in the working directory of ffmpeg
_CONSEQUENCES = (
    "Error opening output",
    "Error opening input file",
    "Conversion failed",
    "Terminating",
)
_VERSION = re.compile(r"ffmpeg version n?(\d+(?:\.\d+)*)\S*")


@dataclass(frozen=True)
class Program:
    """An installed ffmpeg. version: as it reports it, like (7, 1, 2)."""

    path: str
    version: tuple[int, ...]

    def __str__(self) -> str:
        return "ffmpeg " + ".".join(map(str, self.version))


@dataclass(frozen=True)
class Stream:
    """A stream of a media file.

    kind: video, audio or subtitle; codec: h264, aac, mov_text, mjpeg, …; size: of a video in px ("1280x720");
    packets: their number; length_s: their total length.
    """

    kind: str
    codec: str
    size: str
    packets: int
    length_s: float


@functools.cache
def program() -> Program:
    """Return the ffmpeg of the package imageio-ffmpeg, or the system's if it is newer and has all codecs and filters.

    Raises EngineError: ffmpeg is not installed.
    """
    installed = [program for program in (_packaged(), _system()) if program]
    if not installed:
        raise EngineError(
            "ffmpeg is not installed: run 'make setup', or set video.enabled: false for no videos"
        )
    return max(installed, key=lambda program: program.version)


def run(arguments: Sequence[str], folder: Path, timeout_s: float) -> str:
    """Run ffmpeg in a folder, with the fonts of `with_fonts`, and return its standard output.

    Raises EngineError: with ffmpeg's last message.
    """
    return _run(arguments, folder, timeout_s)[0].decode(errors="replace")


def encode(
    arguments: Sequence[str], folder: Path, pictures: Iterable[bytes], timeout_s: float
) -> None:
    """Run ffmpeg in a folder, with the fonts of `with_fonts`, and write pictures to its standard input.

    Raises EngineError: with ffmpeg's last message.
    """
    with tempfile.TemporaryFile() as log:
        process = _start(
            arguments, folder, "error", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log
        )
        watch = threading.Timer(timeout_s, process.kill)
        watch.start()
        try:
            assert process.stdin
            with contextlib.suppress(BrokenPipeError):  # it has ended, and said why
                for picture in pictures:
                    process.stdin.write(picture)
                process.stdin.close()
            process.wait()
            in_time = watch.is_alive()
        finally:
            watch.cancel()
            process.kill()  # no-op if it has ended
            process.wait()
        log.seek(0)
        _check_end(process, log.read(), None if in_time else timeout_s)


def read(arguments: Sequence[str], timeout_s: float) -> bytes:
    """Run ffmpeg and return its standard output. Raises EngineError."""
    return _run(arguments, Path("/"), timeout_s)[0]


def pieces(arguments: Sequence[str], size: int, timeout_s: float) -> Iterator[bytes]:
    """Run ffmpeg, and yield its standard output in pieces of this size. Raises EngineError: it failed, or is too slow.

    It is ended when the iterator is closed. timeout_s: for all of it, with the time between two pieces.
    """
    with tempfile.TemporaryFile() as log:
        process = _start(
            arguments,
            Path("/"),
            "error",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        watch = threading.Timer(timeout_s, process.kill)
        watch.start()
        try:
            assert process.stdout
            while len(piece := process.stdout.read(size)) == size:
                yield piece
            process.wait()
            log.seek(0)
            _check_end(process, log.read(), None if watch.is_alive() else timeout_s)
        finally:
            watch.cancel()
            process.kill()  # no-op if it has ended
            process.wait()


def with_fonts(folder: Path, fonts: Iterable[Path]) -> None:
    """Add fonts to the system's for runs in a folder: links in `fonts`, and a fontconfig configuration.

    libass looks for fallback fonts through fontconfig alone, not in its own `fontsdir`.
    Source: fontconfig, fonts-conf(5).
    """
    (folder / "fonts").mkdir()
    for number, path in enumerate(fonts):
        (folder / "fonts" / f"{number}{path.suffix}").symlink_to(path)
    system = os.environ.get("FONTCONFIG_FILE", "/etc/fonts/fonts.conf")
    base = xml.sax.saxutils.escape(str(folder.resolve()))
    (folder / _FONTS).write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>'
        f"<cachedir>{base}/cache</cachedir><dir>{base}/fonts</dir>"
        f'<include ignore_missing="yes">{xml.sax.saxutils.escape(system)}</include></fontconfig>',
        encoding="utf-8",
    )


def decode(
    data: bytes, demuxer: str, options: Sequence[str], most_bytes: int, timeout_s: float
) -> bytes:
    """Decode the sound of a service's file to a WAV file of 32-bit floats.

    demuxer: fixed, so that the data cannot choose one (a playlist would name other files); options: of the demuxer,
    like "-ar". ffmpeg may open nothing but standard input, which is the data.
    Raises EngineError: with ffmpeg's message, also for one that does not stop it, or if the WAV file reaches
    most_bytes.
    """
    strict = demuxer != "mp3"  # MP3 often has tags within and at the end, each reported as an error
    with tempfile.TemporaryFile() as file:  # M4A needs seeking, which a pipe does not support
        file.write(data)
        file.seek(0)
        arguments = ["-threads", "1", *(["-xerror"] if strict else [])]
        arguments += ["-protocol_whitelist", "fd", "-f", demuxer, *options, "-i", "fd:"]
        arguments += ["-map", "0:a:0", "-map_metadata", "-1", "-fflags", "+bitexact"]
        arguments += ["-c:a", "pcm_f32le", "-fs", str(most_bytes), "-f", "wav", "pipe:1"]
        level = "error" if strict else "fatal"
        sound, log = _run(arguments, Path("/"), timeout_s, level=level, stdin=file)
    if len(sound) >= most_bytes:
        raise EngineError(f"ffmpeg decoded more than {most_bytes // 2**20} MB of sound")
    if log.strip():
        raise EngineError(f"ffmpeg reported: {_message(log)}")
    return sound


def decode_file(
    source: IO[bytes],
    sound: IO[bytes],
    demuxers: str,
    options: Sequence[str],
    longest_s: float,
    start_s: float = 0.0,
) -> None:
    """Decode the first sound of a file, at most longest_s of it from start_s on, to raw 16-bit PCM.

    demuxers: those allowed, separated by commas, of which ffmpeg chooses by the content; options: of the sound that is
    written, like "-ar". Faults that a player would pass over are ignored. ffmpeg may open nothing but the file.
    Raises EngineError: with ffmpeg's message, or if it takes longer than the sound lasts.
    """
    arguments = ["-threads", "1", "-protocol_whitelist", "fd", "-format_whitelist", demuxers]
    arguments += ["-ss", f"{start_s:.3f}"] if start_s else []
    arguments += ["-i", "fd:", "-map", "0:a:0?", "-t", f"{longest_s:.3f}", *options]
    arguments += ["-c:a", "pcm_s16le", "-f", "s16le", "pipe:1"]
    _run(arguments, Path("/"), 60 + longest_s, stdin=source, stdout=sound)


def missing_glyphs(subtitles: str, folder: Path) -> str:
    """Return the characters of an ASS file that neither the fonts of `with_fonts` nor the system's have.

    subtitles: its name in the folder; only its first frame is checked. libass reports them in its log.
    """
    arguments = ["-f", "lavfi", "-i", "color=size=64x64:rate=25:duration=0.04"]
    arguments += ["-vf", f"ass={subtitles}:fontsdir=fonts", "-f", "null", "-"]
    _, log = _run(arguments, folder, timeout_s=60, level="verbose")
    codes = re.findall(rb"any fallback with glyph 0x([0-9A-Fa-f]{1,6})", log)
    characters = dict.fromkeys(chr(int(code, 16)) for code in codes)
    return "".join(character for character in characters if not character.isspace())


def _run(
    arguments: Sequence[str],
    folder: Path,
    timeout_s: float,
    *,
    level: str = "error",
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    stdout: IO[bytes] | int = subprocess.PIPE,
) -> tuple[bytes, bytes]:
    """Run ffmpeg in a folder and return its standard output and standard error. Raises EngineError.

    stdout: the file for the output, if it is not returned.
    """
    process = _start(arguments, folder, level, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)
    output, log, late_s = b"", b"", None
    try:
        output, log = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        late_s = timeout_s
    finally:
        process.kill()  # no-op if it has ended
        process.wait()
    _check_end(process, log, late_s)
    return output, log


def _start(
    arguments: Sequence[str], folder: Path, level: str, **streams: IO[bytes] | int
) -> "subprocess.Popen[bytes]":
    # The language model's threads wait for each other, so one core taken from them slows all of them down.
    nice = ["nice", "-n", "10"] if shutil.which("nice") else []
    command = [*nice, program().path, "-nostdin", "-hide_banner", "-v", level, *arguments]
    fonts = folder.resolve() / _FONTS
    environment = {**os.environ, "FONTCONFIG_FILE": str(fonts)} if fonts.exists() else None
    return subprocess.Popen(command, cwd=folder, env=environment, **streams)  # type: ignore[call-overload,no-any-return]


def _check_end(process: "subprocess.Popen[bytes]", log: bytes, late_s: float | None) -> None:
    """Raise EngineError if ffmpeg failed. late_s: seconds after which it was killed, or None."""
    if late_s is not None:
        raise EngineError(f"ffmpeg did not finish within {late_s:.0f} s; is the machine busy?")
    if process.returncode:
        raise EngineError(f"ffmpeg failed with exit code {process.returncode}: {_message(log)}")


def _message(log: bytes) -> str:
    """Return the last message that names a cause; those after it only report that there is no output."""
    lines = [
        re.sub(r"^(\[[^]]*\] )+", "", line) for line in log.decode(errors="replace").splitlines()
    ]
    causes = [line for line in lines if line.strip() and not line.startswith(_CONSEQUENCES)]
    return causes[-1][:300] if causes else "no message"


def streams(name: str, folder: Path) -> list[Stream]:
    """List the streams of a file in the folder, reading every packet. Raises EngineError: it cannot be read.

    Source: ffmpeg's muxer framecrc: lines like "#codec_id 0: h264", and "stream, dts, pts, duration, size, crc".
    """
    listing = run(
        ["-i", name, "-map", "0", "-c", "copy", "-f", "framecrc", "-"], folder, timeout_s=600
    )
    headers: dict[tuple[str, int], str] = {}
    packets: dict[int, list[int]] = {}
    for line in listing.splitlines():
        if header := re.match(r"#(\w+) (\d+): (.+)", line):
            headers[header[1], int(header[2])] = header[3].strip()
        elif line and not line.startswith("#"):
            fields = line.split(",")
            packets.setdefault(int(fields[0]), []).append(int(fields[3]))
    result = []
    for number in sorted(number for name, number in headers if name == "tb"):
        numerator, denominator = map(int, headers["tb", number].split("/"))
        lengths = packets.get(number, [])
        result.append(
            Stream(
                headers.get(("media_type", number), ""),
                headers.get(("codec_id", number), ""),
                headers.get(("dimensions", number), ""),
                len(lengths),
                sum(lengths) * numerator / denominator,
            )
        )
    return result


def _packaged() -> Program | None:
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return _probe(get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        return None


def _system() -> Program | None:
    path = shutil.which("ffmpeg")
    program = _probe(path) if path else None
    return program if program and _is_complete(program) else None


def _probe(path: str) -> Program | None:
    version = _VERSION.match(_output(path, "-version"))
    return Program(path, tuple(map(int, version[1].split(".")))) if version else None


def _is_complete(program: Program) -> bool:
    names = set((_output(program.path, "-encoders") + _output(program.path, "-filters")).split())
    return names.issuperset(_NEEDED)


def _output(path: str, option: str) -> str:
    try:
        process = subprocess.run([path, "-hide_banner", option], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return process.stdout.decode(errors="replace")
