"""Abbreviations with a full stop, as they are read aloud, and which of them may end a sentence."""

import functools
import re
from dataclasses import dataclass

from audio_pipeline.text.language import Language

_ROMAN = r"[IVXLC]{1,7}(?!\w)"
NUMBER_AHEAD = rf"(?:\d|{_ROMAN})"
_NUMBER_BEHIND = r"(?:\d|(?<!\w)[IVXLC]{1,7})\s?$"


@dataclass(frozen=True)
class Abbreviation:
    """written, with its full stop; before_number, after_number: only there it is one; may_end: of a sentence."""

    written: str
    spoken: str
    before_number: bool
    after_number: bool
    may_end: bool

    @functools.cached_property
    def pattern(self) -> re.Pattern[str]:
        """The abbreviation in a text; what must be behind it is looked for, what must be before it is not."""
        return re.compile(
            self._letters + (rf"(?=\s*{NUMBER_AHEAD})" if self.before_number else r"(?!\w)"),
        )

    @functools.cached_property
    def at_end(self) -> re.Pattern[str]:
        return re.compile(self._letters + r"\Z")

    @property
    def _letters(self) -> str:
        """Also with a large first letter, but for a lone one: "G. Ivanov" is a name."""
        first, rest = self.written[0], re.escape(self.written[1:])
        either = f"[{first}{first.upper()}]" if len(self.written) > 2 else first
        return rf"(?<![\w.]){re.escape(first) if not first.islower() else either}{rest}"

    def follows_number(self, before: str) -> bool:
        """True if a number that it asks for stands at the end of `before`."""
        return not self.after_number or bool(re.search(_NUMBER_BEHIND, before[-12:]))


@functools.cache
def of(language: Language) -> list[Abbreviation]:
    """The abbreviations of a language, the longest first."""
    found = []
    for lines, may_end in ((language.within, False), (language.anywhere, True)):
        for line in lines.strip().splitlines():
            name, _, spoken = line.partition("|")
            before_number, after_number = name.endswith("#"), name.startswith("#")
            found.append(
                Abbreviation(name.strip("#"), spoken, before_number, after_number, may_end)
            )
    return sorted(found, key=lambda one: (-len(one.written), -one.after_number, one.may_end))
