"""Numbers as words, by the rules of the Unicode CLDR (package unicode-rbnf): with gender, ordinals and years."""

import functools
import re
from typing import TYPE_CHECKING

from audio_pipeline.text.vocabulary import WORDS, Words

if TYPE_CHECKING:
    from unicode_rbnf import RbnfEngine

NUMBER = r"\d+(?:[.,\u00a0\u202f ]\d{3})*(?:[.,]\d+)?"  # as any of the languages writes it
START = r"(?<![\w.,/:\-–—^])"  # nothing before that makes it a part of something else
_MOST_DIGITS = 15


class Numerals:
    """How one language says numbers. base: the code before the hyphen; language: the whole of it."""

    def __init__(self, base: str, language: str) -> None:
        self.base, self.language = base, language
        self.words: Words = WORDS[base]
        self.units = table(self.words.units)
        self.currencies = table(self.words.currencies)
        self.symbols = table(self.words.symbols)

    def cardinal(self, number: int, gender: str = "") -> str:
        """gender: "m" or "f" before a noun, "" for the number alone; German "-n", "-r", "-m": einen, einer, einem."""
        kind = {"m": "spellout-cardinal-masculine", "f": "spellout-cardinal-feminine"}.get(gender)
        if gender.startswith("-"):
            kind = f"spellout-cardinal{gender}"
        if kind is None or self.base == "en":
            kind = "spellout-numbering"
        return spelled(self._rules, number, kind)

    def ordinal(self, number: int, kind: str = "") -> str:
        name = {
            "en": "spellout-ordinal",
            "de": f"spellout-ordinal{kind}",
            "pt": f"spellout-ordinal-{kind or 'masculine'}",
            "es": f"spellout-ordinal-{kind or 'masculine'}",
            "fr": f"spellout-ordinal-{kind or 'masculine'}",
        }[self.base]
        return spelled(self._rules, number, name)

    def year(self, number: int) -> str:
        if self.base == "fr":  # CLDR's "dix-neuf-cent" is seldom said
            return self.cardinal(number)
        return spelled(self._rules, number, "spellout-numbering-year")

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

    @property
    def _rules(self) -> str:
        portugal = self.base == "pt" and self.language.upper() not in ("PT", "PT-BR")
        return "pt_PT" if portugal else self.base


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
    return (
        said.replace("-et-", " et ") if rules == "fr" else said
    )  # the spelling in use: vingt et un


def roman_value(roman: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[letter] for letter in roman]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-this if this < after else this for this, after in pairs)
