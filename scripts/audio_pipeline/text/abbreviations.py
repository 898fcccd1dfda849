"""Abbreviations with a full stop, and their spoken forms."""

import functools
import re
from dataclasses import dataclass

from audio_pipeline.text.language import Language

_ROMAN = r"[IVXLC]{1,7}(?!\w)"
NUMBER_AHEAD = rf"(?:\d|{_ROMAN})"
_NUMBER_BEHIND = r"(?:\d|(?<!\w)[IVXLC]{1,7})\s?$"


@dataclass(frozen=True)
class Abbreviation:
    """An abbreviation. written: with its full stop; spoken: its words, "" if it is read as written.

    before_number, after_number: True if it counts only there; may_end: True if it may end a sentence.
    """

    written: str
    spoken: str
    before_number: bool
    after_number: bool
    may_end: bool

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern of the abbreviation in a text; it checks what must follow it, but not what must precede it."""
        return re.compile(
            self._letters + (rf"(?=\s*{NUMBER_AHEAD})" if self.before_number else r"(?!\w)"),
        )

    @functools.cached_property
    def at_end(self) -> re.Pattern[str]:
        return re.compile(self._letters + r"\Z")

    @property
    def _letters(self) -> str:
        """The pattern of its letters, also capitalized unless it is a single letter: "G. Ivanov" is a name."""
        first, rest = self.written[0], re.escape(self.written[1:])
        either = f"[{first}{first.upper()}]" if len(self.written) > 2 else first
        return rf"(?<![\w.]){re.escape(first) if not first.islower() else either}{rest}"

    def follows_number(self, before: str) -> bool:
        """True if it needs no number before it, or `before` ends in one."""
        return not self.after_number or bool(re.search(_NUMBER_BEHIND, before[-12:]))


@functools.cache
def of(language: Language) -> list[Abbreviation]:
    """Return the abbreviations of a language, the longest first."""
    result = []
    for lines, may_end in ((language.within, False), (language.anywhere, True)):
        for line in lines.strip().splitlines():
            name, _, spoken = line.partition("|")
            before_number, after_number = name.endswith("#"), name.startswith("#")
            result.append(
                Abbreviation(name.strip("#"), spoken, before_number, after_number, may_end)
            )
    return sorted(result, key=lambda a: (-len(a.written), -a.after_number, a.may_end))
