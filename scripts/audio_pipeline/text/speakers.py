"""Speakers: lines of a script that begin with a name of the cast, as in `Anna: Good morning.`

A name holds up to the end of its paragraph, or to the next name. What has no name is spoken by the topic's own voice.
"""

import functools
import re
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from audio_pipeline.text import pauses


class Turn(NamedTuple):
    """speaker: a name of the cast, "" for the topic's own voice; text: without the name, with its pauses."""

    speaker: str
    text: str


def turns(text: str, names: Collection[str]) -> list[Turn]:
    """Divide a text among its speakers, in order. A text without names is one turn. names: of the cast."""
    if not names or not _pattern(tuple(names)).search(text):
        return [Turn("", text)]
    result: list[Turn] = []
    for turn in _turns(text, names):
        if result and not turn.speaker and not result[-1].speaker:
            turn = Turn("", f"{result.pop().text}\n\n{turn.text}")
        result.append(turn)
    return result


def without(text: str, names: Collection[str]) -> str:
    """Return a text without the names of its speakers, each turn as a paragraph."""
    divided = turns(text, names)
    return text if len(divided) == 1 and not divided[0].speaker else _joined(divided)


def words(text: str, names: Collection[str]) -> str:
    """Return the words of a text: without names of speakers, and without pauses."""
    return pauses.without(without(text, names))


def of(text: str, names: Collection[str]) -> list[str]:
    """Return the speakers of a text, in the order of their first turns."""
    return list(dict.fromkeys(turn.speaker for turn in turns(text, names) if turn.speaker))


def cleaned(text: str, names: Collection[str], clean: Callable[[str], str]) -> str:
    """Clean each turn of a text, and write each speaker's name before it.

    Turns without words are left out, and so is a model's announcement of the dialogue.
    """
    lines: list[str] = []
    for speaker, said in turns(text, names):
        said = clean(said)
        if not speaker and not lines and said.endswith(":"):
            continue
        if speaker and said:
            said = f"{speaker}: {' '.join(said.split())}"
        lines.append(said)
    return "\n\n".join(filter(None, lines))


def _turns(text: str, names: Collection[str]) -> Iterator[Turn]:
    for block in re.split(r"\n[ \t]*\n", text):
        speaker, begin = "", 0
        for match in _pattern(tuple(names)).finditer(block):
            if said := block[begin : match.start()].strip():
                yield Turn(speaker, said)
            speaker, begin = _named(match["name"], names), match.end()
        if said := block[begin:].strip():
            yield Turn(speaker, said)


def _named(found: str, names: Collection[str]) -> str:
    """Return the name of the cast that was found in some case, as the pattern sees it."""
    return next(name for name in names if re.fullmatch(re.escape(name), found, re.IGNORECASE))


def _joined(divided: list[Turn]) -> str:
    return "\n\n".join(turn.text for turn in divided)


@functools.lru_cache(16)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return a pattern for a name at the beginning of a line, in bold or with a remark as models write it."""
    either = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    bold, remark = r"[*_]{0,3}", r"(?:\([^()\n]{1,60}\)[ \t]*)?"
    return re.compile(
        rf"^[ \t]*{bold}(?P<name>{either}){bold}[ \t]*{remark}{bold}[:：]{bold}",
        re.IGNORECASE | re.MULTILINE,
    )
