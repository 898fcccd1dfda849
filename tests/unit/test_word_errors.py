import importlib.util

import pytest
from audio_pipeline.errors import EngineError
from audio_pipeline.sound import recogniser
from audio_pipeline.text.word_errors import compare, words


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("In 1969, it cost $5.", "in nineteen sixty nine it cost five dollars"),
        ("Twenty percent of 3 km", "20% of three kilometers."),
        ("Dr. Smith isn't here.", "Doctor Smith isn’t here"),
        ("Well-known sunlight", "well known sun light"),
        ("The rain bow", "The rainbow"),
        ("Naïve café", "naïve CAFÉ!"),
        ("Louis XIV", "Louis the 14th"),
        ("Grey colours were organised", "gray colors were organized"),
        ("Neighbours worshipped at the theatre", "neighbors worshiped at the theater"),
    ],
)
def test_what_sounds_the_same_is_no_error(text, heard):
    assert compare(text, heard, "en").errors == 0


@pytest.mark.parametrize(
    ("heard", "errors", "worst"),
    [
        ("tea is hot and good", 0, []),
        ("tea is not and good", 1, ["hot → not"]),
        ("tea is hot good", 1, ["and → –"]),
        ("tea is very hot and good", 1, ["– → very"]),
        ("", 5, ["tea → –", "is → –", "hot → –", "and → –", "good → –"]),
    ],
)
def test_words_put_in_left_out_or_changed_are_counted_and_told(heard, errors, worst):
    found = compare("Tea is hot and good.", heard, "en")

    assert (found.said, found.errors, found.worst) == (5, errors, worst)
    assert found.rate == errors / 5


def test_differences_are_shown_as_they_were_written():
    assert compare("Four grey travellers", "for gray colours", "en").worst == [
        "four → for",
        "travellers → colours",
    ]


def test_an_empty_script_is_all_right_only_with_silence():
    assert compare("", "", "en").rate == 0
    assert compare("", "hello", "en").rate == 1


def test_languages_without_spaces_are_compared_by_character():
    assert words("空は青い。", "ja") == ["空", "は", "青", "い"]


def test_a_recogniser_that_is_not_installed_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    recogniser.load.cache_clear()

    with pytest.raises(EngineError, match=r"run 'make verify', or .* -r envs/verify\.txt"):
        recogniser.load("")
