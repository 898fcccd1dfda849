"""One, two and their like in the gender of what is counted, for languages whose other numbers espeak reads well."""

import re
from collections.abc import Callable

from audio_pipeline.text import genders
from audio_pipeline.text.numerals import START, spelled

_COUNTED = re.compile(rf"{START}(\d{{1,4}})(?= ([^\W\d_]+)(?: ([^\W\d_]+))?)")
_ITALIAN_ONE = re.compile(rf"{START}1 ([aeiouAEIOU][^\W\d_]*)")
_ITALIAN_FIRST = re.compile(
    rf"{START}1(?= (?:gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre)\b)"
)
_ADJECTIVES = {
    "ru": ("ые", "ие", "ых", "их"),
    "uk": ("і", "их"),
    "pl": ("e",),
}  # in the plural, after two
_CHINESE_TWO = re.compile(
    r"(?<![\d.第零一二三四五六七八九十])2(?=个|只|条|张|本|杯|天|位|名|次|件|块|辆|家|种|座|匹|瓶|碗|棵|首|封|颗|"
    r"年(?!级|代|\d)|周|小时|分钟|公里|公斤|米|倍)"
)


def numbers(language: str, text: str) -> str:
    """language: the code before the hyphen."""
    if language == "zh":
        return _CHINESE_TWO.sub("两", text)
    if language == "it":
        text = _ITALIAN_ONE.sub(_elided, _ITALIAN_FIRST.sub("primo", text))
    say = {"it": _italian, "pl": _polish, "ru": _russian, "uk": _russian}.get(language)
    return _COUNTED.sub(lambda m: _said(language, say, m), text) if say else text


def _said(language: str, say: Callable[[str, int, str, str], str], match: re.Match[str]) -> str:
    number, noun = int(match[1]), match[2]
    if match[1][0] == "0":
        return match[0]
    if (
        match[3]
        and not genders.of(language, noun)
        and noun.endswith(_ADJECTIVES.get(language, ("-",)))
    ):
        noun = match[3]
    kind = say(language, number, noun, genders.of(language, noun))
    if not kind:
        return match[0]
    said = spelled(language, number, f"spellout-cardinal-{kind}")
    return _before_noun(said, noun) if language == "it" and number == 1 else said


def _italian(_: str, number: int, noun: str, gender: str) -> str:
    return {"m": "masculine", "f": "feminine"}.get(gender, "") if number == 1 else ""


def _before_noun(one: str, noun: str) -> str:
    """Uno studente."""
    return "uno" if one == "un" and re.match(r"s[^aeiou]|z|gn|ps|x|y", noun, re.IGNORECASE) else one


def _elided(match: re.Match[str]) -> str:
    """Un'ora."""
    return f"un'{match[1]}" if genders.of("it", match[1]) == "f" else match[0]


def _polish(_: str, number: int, noun: str, gender: str) -> str:
    two = number % 10 == 2 and number % 100 != 12
    if number == 1 and noun.endswith("ę") and gender != "n":
        return "feminine-accusative"
    if two and gender == "f" and noun[-1] in "yie":
        return "feminine"
    return {"f": "feminine", "n": "neuter"}.get(gender, "") if number == 1 else ""


_NO_NOUNS = frozenset(
    ["и", "или", "ли", "при", "три", "почти", "пяти", "шести", "десяти", "только"]
)


def _russian(language: str, number: int, noun: str, gender: str) -> str:
    """Russian and Ukrainian: two and one at the end of a number; the noun's form tells the case."""
    one, two = (number % 10 == last and number % 100 != 10 + last for last in (1, 2))
    if two and gender == "f":
        return "feminine"
    if two and language == "ru" and _genitive(noun, gender):
        return "feminine"
    if not one or not gender:
        return ""
    if noun[-1] in "ую":
        return "feminine-accusative" if language == "ru" else ""
    nominative = genders.is_singular(language, noun)
    return {"f": "feminine", "n": "neuter"}.get(gender, "") if nominative else ""


def _genitive(noun: str, gender: str) -> bool:
    """After two, a feminine noun ends in -ы or -и, any other in -а or -я."""
    adjective = noun.endswith(("ые", "ие", "ыми", "ими", "ами", "ями"))
    return (
        not gender
        and len(noun) > 3
        and noun[-1] in "ыи"
        and noun not in _NO_NOUNS
        and not adjective
    )
