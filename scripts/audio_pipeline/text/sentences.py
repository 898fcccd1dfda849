"""Splitting of texts into paragraphs and sentences, and of very long sentences at natural pauses."""

import itertools
import re
from collections.abc import Callable, Iterator

from audio_pipeline.text import abbreviations, ordinals
from audio_pipeline.text.language import Language
from audio_pipeline.text.languages import registry
from audio_pipeline.text.unspaced import HAN_KANA, HANGUL

MOST_WORDS = 60  # per part: Piper's memory grows with the longest (1 GB at 200 words)

_WIDE = "。！？｡"
_OWN = "।॥؟۔։።။"  # of Hindi, Arabic, Urdu, Armenian, Ethiopic and Burmese
MARKS = tuple(f".!?…{_WIDE}{_OWN}")  # at the end of a sentence
_END = re.compile(
    rf"""[.!?…]+(?:["'”“’»)\]]|\u00a0»)*(?=\s|\Z)|[{_WIDE}]+[」』”’）)\]]*|[{_OWN}]+(?=\s|\Z)""",
    re.VERBOSE,
)
_INITIAL = re.compile(r"(?:^|[\s.(“\"])[^\W\d_]\Z")
_SPACE = re.compile(r"\s*")
_QUOTES = "\"'“„‘«»([¿¡ "
_CONTEXT = 100  # characters before and after a mark that decide if it ends a sentence
_CJK = re.compile(f"[{HAN_KANA}{HANGUL}]")

_ERAS = ("C.", "Chr.", "э.", "н.е.", "н. е.", "n.e.")  # a name may follow: "50 v. Chr. Rom"


def paragraphs(text: str, language: str) -> list[list[str]]:
    """Split a text into paragraphs (separated by blank lines) of sentences, with normalized white space."""
    blocks = (" ".join(block.split()) for block in re.split(r"\n\s*\n", text))
    return [[part.rstrip() for part in split(block, language)] for block in blocks if block]


def split(text: str, language: str) -> list[str]:
    """Split a text into sentences with the white space after them, which add up to the text."""
    spaces = (_SPACE.match(text, end) for end in ends(text, language))
    positions = [0, *(space.end() for space in spaces if space), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(positions) if a < b]


def parts(sentence: str, language: str, fits: Callable[[str], bool] | None = None) -> list[str]:
    """Split a sentence into parts that fit: by default, at most 60 words (two Chinese characters count as one)."""
    fits = fits or (lambda part: _words(part) <= MOST_WORDS)
    if fits(sentence):
        return [sentence]
    cut = max(_cuts(sentence, registry.of(language)), default=None)
    middle = len(sentence) // 2 if cut is None else cut[1]  # None: a single long word
    halves = (sentence[:middle].rstrip(), sentence[middle:].lstrip())
    return [part for half in halves for part in parts(half, language, fits)]


def ends(text: str, language: str, *, cut_off: bool = False) -> Iterator[int]:
    """Yield the end of each complete sentence. cut_off: True if "by Dr." at the end of the text is incomplete."""
    profile = registry.of(language)
    spaced = re.sub(r"(?<=[.!?…]) »", "\u00a0»", text) if profile.spaced_marks else text
    inner, start = _inside_abbreviations(text, profile), 0
    for end in _END.finditer(spaced):
        if end.start() in inner:
            continue
        before = text[max(start, end.start() - _CONTEXT) : end.start()]
        after = text[end.end() : end.end() + _CONTEXT].lstrip()
        if not after and text[end.end() :].strip():
            after = text[end.end() :].lstrip()[:_CONTEXT]
        if not _continues(before, end[0], after, profile, cut_off):
            yield end.end()
            start = end.end()


def _inside_abbreviations(text: str, language: Language) -> set[int]:
    """Return the positions of full stops within abbreviations like "p. ex."."""
    return {
        match.start() + offset
        for known in abbreviations.of(language)
        if ". " in known.written and known.written[1:] in text
        for match in known.pattern.finditer(text)
        for offset, character in enumerate(known.written[:-1])
        if character == "."
    }


def _continues(before: str, mark: str, after: str, language: Language, cut_off: bool) -> bool:
    """True if the sentence continues after this mark. after: without leading white space."""
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
    if (ordinal := ordinals.continues(before.lstrip(), words, language, opens)) is not None:
        return ordinal
    if re.search(r"(?:^|\s)St\Z|[a-zäöüß]str\Z", before):
        return not opens
    return bool(re.fullmatch(r"\d{1,3}", before.strip()))  # a list's number


def _abbreviated(before: str, after: str, language: Language, opens: bool) -> bool | None:
    """True if the sentence continues after an abbreviation. Returns None if `before` does not end in one."""
    for known in abbreviations.of(language):
        match = known.written[-1] == "." and known.at_end.search(before[-20:] + ".")
        if not match or not known.follows_number(before[: len(before) + 1 - len(known.written)]):
            continue
        if known.before_number and after and not re.match(abbreviations.NUMBER_AHEAD, after):
            continue
        if not known.may_end:
            return True
        if not after:  # the text was cut off; "etc." may be its end
            return False
        if (
            known.written.endswith("m.")
            and ordinals.first_word(after) in language.after_a_time.split()
        ):
            return True
        unsure = known.written[0].isupper() or known.after_number or known.written.endswith(_ERAS)
        return unsure and not opens
    return None


def _opens(after: str, language: Language) -> bool:
    word = ordinals.first_word(after)
    if len(word) == 1 and after[1:2] == ".":
        return False  # an initial
    elided = word in language.elided.split() and after[len(word) :][:1] in ("'", "’")
    return elided or word in language.opening_words


def _cuts(sentence: str, language: Language) -> list[tuple[float, int]]:
    """Return scores and positions of cuts; punctuation and nearness to the middle increase the score."""
    cuts = []
    for match in re.finditer(r"\s+|(?<=[，、；：])", sentence):
        at = match.end()
        before, word = sentence[: match.start()].rstrip("\"'”’»)"), sentence[at:].split(" ", 1)[0]
        joins = word.lower() in language.joining_words
        if before[-1:] in tuple(";:；：—–"):
            score = 3.0
        elif before[-1:] in tuple(",，、"):
            score = 2.0 + 0.5 * joins
        else:
            score = 1.0 * joins
        share = at / len(sentence)
        if 0 < at < len(sentence):
            cuts.append((score - 6 * abs(share - 0.5) - 3 * (not 0.15 < share < 0.85), at))
    return cuts


def _words(text: str) -> float:
    """Estimate the spoken length in words; a very long word counts by its characters."""
    return max(len(text.split()) + len(_CJK.findall(text)) / 2, len(text) / 10)
