"""Subtitle files: SubRip (.srt), and derived from it WebVTT (.vtt) and Advanced SubStation Alpha (.ass, to burn in).

The .srt is the file that users edit. Its text is never markup, neither here nor for a player.
Sources: SubRip has no specification (the forms that VLC, mpv and ffmpeg read); W3C, WebVTT, Candidate Recommendation of
2019-04-04, "WebVTT file structure" and "cue text"; libass, ass.c and wiki "ASS File Format Guide".
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from audio_pipeline.errors import InputError
from audio_pipeline.text.unspaced import TOKEN
from audio_pipeline.video.cues import Cue

if TYPE_CHECKING:
    from audio_pipeline.sound.alignment import Word

_TIMES = re.compile(r"\s*(\d+):(\d\d):(\d\d)[,.](\d{3})\s*-->\s*(\d+):(\d\d):(\d\d)[,.](\d{3})")
# U+202A to U+202E, U+2066 to U+2069: split between cues, they would change the direction of all following text.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LIT, _UNLIT = r"{\c&H4FD8FF&}", r"{\c&HFFFFFF&}"  # amber, white: blue, green and red
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


@dataclass(frozen=True)
class Typography:
    """Size of the frame and of the type in pixels. foot_px: distance of the last line to the lower edge."""

    width_px: int
    height_px: int
    size_px: float
    foot_px: int


def ass(cues: Iterable[Cue], typography: Typography) -> str:
    """Format an .ass file."""
    events = ((cue.begin_s, cue.end_s, list(map(without_codes, cue.lines))) for cue in cues)
    return _ass(events, typography)


def ass_by_word(cues: Iterable[Cue], words: "Sequence[Word]", typography: Typography) -> str:
    """Format an .ass file in which the word that is said is lit. words: in order, with their times."""
    return _ass(_events_by_word(cues, words), typography)


def _events_by_word(
    cues: Iterable[Cue], words: "Sequence[Word]"
) -> Iterator[tuple[float, float, list[str]]]:
    """Yield begin, end and lines for each word of each cue."""
    for cue in cues:
        tokens = [TOKEN.findall(line) for line in map(without_codes, cue.lines)]
        begins = _begins_s(cue, [token for line in tokens for token in line], words)
        number = 0
        for row, line in enumerate(tokens):
            for column in range(len(line)):
                lit = [
                    *line[:column],
                    f"{_LIT}{line[column].rstrip()}{_UNLIT} ",
                    *line[column + 1 :],
                ]
                lines = ["".join(other).rstrip() for other in tokens]
                lines[row] = "".join(lit).rstrip()
                yield begins[number], begins[number + 1], lines
                number += 1


def _begins_s(cue: Cue, tokens: Sequence[str], words: "Sequence[Word]") -> list[float]:
    """Return when each word of a cue is lit, and the cue's end.

    A cue that was edited has other words than those that were timed: its time is then shared by letters.
    """
    inside = [word for word in words if cue.begin_s - 0.01 <= word.begin_s < cue.end_s]
    if len(inside) == len(tokens):
        return [cue.begin_s, *(word.begin_s for word in inside[1:]), cue.end_s]
    ends = list(itertools.accumulate((len(token) for token in tokens), initial=0))
    return [cue.begin_s + (cue.end_s - cue.begin_s) * end / (ends[-1] or 1) for end in ends]


def _ass(events: Iterable[tuple[float, float, list[str]]], typography: Typography) -> str:
    width_px, size_px = typography.width_px, typography.size_px
    style = {
        "Name": "Default", "Fontname": "Noto Sans", "Fontsize": round(1.36 * size_px, 1),
        "PrimaryColour": "&H00FFFFFF", "OutlineColour": "&H30000000", "BackColour": "&H80000000",
        "BorderStyle": 1, "Outline": round(size_px / 14, 1), "Shadow": round(size_px / 28, 1),
        "Alignment": 2, "MarginL": width_px // 20, "MarginR": width_px // 20, "Encoding": -1,
        "MarginV": typography.foot_px,
    }  # fmt: skip
    head = [
        "[Script Info]", "ScriptType: v4.00+", "WrapStyle: 0", "ScaledBorderAndShadow: yes",
        f"PlayResX: {width_px}", f"PlayResY: {typography.height_px}", "",
        "[V4+ Styles]", f"Format: {', '.join(style)}", f"Style: {','.join(map(str, style.values()))}", "",
        "[Events]", "Format: Start, End, Style, Text",
    ]  # fmt: skip
    lines = (
        f"Dialogue: {_centiseconds(begin_s)},{_centiseconds(end_s)},Default," + r"\N".join(text)
        for begin_s, end_s, text in events
    )
    return "\n".join([*head, *lines]) + "\n"


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
