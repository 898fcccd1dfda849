"""Comparison of a translated sentence with its original: the numbers and names that both must have."""

import re

import regex

from audio_pipeline.text import grounding
from audio_pipeline.text.grounding import Quantity
from audio_pipeline.text.languages import registry

_FAR_LONGER, _SPARE = 3, 60  # times the original's characters, and more: a remark of the model
_LEAST_WORDS = 5  # of a sentence that cannot be the same in two languages
_OFTEN_IN_WORDS = 100  # numbers below are written in digits or in words
_ROMAN = re.compile(r"\b(?=[IVXLC]{1,8}\b)(C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})\b")
_ROMAN_VALUE = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_NAME = regex.compile(r"(?<![\p{L}\p{M}’'-])\p{Lu}[\p{L}\p{M}’'-]*\p{L}")
_PEOPLE = re.compile(r"(?:ish|ese|ians?|cans?|mans?|ench|utch|eeks?|iss|abs?)$")
_CASED = regex.compile(r"\p{Lu}|\p{Ll}")
_DIGITS = re.compile(r"\d[\d.,’'   ]*\d|\d")


def changed_numbers(
    original: str, translation: str, original_language: str, language: str
) -> list[str]:
    """Return the numbers that only one of the two has. Those in words and Roman numerals count as numbers, too.

    Small numbers are not compared if one of the languages is not known to write them in words.
    """
    codes = (registry.base(original_language), registry.base(language))
    are_known = all(code in grounding.NUMBERS_IN_WORDS for code in codes)
    lost = _lacking(original, original_language, translation, language)
    added = _lacking(translation, language, original, original_language)
    least = 0 if are_known else _OFTEN_IN_WORDS
    return [number.shown for number in (*lost, *added) if number.value >= least]


def lost_names(original: str, translation: str) -> list[str]:
    """Return the names of the original that the translation does not have, if it has fewer names at all.

    Many names differ between languages, so a sentence with as many of them passes. English names of peoples are no
    capitalised words in many languages.
    """
    if not _CASED.search(translation):  # no capitals in this script
        return []
    own, others = (
        [name for name in _names(text) if not _PEOPLE.search(name)]
        for text in (original, translation)
    )
    if len(others) >= len(own):
        return []
    letters = {name[:3].casefold() for name in others} | {name.casefold() for name in others}
    return [name for name in own if name[:3].casefold() not in letters]


def fault(original: str, translation: str) -> str | None:
    """Return why a text cannot be the translation of a sentence."""
    if not any(map(str.isalnum, translation)):
        return "has no words"
    if translation == original and len(original.split()) >= _LEAST_WORDS:
        return "is the sentence itself"
    if len(translation) > _FAR_LONGER * len(original) + _SPARE:
        return f"has {len(translation)} characters for a sentence of {len(original)}"
    return None


def with_numbers_of(original: str, translation: str, original_language: str, language: str) -> str:
    """Return the translation with the original's numbers where its own differ, if it has as many of them.

    They get the decimal mark and the separator of the language.
    """
    own, others = _DIGITS.findall(original), list(_DIGITS.finditer(translation))
    if len(own) != len(others):
        return translation
    before, after = registry.of(original_language).words, registry.of(language).words
    marks: dict[str, str] = {}
    if before and after:
        marks = {before.thousands: after.thousands, before.decimal: after.decimal}
    parts, begin = [], 0
    for number, match in zip(own, others, strict=True):
        is_same = re.sub(r"\D", "", number) == re.sub(r"\D", "", match[0])
        localised = "".join(marks.get(character, character) for character in number)
        parts += [translation[begin : match.start()], match[0] if is_same else localised]
        begin = match.end()
    return "".join([*parts, translation[begin:]])


def _lacking(text: str, language: str, other: str, other_language: str) -> list[Quantity]:
    """Return the numbers in digits that the other text has neither in digits, nor in words or Roman numerals."""
    known = {number.value for number in grounding.numbers(other, other_language)} | _romans(other)
    return [
        number
        for number in grounding.numbers(text, language, in_words=False)
        if number.value not in known
    ]


def _romans(text: str) -> set[float]:
    return {float(_roman(match[0])) for match in _ROMAN.finditer(text) if match[0]}


def _roman(numeral: str) -> int:
    values = [_ROMAN_VALUE[letter] for letter in numeral]
    following = [*values[1:], 0]
    return sum(-one if one < after else one for one, after in zip(values, following, strict=True))


def _names(sentence: str) -> list[str]:
    """Return capitalised words other than the first."""
    first = regex.search(r"\p{L}", sentence)
    begin = first.start() if first else 0
    return [match[0] for match in _NAME.finditer(sentence) if match.start() > begin]
