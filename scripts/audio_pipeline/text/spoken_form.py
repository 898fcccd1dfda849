"""The spoken form of a text: numbers, currencies, dates, units, abbreviations and symbols as words.

For languages with `words` (text/language.py); some others have abbreviations, ordinals, fractions, and the gender of
one and two. In all others only "[[", Piper's own markup, is changed. Words are never changed, and ambiguous text is
kept: espeak, which Piper uses, reads it well in many cases.

Numbers are spelled out by the Unicode CLDR's rules (package unicode-rbnf), with gender and years.
"""

import functools
import re

from audio_pipeline.text import (
    abbreviations,
    genders,
    ordinals,
    sentences,
    spoken_dates,
    spoken_digits,
    spoken_fractions,
    spoken_money,
    spoken_romans,
    spoken_scales,
)
from audio_pipeline.text.language import Language, Rule
from audio_pipeline.text.languages import registry
from audio_pipeline.text.numerals import NUMBER, START, Numerals


def spoken(text: str, language: str) -> str:
    """Return the text for the voice. language: a code such as "en" or "pt-BR"."""
    text = _single_brackets(text)
    profile = registry.of(language)
    if profile.words:
        say = functools.partial(_spell_all, Numerals(profile))
    elif profile.is_spoken:
        say = functools.partial(_spell_some, profile)
    else:
        return text
    blocks = (_join(list(map(say, part))) for part in sentences.paragraphs(text, language))
    return _single_brackets("\n\n".join(block for block in blocks if block))


def _join(spelled: list[str]) -> str:
    """Join sentences, with a full stop where one is missing since it belonged to an abbreviation."""
    ends = r"[^\w\s][\"'”’»)]*\Z"
    inner = (text if not text or re.search(ends, text) else f"{text}." for text in spelled[:-1])
    return " ".join([*inner, *spelled[-1:]])


def _single_brackets(text: str) -> str:
    return re.sub(r"\[{2,}", "[", re.sub(r"\]{2,}", "]", text))


def _spell_all(voice: Numerals, sentence: str) -> str:
    for rule in _RULES:
        sentence = rule(voice, sentence)
    return sentence


def _spell_some(language: Language, sentence: str) -> str:
    """Spell out what espeak reads wrongly in a language without `words`."""
    sentence = spoken_digits.fixed_pairs(language, _abbreviations(language, sentence))
    sentence = spoken_fractions.fractions(language, ordinals.spell(language, sentence))
    return language.say_counted(sentence) if language.say_counted else sentence


def _abbreviations(language: Language, text: str) -> str:
    for known in abbreviations.of(language):
        if known.spoken and known.written[1:] in text:
            text = known.pattern.sub(functools.partial(_expand, known), text)
    for pattern, spoken in (language.replacements or {}).items():
        text = re.sub(pattern, spoken, text)
    return text


def _expand(known: abbreviations.Abbreviation, match: re.Match[str]) -> str:
    """Expand an abbreviation, with a full stop if it ended the sentence, and a space before a number."""
    start, end = match.span()
    before, after = match.string[max(0, start - 40) : start], match.string[end : end + 40]
    if not known.follows_number(before):
        return match[0]
    ends = not re.search(r"[\w.!?…]", after)
    capital = match[0][0].isupper() and not re.search(r"\w", before)
    spoken = known.spoken[0].upper() + known.spoken[1:] if capital else known.spoken
    return spoken + "." * ends + " " * after[:1].isdigit()


def _ranges(voice: Numerals, text: str) -> str:
    """Spell out the dash of 1914–1918, 5-10 minutes and 1.5-2 %, but not of 747-400, 3-2 or a telephone number."""

    def say(match: re.Match[str]) -> str:
        low, high = voice.parsed(match[1]), voice.parsed(match[3])
        if not low or not high or float(".".join(low)) >= float(".".join(high)):
            return match[0]
        long = len(match[1]) == len(match[3]) == 4 or len(match[3]) <= 2
        plain = match[2] != "-" or long or not (match[1] + match[3]).isdigit()
        return f"{match[1]} {voice.words.to} {match[3]}" if plain else match[0]

    number = r"\d{1,4}(?:[.,]\d{3})?(?:[.,]\d{1,2})?"
    return re.sub(rf"{START}({number})\s?([-–])\s?({number})(?![\d\-–/]|[.,]\d)", say, text)


def _units(voice: Numerals, text: str) -> str:
    symbols = "|".join(map(re.escape, sorted(voice.units, key=len, reverse=True)))

    def say(match: re.Match[str]) -> str:
        parsed = voice.parsed(match["number"])
        if parsed is None:
            return match[0]
        singular, plural, feminine, *_ = voice.units[match["unit"]]
        if match["unit"] == "m" and not match["joint"]:
            return match[0]  # metres or millions
        whole, fraction = parsed
        single = (int(whole) == 1 and not fraction) or match["joint"] == "-"  # a 5-km run
        name = singular if single else plural
        number = voice.decimal(whole, fraction, feminine or "m")
        return f"{voice.sign(match['sign'])}{number} {name}"

    text = text.replace("μ", "µ").replace("㎡", "m²").replace("º C", "°C").replace("° C", "°C")
    return re.sub(
        rf"(?:(?<!\S)(?P<sign>[-−+]))?(?<![\w.,/:^])(?P<number>{NUMBER})"
        rf"(?P<joint>[ \u00a0\u202f-]?)(?P<unit>{symbols})(?![\w²³/])",
        say,
        text,
    )


def _ordinals(voice: Numerals, text: str) -> str:
    return voice.words.ordinals(voice, text) if voice.words.ordinals else text


def _number_signs(voice: Numerals, text: str) -> str:
    """Spell out the signs of #5 and 5 * 3."""
    text = re.sub(r"#\s?(?=\d)", f"{voice.words.number_sign} ", text)
    return re.sub(r"(?<=\d)\s?\*\s?(?=\d)", f" {voice.symbols['×'][0]} ", text)


def _numbers(voice: Numerals, text: str) -> str:
    def say(match: re.Match[str]) -> str:
        written, sign = match["number"], match["sign"]
        after = text[match.end() : match.end() + 80]
        parsed = voice.parsed(written)
        if parsed is None:
            return match[0]
        whole, fraction = parsed
        if voice.words.years_in_hundreds and re.fullmatch(r"1[1-9]\d\d|20\d\d|10[1-9]\d", written):
            return voice.sign(sign) + voice.year(int(written))
        gender = _gender(voice, int(whole), text[max(0, match.start() - 40) : match.start()], after)
        of = ""
        if voice.words.of_money and whole.endswith("000000") and not fraction:
            of = f" {voice.words.of_money}" * bool(genders.of_counted(voice.language, after))
        return voice.sign(sign) + voice.decimal(whole, fraction, gender) + of

    return re.sub(
        rf"(?:(?<!\S)(?P<sign>[-−])|{START})(?<!\d['’])(?P<number>{NUMBER})(?![\w°]|[.,:/]\d|-[A-Za-z]?\d|[’']\d)",
        say,
        text,
    )


def _gender(voice: Numerals, number: int, before: str, after: str) -> str:
    """Return the gender of a number before a noun, for Numerals.cardinal: only one, two and hundreds differ."""
    if re.search(voice.words.feminine_after, before):
        return "f"
    noun = re.match(r" ([^\W\d_]+)", after)
    if not noun:
        return ""
    gender = genders.of_counted(voice.language, after)
    return voice.words.gender(number, gender, before, noun[1]) if voice.words.gender else gender


def _symbols(voice: Numerals, text: str) -> str:
    text = re.sub(r"(?<=\w)(?:[*_`|\\]+)(?=\w)", " ", text)
    text = re.sub(r"[*_`|\\•™®©]+", "", text)
    text = re.sub(r"(?<!\w)#(?=\w)", "", text)
    about = voice.symbols["≈"][0]
    text = re.sub(r"(?<!\w)~\s?(?=\w)", f"{about} ", text)
    for symbol, (name, *_) in voice.symbols.items():
        if symbol in ("+", "@") and not re.search(rf"(?<=[\w)])\s?\{symbol}\s?(?=[\w(])", text):
            continue
        text = re.sub(rf"\s?{re.escape(symbol)}\s?", f" {name} ", text)
    text = re.sub(r"(?<=[^\W\d_]) ?/ ?(?=[^\W\d_])", " ", text)
    text = re.sub(r"(?<=\w)—(?=\w)", ", ", text)
    return re.sub(r"[\u2600-\u27bf\ufe0f\u200d\U0001f000-\U0001faff]", "", text)


def _ellipses(_: Numerals, text: str) -> str:
    """Replace ellipses by a comma within the sentence, and by a full stop at its end."""
    text = re.sub(r"(?:\.\s?){2,}\.|…|\.{2,}", "…", text)
    text = re.sub(r"…(?:\s*…)+", "…", text)  # so that the rules below take linear time
    text = re.sub(r"…\s*(?=[?!,;:.])|(?<=[?!,;:.])\s*…", "", text)
    text = re.sub(r"^([\"'“‘«(\s]*)…\s*", r"\1", text)
    text = re.sub(r"(?<!\s)\s*…(?=[\"'”’»)\s]*$)", ".", text)
    return re.sub(r"(?<!\s)\s*…\s*", ", ", text)


def _spaces(_: Numerals, text: str) -> str:
    return re.sub(r" (?=[.,](?!\w))", "", re.sub(r"[ \u00a0\u202f]+", " ", text)).strip()


_RULES: list[Rule] = [  # in this order
    lambda voice, text: _abbreviations(voice.language, text),
    spoken_digits.digits,
    spoken_digits.pairs,
    spoken_scales.suffixes,
    spoken_dates.dates,
    spoken_dates.days,
    lambda voice, text: ordinals.spell(voice.language, text),
    spoken_money.money,
    spoken_dates.times,
    spoken_romans.romans,
    _ranges,
    lambda voice, text: spoken_fractions.fractions(voice.language, text),
    _units,
    _ordinals,
    _number_signs,
    _numbers,
    _symbols,
    _ellipses,
    _spaces,
]
