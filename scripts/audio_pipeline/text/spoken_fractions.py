"""Fractions as words, with the gender of what is measured: "meia xícara", "einen halben Liter"."""

import re

from audio_pipeline.text import genders, german
from audio_pipeline.text.numerals import START, spelled
from audio_pipeline.text.vocabulary import WORDS

_PLACES = {"½": 0, "⅓": 1, "⅔": 2, "¼": 3, "¾": 4, "1/2": 0, "1/3": 1, "2/3": 2, "1/4": 3, "3/4": 4}
_SIGN = re.compile(r"(?<![\d.,/])(?:(\d{1,4})[ \u00a0]?)?([½⅓⅔¼¾])")
_DIGITS = re.compile(rf"{START}(?:(\d{{1,4}})[ \u00a0])?(1/[234]|2/3|3/4)(?![\w/])")
_NOUN = re.compile(r"[ \u00a0]([^\W\d_]+)")
_JOINTS = {"en": " and ", "de": " ", "pt": " e ", "es": " y ", "fr": " et "}
# A half of something masculine and of something feminine; with a whole number before it: after the noun.
_HALF = {
    "pt": {"m": "meio", "f": "meia"},
    "es": {"m": "medio", "f": "media"},
    "it": {"m": "mezzo", "f": "mezza"},
    "nl": {"": "halve", "n": "half"},
    "fr": {"m": "un demi-", "f": "une demi-"},
    "pl": {"": "pół"},
    "tr": {"": "yarım"},
}
_AND_HALF = {
    "pt": {"m": "e meio", "f": "e meia"},
    "es": {"m": "y medio", "f": "y media"},
    "it": {"m": "e mezzo", "f": "e mezza"},
    "fr": {"m": "et demi", "f": "et demie"},
}
_OF = {"pt": "de", "es": "de", "fr": "de"}


def fractions(language: str, text: str) -> str:
    """language: the code before the hyphen; others than those of the tables keep their fractions."""
    if language not in WORDS and language not in _HALF:
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


def _known(language: str, match: re.Match[str]) -> bool:
    return language in WORDS or (_PLACES[match[2]] == 0 and (not match[1] or language == "it"))


def _said(language: str, match: re.Match[str], behind: re.Match[str] | None) -> tuple[str, int]:
    """The words for the fraction, and where what they stand for ends: behind the noun, if that is among them."""
    place = _PLACES[match[2]]
    half = None if place else _half(language, match, behind)
    if half or language not in WORDS:
        return half or (match[0], match.end())
    name = WORDS[language].halves.split("|")[place]
    if whole := match[1]:
        name = re.sub(r"^one (half)", r"a \1", name) if language == "en" else name
        return f"{whole}{_JOINTS[language]}{name}", match.end()
    if not behind or language not in _OF or not genders.listed(language, behind[1]):
        return name, match.end()
    if language == "fr" and behind[1][0].lower() in "aeiouhéœ":
        return f"{name} d'{behind[1]}", behind.end()
    return f"{name} {_OF[language]}", match.end()


def _half(
    language: str, match: re.Match[str], behind: re.Match[str] | None
) -> tuple[str, int] | None:
    """None: as any other fraction."""
    whole, noun = match[1], behind[1] if behind else ""
    gender = genders.of(language, noun) if noun else ""
    if language == "de" and whole and int(whole) < 1000:
        return spelled("de", int(whole), "spellout-cardinal-masculine") + "einhalb", match.end()
    if language == "de" and gender:
        before = match.string[max(0, match.start() - 40) : match.start()]
        return _german_half(before, gender), match.end()
    if whole and gender and language in _AND_HALF:
        return f"{whole}{behind[0]} {_AND_HALF[language][gender]}", behind.end()
    forms = {} if whole else _HALF.get(language, {})
    form = forms.get(gender) or forms.get("") or forms.get("m", "")
    if form.endswith("-"):
        return (form + noun, behind.end()) if gender else None
    return (form, match.end()) if form else None


def _german_half(before: str, gender: str) -> str:
    case = german.case(before)
    if case == "dative":
        return "einer halben" if gender == "f" else "einem halben"
    if gender == "m":
        return "ein halber" if case == "nominative" else "einen halben"
    return "eine halbe" if gender == "f" else "ein halbes"
