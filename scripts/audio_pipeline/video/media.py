"""Pictures and clips of one's own, shown in scenes: which files are accepted, and which one fits what is said."""

import os
import re
from collections.abc import Collection, Sequence
from pathlib import Path

PICTURES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
CLIPS = {
    ".m4v": "mov",
    ".mkv": "matroska",
    ".mov": "mov",
    ".mp4": "mov",
    ".webm": "matroska",
}  # → demuxer
FOLDER = "data/input/media"
_MOST_CAPTION = 2000  # characters
_FEWEST_SHARED = 2  # words that a caption and a scene have in common, so that it is no coincidence
_WORD = re.compile(r"[^\W\d_]{4,}")

Captions = Sequence[Sequence[str]]  # path of a file, and its caption


def is_clip(path: str) -> bool:
    return os.path.splitext(path)[1].lower() in CLIPS


def fault(path: str) -> str:
    """Return why a file cannot be shown, "" if its name is valid: a path in the project, of a known kind."""
    kinds = ", ".join([*PICTURES, *CLIPS])
    if os.path.splitext(path)[1].lower() not in (*PICTURES, *CLIPS):
        return f"is no picture or clip; expected a file with {kinds}"
    if os.path.isabs(path) or os.path.normpath(path).split(os.sep)[0] == ".." or "\0" in path:
        return f"is outside of the project; put it into {FOLDER}"
    return ""


def captions(folder: str = FOLDER) -> list[tuple[str, str]]:
    """Return the pictures and clips in a folder that have a caption: harbour.jpg with harbour.txt."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return []
    found = []
    for name in names:
        path, text = os.path.join(folder, name), Path(folder, name).with_suffix(".txt")
        if fault(path) or name.startswith(".") or text.name not in names:
            continue
        try:
            caption = text.read_text("utf-8", errors="replace")[:_MOST_CAPTION]
        except OSError:
            continue
        found.append((path, " ".join(caption.split())))
    return found


def fitting(text: str, known: Captions) -> list[list[str]]:
    """Return the files whose captions have two words of a text."""
    words = _words(text)
    return [
        [path, caption] for path, caption in known if len(words & _words(caption)) >= _FEWEST_SHARED
    ]


def best(say: str, known: Captions, used: Collection[str]) -> str:
    """Return the file whose caption has the most words of what is said, "" if none has two. used: are not taken."""
    words = _words(say)
    scores = [
        (len(words & _words(caption)) / (1 + len(_words(caption))) ** 0.5, path)
        for path, caption in known
        if path not in used and len(words & _words(caption)) >= _FEWEST_SHARED
    ]
    return max(scores, default=(0.0, ""))[1]


def _words(text: str) -> set[str]:
    """Return the longer words of a text, in singular as far as an s at the end shows it."""
    return {word.lower().rstrip("s") for word in _WORD.findall(text)}
