"""The phrase of a text that matters most, for a card: chosen by rule, without a language model.

A sentence is cut into chunks before words that belong to the next one (articles, prepositions, auxiliaries; see
Language.clinging) and at punctuation, since phrases rarely end elsewhere. Of all runs of chunks that fit, the one with
the most content wins.
"""

import itertools
import re
from collections.abc import Iterator, Sequence

from audio_pipeline.text import sentences
from audio_pipeline.text.language import Language
from audio_pipeline.text.languages import registry

_MOST_WORDS = 9
_MOST_CHARACTERS, _MOST_UNSPACED = 56, 20
_CLAUSE = re.compile(r"(?<=[,;:–—，、；：])\s*|\s+[–—-]\s+")
_BEFORE_COORDINATING = (
    1.5  # cost of ending before "and" or "or": "small doses of a weakened | or dead virus"
)
_OF_SHORTNESS, _FEWEST_WORDS = 0.8, 3
_BARE = "\"'“”‘’«»„()[]¿¡.,;:!?…，、；：。！？"
_OF_A_LETTER = 0.1  # worth of each letter of a content word, up to 10
_OF_A_WORD = 0.1  # cost of a word without content
_OF_A_NAME = 0.6  # worth of a name or a number
_OF_A_BEGINNING, _OF_AN_END = 1.2, 0.3  # worth of beginning or ending where a clause does
_OF_THE_SENTENCE = 0.8  # worth of its beginning
_OF_A_CONJUNCTION = 0.8  # cost of one within


def key_phrase(text: str, language: str) -> str:
    """Return at most 9 words (20 characters in languages without spaces) of a text, with a capital first letter.

    Returns "" for a text without a letter or digit.
    """
    profile = registry.of(language)
    found = [
        (score, phrase)
        for paragraph in sentences.paragraphs(text, language)
        for sentence in paragraph
        for score, phrase in _phrases(sentence, profile)
    ]
    if not found:
        return ""
    phrase = max(found, key=lambda each: each[0])[1]
    return phrase[:1].upper() + phrase[1:]


def _phrases(sentence: str, language: Language) -> Iterator[tuple[float, str]]:
    """Yield the phrases of a sentence that fit, or the beginning of a clause of which none does, with their worth."""
    for number, clause in enumerate(filter(None, _CLAUSE.split(sentence))):
        if not any(map(str.isalnum, clause)):
            continue
        if not language.spaces:
            yield min(len(clause), _MOST_UNSPACED), _tidy(clause[:_MOST_UNSPACED])
            continue
        words = clause.split()
        while len(words) > 1 and words[0].strip(_BARE).lower() in language.joining_words:
            words = words[1:]  # "But the third heart" → "The third heart"
        chunks = _chunks(words, language)
        runs = list(itertools.combinations(range(len(chunks) + 1), 2))
        phrases = [
            (
                _worth(run, language, begin == 0, end == len(chunks))
                + _OF_THE_SENTENCE * (number == begin == 0)
                - _BEFORE_COORDINATING * _is_coordinating(chunks[end : end + 1], language),
                _tidy(" ".join(run)),
            )
            for begin, end in runs
            for run in [list(itertools.chain(*chunks[begin:end]))]
            if not _is_function_word(run[-1], language)
        ]
        fitting = [(worth, phrase) for worth, phrase in phrases if _fits(phrase)]
        if not fitting:
            beginnings = itertools.accumulate(words, "{} {}".format)
            longest = [words[0], *itertools.takewhile(_fits, beginnings)][-1]
            fitting = [(0.0, f"{_tidy(longest)[:_MOST_CHARACTERS]}…")]
        yield from fitting


def _chunks(words: Sequence[str], language: Language) -> list[list[str]]:
    chunks: list[list[str]] = [[]]
    for before, word in zip([None, *words], words, strict=False):
        if before and _is_function_word(word, language) and not _is_function_word(before, language):
            chunks.append([])
        chunks[-1].append(word)
    return chunks


def _worth(
    words: Sequence[str], language: Language, begins_clause: bool, ends_clause: bool
) -> float:
    worth = _OF_A_BEGINNING * begins_clause + _OF_AN_END * ends_clause
    worth -= _OF_SHORTNESS * (len(words) < _FEWEST_WORDS)
    for number, word in enumerate(words):
        bare = word.strip(_BARE)
        worth -= _OF_A_CONJUNCTION * (bare.lower() in language.joining_words)
        if _is_function_word(word, language):
            worth -= _OF_A_WORD
            continue
        worth += _OF_A_LETTER * min(len(bare), 10)
        is_name = bare[:1].isupper() and not (number == 0 and begins_clause)
        worth += _OF_A_NAME * (is_name or any(map(str.isdigit, bare)))
    return worth


def _is_coordinating(following: Sequence[Sequence[str]], language: Language) -> bool:
    """True if the chunk that follows begins with "and" or "or"."""
    return bool(following) and following[0][0].strip(_BARE).lower() in language.coordinating.split()


def _is_function_word(word: str, language: Language) -> bool:
    bare = word.strip(_BARE).lower()
    return bare in language.clinging.split() or bare in language.joining_words


def _fits(phrase: str) -> bool:
    return len(phrase.split()) <= _MOST_WORDS and len(phrase) <= _MOST_CHARACTERS


def _tidy(phrase: str) -> str:
    """Remove the marks around a phrase, but keep a question mark, an exclamation mark and a closed pair."""
    phrase = phrase.strip().rstrip(".,;:–—，、；：。").strip()
    for opening, closing in ("“”", "‘’", "«»", "()", "„“", '""', "「」"):
        if phrase.count(opening) != phrase.count(closing) or opening == closing:
            phrase = phrase.strip(opening + closing)
    return phrase.strip()
