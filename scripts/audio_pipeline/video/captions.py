"""Subtitle files: SubRip (.srt), and derived from it WebVTT (.vtt) and Advanced SubStation Alpha (.ass, to burn in).

The .srt is the file that users edit. Its text is never markup, neither here nor for a player.
Sources: SubRip has no specification (the forms that VLC, mpv and ffmpeg read); W3C, WebVTT, Candidate Recommendation of
2019-04-04, "WebVTT file structure" and "cue text"; libass, ass.c and wiki "ASS File Format Guide".
"""

import re
import unicodedata
from collections.abc import Iterable

from audio_pipeline.errors import InputError
from audio_pipeline.video.cues import Cue

_TIMES = re.compile(r"\s*(\d+):(\d\d):(\d\d)[,.](\d{3})\s*-->\s*(\d+):(\d\d):(\d\d)[,.](\d{3})")
# U+202A to U+202E, U+2066 to U+2069: split between cues, they would change the direction of all following text.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_WORD_JOINER = "\u2060"  # invisible; it keeps a backslash from forming a code with the next letter


def clean(text: str) -> str:
    """Remove characters that confuse players: control characters, directions, lone surrogates."""
    text = _DIRECTIONS.sub("", text)
    kinds = {"Cc": " ", "Cs": "", "Zl": " ", "Zp": "\n\n"}
    return "".join(
        character if character == "\n" else kinds.get(unicodedata.category(character), character)
        for character in text
    ).replace("\ufeff", "")


def srt(cues: Iterable[Cue]) -> str:
    """Format a SubRip file. It has no escapes, so that markup is replaced by similar characters: ‹b›, (…), →."""
    blocks = (
        f"{number}\n{_time(cue.begin_s, ',')} --> {_time(cue.end_s, ',')}\n"
        + "".join(f"{_without_markup(line)}\n" for line in cue.lines)
        for number, cue in enumerate(cues, start=1)
    )
    return "\n".join(blocks)


def vtt(cues: Iterable[Cue]) -> str:
    """Format a WebVTT file."""
    blocks = (
        f"\n{_time(cue.begin_s, '.')} --> {_time(cue.end_s, '.')}\n"
        + "".join(f"{_escaped(line)}\n" for line in cue.lines)
        for cue in cues
    )
    return "WEBVTT\n" + "".join(blocks)


def ass(cues: Iterable[Cue], *, width_px: int, height_px: int, size_px: float, foot_px: int) -> str:
    """Format an .ass file. size_px: font size (em); foot_px: distance of the last line to the lower edge."""
    style = {
        "Name": "Default", "Fontname": "Noto Sans", "Fontsize": round(1.36 * size_px, 1),
        "PrimaryColour": "&H00FFFFFF", "OutlineColour": "&H30000000", "BackColour": "&H80000000",
        "BorderStyle": 1, "Outline": round(size_px / 14, 1), "Shadow": round(size_px / 28, 1),
        "Alignment": 2, "MarginL": width_px // 20, "MarginR": width_px // 20, "MarginV": foot_px, "Encoding": -1,
    }  # fmt: skip
    head = [
        "[Script Info]", "ScriptType: v4.00+", "WrapStyle: 0", "ScaledBorderAndShadow: yes",
        f"PlayResX: {width_px}", f"PlayResY: {height_px}", "",
        "[V4+ Styles]", f"Format: {', '.join(style)}", f"Style: {','.join(map(str, style.values()))}", "",
        "[Events]", "Format: Start, End, Style, Text",
    ]  # fmt: skip
    events = (
        f"Dialogue: {_centiseconds(cue.begin_s)},{_centiseconds(cue.end_s)},Default,"
        + r"\N".join(map(without_codes, cue.lines))
        for cue in cues
    )
    return "\n".join([*head, *events]) + "\n"


def without_codes(line: str) -> str:
    """Escape the codes of ffmpeg and libass."""
    return re.sub(rf"\\(?!{_WORD_JOINER})", rf"\\{_WORD_JOINER}", _without_markup(line))


def parse(text: str, name: str) -> list[Cue]:
    """Parse an .srt file, which a user may have edited. name: for messages. Raises InputError: invalid cues."""
    cues: list[Cue] = []
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for number, block in enumerate(re.split(r"\n\s*\n", text.strip("\n")), start=1):
        lines = [line for line in block.split("\n") if line.strip()]
        position = next((at for at, line in enumerate(lines[:2]) if _TIMES.match(line)), None)
        if position is None:
            if not lines:
                continue
            raise InputError(
                f"{name}: cue {number} has no line like 00:00:01,000 --> 00:00:03,500 but {lines[0][:40]!r}; "
                "fix it, or delete the file to make it again"
            )
        begin_s, end_s = _seconds(lines[position])
        if (cues and begin_s < cues[-1].begin_s) or end_s < begin_s:
            raise InputError(
                f"{name}: cue {number} begins or ends too early ({lines[position].strip()}); fix its times"
            )
        shown = tuple(clean(line).strip() for line in lines[position + 1 :])
        cues.append(Cue(begin_s, end_s, shown))
    return cues


def _without_markup(line: str) -> str:
    line = re.sub(r"<(?=[^\W\d_]|[/!?])([^<>]*)>", r"‹\1›", line)
    line = re.sub(r"<(?=[^\W\d_]|[/!?])", "‹", line)
    return line.replace("-->", "→").replace("{", "(").replace("}", ")")


def _escaped(line: str) -> str:
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _time(seconds: float, point: str) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{thousandths:03}"


def _centiseconds(seconds: float) -> str:
    whole, hundredths = divmod(round(seconds * 100), 100)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}.{hundredths:02}"


def _seconds(line: str) -> tuple[float, float]:
    times = _TIMES.match(line)
    assert times, line
    values = [int(value) for value in times.groups()]
    begin_s, end_s = (3600 * h + 60 * m + s + t / 1000 for h, m, s, t in (values[:4], values[4:]))
    return begin_s, end_s
