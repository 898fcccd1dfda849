"""Russian and Ukrainian: one and two in the gender of the following noun (languages/ru.py and uk.py)."""

from audio_pipeline.text import counted, genders
from audio_pipeline.text.language import Language
from audio_pipeline.text.numerals import spelled

_NO_NOUNS = frozenset(
    ["и", "или", "ли", "при", "три", "почти", "пяти", "шести", "десяти", "только"]
)


def say_counted(language: Language, text: str, adjectives: tuple[str, ...]) -> str:
    """Spell out one and two in their genders. adjectives: see counted.in_words."""

    def form(number: int, noun: str, gender: str) -> str:
        kind = _kind(language, number, noun, gender)
        return spelled(language.rules, number, f"spellout-cardinal-{kind}") if kind else ""

    return counted.in_words(language, form, text, adjectives)


def _kind(language: Language, number: int, noun: str, gender: str) -> str:
    """Return the kind of cardinal for a number that ends in one or two, or "". The noun's form determines the case."""
    ends_in_1, ends_in_2 = (number % 10 == n and number % 100 != 10 + n for n in (1, 2))
    if ends_in_2 and gender == "f":
        return "feminine"
    if ends_in_2 and language.rules == "ru" and _genitive(noun, gender):
        return "feminine"
    if not ends_in_1 or not gender:
        return ""
    if noun[-1] in "ую":
        return "feminine-accusative" if language.rules == "ru" else ""
    nominative = genders.is_singular(language, noun)
    return {"f": "feminine", "n": "neuter"}.get(gender, "") if nominative else ""


def _genitive(noun: str, gender: str) -> bool:
    """True if a noun after two is feminine by its form: it ends in -ы or -и, any other in -а or -я."""
    adjective = noun.endswith(("ые", "ие", "ыми", "ими", "ами", "ями"))
    return (
        not gender
        and len(noun) > 3
        and noun[-1] in "ыи"
        and noun not in _NO_NOUNS
        and not adjective
    )
