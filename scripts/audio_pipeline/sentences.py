"""A text as paragraphs of sentences, and a very long sentence in parts, cut where one would breathe."""

import functools
import re
from collections.abc import Callable

from . import abbreviations

MOST_WORDS = 60  # of a part: Piper's memory follows its longest (1 GB at 200 words)

_END = re.compile(
    r"""[.!?…]+(?:["'”“’»)\]]|\u00a0»)*(?=[ ]|\Z)|[。！？｡]+[」』”’）]*|[।؟۔]+(?=[ ]|\Z)""",
    re.VERBOSE,
)
_DIGITS = re.compile(r"(?:^|\s)(?:\d{1,2}|[IVX]+)$")
_INITIAL = re.compile(r"(?:^|[\s.(“\"])[^\W\d_]$")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff66-\uff9f]")

# Words that open a sentence, and rarely follow a title, an initial or an ordinal as a name does.
_OPENERS = {
    "en": "The This That These Those It He She They We You A An But And So In On At As If When While For "
    "There Then Here His Her Its Our Their What Why How Who Yet Still Now Today Later Some Most Many",
    "pt": "O A Os As Um Uma Ele Ela Eles Elas Isso Este Esta Mas E Em No Na Quando Por Para Depois Hoje",
    "es": "El La Los Las Un Una Él Ella Ellos Ellas Eso Este Esta Pero Y En Cuando Por Para Después Hoy",
    "de": "Der Die Das Ein Eine Er Sie Es Wir Ich Aber Und In Im Am An Auf Als Wenn Dann Dort Hier Heute Später "
    "Danach Doch Diese Dieser Dieses Sein Seine Ihr Ihre Man So Nach Mit Bei",
    "fr": "Le La Les Un Une Il Elle Ils Elles Ce Cette Ces Mais Et En Au Dans Quand Pour Puis Aujourd'hui On",
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


def _sentences(text: str, language: str) -> list[str]:
    french = language.split("-")[0].lower() == "fr"  # it sets a space before the closing mark
    spaced = re.sub(r"(?<=[.!?…]) »", "\u00a0»", text) if french else text
    inner = _inside_abbreviations(text, language)
    found, start = [], 0
    for end in _END.finditer(spaced):
        if end.start() in inner:
            continue
        if not _goes_on(text[start : end.start()], end[0], text[end.end() :].lstrip(), language):
            found.append(text[start : end.end()].strip())
            start = end.end()
    return [*found, *([text[start:].strip()] if text[start:].strip() else [])]


def _inside_abbreviations(text: str, language: str) -> set[int]:
    """The places of full stops within "p. ex." and the like."""
    return {
        match.start() + place
        for one in abbreviations.of(language)
        if ". " in one.written and one.written in text
        for match in re.finditer(rf"(?<!\w){re.escape(one.written)}", text)
        for place, character in enumerate(one.written[:-1])
        if character == "."
    }


def _goes_on(before: str, mark: str, after: str, language: str) -> bool:
    """Whether the sentence goes on after this mark. after: without white space at its start."""
    if mark[0] in "。！？｡।؟۔" or not after:
        return mark[-1:] in "」』" and after.startswith("と")  # "…", said someone
    first = re.match(r"[\"'“‘«([¿¡]*(\w?)", after)[1]
    if first.islower() and not (mark[0] in "!?" and len(mark) == 1 and before[-1:].isspace()):
        return True
    if mark != "." or not before:
        return False
    base = language.split("-")[0].lower()
    opens = re.match(r"[\w']*", after)[0] in _openers(base)
    if _INITIAL.search(before):
        return not opens and before[-1] != "I"
    if base == "de" and _DIGITS.search(before):
        return not opens
    for one in abbreviations.of(base):
        if re.search(rf"(?:^|[\s(“\"'«]){re.escape(one.written)}$", before + mark):
            if one.before_number:
                return first.isdigit()
            name = one.may_end and one.written[0].isupper() and not opens
            return name or not one.may_end
    if re.search(r"(?:^|\s)St$", before):
        return not opens
    return bool(re.fullmatch(r"\d{1,3}", before.strip()))  # a list's number


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


@functools.cache
def _openers(base: str) -> frozenset[str]:
    return frozenset(_OPENERS.get(base, "").split())
