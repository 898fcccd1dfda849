"""Functions that Portuguese and Spanish share (languages/pt.py and es.py)."""

import re

from audio_pipeline.text.numerals import START, Numerals

_UN = frozenset(
    ["agua", "águila", "alma", "ancla", "ala", "arma", "aula", "hacha", "hada", "área"]
)  # un agua, but unas aguas
_NO_NOUNS = ("e", "y", "o", "ou", "de", "a", "por", "para", "en", "em")


def ordinals(voice: Numerals, text: str) -> str:
    """Spell out ordinals: 3º, 3.ª"""
    kind = {"º": "-masculine", "ª": "-feminine"}
    return re.sub(
        rf"{START}(\d{{1,3}})\.?([ºª])(?!\w| ?C\b)",
        lambda m: voice.ordinal(int(m[1]), kind[m[2]]),
        text,
    )


def gender(number: int, gender: str, before: str, noun: str) -> str:
    """Return the gender of a number before a noun, masculine if that of the noun is unknown."""
    if number == 1 and noun in _UN:
        return "m"
    return gender or ("" if noun in _NO_NOUNS else "m")
