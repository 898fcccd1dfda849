"""Compiled patterns of phrases that language models write around a script, of a language and of English."""

import functools
from dataclasses import dataclass

import regex

from audio_pipeline.text.language import Language
from audio_pipeline.text.languages import registry
from audio_pipeline.text.unspaced import HAN_KANA

_ASIDE = r"(?:\s?[(\[（][^()\[\]（）]{1,60}[)\]）])?"
_IN_WORD = rf"(?:(?![{HAN_KANA}])[\p{{L}}\p{{M}}])"
_NOTHING = r"(?!)"
_ARABIC_LETTER = regex.compile(r"\p{Arabic}(?<=\p{L})")
_ARABIC_MARKS = r"[\u0640\u064b-\u0652\u0670]*+"  # vowel signs and the stretching stroke
_SAME_LETTER = {letter: f"[{group}]" for group in ("اأإآٱ", "يىی", "ةه", "كک") for letter in group}


@dataclass(frozen=True)
class Patterns:
    """The compiled phrases of a language and of English; see text/cleaning.py."""

    label: regex.Pattern[str]
    note: regex.Pattern[str]
    section: regex.Pattern[str]
    scene: regex.Pattern[str]
    ordinal: regex.Pattern[str]
    direction: regex.Pattern[str]
    bracketed: regex.Pattern[str]
    preamble: regex.Pattern[str]
    announcement: regex.Pattern[str]
    closing: regex.Pattern[str]
    language: Language


@functools.cache
def patterns(language: Language) -> Patterns:
    """Compile the phrases of a language."""
    sources = {
        **_line_patterns(language),
        **_direction_patterns(language),
        **_user_patterns(language),
    }
    flags = regex.IGNORECASE | regex.MULTILINE
    return Patterns(
        **{name: regex.compile(text, flags) for name, text in sources.items()}, language=language
    )


def _line_patterns(language: Language) -> dict[str, str]:
    speakers, scenes = part("speakers", language), part("scenes", language)
    numbered = rf"(?:{scenes}\s?\d{{1,2}}|{part('numbered', language)})"
    return {
        "label": rf"{speakers}(?:\s\d{{1,2}})?{_ASIDE}\s?[:：]{_ASIDE}\s?|[\[【(（]{speakers}[\]】)）]\s?[:：]?\s?",
        "note": rf"{part('notes', language)}{_ASIDE}\s?[:：].*",
        "section": rf"[\[【(（]?{part('sections', language)}{_ASIDE}[\]】)）]?{_ASIDE}\s?(?:[:：]\s?|$)",
        "scene": rf"{numbered}{_ASIDE}\s?(?:[:：.–—-]\s?|$)",
        "ordinal": rf"{part('ordinals', language)}(?!\p{{L}})",
    }


def _direction_patterns(language: Language) -> dict[str, str]:
    direction = rf"(?<![\p{{L}}\p{{N}}]){part('directions', language)}(?![\p{{L}}\p{{N}}])"
    return {
        "direction": direction,
        # A note in square brackets, or words about sound and picture in parentheses at the edge of a sentence.
        "bracketed": rf"\[(?:\s?{direction}(?:[^\[\]]|\[[^\[\]]*\])*+)\]|【\s?{direction}[^【】]*】"
        rf"|(?:^|(?<=[.!?…:。！？؟\"”]\s?))[(（](?=(?:[^()（）]*?){direction})(?![^()（）]*[.!?][)）])[^()（）]{{1,60}}[)）]"
        rf"|[(（](?:short |long |brief |soft |pausa|pause)?\s?{direction}[)）](?=\s?$)",
    }


def _user_patterns(language: Language) -> dict[str, str]:
    eager, here = part("eager", language), part("here", language)
    product = rf"(?<!{_IN_WORD}){part('product', language)}(?!{_IN_WORD})"
    same, stop = r"[^\n.:：!?。！？؟]{0,160}", r"(?:\s?[!！.,:、。，،؛…–—])"
    return {
        "preamble": rf"(?:{eager}{stop}*\s?){{0,2}}{here}{same}{product}{same}[:：](?!\d)\s*"
        rf"|(?:{eager}{stop}+\s?){{1,2}}{here}{same}{product}{same}[.!。！]\s*"
        rf"|(?:{eager}{stop}+\s?(?:{same}[.!。！]\s?)?|{here}){same}{product}{same}[.!。！:]$\s*"
        rf"|{eager}[!！.。]*$\s*",
        # Apparently a remark to the user, but not certain enough to be removed.
        "announcement": rf"(?:{eager}|{here})(?!{_IN_WORD})[^\n]{{0,160}}?{product}[^\n]{{0,160}}[:：]$",
        "closing": rf"(?:^|(?<=[.!?…。！？؟:\"”)*]\s?))[(（\[*¡¿]*{part('closings', language)}",
    }


def part(key: str, language: Language) -> str:
    """Return a group of the alternatives of a key, of a language and of English."""
    both = dict.fromkeys((registry.of("en").phrases, language.phrases))
    parts = (_alternatives(getattr(phrases, key)) for phrases in both if phrases)
    return f"(?:{'|'.join(filter(None, parts)) or _NOTHING})"


def _alternatives(lines: str) -> str:
    return _any_spelling(lines.strip("\n").replace("\n ", "").replace("\n", "|"))


def _any_spelling(pattern: str) -> str:
    """Extend a pattern to Arabic with and without vowel signs, with all variants of a letter."""

    def variants(match: regex.Match[str]) -> str:
        return f"(?:{_SAME_LETTER.get(match[0], match[0])}{_ARABIC_MARKS})"

    return _ARABIC_LETTER.sub(variants, pattern)
