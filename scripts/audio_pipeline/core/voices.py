"""Choice of a topic's voice: its own, that of its language (config/voices.yaml), or the default."""

from typing import Any

from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError
from audio_pipeline.settings import AudioSettings

KEYS = ("voice", "speaker", "length_scale", "noise_scale", "noise_w_scale")


def voice_settings(topic: Topic, settings: AudioSettings) -> dict[str, Any]:
    """Return the voice of a topic and its parameters. Raises InputError: the topic's language has no voice."""
    default = {key: getattr(settings, key) for key in KEYS}
    own = {key: default[key] for key in KEYS if f"audio.{key}" in dict(topic.settings)}
    language = topic.language or settings.language
    if topic.voice:
        return {**default, "voice": topic.voice}
    if language.lower() == settings.language.lower():
        return default
    voices = {name.lower(): chosen for name, chosen in settings.voices.items()}
    chosen = voices.get(language.lower()) or voices.get(language.lower().split("-")[0])
    if not chosen:
        raise InputError(
            f"for which there is no voice in config/voices.yaml: add {language} there, "
            "or put voice=… behind the topic"
        )
    return {**default, **chosen, **own}
