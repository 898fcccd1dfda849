"""Small numbers in the gender of the following noun, for languages whose other numbers espeak reads well."""

import re
from collections.abc import Callable

from audio_pipeline.text import genders
from audio_pipeline.text.language import Language
from audio_pipeline.text.numerals import START

_COUNTED = re.compile(rf"{START}(\d{{1,4}})(?= ([^\W\d_]+)(?: ([^\W\d_]+))?)")
Form = Callable[
    [int, str, str], str
]  # number, noun, its gender → words, or "" to leave it to espeak


def in_words(language: Language, form: Form, text: str, adjectives: tuple[str, ...] = ()) -> str:
    """Spell out numbers before nouns. adjectives: plural endings of adjectives that may precede the noun."""

    def spell(match: re.Match[str]) -> str:
        number, noun = int(match[1]), match[2]
        if match[1][0] == "0":
            return match[0]
        if match[3] and not genders.of(language, noun) and noun.endswith(adjectives):
            noun = match[3]
        return form(number, noun, genders.of(language, noun)) or match[0]

    return _COUNTED.sub(spell, text)
