"""Checks of a translated sentence against its original."""

import pytest
from audio_pipeline.text import translation_checks as checks

SAME = {
    "digits": ("It is 384,399 km away.", "en", "Fica a 384.399 km.", "pt-BR"),
    "a decimal": ("It has 3.5 litres.", "en", "Tem 3,5 litros.", "pt-BR"),
    "a word for digits": ("It has 3 hearts.", "en", "Tem três corações.", "pt-BR"),
    "digits for a word": ("It has three hearts.", "en", "Es hat 3 Herzen.", "de"),
    "a century in Roman numerals": ("In the 19th century", "en", "No século XIX", "pt-BR"),
    "a scale": ("About 2 million people", "en", "Etwa 2 Millionen Menschen", "de"),
    "a billion in Spanish": ("About 2 billion people", "en", "Unos 2 mil millones", "es"),
    "a long scale": ("About 2 billion people", "en", "Environ 2 milliards", "fr"),
    "percent": ("25% of it", "en", "25 Prozent davon", "de"),
    "no digits": ("One of the first", "en", "Um dos primeiros", "pt-BR"),
    "small numbers in a language without number words": ("It has 8 arms.", "en", "Má osm ramen.", "cs"),
}  # fmt: skip
CHANGED = {
    "a digit": ("It is 384,399 km away.", "en", "Fica a 383.399 km.", "pt-BR", ["384,399 km", "383.399 km"]),
    "a lost year": ("In 1652 it opened.", "en", "Foi aberta então.", "pt-BR", ["1652"]),
    "a new number": ("Many people came.", "en", "Kamen 300 Leute.", "de", ["300"]),
    "another scale": ("About 2 billion people", "en", "Unos 2 millones", "es", ["2000000000", "2000000"]),
    "a century": ("In the 19th century", "en", "No século XVIII", "pt-BR", ["19"]),
    "a year in an unknown language": ("In 1652 it opened.", "en", "Otevřeno roku 1625.", "cs", ["1652", "1625"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_the_same_numbers_pass_however_they_are_written(name: str) -> None:
    original, language, translation, other = SAME[name]
    assert checks.changed_numbers(original, translation, language, other) == []


@pytest.mark.parametrize("name", CHANGED)
def test_changed_numbers_are_named(name: str) -> None:
    original, language, translation, other, expected = CHANGED[name]
    assert checks.changed_numbers(original, translation, language, other) == expected


@pytest.mark.parametrize(
    ("original", "translation", "lost"),
    [
        ("In Jena Hans Berger measured it.", "In Jena maß Hans Berger es.", []),
        ("It came to Venice and London.", "Chegou a Veneza e Londres.", []),
        ("The Germans drink it in Germany.", "Os alemães o bebem na Alemanha.", []),
        ("Pasqua Rosée opened it in London.", "Ele a abriu em Londres.", ["Rosée"]),
        ("Pasqua Rosée opened it in London.", "パスカ・ロゼがロンドンで開いた。", []),
        ("Tea is a drink.", "Chá é uma bebida.", []),
    ],
)
def test_lost_names_are_found(original: str, translation: str, lost: list[str]) -> None:
    assert checks.lost_names(original, translation) == lost


@pytest.mark.parametrize(
    ("translation", "message"),
    [
        ("…", "has no words"),
        ("Tea is a drink of many leaves.", "is the sentence itself"),
        ("O chá é uma bebida. " * 12, "has 240 characters for a sentence of 30"),
        ("O chá é uma bebida de muitas folhas.", None),
    ],
)
def test_what_cannot_be_a_translation_is_refused(translation: str, message: str | None) -> None:
    assert checks.fault("Tea is a drink of many leaves.", translation) == message


@pytest.mark.parametrize(
    ("original", "translation", "expected"),
    [
        ("384,399 km in 3.5 days", "383.399 km em 3,5 dias", "384.399 km em 3,5 dias"),
        ("It has 3 hearts.", "Tem três corações.", "Tem três corações."),
        ("In 1652 and 1671.", "Em 1652 e 1617.", "Em 1652 e 1671."),
    ],
)
def test_the_embedded_translator_s_numbers_are_those_of_the_original(
    original, translation, expected
):
    assert checks.with_numbers_of(original, translation, "en", "pt-BR") == expected


def test_numbers_are_put_back_from_portuguese_too() -> None:
    put = checks.with_numbers_of(
        "Custava 3,5 reais em 1.652 lojas.", "It cost 4.5 in 1,625 shops.", "pt-BR", "en"
    )
    assert put == "It cost 3.5 in 1,652 shops."
