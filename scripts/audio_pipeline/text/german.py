"""German endings: of an ordinal, and of what is counted or measured, by the words beside it."""

import re

from audio_pipeline.text import genders
from audio_pipeline.text.sentence_words import after_ordinals, before_ordinals

_STEMS = ("unser", "kein", "mein", "dein", "sein", "unsr", "euer", "ein", "ihr", "eur")
_ARTICLES = before_ordinals("de")
_NOUNS = after_ordinals("de")
_MONTHS = _NOUNS[:12]


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_DATIVE = _set(
    "mit aus von nach zu bei seit ab außer gegenüber in an auf unter vor hinter neben zwischen"
)
_OTHER_CASES = _DATIVE | _set("während wegen trotz statt anstatt innerhalb außerhalb über")
_DATIVE_OF_MEASURES = _set("mit aus von nach zu bei seit ab außer vor in an unter innerhalb binnen")
_ACCUSATIVE = _set(
    "für um durch gegen ohne pro hat habe haben hatte hatten kostet kosten braucht dauert trinkt trank isst aß kauft "
    "kaufte nimmt gibt gab wiegt wog bekommt sieht sah fand findet"
)
_NOMINATIVE = _set("ist war wäre sei bleibt blieb wird wurde als wie sind waren")


def case(before: str) -> str:
    """ "dative", "accusative", "nominative" or "" (not known) of what is measured or counted, by the word before it.

    before: what stands there, of the same sentence; 40 characters are enough.
    """
    word = re.search(r"([^\W\d_]*)[ („“\"]*$", before)[1].casefold()
    if word in _DATIVE_OF_MEASURES:
        return "dative"
    if word in _ACCUSATIVE:
        return "accusative"
    return "nominative" if word in _NOMINATIVE or not word else ""


def ordinal_ending(before: str, after: str) -> str | None:
    """The ending of an ordinal between the two texts, as Unicode's rules name it: "", "-n", "-r", "-s", "-m".

    None: it is not known, or no ordinal.
    """
    noun = next((w for w in re.findall(r"[^\W\d_]+", after)[:3] if w[0].isupper()), "")
    gender = genders.of("de", noun)
    words = [word.strip("(„“\"'«»") for word in before.split()[-5:]] or [""]
    word = words[-1].casefold()
    earlier = words[-2] if len(words) > 1 else ""
    adjective = re.fullmatch(r"[a-zäöüß]{3,}(e|er|es|en|em)", words[-1])
    if adjective and earlier.casefold() in _ARTICLES and word not in _ARTICLES:
        return {"e": "", "er": "-r", "es": "-s"}.get(adjective[1], "-n")
    if word in _ARTICLES:
        return _after_article(word, earlier, len(words) > 2, gender)
    if word == "als" and genders.listed("de", noun):
        return _strong(gender, dative=False)
    if word in ("wurde", "wird", "ist", "war") and after.lstrip()[:1].islower():
        return "-r"  # er wurde dritter und sie …
    if not after.strip().casefold().startswith(_NOUNS):
        return None
    if word in ("seit", "ab", "bis", "vor", "nach"):
        months = after.strip().casefold().startswith(_MONTHS)
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
        oblique = earlier.casefold() in _OTHER_CASES or (inside and earlier[:1].isupper())
        return "-n" if gender == "f" or (not gender and oblique) else ""
    if word.endswith("e") or word in ("dieses", "jedes", "jenes", "welches"):
        return ""
    return "-n"


def _strong(gender: str, *, dative: bool, subject: bool = True) -> str:
    """Without an article: zweiter Platz, in zweiter Reihe."""
    if dative:
        return "-r" if gender == "f" else "-m"
    if gender == "m" and not subject:
        return "-n"
    return {"f": "", "n": "-s"}.get(gender, "-r")
