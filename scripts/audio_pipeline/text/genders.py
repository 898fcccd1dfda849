"""The grammatical gender of the noun after a number, from a table of common nouns and reliable endings."""

import re

from audio_pipeline.text.language import Language, Nouns


def of(language: Language, word: str) -> str:
    """Return the gender of a word, "m", "f" or "n", or "" if it is unknown."""
    if not language.nouns:
        return ""
    word = word.casefold()
    return listed(language, word) or _by_ending(language.nouns, word)


def listed(language: Language, word: str) -> str:
    """Return the gender of a noun in the table, in singular or plural, or as the last part of a compound, or ""."""
    if not (nouns := language.nouns):
        return ""
    word, gender = word.casefold(), nouns.gender
    if word in gender:
        return gender[word]
    for plural, singular in nouns.plurals:
        if word.endswith(plural) and (stem := word.removesuffix(plural) + singular) in gender:
            return gender[stem]
    if least := nouns.compound_letters:
        ends = (word[start:] for start in range(1, len(word) - least + 1))
        return next((gender[end] for end in ends if end in gender), "")
    return ""


def is_singular(language: Language, word: str) -> bool:
    """True if the word is in the table, which has the nominative singular."""
    return bool(language.nouns and word.casefold() in language.nouns.gender)


def of_counted(language: Language, after: str) -> str:
    """Return the gender of the noun after a number, or "". after: the text after the number, beginning with a space."""
    match = re.match(r"[ \u00a0\u202f]([^\W\d_]+)(?: ([^\W\d_]+))?(?: ([^\W\d_]+))?", after)
    if not match or not language.nouns:
        return ""
    between = language.nouns.between.split()
    noun = next((word for word in match.groups() if word and word.casefold() not in between), "")
    return of(language, noun)


def _by_ending(nouns: Nouns, word: str) -> str:
    if word in nouns.no_nouns.split() or len(word) < 3:
        return ""
    singular = word.removesuffix("s") if ("s", "") in nouns.plurals else word
    for ending, gender in nouns.gender_by_ending:
        if word.endswith(ending) or singular.endswith(ending):
            return gender
    return ""
