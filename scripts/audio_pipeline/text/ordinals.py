"""Ordinals written with a full stop: "der 2. Weltkrieg", "2. Dünya Savaşı", "3. maj".

Detects if the full stop ends the sentence, and spells out ordinals if Unicode's rules have them and the words beside
them determine the ending; otherwise espeak reads the number.
"""

import functools
import re
from collections.abc import Callable

from audio_pipeline.text import genders
from audio_pipeline.text.language import Language
from audio_pipeline.text.numerals import START, spelled

NUMBER = r"(?:\d{1,3}|[IVX]{1,7})"
NEAR = 100  # characters on each side that determine the form
_ENDS_IN_NUMBER = re.compile(rf"(?:^|(?<=[\s(„“\"«»]))({NUMBER})$")
_LONE = re.compile(rf"{START}(\d{{1,3}})\.(?= ([^\W\d_]+))")


def continues(before: str, after: str, language: Language, opens: bool) -> bool | None:
    """True if the full stop between the two texts belongs to an ordinal. Returns None if `before` ends in none.

    opens: True if `after` begins with a word that opens sentences.
    """
    if not language.ordinals_with_full_stop or not (number := _ENDS_IN_NUMBER.search(before)):
        return None
    if not number[1].isdigit():  # Ludwig XIV. war, II. János Pál
        return not opens
    words = before[: number.start()].split()
    if not words:  # the number of a list, too
        return True
    if after.casefold().startswith(language.words_after_ordinals):
        return True
    if words[-1].casefold() == language.ordinal_role and genders.listed(
        language, first_word(after)
    ):
        return True
    return not opens and _has_article(words, language)


def _has_article(words: list[str], language: Language) -> bool:
    """True if the last word, or the one before an adjective, can precede an ordinal, also in "der 1. und 2."."""
    words = [word.casefold().strip("(„“\"'«»") for word in words[-4:]]
    while len(words) > 2 and words[-1] in ("und", "oder", "bis", "og", "és", "vagy"):
        words = words[:-2] if words[-2].endswith(".") else words[:-1]
    articles = language.words_before_ordinals
    if words[-1] in articles:
        return True
    adjective = re.fullmatch(language.ordinal_adjectives, words[-1])
    return bool(adjective) and len(words) > 1 and words[-2] in articles


def spell(language: Language, sentence: str) -> str:
    """Spell out the ordinals of a sentence whose form is known."""
    if language.say_ordinals:
        return language.say_ordinals(sentence)
    form = language.ordinal_form
    return _LONE.sub(functools.partial(_spell_lone, language, form), sentence) if form else sentence


def _spell_lone(language: Language, form: Callable[[str, str], str], match: re.Match[str]) -> str:
    """Spell out an ordinal before a lower-case noun; before a capitalized one, a first number is a list's."""
    before, noun = match.string[max(0, match.start() - NEAR) : match.start()], match[2]
    if (
        not before.strip()
        and noun[0].isupper()
        and not noun.casefold().startswith(language.words_after_ordinals)
    ):
        return match[0]
    return spelled(language.rules, int(match[1]), form(before, noun))


def first_word(text: str) -> str:
    """Return the word at the beginning of a text, "" if there is none."""
    match = re.match(r"\w*", text)
    return match[0] if match else ""
