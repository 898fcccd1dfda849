"""Phrases that language models write around a script, by language: parts of regular expressions.

A language's phrases are in model_phrases/LANGUAGE.toml; those in English go with every language, because models fall
back to it. To add a language, add its file. Each key has alternatives, some to a line:

- speakers: a label before the words that are spoken ("Narrator:"); the label is removed.
- notes: a line on picture, sound or the script itself ("Music: soft piano"); the line is removed.
- sections: a part of a script ("Introduction"); alone on a line it is removed, before words its label is.
- scenes: with a number behind ("Scene 1"), removed with its title; numbered: the same with the number written in it.
- directions: words in brackets that are not spoken ("music fades"); matched anywhere within.
- eager, here, product: "Sure! Here is a script …:" is an eager word, a pointing word, and what it points at.
- closings: the beginning of a last remark to the user ("Let me know if"); from there on, the last paragraph is removed.
- refusals: a refusal to write at all.
- ordinals: first words after "1." that make it an ordinal, not the number of a list ("1. FC Köln").

Collected from answers of Qwen, Llama, Gemma, Mistral and GPT models; tests/unit/corpus/ has examples of each.
"""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path

import regex

FOLDER = Path(__file__).with_name("model_phrases")
# "3." is "third" in these.
ORDINAL_LANGUAGES = (
    "bs", "cs", "da", "de", "et", "fi", "hr", "hu", "is", "lv", "nb", "nn", "no", "pl", "sk", "sl", "sr", "tr",
)  # fmt: skip
_ASIDE = r"(?:\s?[(\[（][^()\[\]（）]{1,60}[)\]）])?"
_IN_WORD = r"(?:(?![\p{Han}\p{Hiragana}\p{Katakana}])[\p{L}\p{M}])"
_NOTHING = r"(?!)"
_ARABIC_LETTER = regex.compile(r"\p{Arabic}(?<=\p{L})")
_ARABIC_MARKS = r"[\u0640\u064b-\u0652\u0670]*+"  # vowel signs and the stretching stroke
_SAME_LETTER = {letter: f"[{group}]" for group in ("اأإآٱ", "يىی", "ةه", "كک") for letter in group}


@dataclass(frozen=True)
class Patterns:
    """The phrases of one language and the English ones, compiled; see text/cleaning.py."""

    label: regex.Pattern
    note: regex.Pattern
    section: regex.Pattern
    scene: regex.Pattern
    ordinal: regex.Pattern
    direction: regex.Pattern
    bracketed: regex.Pattern
    preamble: regex.Pattern
    announcement: regex.Pattern
    closing: regex.Pattern
    language: str


@functools.cache
def patterns(language: str) -> Patterns:
    """language: without its region."""
    compiled = {
        **_of_lines(language),
        **_of_directions(language),
        **_of_the_user(language),
    }
    flags = regex.IGNORECASE | regex.MULTILINE
    return Patterns(
        **{name: regex.compile(text, flags) for name, text in compiled.items()}, language=language
    )


def _of_lines(language: str) -> dict[str, str]:
    speakers, scenes = part("speakers", language), part("scenes", language)
    numbered = rf"(?:{scenes}\s?\d{{1,2}}|{part('numbered', language)})"
    return {
        "label": rf"{speakers}(?:\s\d{{1,2}})?{_ASIDE}\s?[:：]{_ASIDE}\s?|[\[【(（]{speakers}[\]】)）]\s?[:：]?\s?",
        "note": rf"{part('notes', language)}{_ASIDE}\s?[:：].*",
        "section": rf"[\[【(（]?{part('sections', language)}{_ASIDE}[\]】)）]?{_ASIDE}\s?(?:[:：]\s?|$)",
        "scene": rf"{numbered}{_ASIDE}\s?(?:[:：.–—-]\s?|$)",
        "ordinal": rf"{part('ordinals', language)}(?!\p{{L}})",
    }


def _of_directions(language: str) -> dict[str, str]:
    direction = rf"(?<![\p{{L}}\p{{N}}]){part('directions', language)}(?![\p{{L}}\p{{N}}])"
    return {
        "direction": direction,
        # A note in square brackets, or words about sound and picture in round ones at the edge of a sentence.
        "bracketed": rf"\[(?:\s?{direction}(?:[^\[\]]|\[[^\[\]]*\])*+)\]|【\s?{direction}[^【】]*】"
        rf"|(?:^|(?<=[.!?…:。！？؟\"”]\s?))[(（](?=(?:[^()（）]*?){direction})(?![^()（）]*[.!?][)）])[^()（）]{{1,60}}[)）]"
        rf"|[(（](?:short |long |brief |soft |pausa|pause)?\s?{direction}[)）](?=\s?$)",
    }


def _of_the_user(language: str) -> dict[str, str]:
    eager, here = part("eager", language), part("here", language)
    product = rf"(?<!{_IN_WORD}){part('product', language)}(?!{_IN_WORD})"
    same, stop = r"[^\n.:：!?。！？؟]{0,160}", r"(?:\s?[!！.,:、。，،؛…–—])"
    return {
        "preamble": rf"(?:{eager}{stop}*\s?){{0,2}}{here}{same}{product}{same}[:：](?!\d)\s*"
        rf"|(?:{eager}{stop}+\s?){{1,2}}{here}{same}{product}{same}[.!。！]\s*"
        rf"|(?:{eager}{stop}+\s?(?:{same}[.!。！]\s?)?|{here}){same}{product}{same}[.!。！:]$\s*"
        rf"|{eager}[!！.。]*$\s*",
        # A word to the user, as it seems, which is not certain enough to be removed.
        "announcement": rf"(?:{eager}|{here})(?!{_IN_WORD})[^\n]{{0,160}}?{product}[^\n]{{0,160}}[:：]$",
        "closing": rf"(?:^|(?<=[.!?…。！？؟:\"”)*]\s?))[(（\[*¡¿]*{part('closings', language)}",
    }


def base(language: str) -> str:
    """'pt' for 'pt-BR'."""
    return language.split("-")[0].lower()


def known(language: str) -> bool:
    """True if there are phrases in this language."""
    return base(language) in _languages()


def part(key: str, language: str) -> str:
    """The alternatives of a key for texts in a language, its own and the English ones, as one group."""
    tables = [_table(name) for name in dict.fromkeys(("en", base(language))) if known(name)]
    found = [_any_spelling(table[key]) for table in tables if key in table]
    return f"(?:{'|'.join(found) or _NOTHING})"


@functools.cache
def _languages() -> frozenset[str]:
    return frozenset(path.stem for path in FOLDER.glob("*.toml"))


@functools.cache
def _table(language: str) -> dict[str, str]:
    text = (FOLDER / f"{language}.toml").read_text(encoding="utf-8")
    return {key: "|".join(value.split("\n")[:-1]) for key, value in tomllib.loads(text).items()}


def _any_spelling(pattern: str) -> str:
    """The pattern for Arabic with and without vowel signs, with either form of a letter."""

    def spelled(match: regex.Match) -> str:
        return f"(?:{_SAME_LETTER.get(match[0], match[0])}{_ARABIC_MARKS})"

    return _ARABIC_LETTER.sub(spelled, pattern)
