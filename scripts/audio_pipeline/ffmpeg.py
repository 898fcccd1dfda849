"""ffmpeg: which one is used, how it is run, and what is in a file that it made.

Text of a topic or a script is an argument of its own, or in a file with a name of ours; never part of a filter.
"""

import functools
import os
import re
import shutil
import subprocess
import tempfile
import xml.sax.saxutils
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from audio_pipeline.errors import EngineError

_NEEDED = ("libx264", "aac", "mov_text", "perspective", "ass")  # encoders and filters
_FONTS = "fonts.conf"  # in the folder that it runs in
_CONSEQUENCES = (
    "Error opening output",
    "Error opening input file",
    "Conversion failed",
    "Terminating",
)
_VERSION = re.compile(r"ffmpeg version n?(\d+(?:\.\d+)*)\S*")


@dataclass(frozen=True)
class Program:
    """path: of the program; version: as it names itself, like (7, 1, 2)."""

    path: str
    version: tuple[int, ...]

    def __str__(self) -> str:
        return "ffmpeg " + ".".join(map(str, self.version))


@dataclass(frozen=True)
class Stream:
    """kind: video, audio or subtitle; codec: h264, aac, mov_text, mjpeg, …; size: in px, of a video ("1280x720");
    packets: how many; length_s: all of them together.
    """

    kind: str
    codec: str
    size: str
    packets: int
    length_s: float


@functools.cache
def program() -> Program:
    """The one of the package imageio-ffmpeg, or the system's if that is newer and can do all that is needed.

    Raises EngineError: there is none.
    """
    found = [one for one in (_packaged(), _system()) if one]
    if not found:
        raise EngineError(
            "ffmpeg is not installed: run 'make setup', or set video.enabled: false for no videos"
        )
    return max(found, key=lambda one: one.version)


def run(arguments: Sequence[str], folder: Path, timeout_s: float) -> str:
    """Run it in a folder, with the fonts of `with_fonts`; what it wrote on standard output.

    Raises EngineError: with its last message.
    """
    return _finished(arguments, folder, timeout_s)[0].decode(errors="replace")


def with_fonts(folder: Path, fonts: Iterable[Path]) -> None:
    """Add fonts to those of the system, for the runs in a folder: links in `fonts`, and a configuration of fontconfig.

    For a sign that its font lacks, libass asks fontconfig alone: the folder that it is given itself does not count.
    Source: fontconfig, fonts-conf(5).
    """
    (folder / "fonts").mkdir()
    for number, path in enumerate(fonts):
        (folder / "fonts" / f"{number}{path.suffix}").symlink_to(path)
    system = os.environ.get("FONTCONFIG_FILE", "/etc/fonts/fonts.conf")
    where = xml.sax.saxutils.escape(str(folder.resolve()))
    (folder / _FONTS).write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>'
        f"<cachedir>{where}/cache</cachedir><dir>{where}/fonts</dir>"
        f'<include ignore_missing="yes">{xml.sax.saxutils.escape(system)}</include></fontconfig>',
        encoding="utf-8",
    )


def decode(
    data: bytes, demuxer: str, options: Sequence[str], most_bytes: int, timeout_s: float
) -> bytes:
    """Decode the sound of a file that a service sent, to a WAV file of 32-bit floats.

    demuxer: named by us, so that the data cannot choose one (a playlist would name other files); options: its own, like
    "-ar". The data is standard input, the only thing that ffmpeg may open.
    Raises EngineError: with ffmpeg's message, also if it complains and goes on, or if the WAV file reaches most_bytes.
    """
    strict = demuxer != "mp3"  # there, tags in between and behind are usual, and a complaint each
    with tempfile.TemporaryFile() as file:  # M4A is read back and forth, which a pipe cannot
        file.write(data)
        file.seek(0)
        arguments = ["-threads", "1", *(["-xerror"] if strict else [])]
        arguments += ["-protocol_whitelist", "fd", "-f", demuxer, *options, "-i", "fd:"]
        arguments += ["-map", "0:a:0", "-map_metadata", "-1", "-fflags", "+bitexact"]
        arguments += ["-c:a", "pcm_f32le", "-fs", str(most_bytes), "-f", "wav", "pipe:1"]
        level = "error" if strict else "fatal"
        made, said = _finished(arguments, Path("/"), timeout_s, level=level, stdin=file)
    if len(made) >= most_bytes:
        raise EngineError(f"ffmpeg decoded more than {most_bytes // 2**20} MB of sound")
    if said.strip():
        raise EngineError(f"ffmpeg said: {_message(said)}")
    return made


def missing_glyphs(subtitles: str, folder: Path) -> str:
    """The characters of an ASS file for which there is no font, neither of `with_fonts` nor of the system.

    subtitles: its name in the folder; what is shown in the first moment is looked at. libass says it in its log.
    """
    arguments = ["-f", "lavfi", "-i", "color=size=64x64:rate=25:duration=0.04"]
    arguments += ["-vf", f"ass={subtitles}:fontsdir=fonts", "-f", "null", "-"]
    _, said = _finished(arguments, folder, timeout_s=60, level="verbose")
    found = re.findall(rb"any fallback with glyph 0x([0-9A-Fa-f]{1,6})", said)
    characters = dict.fromkeys(chr(int(number, 16)) for number in found)
    return "".join(one for one in characters if not one.isspace())


def _finished(
    arguments: Sequence[str],
    folder: Path,
    timeout_s: float,
    *,
    level: str = "error",
    stdin: IO[bytes] | int = subprocess.DEVNULL,
) -> tuple[bytes, bytes]:
    """Run it in a folder; what it wrote on standard output and on standard error. Raises EngineError."""
    # It would take the cores that the language model's threads wait for each other on.
    last = ["nice", "-n", "10"] if shutil.which("nice") else []
    command = [*last, program().path, "-nostdin", "-hide_banner", "-v", level, *arguments]
    fonts = folder.resolve() / _FONTS
    environment = {**os.environ, "FONTCONFIG_FILE": str(fonts)} if fonts.exists() else None
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    try:
        output, said = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise EngineError(
            f"ffmpeg was not done after {timeout_s:.0f} s; is the machine busy?"
        ) from None
    finally:
        process.kill()  # nothing, if it has ended
        process.wait()
    if process.returncode:
        raise EngineError(
            f"ffmpeg ended with exit code {process.returncode} and said: {_message(said)}"
        )
    return output, said


def _message(said: bytes) -> str:
    """Its last message that is about a cause; the very last ones only tell that there is no output."""
    lines = [
        re.sub(r"^(\[[^]]*\] )+", "", line) for line in said.decode(errors="replace").splitlines()
    ]
    causes = [line for line in lines if line.strip() and not line.startswith(_CONSEQUENCES)]
    return causes[-1][:300] if causes else "nothing"


def streams(name: str, folder: Path) -> list[Stream]:
    """What is in a file of the folder, each packet read. Raises EngineError: it cannot be read.

    Source: ffmpeg's muxer framecrc: lines like "#codec_id 0: h264", and "stream, dts, pts, duration, size, crc".
    """
    told = run(
        ["-i", name, "-map", "0", "-c", "copy", "-f", "framecrc", "-"], folder, timeout_s=600
    )
    about: dict[tuple[str, int], str] = {}
    packets: dict[int, list[int]] = {}
    for line in told.splitlines():
        if header := re.match(r"#(\w+) (\d+): (.+)", line):
            about[header[1], int(header[2])] = header[3].strip()
        elif line and not line.startswith("#"):
            fields = line.split(",")
            packets.setdefault(int(fields[0]), []).append(int(fields[3]))
    found = []
    for number in sorted(number for name, number in about if name == "tb"):
        over, under = map(int, about["tb", number].split("/"))
        lengths = packets.get(number, [])
        found.append(
            Stream(
                about.get(("media_type", number), ""),
                about.get(("codec_id", number), ""),
                about.get(("dimensions", number), ""),
                len(lengths),
                sum(lengths) * over / under,
            )
        )
    return found


def _packaged() -> Program | None:
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return _asked(get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        return None


def _system() -> Program | None:
    found = shutil.which("ffmpeg")
    one = _asked(found) if found else None
    return one if one and _can_do_all(one) else None


def _asked(path: str) -> Program | None:
    version = _VERSION.match(_said(path, "-version"))
    return Program(path, tuple(map(int, version[1].split(".")))) if version else None


def _can_do_all(one: Program) -> bool:
    names = set((_said(one.path, "-encoders") + _said(one.path, "-filters")).split())
    return names.issuperset(_NEEDED)


def _said(path: str, option: str) -> str:
    try:
        done = subprocess.run([path, "-hide_banner", option], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace")
