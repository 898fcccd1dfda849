"""Numbers with a full stop that are ordinals: "der 2. Weltkrieg", "2. Dünya Savaşı", "3. maj".

Two questions: does the full stop end the sentence, and how is the ordinal said? The second is answered where Unicode's
rules have the ordinal and its ending follows from the words beside it; elsewhere espeak reads the number.
"""

import functools
import re
from collections.abc import Callable

from audio_pipeline.text import genders, german
from audio_pipeline.text.numerals import START, roman_value, spelled
from audio_pipeline.text.sentence_words import (
    after_ordinals,
    before_ordinals,
    writes_ordinals_with_a_full_stop,
)

_NUMBER = r"(?:\d{1,3}|[IVX]{1,7})"
_ENDS_IN_NUMBER = re.compile(rf"(?:^|(?<=[\s(„“\"«»]))({_NUMBER})$")
_CHAIN = re.compile(
    rf"(?<![\w.,/:\-–—^])({_NUMBER}\.(?:(?: (?:und|oder|bis|sowie) |, | ?[–/-] ?){_NUMBER}\.){{0,4}})(?= [^\W\d_])"
)
_NEAR = 100  # characters on each side that tell the form
_LONE = re.compile(rf"{START}(\d{{1,3}})\.(?= ([^\W\d_]+))")


def goes_on(before: str, after: str, language: str, opens: bool) -> bool | None:
    """True if the full stop between the two texts belongs to an ordinal. Returns None if `before` ends in none.

    language: the code before the hyphen; opens: `after` begins with a word that opens sentences.
    """
    if not writes_ordinals_with_a_full_stop(language) or not (
        number := _ENDS_IN_NUMBER.search(before)
    ):
        return None
    if not number[1].isdigit():  # Ludwig XIV. war, II. János Pál
        return not opens
    words = before[: number.start()].split()
    if not words:  # the number of a list, too
        return True
    if after.casefold().startswith(after_ordinals(language)):
        return True
    if (
        language == "de"
        and words[-1].casefold() == "als"
        and genders.listed("de", re.match(r"\w*", after)[0])
    ):
        return True  # als 2. Mensch
    return not opens and _has_article(words, language)


def _has_article(words: list[str], language: str) -> bool:
    """True if the last word, or the one before an adjective, can stand before an ordinal; in "der 1. und 2.", too."""
    words = [word.casefold().strip("(„“\"'«»") for word in words[-4:]]
    while len(words) > 2 and words[-1] in ("und", "oder", "bis", "og", "és", "vagy"):
        words = words[:-2] if words[-2].endswith(".") else words[:-1]
    if words[-1] in before_ordinals(language):
        return True
    adjective = language == "de" and re.fullmatch(r"[a-zäöüß]{3,}(?:e|er|es|en)", words[-1])
    return bool(adjective) and len(words) > 1 and words[-2] in before_ordinals("de")


def said(language: str, sentence: str) -> str:
    """The sentence with its ordinals in words, as far as their form is known."""
    base = language.split("-")[0].lower()
    if base == "de":
        return _CHAIN.sub(_german, sentence)
    form = {"tr": _plain, "hu": _plain, "da": _danish, "fi": _finnish}.get(base)
    if base == "nl":
        return re.sub(
            rf"{START}(\d{{1,3}})(?:e|de|ste)\b",
            lambda m: spelled("nl", int(m[1]), "spellout-ordinal"),
            sentence,
        )
    return _LONE.sub(functools.partial(_lone, base, form), sentence) if form else sentence


def _lone(base: str, form: Callable[[str, str], str], match: re.Match[str]) -> str:
    """Of a language in which the noun is written small; a large letter at the sentence's start is a list's item."""
    before, noun = match.string[max(0, match.start() - _NEAR) : match.start()], match[2]
    if (
        not before.strip()
        and noun[0].isupper()
        and not noun.casefold().startswith(after_ordinals(base))
    ):
        return match[0]
    return spelled(base, int(match[1]), form(before, noun))


def _plain(before: str, noun: str) -> str:
    return "spellout-ordinal"


def _danish(before: str, noun: str) -> str:
    neuter = re.search(r"\b(?:det|mit|sit|dit|vores|hvert|et) $", before.casefold())
    return "spellout-ordinal-neuter" if neuter else "spellout-ordinal-common"


def _finnish(before: str, noun: str) -> str:
    """The ordinal has its noun's case; a date's month is in the partitive, its day is not."""
    if noun.endswith("kuuta"):
        return "spellout-ordinal"
    cases = {
        "inessive": r"ss[aä]",
        "elative": r"st[aä]",
        "adessive": r"ll[aä]",
        "ablative": r"lt[aä]",
        "allative": r"lle",
        "partitive": r"aa|ää|tt[aä]",
        "illative": r"(?:aa|ee|ii|oo|uu|yy|ää|öö)n",
        "genitive": r"n",
    }
    found = (case for case, ending in cases.items() if re.search(rf"(?:{ending})$", noun))
    case = next(found, "")
    return f"spellout-ordinal-{case}" if case else "spellout-ordinal"


def _german(match: re.Match[str]) -> str:
    start, end = match.span()
    before, after = match.string[max(0, start - _NEAR) : start], match.string[end : end + _NEAR]
    ending = german.ordinal_ending(before, after)
    if ending is None:
        return match[0]
    if match[1].count(".") == 1 and not match[1][0].isdigit() and not before.strip():
        return match[0]  # "I. Newton"
    words = re.sub(rf"({_NUMBER})\.", lambda m: _german_word(m[1], ending), match[1])
    return re.sub(r" ?[–/-] ?", " bis ", words)


def _german_word(number: str, ending: str) -> str:
    value = int(number) if number.isdigit() else roman_value(number)
    return spelled("de", value, f"spellout-ordinal{ending}")
