"""A text as paragraphs of sentences, and a very long sentence in parts, cut where one would breathe."""

import itertools
import re
from collections.abc import Callable, Iterator

from audio_pipeline.text import abbreviations, ordinals
from audio_pipeline.text.language import Language
from audio_pipeline.text.languages import registry
from audio_pipeline.text.unspaced import HAN_KANA, HANGUL

MOST_WORDS = 60  # of a part: Piper's memory follows its longest (1 GB at 200 words)

_WIDE, _OWN = (
    "。！？｡",
    "।॥؟۔։።။",
)  # the latter of Hindi, Arabic, Urdu, Armenian, Ethiopic and Burmese
MARKS = tuple(f".!?…{_WIDE}{_OWN}")  # at the end of a sentence
_END = re.compile(
    rf"""[.!?…]+(?:["'”“’»)\]]|\u00a0»)*(?=\s|\Z)|[{_WIDE}]+[」』”’）)\]]*|[{_OWN}]+(?=\s|\Z)""",
    re.VERBOSE,
)
_INITIAL = re.compile(r"(?:^|[\s.(“\"])[^\W\d_]\Z")
_SPACE = re.compile(r"\s*")
_QUOTES = "\"'“„‘«»([¿¡ "
_BACK = 100  # characters before a mark, and behind it, that tell whether it ends a sentence
_CJK = re.compile(f"[{HAN_KANA}{HANGUL}]")

_ERAS = ("C.", "Chr.", "э.", "н.е.", "н. е.", "n.e.")  # a name may follow: "50 v. Chr. Rom"


def paragraphs(text: str, language: str) -> list[list[str]]:
    """The paragraphs (apart by a blank line), each as its sentences, white space put in order."""
    blocks = (" ".join(block.split()) for block in re.split(r"\n\s*\n", text))
    return [[part.rstrip() for part in split(block, language)] for block in blocks if block]


def split(text: str, language: str) -> list[str]:
    """The sentences, each with the white space behind it: together they are the text."""
    found = (_SPACE.match(text, end) for end in ends(text, language))
    places = [0, *(space.end() for space in found if space), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(places) if a < b]


def parts(sentence: str, language: str, fits: Callable[[str], bool] | None = None) -> list[str]:
    """The sentence, or parts of it that fit: by default, at most 60 words (two Chinese characters count as one)."""
    fits = fits or (lambda part: _words(part) <= MOST_WORDS)
    if fits(sentence):
        return [sentence]
    cut = max(_cuts(sentence, registry.of(language)), default=None)
    half = len(sentence) // 2 if cut is None else cut[1]  # None: one word without end
    both = (sentence[:half].rstrip(), sentence[half:].lstrip())
    return [part for one in both for part in parts(one, language, fits)]


def ends(text: str, language: str, *, cut_off: bool = False) -> Iterator[int]:
    """The places behind each sentence that has an end. cut_off: "by Dr." at the end of the text is no sentence then."""
    known = registry.of(language)
    spaced = re.sub(r"(?<=[.!?…]) »", "\u00a0»", text) if known.spaced_marks else text
    inner, start = _inside_abbreviations(text, known), 0
    for end in _END.finditer(spaced):
        if end.start() in inner:
            continue
        before = text[max(start, end.start() - _BACK) : end.start()]
        after = text[end.end() : end.end() + _BACK].lstrip()
        if not after and text[end.end() :].strip():
            after = text[end.end() :].lstrip()[:_BACK]
        if not _goes_on(before, end[0], after, known, cut_off):
            yield end.end()
            start = end.end()


def _inside_abbreviations(text: str, language: Language) -> set[int]:
    """The places of full stops within "p. ex." and the like."""
    return {
        match.start() + place
        for one in abbreviations.of(language)
        if ". " in one.written and one.written[1:] in text
        for match in one.pattern.finditer(text)
        for place, character in enumerate(one.written[:-1])
        if character == "."
    }


def _goes_on(before: str, mark: str, after: str, language: Language, cut_off: bool) -> bool:
    """True if the sentence goes on after this mark. after: without white space at its start."""
    if mark[0] in _WIDE + _OWN or not (after or cut_off):
        return not cut_off and mark[-1:] in "」』" and after.startswith("と")  # "…", said someone
    words = after.lstrip(_QUOTES)
    if words[:1].islower() and not (mark[0] in "!?" and len(mark) == 1 and before[-1:].isspace()):
        return True
    if mark != "." or not before:
        return False
    opens = _opens(words, language)
    abbreviated = _abbreviated(before, words, language, opens or (cut_off and not after))
    if abbreviated is not None:
        return abbreviated
    if _INITIAL.search(before):
        return not opens and before[-1] != "I"
    if (ordinal := ordinals.goes_on(before.lstrip(), words, language, opens)) is not None:
        return ordinal
    if re.search(r"(?:^|\s)St\Z|[a-zäöüß]str\Z", before):
        return not opens
    return bool(re.fullmatch(r"\d{1,3}", before.strip()))  # a list's number


def _abbreviated(before: str, after: str, language: Language, opens: bool) -> bool | None:
    """True if the sentence goes on after an abbreviation. Returns None if `before` ends in none that counts here."""
    for one in abbreviations.of(language):
        found = one.written[-1] == "." and one.at_end.search(before[-20:] + ".")
        if not found or not one.follows_number(before[: len(before) + 1 - len(one.written)]):
            continue
        if one.before_number and after and not re.match(abbreviations.NUMBER_AHEAD, after):
            continue
        if not one.may_end:
            return True
        if not after:  # the text was cut off; "etc." may be its end
            return False
        if (
            one.written.endswith("m.")
            and ordinals.first_word(after) in language.after_a_time.split()
        ):
            return True
        unsure = one.written[0].isupper() or one.after_number or one.written.endswith(_ERAS)
        return unsure and not opens
    return None


def _opens(after: str, language: Language) -> bool:
    word = ordinals.first_word(after)
    if len(word) == 1 and after[1:2] == ".":
        return False  # an initial
    elided = word in language.elided.split() and after[len(word) :][:1] in ("'", "’")
    return elided or word in language.opening_words


def _cuts(sentence: str, language: Language) -> list[tuple[float, int]]:
    """Places to cut at, with how good each is: the mark there, and how near it is to the middle."""
    found = []
    for place in re.finditer(r"\s+|(?<=[，、；：])", sentence):
        at = place.end()
        before, word = sentence[: place.start()].rstrip("\"'”’»)"), sentence[at:].split(" ", 1)[0]
        joins = word.lower() in language.joining_words
        if before[-1:] in tuple(";:；：—–"):
            good = 3.0
        elif before[-1:] in tuple(",，、"):
            good = 2.0 + 0.5 * joins
        else:
            good = 1.0 * joins
        share = at / len(sentence)
        if 0 < at < len(sentence):
            found.append((good - 6 * abs(share - 0.5) - 3 * (not 0.15 < share < 0.85), at))
    return found


def _words(text: str) -> float:
    """How long it takes to say, roughly, in words; one word without end counts by its characters."""
    return max(len(text.split()) + len(_CJK.findall(text)) / 2, len(text) / 10)
