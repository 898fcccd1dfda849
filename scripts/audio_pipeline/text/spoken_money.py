"""Amounts of money as words."""

import re

from audio_pipeline.text.numerals import NUMBER, START, Numerals


def money(voice: Numerals, text: str) -> str:
    """Spell out amounts with a currency."""
    symbols = "|".join(map(re.escape, sorted(voice.currencies, key=len, reverse=True)))
    scales = "|".join(sorted(voice.words.scales.split(), key=len, reverse=True))
    short = (
        {"k": 0, "K": 0, "m": 1, "M": 1, "bn": 2, "B": 2} if voice.words.letters_in_money else {}
    )

    def say(match: re.Match[str]) -> str:
        symbol = match["before"] or match["after"]
        parsed = voice.parsed(match["number"] or match["amount"])
        scale = match["scale"] or match["scale2"] or ""
        if parsed is None:
            return match[0]
        if scale in short:
            scale = voice.words.scales.split()[short[scale]]
        return voice.sign(match["sign"]) + _amount(voice, symbol, *parsed, scale)

    either = f"{scales}|bn|k|K|B|M|m" if short else scales
    text = _money_ranges(voice, symbols, either, text)
    return re.sub(
        rf"(?<![\w.])(?P<sign>[-−])?(?:(?P<before>{symbols})\s?(?P<number>{NUMBER})(?:\s?(?P<scale>{either})\b)?"
        rf"|{START}(?P<amount>{NUMBER})(?:\s(?P<scale2>{scales}))?\s?(?P<after>{symbols}))(?!\w)",
        say,
        text,
    )


def _money_ranges(voice: Numerals, symbols: str, scales: str, text: str) -> str:
    """Spell out the first number of $5-10, $5-$10 and 5–10 € without its currency."""
    join = r"\s?[-–—]\s?"

    def say(match: re.Match[str]) -> str:
        low, high = voice.parsed(match["low"]), voice.parsed(match["high"])
        symbol = match["before"] or match["after"]
        if not low or not high or float(".".join(low)) >= float(".".join(high)):
            return match[0]
        feminine = "" if match["scale"] else voice.currencies[symbol][4]
        first = voice.decimal(*low, feminine or "m" if voice.words.agrees_alone else "")
        if len(low[1]) == 2 and not match["scale"]:
            first = _amount(voice, symbol, *low, "")
        rest = f"{symbol}{match['high']}" + (f" {match['scale']}" if match["scale"] else "")
        return f"{first} {voice.words.to} {rest}"

    number = r"\d{1,9}(?:[.,]\d{3})*(?:[.,]\d{1,2})?"
    scale = rf"(?:\s?(?P<scale>{scales})\b)?"
    text = re.sub(
        rf"(?<![\w.])(?P<before>{symbols})\s?(?P<low>{number}){join}(?:(?P=before)\s?)?(?P<high>{number}){scale}"
        r"(?P<after>)(?![\w-]|[.,]\d)",
        say,
        text,
    )
    return re.sub(
        rf"{START}(?P<before>)(?P<low>{number}){join}(?P<high>{number}){scale}\s?(?P<after>{symbols})(?!\w)",
        say,
        text,
    )


def _amount(voice: Numerals, symbol: str, whole: str, fraction: str, scale: str) -> str:
    singular, plural, cent, cents, feminine, *_ = voice.currencies[symbol]
    gender = feminine or "m"
    if scale:
        of = voice.words.of_money
        if scale == voice.words.scales.split()[0]:
            of = ""
        joined = f"{of} {plural}" if of else plural
        if of and plural[0] in voice.words.elided_of:
            joined = f"d'{plural}"
        return f"{voice.decimal(whole, fraction, 'm')} {scale} {joined}"
    name = singular if int(whole) == 1 else plural
    if not fraction or len(fraction) != 2 or not cent:
        return f"{voice.decimal(whole, fraction, gender)} {plural if fraction else name}"
    parts = []
    if int(whole) or not int(fraction):
        of = ""
        if voice.words.of_money and whole.endswith("000000"):
            of = f"{voice.words.of_money} "
        parts.append(f"{voice.cardinal(int(whole), gender)} {of}{name}")
    if int(fraction):
        parts.append(
            f"{voice.cardinal(int(fraction), 'm')} {cent if int(fraction) == 1 else cents}"
        )
    return f" {voice.words.with_cents} ".join(parts)
