"""Fractions as words, with the gender of the noun: "meia xícara", "einen halben Liter"."""

import re

from audio_pipeline.text import genders
from audio_pipeline.text.language import Language
from audio_pipeline.text.numerals import START

_INDEX = {"½": 0, "⅓": 1, "⅔": 2, "¼": 3, "¾": 4, "1/2": 0, "1/3": 1, "2/3": 2, "1/4": 3, "3/4": 4}
_SIGN = re.compile(r"(?<![\d.,/])(?:(\d{1,4})[ \u00a0]?)?([½⅓⅔¼¾])")
_DIGITS = re.compile(rf"{START}(?:(\d{{1,4}})[ \u00a0])?(1/[234]|2/3|3/4)(?![\w/])")
_NOUN = re.compile(r"[ \u00a0]([^\W\d_]+)")


def fractions(language: Language, text: str) -> str:
    """Spell out fractions, if the language has words for them."""
    if not (language.words or language.halves):
        return text
    for pattern in (_SIGN, _DIGITS):
        parts, position = [], 0
        for match in pattern.finditer(text):
            if _has_words(language, match):
                spelled, end = _spell(language, match, _NOUN.match(text, match.end()))
                parts += [text[position : match.start()], spelled]
                position = end
        text = "".join([*parts, text[position:]])
    return text


def _has_words(language: Language, match: re.Match[str]) -> bool:
    is_half = _INDEX[match[2]] == 0 and (not match[1] or language.and_half)
    return bool(language.words or is_half)


def _spell(
    language: Language, match: re.Match[str], following: re.Match[str] | None
) -> tuple[str, int]:
    """Return the words for a fraction, perhaps with its noun, and the end of the text that they replace."""
    index, words = _INDEX[match[2]], language.words
    half = None if index else _half(language, match, following)
    if half or not words:
        return half or (match[0], match.end())
    name = words.halves.split("|")[index]
    if whole := match[1]:
        name = name if index else words.half_behind or name
        return f"{whole}{words.fraction_joint}{name}", match.end()
    if not following or not words.of_money or not genders.listed(language, following[1]):
        return name, match.end()
    if following[1][0].lower() in words.elided_of:
        return f"{name} d'{following[1]}", following.end()
    return f"{name} {words.of_money}", match.end()


def _half(
    language: Language, match: re.Match[str], following: re.Match[str] | None
) -> tuple[str, int] | None:
    """Like `_spell`, for a half that agrees with its noun. Returns None for the words of other fractions."""
    whole, noun = match[1], following[1] if following else ""
    gender = genders.of(language, noun) if noun else ""
    if language.half:
        before = match.string[max(0, match.start() - 40) : match.start()]
        spelled = language.half(whole or "", gender, before)
        return (spelled, match.end()) if spelled else None
    if following and whole and gender and language.and_half:
        return f"{whole}{following[0]} {language.and_half[gender]}", following.end()
    forms = {} if whole else language.halves or {}
    form = forms.get(gender) or forms.get("") or forms.get("m", "")
    if form.endswith("-"):
        return (form + noun, following.end()) if following and gender else None
    return (form, match.end()) if form else None
