"""Chapters of a video: those that its script marks, or else where scenes begin."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from audio_pipeline.sound.alignment import Word
from audio_pipeline.video import cuts
from audio_pipeline.video.film import Shot

_SHORTEST_S = 10  # as YouTube requires
_FEWEST = 3


@dataclass(frozen=True)
class Chapter:
    begin_s: float
    end_s: float
    title: str


def of(shots: Sequence[Shot], rate: int) -> list[Chapter]:
    """Return chapters of 10 s or more, each of one scene or several. Returns [] if there would be fewer than three."""
    least, end = _SHORTEST_S * rate, shots[-1].end
    begins = [shots[0]]
    for shot in shots[1:]:
        if shot.first - begins[-1].first >= least and end - shot.first >= least:
            begins.append(shot)
    if len(begins) < _FEWEST:
        return []
    ends = [*(shot.first for shot in begins[1:]), end]
    return [
        Chapter(shot.first / rate, last / rate, shot.title)
        for shot, last in zip(begins, ends, strict=True)
    ]


def of_marks(
    marks: Sequence[tuple[str, int]], words: Sequence[Word], length_s: float, title: str
) -> list[Chapter]:
    """Return the chapters that a script marks. marks: titles, and the letters before each; title: of what is before."""
    if marks[0][1]:
        marks = [(title, 0), *marks]
    begins = [0.0, *cuts.times_s([before for _, before in marks[1:]], words)]
    ends = [*begins[1:], length_s]
    return [
        Chapter(begin_s, end_s, name)
        for (name, _), begin_s, end_s in zip(marks, begins, ends, strict=False)
        if end_s > begin_s
    ]


def ffmetadata(chapters: Sequence[Chapter]) -> str:
    """Format chapters for ffmpeg. Source: ffmpeg-formats(1), "Metadata"."""
    lines = [";FFMETADATA1"]
    for chapter in chapters:
        title = re.sub(r"[=;#\\\n]", r"\\\g<0>", " ".join(chapter.title.split()))
        begin, end = round(chapter.begin_s * 1000), round(chapter.end_s * 1000)
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={begin}", f"END={end}", f"title={title}"]
    return "\n".join(lines) + "\n"
