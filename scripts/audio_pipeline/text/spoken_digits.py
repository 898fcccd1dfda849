"""Digits that are no quantity: telephone numbers, postal codes, cards, addresses; 24/7, scores, 3x."""

import functools
import re

from audio_pipeline.text.language import Language
from audio_pipeline.text.numerals import START, Numerals

# Words before a telephone number.
_CALLS = re.compile(
    r"\b(?:call|phone|tel|telephone|dial|text|fax|mobile|cell|hotline|whatsapp|number is|ring|contact|"
    r"ligue|ligar|ligou|telefone|fone|celular|disque|contato|llam\w{1,4}|teléfono|móvil|marque|marca|"
    r"telefon|telefonnummer|handy|rufnummer|ruf\w?|anruf\w{0,2}|wähl\w{0,2}|hotline|notruf|"
    r"téléphone|tél|appel\w{1,4}|portable|composez|numéro)\b[^.!?]{0,100}\Z",
    re.IGNORECASE,
)
_GAP = r"[ .\u00a0-]"
_PHONES = [
    re.compile(
        rf"(?<![\w+])\+\d{{1,3}}{_GAP}?(?:\(\d{{1,4}}\)|\d{{1,5}})(?:{_GAP}?\d{{2,5}}){{1,5}}(?![\w-])"
    ),
    re.compile(
        rf"(?<!\w)(?:1{_GAP})?\(\d{{2,5}}\){_GAP}?\d{{3,5}}{_GAP}?\d{{3,5}}(?:{_GAP}\d{{2,4}})?(?![\w-])"
    ),
    re.compile(rf"{START}(?:1[-. ])?\d{{3}}([-.])\d{{3}}\1\d{{4}}(?![\w-])"),
    re.compile(
        rf"{START}0\d{{1,4}}(?:[ /-]\d{{2,8}}){{1,4}}(?![\w-]|[.,]\d)"
    ),  # 030 1234567, 01 23 45 67 89
    re.compile(rf"{START}(?:\d{{2}} )?\d{{4,5}}-\d{{4}}(?![\w-]|[.,]\d)"),
    re.compile(rf"{START}\d{{3}}-\d{{4}}(?![\w-]|[.,]\d)"),
    re.compile(rf"{START}\d{{7,12}}(?<!000)(?![\w-]|[.,]\d)"),
    re.compile(rf"{START}\d{{2,3}}(?:[ .-]\d{{2,4}}){{2,4}}(?![\w-]|[.,]\d)"),
]
_SURE = 4  # the first of the above, which need no word before them
_EMERGENCY = re.compile(rf"{START}(911|999|112|110|101|190|192|193|091|144)(?![\w-]|[.,:]\d)")
_CARD = re.compile(
    rf"{START}(?:\d{{4}}[ -]){{3}}\d{{4}}(?![\w-])|(?<=ISBN )97[89][\d -]{{10,14}}\b|(?<=ISBN )[\d-]{{9,13}}[\dX]\b"
)
_ADDRESS = re.compile(rf"{START}\d{{1,3}}(?:\.\d{{1,3}}){{3}}(?![\w.]*\d)")
_VERSION = re.compile(
    r"\b((?:[Vv]ersion|[Vv]ersão|[Vv]ersión|Python|Java|Android|iOS|macOS|Windows|Linux|Kernel|Ubuntu|Firefox|release)"
    r" v?)(\d{1,3}(?:\.\d{1,3}){1,3})(?![\w-]|\.\d)"
)
_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA RI SC SD TN TX UT VT VA WA WV WI WY PR"
)
_CODES = [
    re.compile(
        r"(?i:\b(?:zip(?: codes?)?|postal code|postcode|cep|c\. ?p\.|código postal|plz|postleitzahl|code postal))"
        r"[^\d.!?]{0,12}(?P<code>\d{5}(?:-\d{3,4})?|\d{3,4})(?![\w-]|[.,]\d)"
    ),
    re.compile(
        rf"\b(?:{'|'.join(_STATES.split())}),? (?P<code>\d{{5}}(?:-\d{{4}})?)(?![\w-]|[.,]\d)"
    ),
    re.compile(rf"{START}(?P<code>\d{{5}}-\d{{3}})(?![\w-])"),  # Brazil
    re.compile(r"(?<=\bD-)(?P<code>\d{5})(?= [^\W\d_])"),
]
_CODE_AND_PLACE = re.compile(
    r"(?:, |\b(?:in|aus|nach|à|en|a) )(?P<code>\d{3}(?:[1-9]\d|\d[1-9]))(?= [A-ZÄÖÜÉ][^\W\d_]{2,})"
    r"(?! (?:Fäll|Mensch|Person|Einwohner|Haushalt|Stimm|Euro|Meter|Kilometer|Jahr|Schritt|Teilnehm|Zuschau|Tag|Seit))"
)
_PLACE_AND_CODE = re.compile(
    r"(?<=[A-Z][a-z]{2})[a-z]{0,15} (?P<code>\d{3}(?:[1-9]\d|\d[1-9]))(?=[.,;!?](?!\d)|\Z)"
)


def digits(voice: Numerals, text: str) -> str:
    """Spell out telephone numbers, postal codes, cards, addresses and versions, before ranges and dates."""
    text = _CARD.sub(lambda m: _spell_digits(voice, m[0]), text)
    text = _ADDRESS.sub(lambda m: _spell_dotted(voice, m[0]), text)
    text = _VERSION.sub(lambda m: m[1] + _spell_dotted(voice, m[2]), text)
    near_a_place = {"before": [_CODE_AND_PLACE], "behind": [_PLACE_AND_CODE]}
    for pattern in (*_CODES, *near_a_place.get(voice.words.code_stands, ())):
        text = pattern.sub(lambda m: _code(voice, m), text)
    for number, pattern in enumerate(_PHONES):
        text = pattern.sub(functools.partial(_phone, voice, sure=number < _SURE), text)
    if voice.words.emergency_digits:
        text = _EMERGENCY.sub(
            lambda m: (
                _spell_digits(voice, m[0])
                if _CALLS.search(m.string[max(0, m.start() - 120) : m.start()])
                else m[0]
            ),
            text,
        )
    return text


def _code(voice: Numerals, match: re.Match[str]) -> str:
    start, end = match.start("code") - match.start(), match.end("code") - match.start()
    return match[0][:start] + _spell_digits(voice, match["code"]) + match[0][end:]


def _spell_digits(voice: Numerals, written: str) -> str:
    """Spell out digit by digit, with a comma between groups."""
    groups = re.findall(r"\d+|X", written)
    return ", ".join(" ".join(_digit(voice, digit) for digit in group) for group in groups)


def _digit(voice: Numerals, digit: str) -> str:
    return digit if digit == "X" else voice.cardinal(int(digit))


def _spell_dotted(voice: Numerals, written: str) -> str:
    return f" {voice.words.dot} ".join(voice.cardinal(int(part)) for part in written.split("."))


def _phone(voice: Numerals, match: re.Match[str], sure: bool) -> str:
    count = sum(map(str.isdigit, match[0]))
    called = bool(_CALLS.search(match.string[max(0, match.start() - 120) : match.start()]))
    if not (sure or called) and not _looks_like_phone(match):
        return match[0]
    if sure and not called and (count < 8 or count > 15):
        return match[0]
    plus = f"{voice.words.plus} " if match[0].startswith("+") else ""
    if voice.words.phones_in_pairs and re.fullmatch(r"0\d(?:[ .-]\d\d){4}", match[0]):
        return _spell_pairs(voice, match[0])
    return plus + _spell_digits(voice, match[0])


def _spell_pairs(voice: Numerals, written: str) -> str:
    """Spell out a number by pairs: 01 23 45 67 89 as zéro un, vingt-trois, …"""
    pairs = re.findall(r"\d\d", written)
    zero = voice.cardinal(0)
    return ", ".join(
        f"{zero} {voice.cardinal(int(pair[1]))}" if pair[0] == "0" else voice.cardinal(int(pair))
        for pair in pairs
    )


def _looks_like_phone(match: re.Match[str]) -> bool:
    """True for 3333-4444 or 99999-8888, but not for 1914-1918, 2000-3000 or 1250-4375 m."""
    numbers = re.fullmatch(r"(?:\d\d )?(\d{4,5})-(\d{4})", match[0])
    if not numbers:
        return False
    first, second = int(numbers[1]), int(numbers[2])
    years = first < 2200 and second < 2200
    rounded = not first % 5 and not second % 5 and first < second
    unit = re.match(
        r" ?(?:m|km|kg|g|ft|lbs?|W|kWh|rpm|€|\$|%|°)(?!\w)", match.string[match.end() :]
    )
    return not (years or rounded or unit)


_SCORES = re.compile(
    r"\b(?:won|wins?|beat|lost|lose|scored?|draw|drew|tied|victory|defeat(?:ed)?|lead|loss|vote|ruling|final|"
    r"venceu|ganhou|perdeu|placar|vitória|empate|empatou|derrota|goleada|ganó|perdió|venció|victoria|empató|marcador|"
    r"gewann(?:en)?|gewinn(?:t|en)|siegten?|verlor(?:en)?|besiegten?|Sieg|Niederlage|Unentschieden|Ergebnis|Endstand|führten?|schlug(?:en)?|steht|stand|"
    r"gagné|gagne|perdu|battu|bat|victoire|défaite|score|nul)\b",
    re.IGNORECASE,
)


def pairs(voice: Numerals, text: str) -> str:
    """Spell out 24/7, 8/10, 10:30-11:30, a score of 3-1, 9-to-5, 3x, 4x4."""
    words = voice.words
    text = fixed_pairs(voice.language, text)
    text = re.sub(r"(?<!\w)(\d{1,2})-to-(\d{1,2})(?!\w)", r"\1 to \2", text)
    times = rf"{START}(\d{{1,2}}(?:[:h]\d\d|h))\s?[-–]\s?(?=\d{{1,2}}(?:[:h]\d\d|h)(?!\w))"
    text = re.sub(times, rf"\1 {words.to} ", text)
    if out_of := words.out_of:
        rating = rf"(?<!\b[Oo]n ){START}(\d{{1,3}})/(10|20|100)(?![\w/]|[.,]\d)"
        text = re.sub(
            rating, lambda m: f"{m[1]} {out_of} {m[2]}" if int(m[1]) <= int(m[2]) else m[0], text
        )
    if _SCORES.search(text):
        score = (
            rf"{START}(\d{{1,2}})[{words.score_marks}](\d{{1,2}})"
            r"(?![\w\-–/=%]|[.,:]\d| ?(?:Uhr|years?|anos|años|ans|Jahre)\b)"
        )
        text = re.sub(score, rf"\1 {words.to_in_a_score or words.to} \2", text)
    if words.by:
        text = re.sub(r"(?<![\w.,])(\d{1,5})\s?x\s?(?=\d{1,5}(?!\w))", rf"\1 {words.by} ", text)
    return _times(voice, text) if words.times else text


def _times(voice: Numerals, text: str) -> str:
    """Spell out the x of 3x."""
    word = voice.words.times
    if word[0] != "-":
        return re.sub(r"(?<![\w,])(\d{1,3}(?:\.\d)?)x(?!\w)", rf"\1 {word}", text)
    return re.sub(
        r"(?<![\w.,])(\d{1,3})x(?!\w)", lambda m: voice.cardinal(int(m[1]), "m") + word[1:], text
    )


def fixed_pairs(language: Language, text: str) -> str:
    """Spell out fixed pairs: 24/7 and 50/50."""
    if not (fixed := language.pairs):
        return text
    choice = "|".join(sorted(map(re.escape, fixed), key=len, reverse=True))
    return re.sub(rf"{START}(?:{choice})(?![\w/]|[.,]\d)", lambda m: fixed[m[0]], text)
