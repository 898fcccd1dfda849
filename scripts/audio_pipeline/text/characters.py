"""Characters without a sound: invisible ones, and marks stacked on a letter.

Source: Unicode 16, default ignorable code points (UAX 44) and bidirectional controls (UAX 9).
"""

import unicodedata

import regex

MOST_MARKS = 8  # per letter; Hebrew with vowels and cantillation has 5, Burmese and Tibetan up to 7
MOST_ACCENTS = 3  # per letter, of those for any script; phonetic notation has 2
_KEPT_MARKS = 24  # of a longer run, enough for the check; normalizing n marks takes n² steps

_INVISIBLE = (
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0e\ufeff"
    r"\uffa0\ufff9-\ufffc\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Scripts in which joiners and non-joiners between letters have a meaning.
_JOINING = (
    r"\p{Arabic}\u064b-\u0655\u0670\p{Syriac}\p{Nko}\p{Mongolian}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}"
    r"\p{Tamil}\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Balinese}\p{Javanese}"
)
_UNHEARD = regex.compile(
    r"\ufffa[^\ufffb\n]{0,200}\ufffb|"  # an interlinear annotation
    rf"{_INVISIBLE}|(?<![{_JOINING}])\u200c|\u200c(?![\p{{L}}\p{{M}}])|"
    rf"(?<![{_JOINING}\p{{Extended_Pictographic}}\ufe0f\U0001f3fb-\U0001f3ff])\u200d|"
    r"(?<!\p{Mongolian})[\u180b-\u180d\u180f]"
)
_LONG_RUN = regex.compile(rf"(\p{{M}}{{{_KEPT_MARKS}}})\p{{M}}++")
_ACCENT = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_STACK = regex.compile(rf"\P{{M}}?(?:{_ACCENT}{{{MOST_ACCENTS + 1}}}|\p{{M}}{{{MOST_MARKS + 1}}})")


def audible(text: str) -> str:
    """Remove invisible characters, except for joiners in scripts that need them and in emojis."""
    return _UNHEARD.sub("", text)


def composed(text: str) -> str:
    """Normalize the text to NFC, in linear time, by shortening long runs of marks."""
    return unicodedata.normalize("NFC", _LONG_RUN.sub(r"\1", text))


def stack(text: str) -> str | None:
    """Return the code points of a letter with too many marks. Returns None if there is none."""
    match = _STACK.search(text)
    return match and " ".join(f"U+{ord(character):04X}" for character in match[0][:4])
