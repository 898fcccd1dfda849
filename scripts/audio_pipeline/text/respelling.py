"""The spoken form of a text with the pronunciations of the lexicon filled in.

Only the lexicon can put [[phonemes]] into a text: `spoken_form` takes the markup out of a script before terms are
filled in. A term has precedence over the rules of the spoken form: "2FA", "km/h".
"""

import re
from collections.abc import Mapping, Sequence

from audio_pipeline.text import characters, lexicon, sentences, spoken_form
from audio_pipeline.text.lexicon import Match, Terms

# A term that the rules would change is hidden as a word of Deseret letters, which have an upper and a lower case, as
# rules look at the case of words. No voice speaks Deseret.
_SMALL, _COUNT = 0x10428, 40
_CAPITAL = 0x10400
_LETTERS = 3  # per term: 64,000 terms in a text
_HIDDEN = re.compile(f"[{chr(_CAPITAL)}-{chr(_SMALL + _COUNT - 1)}]{{{_LETTERS}}}")
_NO_DESERET = dict.fromkeys(range(_CAPITAL, _SMALL + _COUNT))
# Phonemes, a mark before them, and a possessive 's and marks behind them.
_PHONEMES = re.compile(
    r"([^\w\s'’\-\[]|\[(?=\[\[))?\[\[([^\[\]]+)\]\]"
    r"(['’][sS](?!\w))?([^\w\s\[]+(?=\s|\Z)|[。，、！？；：]+)?"
)
_MARKS = {
    **dict(zip(".,;:!?", ".,;:!?", strict=True)),
    **dict(zip("…。，、！？；：", "..,,!?;:", strict=True)),
}
_VOICELESS, _SIBILANTS = frozenset("ptkfθ"), frozenset("szʃʒʧʤ")
_JOINT = "\u2060"  # stands for spaces within phonemes while a text is split


def spoken(text: str, language: str, terms: Terms | None = None) -> str:
    """Return the text for the voice. terms: of the lexicon, which replace the rules of the spoken form."""
    plain = spoken_form.spoken(text, language)
    if not terms:
        return plain
    known = lexicon.of_terms(terms)
    text = characters.composed(text)
    found = known.find(text)
    if not found:
        return plain
    plain = characters.composed(plain)
    kept = known.find(plain)
    # If all terms are still there, in this order, the rules have seen them as words, with their gender and case.
    if _words(plain, kept) == _words(text, found):
        return _filled(plain, kept, terms, language)
    hidden, values = _hide(text.translate(_NO_DESERET), terms, language)
    return _settled(_reveal(spoken_form.spoken(hidden, language), values), language)


def countable(text: str, terms: Terms | None) -> str:
    """Return a spoken text with terms instead of their phonemes, to count its words."""
    by_phonemes = {terms[term]: term for term in lexicon.phonemes(terms)} if terms else {}
    for value in sorted(by_phonemes, key=len, reverse=True):
        pattern = re.escape(value.removesuffix("]]")) + r"[^\[\]]*\]\]"
        text = re.sub(pattern, by_phonemes[value].replace("\\", r"\\"), text)
    return text


def parts(text: str, language: str, most: int) -> list[str]:
    """Split a spoken text into parts of at most `most` characters, but never within phonemes."""

    def fits(part: str) -> bool:
        return len(part) <= most or ("[[" in part and " " not in part)

    pieces = text.split("[[")
    joined = [pieces[0]]
    for piece in pieces[1:]:
        inner, end, after = piece.partition("]]")
        joined.append(inner.replace(" ", _JOINT) + end + after)
    found = sentences.parts("[[".join(joined), language, fits)
    return [part.replace(_JOINT, " ") if "[[" in part else part for part in found]


def _words(text: str, found: Sequence[Match]) -> list[list[str]]:
    return [text[match.start : match.end].split() for match in found]


def _filled(text: str, found: Sequence[Match], terms: Terms, language: str) -> str:
    """Replace terms by their values."""
    ends = _sentence_ends(text, found, language)
    result, begin = "", 0
    for match in found:
        value = terms[match.term]
        result += text[begin : match.start] + value + _mark(text, match, value, ends)
        begin = match.end
    return _settled(result + text[begin:], language)


def _settled(text: str, language: str) -> str:
    """Move what follows phonemes into their brackets: Piper drops marks that stand between them and the next word."""

    def settle(match: re.Match[str]) -> str:
        before, inner, possessive, marks = match.groups(default="")
        if possessive:
            inner = inner.rstrip() + _possessive(inner, language)
        kept = "".join(filter(None, map(_MARKS.get, marks)))
        return f"{before}{' ' * bool(before)}[[{inner}{kept}]]"

    return _PHONEMES.sub(settle, text) if "[[" in text else text


def _possessive(phonemes: str, language: str) -> str:
    """Return the sound of an 's after these phonemes."""
    last = re.sub(r"[\W\u02b0-\u02ff]", "", phonemes)[-1:]
    if not language.lower().startswith("en") or last in _VOICELESS:
        return "s"
    return "ɪz" if last in _SIBILANTS else "z"


def _sentence_ends(text: str, found: Sequence[Match], language: str) -> list[int]:
    """Return the ends of sentences, if a term ends in a mark that may also end a sentence."""
    if not any(text[match.end - 1] in sentences.MARKS for match in found):
        return []
    return list(sentences.ends(text, language))


def _mark(text: str, match: Match, value: str, ends: Sequence[int]) -> str:
    """Return the mark of a term such as "St." that also ends a sentence, else ""."""
    mark = text[match.end - 1]
    if mark not in sentences.MARKS or value.endswith(sentences.MARKS):
        return ""
    end = next((end for end in ends if end >= match.end), None)
    if end is None or any(map(str.isalnum, text[match.end : end])):
        return ""
    return mark


def _hide(text: str, terms: Terms, language: str) -> tuple[str, dict[str, str]]:
    """Replace terms by words that no rule changes. Returns the text, and word → value."""
    found = lexicon.of_terms(terms).find(text)
    ends = _sentence_ends(text, found, language)
    values: dict[str, str] = {}
    result, begin = "", 0
    for number, match in enumerate(found):
        word = _word(number)
        values[word] = terms[match.term]
        first = word[0] if text[match.start].islower() else chr(ord(word[0]) - _SMALL + _CAPITAL)
        result += text[begin : match.start] + first + word[1:]
        result += _mark(text, match, values[word], ends)
        begin = match.end
    return result + text[begin:], values


def _word(number: int) -> str:
    digits = (number // _COUNT**place % _COUNT for place in range(_LETTERS))
    return "".join(chr(_SMALL + digit) for digit in digits)


def _reveal(text: str, values: Mapping[str, str]) -> str:
    """Replace the words of `_hide` by their values."""
    return _HIDDEN.sub(lambda match: values.get(match[0].lower(), ""), text)
