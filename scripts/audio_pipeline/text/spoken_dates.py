"""Dates and times of day as words."""

import re

from audio_pipeline.text.numerals import START, Numerals


def dates(voice: Numerals, text: str) -> str:
    """Spell out dates: 2025-04-03, 3/4/2025 (day first, except in American English), 3.4.2025 in German."""
    words = voice.words

    def iso(match: re.Match[str]) -> str:
        return _date(voice, int(match[3]), int(match[2]), int(match[1])) or match[0]

    def short(match: re.Match[str]) -> str:
        first, second, year = int(match[2]), int(match[3]), int(match[4])
        day, month = (first, second) if words.day_first else (second, first)
        if month > 12:
            day, month = month, day
        spelled = _date(voice, day, month, year, words.day_ordinals[bool(match[1])])
        return (match[1] or "") + spelled if spelled else match[0]

    text = re.sub(rf"{START}([12]\d{{3}})-(\d\d)-(\d\d)(?![\w-])", iso, text)
    mark = re.escape(words.date_mark)
    return re.sub(
        rf"({words.before_date})?{START}(\d{{1,2}}){mark}(\d{{1,2}}){mark}([12]\d{{3}})(?![\w/])",
        short,
        text,
    )


def _date(voice: Numerals, day: int, month: int, year: int, ordinal: str = "") -> str | None:
    """Spell out a date. ordinal: kind of the day's ordinal. Returns None if there is no such day."""
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    words = voice.words
    return words.date.format(
        day=words.first_day if day == 1 and words.first_day else voice.cardinal(day),
        ordinal=voice.ordinal(day, ordinal or words.day_ordinals[0]),
        month=words.months.split()[month - 1],
        year=voice.year(year),
    )


def days(voice: Numerals, text: str) -> str:
    """Spell out days: July 4, 4 July."""
    return voice.words.days(voice, text) if voice.words.days else text


def times(voice: Numerals, text: str) -> str:
    """Spell out times: 12:30, 14h30, 14:30 Uhr. Times with seconds are left to the voice."""
    words = voice.words
    if words.hours:
        full_hour = rf"{START}([01]?\d|2[0-3]) ?h(?!\w)"
        text = re.sub(full_hour, lambda m: _hours(voice, int(m[1])), text)
    colon = "[:h]" if words.hours else ":"
    return re.sub(
        rf"{START}([01]?\d|2[0-3]){colon}([0-5]\d)(?!\w|[:.,]\d){words.clock_end}",
        lambda m: _time(voice, int(m[1]), int(m[2]), m[0]),
        text,
    )


def _hours(voice: Numerals, hour: int) -> str:
    one, many = voice.words.hours.split("|")
    return f"{voice.cardinal(hour, voice.words.hour_gender)} {one if hour == 1 else many}"


def _time(voice: Numerals, hour: int, minute: int, written: str) -> str:
    words = voice.words
    if words.say_time:
        return words.say_time(voice, hour, minute)
    form = words.clock if minute else words.full_hour
    if words.hours and "h" in written and not minute:
        form = "{hours}"
    return form.format(
        hour=voice.cardinal(hour, words.hour_gender),
        hours=_hours(voice, hour) if words.hours else "",
        minute=voice.cardinal(minute),
    )
