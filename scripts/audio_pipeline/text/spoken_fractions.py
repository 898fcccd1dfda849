"""Fractions as words, with the gender of what is measured: "meia xícara", "einen halben Liter"."""

import re

from audio_pipeline.text import genders
from audio_pipeline.text.language import Language
from audio_pipeline.text.numerals import START

_PLACES = {"½": 0, "⅓": 1, "⅔": 2, "¼": 3, "¾": 4, "1/2": 0, "1/3": 1, "2/3": 2, "1/4": 3, "3/4": 4}
_SIGN = re.compile(r"(?<![\d.,/])(?:(\d{1,4})[ \u00a0]?)?([½⅓⅔¼¾])")
_DIGITS = re.compile(rf"{START}(?:(\d{{1,4}})[ \u00a0])?(1/[234]|2/3|3/4)(?![\w/])")
_NOUN = re.compile(r"[ \u00a0]([^\W\d_]+)")


def fractions(language: Language, text: str) -> str:
    """A language without words for them keeps its fractions."""
    if not (language.words or language.halves):
        return text
    for pattern in (_SIGN, _DIGITS):
        parts, place = [], 0
        for match in pattern.finditer(text):
            if _known(language, match):
                said, end = _said(language, match, _NOUN.match(text, match.end()))
                parts += [text[place : match.start()], said]
                place = end
        text = "".join([*parts, text[place:]])
    return text


def _known(language: Language, match: re.Match[str]) -> bool:
    is_half = _PLACES[match[2]] == 0 and (not match[1] or language.and_half)
    return bool(language.words or is_half)


def _said(
    language: Language, match: re.Match[str], behind: re.Match[str] | None
) -> tuple[str, int]:
    """The words for the fraction, and where what they stand for ends: behind the noun, if that is among them."""
    place, words = _PLACES[match[2]], language.words
    half = None if place else _half(language, match, behind)
    if half or not words:
        return half or (match[0], match.end())
    name = words.halves.split("|")[place]
    if whole := match[1]:
        name = name if place else words.half_behind or name
        return f"{whole}{words.fraction_joint}{name}", match.end()
    if not behind or not words.of_money or not genders.listed(language, behind[1]):
        return name, match.end()
    if behind[1][0].lower() in words.elided_of:
        return f"{name} d'{behind[1]}", behind.end()
    return f"{name} {words.of_money}", match.end()


def _half(
    language: Language, match: re.Match[str], behind: re.Match[str] | None
) -> tuple[str, int] | None:
    """None: as any other fraction."""
    whole, noun = match[1], behind[1] if behind else ""
    gender = genders.of(language, noun) if noun else ""
    if language.half:
        before = match.string[max(0, match.start() - 40) : match.start()]
        said = language.half(whole or "", gender, before)
        return (said, match.end()) if said else None
    if behind and whole and gender and language.and_half:
        return f"{whole}{behind[0]} {language.and_half[gender]}", behind.end()
    forms = {} if whole else language.halves or {}
    form = forms.get(gender) or forms.get("") or forms.get("m", "")
    if form.endswith("-"):
        return (form + noun, behind.end()) if behind and gender else None
    return (form, match.end()) if form else None
