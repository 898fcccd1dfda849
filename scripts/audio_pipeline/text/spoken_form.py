"""A text as it is to be spoken: numbers, currencies, dates, units, abbreviations and symbols as words.

For English, Portuguese, Spanish, German and French; in some other languages (_IN_PART) abbreviations, ordinals,
fractions, and the gender of one and two. A text in any other language keeps all but "[[", which is Piper's own markup.
Words are never changed. Where it is not sure what is meant, the text stays: espeak, which Piper uses, reads many things
well.

Numbers in words come from the Unicode CLDR's rules (package unicode-rbnf), with gender and years.
"""

import functools
import re
from collections.abc import Callable

from audio_pipeline.text import (
    abbreviations,
    counted,
    genders,
    german,
    ordinals,
    sentences,
    spoken_dates,
    spoken_digits,
    spoken_fractions,
    spoken_money,
    spoken_scales,
)
from audio_pipeline.text.numerals import NUMBER, START, Numerals, roman_value
from audio_pipeline.text.vocabulary import MONARCHS, WORDS

_IN_PART = ("it", "nl", "pl", "ru", "uk", "tr", "zh", "hu", "da", "fi")
_ROMAN = r"(?=[IVX])(X{0,3}(?:IX|IV|V?I{0,3}))"
_PARTS = {  # a Roman number after these is a cardinal
    "en": "chapters?|volumes?",
    "pt": "[Cc]apítulos?|[Vv]olumes?|[Tt]omos?|[Aa]rtigos?",
    "es": "[Cc]apítulos?|[Vv]olumen|[Tt]omos?|[Aa]rtículos?",
    "de": "Kapitel|Band|Teil|Akt|Abbildung|Tabelle",
    "fr": "[Cc]hapitres?|[Vv]olumes?|[Tt]omes?|[Aa]ctes?",
}
Rule = Callable[[Numerals, str], str]


def spoken(text: str, language: str) -> str:
    """The text for the voice. language: a code like "en" or "pt-BR"."""
    text = _single_brackets(text)
    base = language.split("-")[0].lower()
    if base in WORDS:
        say = functools.partial(_said, Numerals(base, language))
    elif base in _IN_PART:
        say = functools.partial(_said_in_part, base)
    else:
        return text
    blocks = (_joined(list(map(say, part))) for part in sentences.paragraphs(text, language))
    return _single_brackets("\n\n".join(block for block in blocks if block))


def _joined(said: list[str]) -> str:
    """With a full stop where that of an abbreviation, now in words, was the sentence's, too."""
    ends = r"[^\w\s][\"'”’»)]*\Z"
    inner = (one if not one or re.search(ends, one) else f"{one}." for one in said[:-1])
    return " ".join([*inner, *said[-1:]])


def _single_brackets(text: str) -> str:
    return re.sub(r"\[{2,}", "[", re.sub(r"\]{2,}", "]", text))


def _said(voice: Numerals, sentence: str) -> str:
    for rule in _RULES:
        sentence = rule(voice, sentence)
    return sentence


def _said_in_part(base: str, sentence: str) -> str:
    """What espeak reads wrongly in a language that has no table of words here."""
    sentence = spoken_digits.fixed_pairs(base, _abbreviations(base, sentence))
    sentence = spoken_fractions.fractions(base, ordinals.said(base, sentence))
    return counted.numbers(base, sentence)


def _abbreviations(voice: Numerals | str, text: str) -> str:
    base = voice if isinstance(voice, str) else voice.base
    for one in abbreviations.of(base):
        if one.spoken and one.written[1:] in text:
            text = one.pattern.sub(functools.partial(_expanded, one), text)
    for pattern, spoken in _AND_THEN.get(base, {}).items():
        text = re.sub(pattern, spoken, text)
    return text


_AND_THEN = {
    "de": {
        r"(?<=[a-zäöüß])str\.(?=\s\w)": "straße",
        r"(?<![\d.,])1 Millionen\b": "eine Million",
        r"(?<![\d.,])1 Milliarden\b": "eine Milliarde",
    },
    "en": {
        r"\bSt\.(?=\s+[A-Z])": "Saint",
        r"(?<=[a-z]\s)St\.": "Street",
        r"\bDr(?=\s[A-Z])": "Doctor",
    },
    "es": {r"\b[cC]/ ?(?=[A-ZÁÉÍÓÚ])": "calle "},
    "fr": {
        r"\bMme(?=\s)": "Madame",
        r"\bMlle(?=\s)": "Mademoiselle",
        r"\bDr(?=\s[A-ZÉ])": "docteur",
    },
    "ru": {r"\b([вВ]о? \d{4}) года\b": r"\1 году"},
    "uk": {r"\b([вВуУ] \d{4}) року\b": r"\1 році"},
}


def _expanded(one: abbreviations.Abbreviation, match: re.Match[str]) -> str:
    """With a full stop of its own where it ended the sentence, and a space where a number follows at once."""
    start, end = match.span()
    before, after = match.string[max(0, start - 40) : start], match.string[end : end + 40]
    if not one.follows_number(before):
        return match[0]
    ends = not re.search(r"[\w.!?…]", after)
    large = match[0][0].isupper() and not re.search(r"\w", before)
    spoken = one.spoken[0].upper() + one.spoken[1:] if large else one.spoken
    return spoken + "." * ends + " " * after[:1].isdigit()


def _romans(voice: Numerals, text: str) -> str:
    """Louis XIV, World War II, siglo XIX, XIXe siècle, Ludwig XIV."""
    century = {"pt": "[Ss]éculos?", "es": "[Ss]iglos?"}.get(voice.base)
    if century:
        text = re.sub(
            rf"\b({century}) {_ROMAN}\b",
            lambda m: f"{m[1]} {voice.cardinal(roman_value(m[2]))}",
            text,
        )
    if voice.base == "fr":
        text = re.sub(
            rf"\b{_ROMAN}(?:e|ème|ᵉ)(?= siècle)", lambda m: voice.ordinal(roman_value(m[1])), text
        )

        text = re.sub(rf"\b({MONARCHS}) Ier\b", r"\1 premier", text)

    def ruler(match: re.Match[str]) -> str:
        number = roman_value(match[2])
        if voice.base == "en":
            return f"{match[1]} the {voice.ordinal(number)}"
        if voice.base == "de":
            return f"{match[1]} der {voice.ordinal(number)}"
        if number == 1:
            return f"{match[1]} {voice.ordinal(1)}"
        if voice.base in ("pt", "es") and number <= 10:
            return f"{match[1]} {voice.ordinal(number)}"
        return f"{match[1]} {voice.cardinal(number)}"

    if parts := _PARTS.get(voice.base):
        text = re.sub(
            rf"\b({parts}) (?=[IVXLC]){_ROMAN}(?![\w'’])",
            lambda m: f"{m[1]} {voice.cardinal(roman_value(m[2]))}",
            text,
        )
    dot = r"\.(?=\s\w)|(?=\.)" if voice.base == "de" else ""
    text = re.sub(rf"\b({MONARCHS}) {_ROMAN}(?:{dot})(?![\w'’])", ruler, text)
    return re.sub(
        rf"\b([A-ZÀ-Þ][\w'’]*) (?=[IVX]{{2}}){_ROMAN}(?![\w.]*\w)",
        lambda m: f"{m[1]} {voice.cardinal(roman_value(m[2]))}",
        text,
    )


def _ranges(voice: Numerals, text: str) -> str:
    """1914–1918, 5-10 minutes, 1.5-2 %; not 747-400, 3-2 or a telephone number."""

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
        found = voice.parsed(match["number"])
        if found is None:
            return match[0]
        one, many, feminine, *_ = voice.units[match["unit"]]
        if match["unit"] == "m" and not match["joint"]:
            return match[0]  # metres or millions
        whole, fraction = found
        single = (int(whole) == 1 and not fraction) or match["joint"] == "-"  # a 5-km run
        name = one if single else many
        said = voice.decimal(whole, fraction, feminine or "m")
        return f"{voice.sign(match['sign'])}{said} {name}"

    text = text.replace("μ", "µ").replace("㎡", "m²").replace("º C", "°C").replace("° C", "°C")
    return re.sub(
        rf"(?:(?<!\S)(?P<sign>[-−+]))?(?<![\w.,/:^])(?P<number>{NUMBER})"
        rf"(?P<joint>[ \u00a0\u202f-]?)(?P<unit>{symbols})(?![\w²³/])",
        say,
        text,
    )


def _ordinals(voice: Numerals, text: str) -> str:
    if voice.base == "en":
        decades = rf"(?:{START}|(?<=mid-)|(?<=early-)|(?<=late-)){{}}s\b"
        text = re.sub(
            decades.format(r"(1\d{2}0|20[1-9]0)"),
            lambda m: _plural(voice.year(int(m[1]))),
            text,
        )
        text = re.sub(
            r"['’‘]?(?<!\w)(?<!\d)([2-9]0)s\b", lambda m: _plural(voice.cardinal(int(m[1]))), text
        )
        return re.sub(
            rf"{START}(\d{{1,3}}(?:,\d{{3}})*)(?:st|nd|rd|th)\b",
            lambda m: voice.ordinal(int(m[1].replace(",", ""))),
            text,
        )
    if voice.base in ("pt", "es"):
        gender = {"º": "masculine", "°": "masculine", "ª": "feminine"}
        text = re.sub(
            rf"{START}(\d{{1,3}})\.?([ºª])(?!\w| ?C\b)",
            lambda m: voice.ordinal(int(m[1]), gender[m[2]]),
            text,
        )
        if voice.base == "es":
            text = re.sub(
                rf"{START}([13])\.?er\b",
                lambda m: voice.ordinal(int(m[1]), "masculine-adjective"),
                text,
            )
        if voice.base == "pt":
            months = "|".join(voice.words.months.split())
            text = re.sub(rf"{START}1 de (?={months})", "primeiro de ", text)
        return text
    if voice.base == "fr":
        months = "|".join(voice.words.months.split())
        text = re.sub(rf"{START}1(?:er|ᵉʳ|(?= (?:{months})\b))(?!\w)", "premier", text)
        text = re.sub(rf"{START}1(?:re|ère)\b", "première", text)
        return re.sub(
            rf"{START}(\d{{1,3}})(?:e|ème|è|ᵉ)\b", lambda m: voice.ordinal(int(m[1])), text
        )
    return text


def _plural(said: str) -> str:
    return said[:-1] + "ies" if said.endswith("y") else said + "s"


def _number_signs(voice: Numerals, text: str) -> str:
    """#5, 5 * 3"""
    name = {"en": "number", "pt": "número", "es": "número", "de": "Nummer", "fr": "numéro"}
    text = re.sub(r"#\s?(?=\d)", f"{name[voice.base]} ", text)
    return re.sub(r"(?<=\d)\s?\*\s?(?=\d)", f" {voice.symbols['×'][0]} ", text)


def _numbers(voice: Numerals, text: str) -> str:
    def say(match: re.Match[str]) -> str:
        written, sign = match["number"], match["sign"]
        after = text[match.end() : match.end() + 80]
        found = voice.parsed(written)
        if found is None:
            return match[0]
        whole, fraction = found
        if voice.base in ("en", "de") and re.fullmatch(r"1[1-9]\d\d|20\d\d|10[1-9]\d", written):
            return voice.sign(sign) + voice.year(int(written))
        gender = _gender(voice, int(whole), text[max(0, match.start() - 40) : match.start()], after)
        millions = (
            whole.endswith("000000") and not fraction and genders.of_counted(voice.base, after)
        )
        of = f" {voice.words.of_money}" if millions and voice.words.of_money else ""
        return voice.sign(sign) + voice.decimal(whole, fraction, gender) + of

    return re.sub(
        rf"(?:(?<!\S)(?P<sign>[-−])|{START})(?<!\d['’])(?P<number>{NUMBER})(?![\w°]|[.,:/]\d|-[A-Za-z]?\d|[’']\d)",
        say,
        text,
    )


_SPANISH_UN = frozenset(
    ["agua", "águila", "alma", "ancla", "ala", "arma", "aula", "hacha", "hada", "área"]
)  # un agua, but unas aguas


def _gender(voice: Numerals, number: int, before: str, after: str) -> str:
    """The gender of what is counted, for Numerals.cardinal: only one, two and hundreds differ."""
    if re.search(_CLOCK.get(voice.base, "(?!)"), before):
        return "f"
    word = re.match(r" ([^\W\d_]+)", after)
    if not word:
        return ""
    gender = genders.of_counted(voice.base, after)
    if voice.base == "de":
        return _german_gender(number, gender, before, word[1])
    if voice.base in ("pt", "es"):
        if number == 1 and word[1] in _SPANISH_UN:
            return "m"
        lone = word[1] in ("e", "y", "o", "ou", "de", "a", "por", "para", "en", "em")
        return gender or ("" if lone else "m")
    return gender


_CLOCK = {"pt": r"\b[àÀ]s? $", "es": r"\b[aA] las? $"}  # a la una


def _german_gender(number: int, gender: str, before: str, noun: str) -> str:
    """Its case, too, where the word before tells it: mit einer Frau."""
    if noun == "Uhr" or not gender:
        return "m" * noun[0].isupper()
    if number == 1:
        case = german.case(before)
        if case == "dative":
            return "-r" if gender == "f" else "-m"
        if case == "accusative" and gender == "m":
            return "-n"
    return "f" if gender == "f" else "m"


def _symbols(voice: Numerals, text: str) -> str:
    text = re.sub(r"(?<=\w)(?:[*_`|\\]+)(?=\w)", " ", text)
    text = re.sub(r"[*_`|\\•™®©]+", "", text)
    text = re.sub(r"(?<!\w)#(?=\w)", "", text)
    about = voice.symbols["≈"][0]
    text = re.sub(r"(?<!\w)~\s?(?=\w)", f"{about} ", text)
    for symbol, (said, *_) in voice.symbols.items():
        if symbol in ("+", "@") and not re.search(rf"(?<=[\w)])\s?\{symbol}\s?(?=[\w(])", text):
            continue
        text = re.sub(rf"\s?{re.escape(symbol)}\s?", f" {said} ", text)
    text = re.sub(r"(?<=[^\W\d_]) ?/ ?(?=[^\W\d_])", " ", text)
    text = re.sub(r"(?<=\w)—(?=\w)", ", ", text)
    return re.sub(r"[\u2600-\u27bf\ufe0f\u200d\U0001f000-\U0001faff]", "", text)


def _ellipses(_: Numerals, text: str) -> str:
    """A pause where the sentence goes on, a full stop where it ends."""
    text = re.sub(r"(?:\.\s?){2,}\.|…|\.{2,}", "…", text)
    text = re.sub(
        r"…(?:\s*…)+", "…", text
    )  # of several only one: the rest would look at all that follow
    text = re.sub(r"…\s*(?=[?!,;:.])|(?<=[?!,;:.])\s*…", "", text)
    text = re.sub(r"^([\"'“‘«(\s]*)…\s*", r"\1", text)
    text = re.sub(r"(?<!\s)\s*…(?=[\"'”’»)\s]*$)", ".", text)
    return re.sub(r"(?<!\s)\s*…\s*", ", ", text)


def _spaces(_: Numerals, text: str) -> str:
    return re.sub(r" (?=[.,](?!\w))", "", re.sub(r"[ \u00a0\u202f]+", " ", text)).strip()


_RULES: list[Rule] = [  # in this order
    _abbreviations,
    spoken_digits.digits,
    spoken_digits.pairs,
    spoken_scales.suffixes,
    spoken_dates.dates,
    spoken_dates.days,
    lambda voice, text: ordinals.said(voice.base, text),
    spoken_money.money,
    spoken_dates.times,
    _romans,
    _ranges,
    lambda voice, text: spoken_fractions.fractions(voice.base, text),
    _units,
    _ordinals,
    _number_signs,
    _numbers,
    _symbols,
    _ellipses,
    _spaces,
]
