"""The grammatical gender of the noun after a number, by a table of common nouns and by sure endings (nouns.yaml)."""

import functools
import re
from pathlib import Path

import yaml

_TABLE = Path(__file__).with_name("nouns.yaml")
_PLURALS = {  # plural ending → singular endings, longest first
    "pt": (("ões", "ão"), ("ães", "ão"), ("ãos", "ão"), ("ns", "m"), ("is", "l"), ("es", ""), ("s", "")),
    "es": (("ciones", "ción"), ("siones", "sión"), ("ones", "ón"), ("ces", "z"), ("es", ""), ("s", "")),
    "fr": (("aux", "al"), ("x", ""), ("s", "")),
    "it": (("che", "ca"), ("ghe", "ga"), ("e", "a"), ("i", "o"), ("i", "e")),
    "pl": (("ie", "ia"), ("y", "a"), ("i", "a"), ("e", "a"), ("e", ""), ("y", "")),
    "ru": (("ы", "а"), ("ы", ""), ("и", "а"), ("и", "я"), ("и", "ь"), ("у", "а"), ("ю", "я")),
    "uk": (("и", "а"), ("і", "а"), ("і", "я"), ("и", ""), ("і", ""), ("у", "а"), ("ю", "я")),
}  # fmt: skip
_COMPOUNDS = {"de": 3, "nl": 3}  # letters that the last part has at least


def of(language: str, word: str) -> str:
    """ "m", "f" or "n"; "": it is not known. language: the code before the hyphen; word: as it is in the text."""
    if language not in _nouns():
        return ""
    word = word.casefold()
    return listed(language, word) or _by_ending(language, word)


def listed(language: str, word: str) -> str:
    """The gender of a noun in the table, in its singular or plural, or as the last part of a compound."""
    nouns, word = _nouns().get(language, {}), word.casefold()
    if word in nouns:
        return nouns[word]
    for plural, singular in _PLURALS.get(language, ()):
        if word.endswith(plural) and (stem := word.removesuffix(plural) + singular) in nouns:
            return nouns[stem]
    if least := _COMPOUNDS.get(language):
        ends = (word[start:] for start in range(1, len(word) - least + 1))
        return next((nouns[end] for end in ends if end in nouns), "")
    return ""


def is_singular(language: str, word: str) -> bool:
    """True if the word stands in the table as it is: in the singular, in the nominative."""
    return word.casefold() in _nouns().get(language, {})


def of_counted(language: str, after: str) -> str:
    """The gender of what is counted. after: the text behind the number, with the space before it."""
    found = re.match(r"[ \u00a0\u202f]([^\W\d_]+)(?: ([^\W\d_]+))?(?: ([^\W\d_]+))?", after)
    if not found:
        return ""
    words = [word for word in found.groups() if word]
    between = _words(language, "between")
    noun = next((word for word in words if word.casefold() not in between), "")
    return of(language, noun)


def _by_ending(language: str, word: str) -> str:
    if word in _words(language, "no_nouns") or len(word) < 3:
        return ""
    singular = word.removesuffix("s") if language in ("pt", "es", "fr") else word
    for ending, gender in _endings(language):
        if word.endswith(ending) or singular.endswith(ending):
            return gender
    return ""


@functools.cache
def _tables() -> dict[str, dict]:
    return yaml.safe_load(_TABLE.read_text(encoding="utf-8"))


@functools.cache
def _nouns() -> dict[str, dict[str, str]]:
    return {
        language: {
            noun: gender
            for gender in ("m", "f", "n")
            for noun in str(table.get(gender, "")).split()
        }
        for language, table in _tables().items()
    }


@functools.cache
def _words(language: str, key: str) -> frozenset[str]:
    return frozenset(_tables().get(language, {}).get(key, "").split())


@functools.cache
def _endings(language: str) -> list[tuple[str, str]]:
    """With their genders, the longest first."""
    table = _tables()[language].get("endings", {})
    pairs = [(ending, gender) for gender, endings in table.items() for ending in endings]
    return sorted(pairs, key=lambda pair: -len(pair[0]))
