"""What a script says and its source does not, and what it copies."""

import pytest
from audio_pipeline.text.grounding import copied, unsupported

SOURCE = (
    "Octopuses have three hearts. Two push blood through the gills. In 1984, researchers in Naples measured twelve "
    "animals at 15 °C. The Moon is 384,400 km away. About two million people live there; half of the blood is "
    "haemocyanin. Jean-Luc's boat weighs 2.5 tonnes."
)
SUPPORTED = [
    "Why do octopuses have 3 hearts?",
    "In nineteen eighty-four it was warm in Naples.",
    "The 12 animals lived at 15 degrees, and at fifteen degrees.",
    "It is 384 400 kilometres, or 384.400 km, to the Moon.",
    "There are 2,000,000 people, 2 million in all.",
    "Luc knew it. So did Jean.",
    "It weighs 2.5 tons, and it's Jean-Luc’s.",
    "Scientists agree. One of them said so. First of all, I know.",
    "It is in mRNA, as iPhones are.",
]
UNSUPPORTED = [
    ("It has 9 arms.", ["9"]),
    ("It has nine arms and four eyes.", ["9", "4"]),
    ("It weighs 15 kilograms.", ["15 kilograms"]),
    ("It is 15 metres long, 15 degrees warm.", ["15 metres"]),
    ("In 1985 it was known.", ["1985"]),
    ("It was nineteen eighty-five.", ["1985"]),
    ("They live in Lisbon, and in Lisbon alone.", ["Lisbon"]),
    ("Marie Curie’s heart was studied.", ["Marie", "Curie"]),
    ("About 3 million people are there.", ["3000000"]),
    ("It costs 50% more.", ["50%"]),
]


@pytest.mark.parametrize("text", SUPPORTED)
def test_what_the_source_says_in_another_way_is_supported(text):
    assert unsupported(text, SOURCE, "Octopuses", "en") == []


@pytest.mark.parametrize(("text", "found"), UNSUPPORTED)
def test_what_the_source_does_not_say_is_found(text, found):
    assert unsupported(text, SOURCE, "Octopuses", "en") == found


@pytest.mark.parametrize("text", ["5 MİL", "5 MİLLİON", "5 mıllion", "5 millionſ", "9" * 5000])
def test_odd_letters_and_numbers_are_no_error(text):
    assert unsupported(text, text, "x", "en") == []


def test_a_billion_is_a_thousand_times_more_in_other_languages():
    assert unsupported("Es sind 1000000000000.", "Es ist 1 Billion.", "x", "de") == []
    assert unsupported("It is 1000000000.", "It is 1 billion.", "x", "en") == []


def test_the_topic_counts_as_known():
    assert unsupported("He saw 7 ships in Lisbon.", SOURCE, "Seven ships in Lisbon", "en") == []


@pytest.mark.parametrize(
    ("language", "source", "text", "found"),
    [
        ("de", "Zwölf Tiere wogen 2,5 Tonnen.", "Es gab 12 Tiere mit 2,5 Tonnen und ein Herz.", []),
        ("de", "Zwölf Tiere wogen 2,5 Tonnen.", "Es gab 13 Tiere.", ["13"]),
        ("pt-BR", "Custa dois milhões de reais.", "São 2.000.000 de reais em Lisboa.", ["Lisboa"]),
        ("fr", "Il y a trois cœurs.", "Il y a 3 cœurs et 4 bras.", ["4"]),
        ("ja", "心臓は3つあります。", "心臓は3つで、腕は8本です。", ["8"]),
    ],
)
def test_other_languages(language, source, text, found):
    assert unsupported(text, source, "", language) == found


def test_a_long_passage_is_a_copy_and_a_short_one_is_not():
    nine = "He said: In 1984 researchers in Naples measured twelve animals at the sea."
    eight = "He said: researchers in Naples measured twelve animals at 15 metres."

    assert copied(nine, SOURCE, "en") == "In 1984 researchers in Naples measured twelve animals at"
    assert copied(eight, SOURCE, "en") == ""


def test_copies_are_found_in_languages_without_spaces():
    source = "蛸には心臓が三つあり、二つは鰓に血液を送り、もう一つは体に血液を送ります。"

    assert len(copied(f"そうです。{source}", source, "ja")) > 24
    assert copied("蛸には心臓が三つあります。", source, "ja") == ""
