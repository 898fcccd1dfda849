"""Terms of config/lexicon.yaml in a text: complete words, the longest first.

A term's case counts only if it has a capital. Hyphens end words, and so do the apostrophes of "Nguyen's" and "l'Oréal",
but not those within "don't". Terms of scripts without spaces between words are matched anywhere. Each term has its own
pattern, which is tried only on texts that have the term's first word.
"""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

from audio_pipeline.errors import InputError
from audio_pipeline.text import characters
from audio_pipeline.text.unspaced import UNSPACED

Terms = Mapping[str, str]  # term → respelling, or phonemes in [[ ]]

_LETTER = rf"[\w--[{UNSPACED}]]"  # of words between spaces
_APOSTROPHE = "['’ʼ]"
_ELIDED = "(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|un|all|coll|dall|dell|nell|sull|bell|quell)"
_ENDINGS = "(?:s|d|ll|re|ve|m)"  # after an apostrophe
_BEFORE = (
    rf"(?<!{_LETTER})(?:(?<!{_LETTER}{_APOSTROPHE})|(?<=(?<!{_LETTER})(?i:{_ELIDED}){_APOSTROPHE}))"
)
_AFTER = rf"(?!{_LETTER})(?!{_APOSTROPHE}(?!(?i:{_ENDINGS})(?!{_LETTER})){_LETTER})"
# A term with digits at its end is not part of another number: 19 in 19.5, 1984 in $1984.
_BEFORE_DIGIT, _AFTER_DIGIT = r"(?<![0-9][.,:/'’–-])(?<![$€£¥])", r"(?![.,:/'’–-][0-9]|\s?[%$€£¥])"
_FLAGS = regex.VERSION1
_RUN = regex.compile(rf"{_LETTER}+", _FLAGS)


@dataclass(frozen=True)
class Match:
    """A term in a text, and where it stands."""

    start: int
    end: int
    term: str


class Lexicon:
    """The terms for a language and voice."""

    def __init__(self, terms: Terms) -> None:
        self.terms = dict(terms)
        self._by_first_word: dict[str, list[str]] = {}
        for term in self.terms:
            first = _RUN.match(_plain(term))
            key = first[0].casefold() if first else ""  # "": tried on every text
            self._by_first_word.setdefault(key, []).append(term)

    def find(self, text: str) -> list[Match]:
        """Return the terms in a text that is `characters.composed`, in order. None overlap."""
        words = {"", *(word.casefold() for word in _RUN.findall(text))}
        candidates = [term for word in words for term in self._by_first_word.get(word, ())]
        found = [
            (match.start(), -match.end(), term.islower(), match.end(), term)
            for term in candidates
            for match in _pattern(term).finditer(text)
        ]
        result: list[Match] = []
        for start, _, _, end, term in sorted(found):
            if not result or start >= result[-1].end:
                result.append(Match(start, end, term))
        return result

    def occurring(self, text: str) -> dict[str, str]:
        """Return the terms that a text has."""
        names = {match.term for match in self.find(characters.composed(text))}
        return {term: value for term, value in self.terms.items() if term in names}


def keys(configured: Mapping[str, Terms], language: str, voice: str) -> list[str]:
    """Return the keys that apply to a language and voice, the strongest last.

    configured: language or voice → terms. `pt` applies to pt-BR too; pt-BR takes precedence over it, and the voice over
    both.
    """
    parts = language.lower().split("-")
    names = ["-".join(parts[:count]) for count in range(1, len(parts) + 1)]
    found = [key for name in names for key in configured if key.lower() == name]
    return [*found, voice] if voice in configured and voice not in found else found


def of(configured: Mapping[str, Terms], applicable: Sequence[str]) -> Lexicon:
    """Return the terms of these keys, the strongest last."""
    return _overlaid(tuple(tuple(configured[key].items()) for key in applicable))


def of_terms(terms: Terms) -> Lexicon:
    return _overlaid((tuple(terms.items()),))


def is_phonemes(value: str) -> bool:
    """True for phonemes, False for a respelling."""
    return value.startswith("[[")


def phonemes(terms: Terms) -> list[str]:
    """Return the terms that have phonemes."""
    return [term for term, value in terms.items() if is_phonemes(value)]


def refuse_phonemes(terms: Terms, where: str) -> None:
    """Raise InputError if a term has phonemes. where: the engine or server that cannot speak them."""
    for term in phonemes(terms):
        raise InputError(
            f"the lexicon has phonemes for {term!r}, which {where} cannot speak; "
            "give it a respelling in config/lexicon.yaml, like 'win'"
        )


@functools.lru_cache(maxsize=256)
def _overlaid(levels: tuple[tuple[tuple[str, str], ...], ...]) -> Lexicon:
    """Overlay levels of terms, the strongest last. A term replaces those of weaker levels that differ only in case."""
    terms: dict[str, str] = {}
    for level in levels:
        replaced = {_plain(term).casefold() for term, _ in level}
        terms = {
            term: value for term, value in terms.items() if _plain(term).casefold() not in replaced
        }
        terms |= dict(level)
    return Lexicon(terms)


def _plain(term: str) -> str:
    return " ".join(characters.composed(term).split())


@functools.lru_cache(maxsize=4096)
def _pattern(term: str) -> regex.Pattern[str]:
    term = _plain(term)
    body = r"\s+".join("".join(map(_spelled, word)) for word in term.split())
    before, after = _borders(term)
    has_capital = any(letter.isupper() or letter.istitle() for letter in term)
    return regex.compile(before + (body if has_capital else f"(?i:{body})") + after, _FLAGS)


def _borders(term: str) -> Iterator[str]:
    """Yield the patterns of what stands before and after a term."""
    for character, border, at_digit in (
        (term[0], _BEFORE, _BEFORE_DIGIT),
        (term[-1], _AFTER, _AFTER_DIGIT),
    ):
        spaced = not regex.match(rf"[{UNSPACED}]", character)
        yield border * spaced + at_digit * (character in "0123456789")


def _spelled(character: str) -> str:
    """Return the pattern of a character, with the variants of apostrophes and hyphens."""
    if character in "'’ʼ":
        return _APOSTROPHE
    return "[-‐‑]" if character in "-‐‑" else regex.escape(character)
