"""German endings of ordinals, one and one half, from the words beside them (languages/de.py)."""

import re

from audio_pipeline.text import genders
from audio_pipeline.text.languages import registry
from audio_pipeline.text.numerals import roman_value, spelled
from audio_pipeline.text.ordinals import NEAR, NUMBER

_CHAIN = re.compile(
    rf"(?<![\w.,/:\-–—^])({NUMBER}\.(?:(?: (?:und|oder|bis|sowie) |, | ?[–/-] ?){NUMBER}\.){{0,4}})(?= [^\W\d_])"
)
_STEMS = ("unser", "kein", "mein", "dein", "sein", "unsr", "euer", "ein", "ihr", "eur")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DATIVE = _set(
    "mit aus von nach zu bei seit ab außer gegenüber in an auf unter vor hinter neben zwischen"
)
_OBLIQUE = _DATIVE | _set("während wegen trotz statt anstatt innerhalb außerhalb über")
_DATIVE_OF_MEASURES = _set("mit aus von nach zu bei seit ab außer vor in an unter innerhalb binnen")
_ACCUSATIVE = _set(
    "für um durch gegen ohne pro hat habe haben hatte hatten kostet kosten braucht dauert trinkt trank isst aß kauft "
    "kaufte nimmt gibt gab wiegt wog bekommt sieht sah fand findet"
)
_NOMINATIVE = _set("ist war wäre sei bleibt blieb wird wurde als wie sind waren")


def say_ordinals(sentence: str) -> str:
    """Spell out the ordinals of a sentence whose form is known."""
    return _CHAIN.sub(_in_words, sentence)


def _in_words(match: re.Match[str]) -> str:
    start, end = match.span()
    before, after = match.string[max(0, start - NEAR) : start], match.string[end : end + NEAR]
    ending = ordinal_ending(before, after)
    if ending is None:
        return match[0]
    if match[1].count(".") == 1 and not match[1][0].isdigit() and not before.strip():
        return match[0]  # "I. Newton"
    words = re.sub(rf"({NUMBER})\.", lambda m: _ordinal(m[1], ending), match[1])
    return re.sub(r" ?[–/-] ?", " bis ", words)


def _ordinal(number: str, ending: str) -> str:
    value = int(number) if number.isdigit() else roman_value(number)
    return spelled("de", value, f"spellout-ordinal{ending}")


def gender(number: int, gender: str, before: str, noun: str) -> str:
    """Return the gender of a number before a noun, with its case if the word before determines it: mit einer Frau."""
    if noun == "Uhr" or not gender:
        return "m" * noun[0].isupper()
    if number == 1:
        of_one = case(before)
        if of_one == "dative":
            return "-r" if gender == "f" else "-m"
        if of_one == "accusative" and gender == "m":
            return "-n"
    return "f" if gender == "f" else "m"


def half(whole: str, gender: str, before: str) -> str:
    """Spell out ½ after an integer and before a noun of a gender, or return "" for the words of other fractions."""
    if whole and int(whole) < 1000:
        return spelled("de", int(whole), "spellout-cardinal-masculine") + "einhalb"
    if not gender:
        return ""
    of_half = case(before)
    if of_half == "dative":
        return "einer halben" if gender == "f" else "einem halben"
    if gender == "m":
        return "ein halber" if of_half == "nominative" else "einen halben"
    return "eine halbe" if gender == "f" else "ein halbes"


def case(before: str) -> str:
    """Return the case of a number by the word before it: "dative", "accusative", "nominative" or "" (unknown).

    before: the text before it in the sentence; 40 characters are enough.
    """
    match = re.search(r"([^\W\d_]*)[ („“\"]*$", before)
    word = match[1].casefold() if match else ""
    if word in _DATIVE_OF_MEASURES:
        return "dative"
    if word in _ACCUSATIVE:
        return "accusative"
    return "nominative" if word in _NOMINATIVE or not word else ""


def ordinal_ending(before: str, after: str) -> str | None:
    """Return the ending of an ordinal between two texts, as Unicode's rules name it: "", "-n", "-r", "-s", "-m".

    Returns None if it is unknown, or no ordinal.
    """
    german = registry.of("de")
    articles, nouns = german.words_before_ordinals, german.words_after_ordinals
    noun = next((w for w in re.findall(r"[^\W\d_]+", after)[:3] if w[0].isupper()), "")
    gender = genders.of(german, noun)
    words = [word.strip("(„“\"'«»") for word in before.split()[-5:]] or [""]
    word = words[-1].casefold()
    earlier = words[-2] if len(words) > 1 else ""
    adjective = re.fullmatch(r"[a-zäöüß]{3,}(e|er|es|en|em)", words[-1])
    if adjective and earlier.casefold() in articles and word not in articles:
        return {"e": "", "er": "-r", "es": "-s"}.get(adjective[1], "-n")
    if word in articles:
        return _after_article(word, earlier, len(words) > 2, gender)
    if word == "als" and genders.listed(german, noun):
        return _strong(gender, dative=False)
    if word in ("wurde", "wird", "ist", "war") and after.lstrip()[:1].islower():
        return "-r"  # er wurde dritter und sie …
    if not after.strip().casefold().startswith(nouns):
        return None
    if word in ("seit", "ab", "bis", "vor", "nach"):
        months = after.strip().casefold().startswith(nouns[:12])
        return "-n" if months or (gender == "m" and word == "bis") else _strong(gender, dative=True)
    return _strong(gender, dative=word in _DATIVE, subject=not before.strip())


def _after_article(word: str, earlier: str, inside: bool, gender: str) -> str:
    stem = next((stem for stem in _STEMS if word.startswith(stem)), None)
    if stem and word in _STEMS:  # ein, mein
        return "-s" if gender == "n" else "-r"
    if word in ("die", "das", "ans", "ins", "aufs", "fürs", "durchs", "ums", "übers"):
        return ""
    if stem:
        return "" if word == stem + "e" else "-n"
    if word.endswith("er") or word == "der":
        oblique = earlier.casefold() in _OBLIQUE or (inside and earlier[:1].isupper())
        return "-n" if gender == "f" or (not gender and oblique) else ""
    if word.endswith("e") or word in ("dieses", "jedes", "jenes", "welches"):
        return ""
    return "-n"


def _strong(gender: str, *, dative: bool, subject: bool = True) -> str:
    """Return the ending without an article: zweiter Platz, in zweiter Reihe."""
    if dative:
        return "-r" if gender == "f" else "-m"
    if gender == "m" and not subject:
        return "-n"
    return {"f": "", "n": "-s"}.get(gender, "-r")
