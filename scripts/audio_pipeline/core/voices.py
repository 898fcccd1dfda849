"""Which voice speaks a topic: its own, that of its language (config/voices.yaml), or the default one."""

from collections.abc import Mapping
from typing import Any

from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError

KEYS = ("voice", "speaker", "length_scale", "noise_scale", "noise_w_scale")


def voice_settings(topic: Topic, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The voice of a topic and how it speaks.

    settings: the `audio` part of the configuration, with `language` and `voices`.
    Raises InputError: nothing is set for the topic's language.
    """
    default = {key: settings[key] for key in KEYS}
    language = topic.language or settings["language"]
    if topic.voice:
        return {**default, "voice": topic.voice}
    if language.lower() == settings["language"].lower():
        return default
    voices = {name.lower(): chosen for name, chosen in settings["voices"].items()}
    chosen = voices.get(language.lower()) or voices.get(language.lower().split("-")[0])
    if not chosen:
        raise InputError(
            f"for which there is no voice in config/voices.yaml: add {language} there, "
            "or put voice=… behind the topic"
        )
    return {**default, **chosen}
