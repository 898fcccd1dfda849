"""Comparison of a script with its source: numbers, units and names that only the script has, and copied passages."""

import functools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import regex

from audio_pipeline.text import sentences
from audio_pipeline.text.languages import registry

MOST_COPIED = 8  # words in a row
_MOST_COPIED_UNSPACED = 24  # characters
_MOST_COMPARED = 20_000  # words of a source
NUMBERS_IN_WORDS = ("ca", "de", "en", "es", "fr", "pt", "ru")  # that text2num knows
_CAPITAL_NOUNS = ("de", "lb")
# Digits in groups of three, or with decimals: 384,400 and 384.400 and 384 400; 3.5 and 3,5
_NUMBER = re.compile(
    r"(?<![\w.,])\d{1,3}(?:[.,’'   ]\d{3})+(?!\d)(?:[.,]\d+)?|(?<!\d)\d+(?:[.,]\d+)?"
)
_YEAR_IN_PARTS = re.compile(r"\b(1[0-9]|20) (\d\d)\b")  # nineteen eighty-four
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:[’'-]\p{L}[\p{L}\p{M}]*)*")
_NAME = regex.compile(r"(?<![\p{L}\p{M}])\p{Lu}[\p{L}\p{M}]+(?:[’'-]\p{L}[\p{L}\p{M}]*)*")
_POSSESSIVE = re.compile(r"[’']s?$")
_SCALES = {
    1_000: "thousand mil mille tausend",
    1_000_000: "million millions millón millones milhão milhões million millionen",
    1_000_000_000: "billion billions milliard milliards milliarde milliarden bilhão bilhões",
    1_000_000_000_000: "trillion trillions trilhão trilhões billón billones",
}
_SCALE = {
    "mil millones": 10**9,
    "mil milhões": 10**9,
    **{word: factor for factor, words in _SCALES.items() for word in words.split()},
}
_SCALED = re.compile(rf"({_NUMBER.pattern}) ({'|'.join(_SCALE)})\b", re.IGNORECASE)
_UNITS = {
    "percent": "% percent per-cent prozent pourcent pourcents",
    "degrees": "° °c °f degree degrees grad degré degrés grado grados grau graus",
    "kelvin": "k kelvin kelvins",
    "nanometre": "nm nanometre nanometres nanometer nanometers nanómetros nanômetros nanomètres",
    "millimetre": "mm millimetre millimetres millimeter millimeters milímetros millimètres",
    "centimetre": "cm centimetre centimetres centimeter centimeters zentimeter centímetros centimètres",
    "metre": "m metre metres meter meters metros mètres",
    "kilometre": "km kilometre kilometres kilometer kilometers kilómetros quilômetros quilómetros kilomètres",
    "inch": "inch inches zoll pulgadas polegadas pouces",
    "foot": "ft foot feet fuß pies pés pieds",
    "mile": "mile miles meile meilen millas milhas milles",
    "gram": "g gram grams gramm gramos gramas grammes",
    "kilogram": "kg kilogram kilograms kilo kilos kilogramm kilogramos quilogramas kilogrammes",
    "pound": "lb pound pounds pfund libras livres",
    "ton": "t ton tons tonne tonnes tonnen toneladas",
    "litre": "l litre litres liter liters litros",
    "second": "s second seconds sekunde sekunden segundos secondes",
    "minute": "min minute minutes minuten minutos",
    "hour": "h hour hours stunde stunden horas heures",
    "day": "day days tag tage tagen días dias jours",
    "week": "week weeks woche wochen semanas semaines",
    "month": "month months monat monate monaten meses mois",
    "year": "year years jahr jahre jahren años anos ans années",
    "century": "century centuries jahrhundert jahrhunderte siglos séculos siècles",
    "hertz": "hz hertz",
    "kilohertz": "khz kilohertz",
    "watt": "w watt watts",
    "volt": "v volt volts",
}
_UNIT = {word: unit for unit, words in _UNITS.items() for word in words.split()}
_AFTER_A_NUMBER = re.compile(r"[\s-]*(%|°[CF]?\b|°|[^\W\d_]+(?:-[^\W\d_]+)?)")


class Quantity(NamedTuple):
    """value: of a number; unit: "" for none; shown: as it stands in the text."""

    value: float
    unit: str
    shown: str


def unsupported(text: str, source: str, topic: str, language: str) -> list[str]:
    """Return the numbers, quantities and names of a text that are neither in its source nor in the topic."""
    known = f"{topic}\n{source}"
    return list(
        dict.fromkeys([*_quantities(text, known, language), *_names(text, known, language)])
    )


def copied(text: str, source: str, language: str) -> str:
    """Return the longest passage that stands in the source too, "" if it is no longer than allowed."""
    spaced = registry.of(language).spaces
    least = MOST_COPIED + 1 if spaced else _MOST_COPIED_UNSPACED + 1
    own, others = (_units_of_speech(each, spaced)[:_MOST_COMPARED] for each in (text, source))
    runs = set(_runs([word.casefold() for word in others], least))
    longest, begin = 0, 0
    first: int | None = None
    for position, run in enumerate(_runs([word.casefold() for word in own], least)):
        if run not in runs:
            first = None
            continue
        first = position if first is None else first
        if position + least - first > longest:
            longest, begin = position + least - first, first
    return (" " if spaced else "").join(own[begin : begin + longest]) if longest else ""


def _quantities(text: str, known: str, language: str) -> Iterator[str]:
    found = list(numbers(known, language))
    values = {quantity.value for quantity in found}
    pairs = {(quantity.value, quantity.unit) for quantity in found}
    for quantity in numbers(text, language):
        if quantity.value not in values or (
            quantity.unit and (quantity.value, quantity.unit) not in pairs
        ):
            yield quantity.shown


def numbers(text: str, language: str, in_words: bool = True) -> Iterator[Quantity]:
    """Yield the numbers of a text with the units that follow them. in_words: False for those in digits alone."""
    base = language.split("-")[0].lower()
    text = " ".join(text.split())  # alpha2digit takes quadratic time for white space
    text = _SCALED.sub(functools.partial(_multiplied, base), text)
    if in_words and base in NUMBERS_IN_WORDS:
        from text_to_num.transforms import alpha2digit  # slow to import

        text = alpha2digit(text, base)
        text = _YEAR_IN_PARTS.sub(r"\1\2", text)
    for match in _NUMBER.finditer(text):
        value, end = _value(match[0]), match.end()
        following = _AFTER_A_NUMBER.match(text, end)
        unit = _UNIT.get(following[1].lower(), "") if following else ""
        end = following.end() if following and unit else end
        yield Quantity(value, unit, text[match.start() : end])


def _multiplied(language: str, match: re.Match[str]) -> str:
    """Return 2000000 for 2 million."""
    scale = match[2].lower()
    factor = 10**12 if language != "en" and scale.startswith("billion") else _SCALE.get(scale)
    value = _value(match[1]) * (factor or 1)
    return f"{value:.0f}" if factor and value < 1e15 else match[0]


def _value(digits: str) -> float:
    """Return the value of digits with any separators. Three digits after one are a group."""
    plain = re.sub(r"[.,’'   ](?=\d{3}(?!\d))", "", digits)
    return float(plain.replace(",", "."))


def _names(text: str, known: str, language: str) -> Iterator[str]:
    """Yield capitalised words that are names, as they are not at the beginning of a sentence."""
    if language.split("-")[0].lower() in _CAPITAL_NOUNS:
        return
    heard = {_bare(word) for word in _WORD.findall(known)}
    heard |= {part for word in heard for part in word.split("-")}
    in_lower_case = {word for word in _WORD.findall(text) if word[:1].islower()}
    for sentence in sentences.split(text, language):
        words = list(_NAME.finditer(sentence))
        first = _WORD.search(sentence)
        for number, word in enumerate(words):
            is_first = first is not None and word.start() == first.start()
            follows = number + 1 < len(words) and words[number + 1].start() == word.end() + 1
            if is_first and not follows:
                continue
            if _bare(word[0]) not in heard and word[0].lower() not in in_lower_case:
                yield _POSSESSIVE.sub("", word[0])


def _bare(word: str) -> str:
    return _POSSESSIVE.sub("", word).casefold()


def _units_of_speech(text: str, spaced: bool) -> list[str]:
    """Return words, or in languages without spaces, characters."""
    found = regex.findall(r"[\p{L}\p{N}\p{M}’'-]+" if spaced else r"[\p{L}\p{N}\p{M}]", text)
    return [word for word in found if any(map(str.isalnum, word))]


def _runs(words: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    return (tuple(words[start : start + size]) for start in range(len(words) - size + 1))
