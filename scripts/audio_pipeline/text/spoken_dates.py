"""Dates and times of day as words."""

import re

from audio_pipeline.text.numerals import START, Numerals

_DATIVE = r"\b(?:[Aa]m|[Vv]om|[Zz]um|[Dd]em|[Dd]en|[Bb]eim|[Ii]m|[Ss]eit|[Aa]b|[Dd]es) "  # German: "am dritten"
_DAY_FIRST_ENGLISH = ("-GB", "-AU", "-NZ", "-IE", "-IN", "-ZA")


def dates(voice: Numerals, text: str) -> str:
    """2025-04-03, 3/4/2025 (day first, but in American English), 3.4.2025 in German."""

    def iso(match: re.Match[str]) -> str:
        return _date(voice, int(match[3]), int(match[2]), int(match[1])) or match[0]

    def short(match: re.Match[str]) -> str:
        first, second, year = int(match[2]), int(match[3]), int(match[4])
        day, month = (first, second) if _day_first(voice) else (second, first)
        if month > 12:
            day, month = month, day
        said = _date(voice, day, month, year, "-n" if match[1] else "-r")
        return (match[1] or "") + said if said else match[0]

    text = re.sub(rf"{START}([12]\d{{3}})-(\d\d)-(\d\d)(?![\w-])", iso, text)
    mark = r"\." if voice.base == "de" else "/"
    before = _DATIVE if voice.base == "de" else "(?!)"
    return re.sub(
        rf"({before})?{START}(\d{{1,2}}){mark}(\d{{1,2}}){mark}([12]\d{{3}})(?![\w/])", short, text
    )


def _day_first(voice: Numerals) -> bool:
    return voice.base != "en" or voice.language.upper().endswith(_DAY_FIRST_ENGLISH)


def _date(voice: Numerals, day: int, month: int, year: int, german: str = "-r") -> str | None:
    """german: the ending of the ordinal there. Returns None if there is no such day."""
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    name, year_said = voice.words.months.split()[month - 1], voice.year(year)
    if voice.base == "en":
        if _day_first(voice):
            return f"the {voice.ordinal(day)} of {name}, {year_said}"
        return f"{name} {voice.ordinal(day)}, {year_said}"
    if voice.base == "de":
        return f"{voice.ordinal(day, german)} {name} {year_said}"
    first = {"pt": "primeiro", "es": "uno", "fr": "premier"}[voice.base]
    said = first if day == 1 else voice.cardinal(day)
    return (
        f"{said} {name} {year_said}" if voice.base == "fr" else f"{said} de {name} de {year_said}"
    )


def days(voice: Numerals, text: str) -> str:
    """July 4, 4 July."""
    months = "|".join(voice.words.months.split())
    if voice.base == "en":
        text = re.sub(
            rf"\b({months}) ([12]?\d|3[01])(?:st|nd|rd|th)?(?!\w|[.,:/]\d)",
            lambda m: f"{m[1]} {voice.ordinal(int(m[2]))}",
            text,
        )
        return re.sub(
            rf"(\b[Tt]he )?{START}([12]?\d|3[01])(?:st|nd|rd|th)? (?:of )?({months})\b",
            lambda m: f"{m[1] or 'the '}{voice.ordinal(int(m[2]))} of {m[3]}",
            text,
        )
    return text


def times(voice: Numerals, text: str) -> str:
    """12:30, 14h30, 14:30 Uhr; times with seconds are left to the voice."""
    colon = ":" if voice.base in ("en", "de") else "[:h]"
    if colon == "[:h]":
        alone = rf"{START}([01]?\d|2[0-3]) ?h(?!\w)"
        text = re.sub(alone, lambda m: _hours(voice, int(m[1])), text)
    tail = r"(?: Uhr\b)?" if voice.base == "de" else ""
    return re.sub(
        rf"{START}([01]?\d|2[0-3]){colon}([0-5]\d)(?!\w|[:.,]\d){tail}",
        lambda m: _clock(voice, int(m[1]), int(m[2]), m[0]),
        text,
    )


def _hours(voice: Numerals, hour: int) -> str:
    one, many = {"pt": ("hora", "horas"), "es": ("hora", "horas"), "fr": ("heure", "heures")}[
        voice.base
    ]
    return f"{voice.cardinal(hour, 'f')} {one if hour == 1 else many}"


def _clock(voice: Numerals, hour: int, minute: int, written: str) -> str:
    said = voice.cardinal(minute)
    if voice.base == "en":
        if minute == 0:
            return (
                f"{voice.cardinal(hour)} o'clock"
                if 1 <= hour <= 12
                else f"{voice.cardinal(hour)} hundred"
            )
        return f"{voice.cardinal(hour)} {'oh ' if minute < 10 else ''}{said}"
    if voice.base == "de":
        first = "ein" if hour == 1 else voice.cardinal(hour)
        return f"{first} Uhr {said}" if minute else f"{first} Uhr"
    if voice.base == "fr":
        return f"{_hours(voice, hour)} {said}" if minute else _hours(voice, hour)
    joint = {"pt": "e", "es": "y"}[voice.base]
    if not minute:
        return (
            _hours(voice, hour)
            if "h" in written or voice.base == "pt"
            else voice.cardinal(hour, "f")
        )
    return f"{voice.cardinal(hour, 'f')} {joint} {said}"
