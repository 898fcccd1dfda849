"""Phrases of cards, chosen from sentences by rule."""

import pytest
from audio_pipeline.text.key_phrase import key_phrase


@pytest.mark.parametrize(
    ("language", "text", "phrase"),
    [
        ("en", "But the third heart stops beating.", "The third heart stops beating"),
        ("en", "Octopuses have three hearts because their blue blood carries less oxygen than ours.",
         "Octopuses have three hearts"),
        ("en", "Two of these hearts pump blood through the gills, while the third one rests.",
         "Two of these hearts pump blood through the gills"),
        ("en", "This piece, called an antigen, triggers the immune system to respond.",
         "Triggers the immune system to respond"),
        ("en", "It works.", "It works"),
        ("de", "Der Kaffee kam im 17. Jahrhundert über Venedig nach Europa.",
         "Der Kaffee kam im 17. Jahrhundert über Venedig"),
        ("ja", "日本の茶は、中国から伝わった飲み物です。", "中国から伝わった飲み物です"),
        ("ar", "بدأت القهوة في اليمن قبل قرون.", "بدأت القهوة في اليمن قبل قرون"),
        ("en", "…", ""),
    ],
)  # fmt: skip
def test_the_phrase_of_a_sentence(language, text, phrase):
    assert key_phrase(text, language) == phrase


@pytest.mark.parametrize(
    "text", ["x" * 400, "word " * 400, "a, " * 400, "the of a " * 300, "(" * 300 + "a"]
)
@pytest.mark.parametrize("language", ["en", "zh", "xx"])
def test_a_phrase_is_short(language, text):
    phrase = key_phrase(text, language)

    assert len(phrase) <= 58
    assert len(phrase.split()) <= 10
