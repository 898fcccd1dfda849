"""A text as paragraphs of sentences, and a very long sentence in parts, cut where one would breathe."""

import itertools
import re
from collections.abc import Callable, Iterator

from audio_pipeline.text import abbreviations, ordinals, sentence_words

MOST_WORDS = 60  # of a part: Piper's memory follows its longest (1 GB at 200 words)

_END = re.compile(
    r"""[.!?…]+(?:["'”“’»)\]]|\u00a0»)*(?=\s|\Z)|[。！？｡]+[」』”’）)\]]*|[।॥؟۔։።။]+(?=\s|\Z)""",
    re.VERBOSE,
)
_INITIAL = re.compile(r"(?:^|[\s.(“\"])[^\W\d_]\Z")
_QUOTES = "\"'“„‘«»([¿¡ "
_BACK = 100  # characters before a mark, and behind it, that tell whether it ends a sentence
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff66-\uff9f]")

_ELIDED = {"fr": "L D C J Qu S N M T", "it": "L C D Un Dell All Nell Dall Quest Cos"}  # L'Europe
_ERAS = ("C.", "Chr.", "э.", "н.е.", "н. е.", "n.e.")  # a name may follow: "50 v. Chr. Rom"
_AFTER_A_TIME = {  # of day: they do not open a sentence
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Eastern Central Mountain Pacific Greenwich EST EDT "
    "CST CDT MST MDT PST PDT GMT UTC BST CET"
}
CONJUNCTIONS = (
    " and but or so because while which where when although though who that then yet "
    "e mas ou porque que enquanto quando onde embora pois y pero o mientras donde aunque "
    "und aber oder denn weil während wenn dass sondern obwohl wo et mais car qui parce donc lorsque dont "
)


def paragraphs(text: str, language: str) -> list[list[str]]:
    """The paragraphs (apart by a blank line), each as its sentences, white space put in order."""
    blocks = (" ".join(block.split()) for block in re.split(r"\n\s*\n", text))
    return [_sentences(block, language) for block in blocks if block]


def parts(sentence: str, fits: Callable[[str], bool] | None = None) -> list[str]:
    """The sentence, or parts of it that fit: by default, at most 60 words (two Chinese characters count as one)."""
    fits = fits or (lambda part: _words(part) <= MOST_WORDS)
    if fits(sentence):
        return [sentence]
    cut = max(_cuts(sentence), default=None)
    half = len(sentence) // 2 if cut is None else cut[1]  # None: one word without end
    return parts(sentence[:half].rstrip(), fits) + parts(sentence[half:].lstrip(), fits)


def ends(text: str, language: str, *, cut_off: bool = False) -> Iterator[int]:
    """The places behind each sentence that has an end. cut_off: "by Dr." at the end of the text is no sentence then."""
    french = language.split("-")[0].lower() == "fr"  # it sets a space before the closing mark
    spaced = re.sub(r"(?<=[.!?…]) »", "\u00a0»", text) if french else text
    inner, start = _inside_abbreviations(text, language), 0
    for end in _END.finditer(spaced):
        if end.start() in inner:
            continue
        before = text[max(start, end.start() - _BACK) : end.start()]
        after = text[end.end() : end.end() + _BACK].lstrip()
        if not after and text[end.end() :].strip():
            after = text[end.end() :].lstrip()[:_BACK]
        if not _goes_on(before, end[0], after, language, cut_off):
            yield end.end()
            start = end.end()


def _sentences(text: str, language: str) -> list[str]:
    places = [0, *ends(text, language), len(text)]
    parts = (text[a:b].strip() for a, b in itertools.pairwise(places))
    return [part for part in parts if part]


def _inside_abbreviations(text: str, language: str) -> set[int]:
    """The places of full stops within "p. ex." and the like."""
    return {
        match.start() + place
        for one in abbreviations.of(language)
        if ". " in one.written and one.written[1:] in text
        for match in one.pattern.finditer(text)
        for place, character in enumerate(one.written[:-1])
        if character == "."
    }


def _goes_on(before: str, mark: str, after: str, language: str, cut_off: bool) -> bool:
    """True if the sentence goes on after this mark. after: without white space at its start."""
    if mark[0] in "。！？｡।॥؟۔։።။" or not (after or cut_off):
        return not cut_off and mark[-1:] in "」』" and after.startswith("と")  # "…", said someone
    words = after.lstrip(_QUOTES)
    if words[:1].islower() and not (mark[0] in "!?" and len(mark) == 1 and before[-1:].isspace()):
        return True
    if mark != "." or not before:
        return False
    base = language.split("-")[0].lower()
    opens = _opens(words, base)
    abbreviated = _abbreviated(before, words, base, opens or (cut_off and not after))
    if abbreviated is not None:
        return abbreviated
    if _INITIAL.search(before):
        return not opens and before[-1] != "I"
    if (ordinal := ordinals.goes_on(before.lstrip(), words, base, opens)) is not None:
        return ordinal
    if re.search(r"(?:^|\s)St\Z|[a-zäöüß]str\Z", before):
        return not opens
    return bool(re.fullmatch(r"\d{1,3}", before.strip()))  # a list's number


def _abbreviated(before: str, after: str, base: str, opens: bool) -> bool | None:
    """True if the sentence goes on after an abbreviation. Returns None if `before` ends in none that counts here."""
    for one in abbreviations.of(base):
        found = one.written[-1] == "." and one.at_end.search(before[-20:] + ".")
        if not found or not one.follows_number(before[: len(before) + 1 - len(one.written)]):
            continue
        if one.before_number and after and not re.match(abbreviations.NUMBER_AHEAD, after):
            continue
        if not one.may_end:
            return True
        if not after:  # the text was cut off; "etc." may be its end
            return False
        if one.written.endswith("m.") and _first_word(after) in _AFTER_A_TIME.get(base, "").split():
            return True
        unsure = one.written[0].isupper() or one.after_number or one.written.endswith(_ERAS)
        return unsure and not opens
    return None


def _opens(after: str, base: str) -> bool:
    word = _first_word(after)
    if len(word) == 1 and after[1:2] == ".":
        return False  # an initial
    elided = word in _ELIDED.get(base, "").split() and after[len(word) :][:1] in ("'", "’")
    return elided or word in sentence_words.openers(base)


def _first_word(text: str) -> str:
    return re.match(r"\w*", text)[0]


def _cuts(sentence: str) -> list[tuple[float, int]]:
    """Places to cut at, with how good each is: the mark there, and how near it is to the middle."""
    found = []
    for place in re.finditer(r"\s+|(?<=[，、；：])", sentence):
        at = place.end()
        before, word = sentence[: place.start()].rstrip("\"'”’»)"), sentence[at:].split(" ", 1)[0]
        joins = f" {word.lower()} " in CONJUNCTIONS
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
