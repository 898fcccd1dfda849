"""Choice of the voice for a topic."""

import pytest
from audio_pipeline.core.topics import Topic
from audio_pipeline.core.voices import voice_settings
from audio_pipeline.errors import InputError
from direct import settings

SETTINGS = settings(
    "audio",
    "piper",
    voice="en_US-joe-medium",
    noise_scale=0.6,
    voices={
        "en": {"voice": "en_GB-alba-medium"},
        "pt-BR": {"voice": "pt_BR-faber-medium", "length_scale": 1.1},
        "de": {"voice": "de_DE-thorsten-medium", "speaker": 3},
    },
)


@pytest.mark.parametrize(
    ("language", "own", "voice"),
    [
        (None, None, "en_US-joe-medium"),
        ("EN", None, "en_US-joe-medium"),
        ("pt-br", None, "pt_BR-faber-medium"),
        ("de-AT", None, "de_DE-thorsten-medium"),
        ("pt-BR", "mine", "mine"),
        ("xx", "mine", "mine"),
    ],
)
def test_the_topics_own_voice_goes_before_that_of_its_language(language, own, voice):
    assert voice_settings(Topic("Tea", "tea", language, own), SETTINGS)["voice"] == voice


def test_what_a_language_does_not_set_is_as_for_all():
    chosen = voice_settings(Topic("Tea", "tea", "pt-BR"), SETTINGS)

    assert (chosen["length_scale"], chosen["noise_scale"]) == (1.1, 0.6)


def test_a_language_without_a_voice_says_where_to_add_it():
    with pytest.raises(InputError, match=r"no voice in config/voices.yaml: add fi there"):
        voice_settings(Topic("Tea", "tea", "fi", line=4), SETTINGS)
