"""Numbers as words, by the rules of the Unicode CLDR (package unicode-rbnf): with gender, ordinals and years."""

import functools
import re
from typing import TYPE_CHECKING

from audio_pipeline.text.language import Language

if TYPE_CHECKING:
    from unicode_rbnf import RbnfEngine

NUMBER = r"\d+(?:[.,\u00a0\u202f ]\d{3})*(?:[.,]\d+)?"  # as any of the languages writes it
ROMAN = r"(?=[IVX])(X{0,3}(?:IX|IV|V?I{0,3}))"
START = r"(?<![\w.,/:\-–—^])"  # nothing before that makes it a part of something else
_MOST_DIGITS = 15


class Numerals:
    """How a language that has words for them says numbers."""

    def __init__(self, language: Language) -> None:
        assert language.words
        self.language, self.words = language, language.words
        self.units = table(self.words.units)
        self.currencies = table(self.words.currencies)
        self.symbols = table(self.words.symbols)

    def cardinal(self, number: int, gender: str = "") -> str:
        """gender: "m" or "f" before a noun, "" for the number alone; German "-n", "-r", "-m": einen, einer, einem."""
        kind = {"m": "spellout-cardinal-masculine", "f": "spellout-cardinal-feminine"}.get(gender)
        if gender.startswith("-"):
            kind = f"spellout-cardinal{gender}"
        return self._spelled(number, kind or "spellout-numbering")

    def ordinal(self, number: int, kind: str = "") -> str:
        """kind: as Unicode's rules name it ("-feminine"); empty: the language's usual one."""
        return self._spelled(number, f"spellout-ordinal{kind or self.words.ordinal}")

    def year(self, number: int) -> str:
        return self._spelled(number, self.words.year)

    def decimal(self, whole: str, fraction: str, gender: str = "") -> str:
        """whole, fraction: digits."""
        said = self.cardinal(int(whole), "" if fraction else gender)
        if not fraction:
            return said
        if self.words.digit_by_digit or len(fraction) > 2 or fraction[0] == "0":
            after = " ".join(self.cardinal(int(digit)) for digit in fraction)
        else:
            after = self.cardinal(int(fraction))
        return f"{said} {self.words.point} {after}"

    def sign(self, written: str | None) -> str:
        """What stands before a number, with a space."""
        return f"{self.words.minus} " if written in ("-", "−") else "plus " if written else ""

    def parsed(self, written: str) -> tuple[str, str] | None:
        """The digits before and after the decimal mark. Returns None if this language writes no number so."""
        mark, group = re.escape(self.words.decimal), re.escape(self.words.thousands)
        found = re.fullmatch(
            rf"(\d{{1,3}}(?:[{group}\u00a0\u202f ]\d{{3}})+|\d+)(?:{mark}(\d+))?", written
        )
        if not found and self.words.decimal == ",":  # 3.14 in Portuguese, say
            found = re.fullmatch(r"(\d+)\.(\d{1,2}|\d{4,})", written)
        if not found or (len(found[1]) > 1 and found[1][0] == "0"):
            return None
        whole = re.sub(r"\D", "", found[1])
        return None if len(whole) > _MOST_DIGITS else (whole, found[2] or "")

    def _spelled(self, number: int, kind: str) -> str:
        return spelled(self.language.rules, number, kind)


@functools.cache
def table(lines: str) -> dict[str, list[str]]:
    """The lines by their first column, each with five more (empty ones at the end)."""
    rows = (line.split("|") for line in lines.strip().split("\n"))
    return {row[0]: [*row[1:], *[""] * (6 - len(row))] for row in rows}


@functools.cache
def _engine(name: str) -> "RbnfEngine":
    from unicode_rbnf import RbnfEngine

    return RbnfEngine.for_language(name)


@functools.cache
def spelled(rules: str, number: int, kind: str) -> str:
    """A number in words. rules: the name of Unicode's file, "pt_PT"; kind: of a rule set, "spellout-ordinal"."""
    engine = _engine(rules)
    if kind not in engine.rulesets:
        kind = "spellout-numbering"
    said = engine.format_number(number, ruleset_names=[kind]).text.replace("\u00ad", "")
    return said.replace("-et-", " et ")  # French, in the spelling that is in use: vingt et un


def roman_value(roman: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[letter] for letter in roman]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-this if this < after else this for this, after in pairs)
