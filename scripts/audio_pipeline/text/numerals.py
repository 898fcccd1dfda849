"""Numbers as words, by the rules of the Unicode CLDR (package unicode-rbnf): with gender, ordinals and years."""

import functools
import re
from typing import TYPE_CHECKING

from audio_pipeline.text.language import Language

if TYPE_CHECKING:
    from unicode_rbnf import RbnfEngine

NUMBER = r"\d+(?:[.,\u00a0\u202f ]\d{3})*(?:[.,]\d+)?"  # in any of the languages
ROMAN = r"(?=[IVX])(X{0,3}(?:IX|IV|V?I{0,3}))"
START = r"(?<![\w.,/:\-–—^])"  # not within a word or a longer number
_MOST_DIGITS = 15


class Numerals:
    """The numbers of a language with `words`, spelled out."""

    def __init__(self, language: Language) -> None:
        assert language.words
        self.language, self.words = language, language.words
        self.units = table(self.words.units)
        self.currencies = table(self.words.currencies)
        self.symbols = table(self.words.symbols)

    def cardinal(self, number: int, gender: str = "") -> str:
        """Spell out a cardinal. gender: "m" or "f" before a noun, "" alone; German "-n", "-r", "-m": einen, einer, …"""
        kind = {"m": "spellout-cardinal-masculine", "f": "spellout-cardinal-feminine"}.get(gender)
        if gender.startswith("-"):
            kind = f"spellout-cardinal{gender}"
        return self._spelled(number, kind or "spellout-numbering")

    def ordinal(self, number: int, kind: str = "") -> str:
        """Spell out an ordinal. kind: as in Unicode's rules ("-feminine"), or "" for the language's default."""
        return self._spelled(number, f"spellout-ordinal{kind or self.words.ordinal}")

    def year(self, number: int) -> str:
        return self._spelled(number, self.words.year)

    def decimal(self, whole: str, fraction: str, gender: str = "") -> str:
        """Spell out a decimal number. whole, fraction: digits."""
        before = self.cardinal(int(whole), "" if fraction else gender)
        if not fraction:
            return before
        if self.words.digit_by_digit or len(fraction) > 2 or fraction[0] == "0":
            after = " ".join(self.cardinal(int(digit)) for digit in fraction)
        else:
            after = self.cardinal(int(fraction))
        return f"{before} {self.words.point} {after}"

    def sign(self, written: str | None) -> str:
        """Spell out a sign, with a space after it."""
        return f"{self.words.minus} " if written in ("-", "−") else "plus " if written else ""

    def parsed(self, written: str) -> tuple[str, str] | None:
        """Return the digits before and after the decimal mark. Returns None if it is no number in this language."""
        mark, group = re.escape(self.words.decimal), re.escape(self.words.thousands)
        match = re.fullmatch(
            rf"(\d{{1,3}}(?:[{group}\u00a0\u202f ]\d{{3}})+|\d+)(?:{mark}(\d+))?", written
        )
        if not match and self.words.decimal == ",":  # such as 3.14 in Portuguese
            match = re.fullmatch(r"(\d+)\.(\d{1,2}|\d{4,})", written)
        if not match or (len(match[1]) > 1 and match[1][0] == "0"):
            return None
        whole = re.sub(r"\D", "", match[1])
        return None if len(whole) > _MOST_DIGITS else (whole, match[2] or "")

    def _spelled(self, number: int, kind: str) -> str:
        return spelled(self.language.rules, number, kind)


@functools.cache
def table(lines: str) -> dict[str, list[str]]:
    """Parse lines of columns, keyed by the first, each with five more (padded with "")."""
    rows = (line.split("|") for line in lines.strip().split("\n"))
    return {row[0]: [*row[1:], *[""] * (6 - len(row))] for row in rows}


@functools.cache
def _engine(name: str) -> "RbnfEngine":
    from unicode_rbnf import RbnfEngine

    return RbnfEngine.for_language(name)


@functools.cache
def spelled(rules: str, number: int, kind: str) -> str:
    """Spell out a number. rules: name of Unicode's file, "pt_PT"; kind: name of a rule set, "spellout-ordinal"."""
    engine = _engine(rules)
    if kind not in engine.rulesets:
        kind = "spellout-numbering"
    words = engine.format_number(number, ruleset_names=[kind]).text.replace("\u00ad", "")
    return words.replace("-et-", " et ")  # French, in the common spelling: vingt et un


def roman_value(roman: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[letter] for letter in roman]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-this if this < after else this for this, after in pairs)
