"""Marks in a script that are not spoken: pauses, as [pause 2s] or [pause 500ms], and chapters, as [chapter Origins].

A pause is silence in the recording. A chapter begins where its mark stands, and makes no silence of its own.
"""

import re
from collections.abc import Iterator

from audio_pipeline.errors import InputError
from audio_pipeline.text.unspaced import UNSPACED

LONGEST_S = 60
_LONGEST_TITLE = 100  # characters
_SHOWN = 40  # characters of an invalid pause in a message
_PAUSE = re.compile(
    r"\[\s*pause\s*(?P<length>[0-9]+(?:[.,][0-9]+)?|[.,][0-9]+)\s*(?P<unit>ms|s)\s*\]",
    re.IGNORECASE,
)
# With a number, it is meant as a pause; [pause] and [pause for effect] are text like any other.
_MEANT = re.compile(r"\[\s*pause\s*[-+−]?[.,]?[0-9][^\[\]]*\]", re.IGNORECASE)
_CHAPTER = re.compile(r"\[[ \t]?chapter[ \t](?P<title>[^\[\]\n]{1,200})\]", re.IGNORECASE)
_NOT_IN_TITLES = re.compile(r"[\[\]\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MARKS_BEHIND = re.compile(r"[.,;:!?…)\]\"”’»]+(?=\s|\Z)|[。！？、，；：）」』]+")
_MARK = re.compile(f"{_MEANT.pattern}|{_CHAPTER.pattern}", re.IGNORECASE)
_NO_SPACE = re.compile(rf"[{UNSPACED}。！？、，；：「」『』（）]")


def divide(text: str) -> list[tuple[str, float]]:
    """Split a text at its marks, and return each part with the seconds of the pause after it, 0.0 if there is none.

    Punctuation right behind a pause belongs to the part before it. Raises InputError: a pause has no valid length.
    """
    parts, begin = [], 0
    for start, end, pause_s in _find(text):
        if pause_s is None:
            raise InputError(
                f"the script has {_shown(text[start:end])!r}; expected a pause above 0 and up to {LONGEST_S} s, "
                "like [pause 2s] or [pause 500ms]; edit the script"
            )
        marks = _MARKS_BEHIND.match(text, end)
        parts.append((text[begin:start].rstrip() + (marks[0] if marks else ""), pause_s))
        begin = marks.end() if marks else end
    return [*parts, (text[begin:], 0.0)]


def apart(text: str) -> Iterator[str]:
    """Yield the words between the valid pauses of a text, and the pauses, as they are written, in order."""
    begin = 0
    for start, end, pause_s in _find(text):
        if pause_s is not None:
            marks = _MARKS_BEHIND.match(text, end)
            yield from filter(
                None, ((text[begin:start].rstrip() + (marks[0] if marks else "")).strip(),)
            )
            yield text[start:end]
            begin = marks.end() if marks else end
    yield from filter(None, (text[begin:].strip(),))


def chapter(title: str) -> str:
    """Return the mark of a chapter, "" if its title has no words. Brackets and line ends are left out."""
    plain = " ".join(_NOT_IN_TITLES.sub(" ", title).split())[:_LONGEST_TITLE].strip()
    return f"[chapter {plain}]" if any(map(str.isalnum, plain)) else ""


def chapter_title(text: str) -> str:
    """Return the title of a mark of a chapter, "" if the text is none."""
    match = _CHAPTER.fullmatch(text)
    return " ".join(match["title"].split()) if match else ""


def chapters(text: str) -> list[tuple[str, str]]:
    """Return the title of each chapter, and the words of the text before it."""
    return [
        (" ".join(match["title"].split()), without(text[: match.start()]).strip())
        for match in _CHAPTER.finditer(text if "[" in text else "")
    ]


def without(text: str) -> str:
    """Return the words of a text. A text without valid marks is returned unchanged."""
    parts, begin = [], 0
    for start, end, pause_s in _find(text):
        if pause_s is not None:
            parts.append(text[begin:start])
            begin = end
    return "".join(_joined([*parts, text[begin:]])) if parts else text


def are_pauses(text: str) -> bool:
    """True if the text consists of valid marks."""
    return "[" in text and not without(text).strip()


def _find(text: str) -> Iterator[tuple[int, int, float | None]]:
    """Yield start and end of each mark, and its seconds of silence, or None if these are not valid."""
    if "[" not in text:
        return
    for match in _MARK.finditer(text):
        valid = _PAUSE.fullmatch(match[0])
        is_chapter = match[0].lstrip("[ \t\n").lower().startswith("chapter")
        yield match.start(), match.end(), 0.0 if is_chapter else _seconds(valid) if valid else None


def _seconds(pause: re.Match[str]) -> float | None:
    seconds = float(pause["length"].replace(",", "."))
    seconds = seconds / 1000 if pause["unit"].lower() == "ms" else seconds
    return seconds if 0 < seconds <= LONGEST_S else None


def _joined(parts: list[str]) -> Iterator[str]:
    """Yield the parts of a text, with a blank line, a line end or a space between them."""
    gaps: list[str] = []  # white space around the pauses since the last word
    last = ""
    for part in parts:
        words = part.strip()
        if not words:
            gaps.append(part)
            continue
        gaps.append(part[: len(part) - len(part.lstrip())])
        if last:
            yield _gap(gaps, last, words)
        yield words
        gaps, last = [part[len(part.rstrip()) :]], words[-1]


def _gap(gaps: list[str], before: str, after: str) -> str:
    """Return what stands between two parts."""
    if line_ends := max(gap.count("\n") for gap in gaps):
        return "\n" * min(line_ends, 2)
    unspaced = not any(gaps) and (_NO_SPACE.match(before) or _NO_SPACE.match(after))
    return "" if unspaced or _MARKS_BEHIND.match(after) else " "


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
