"""Choice of a topic's voice: its own, that of its language (config/voices.yaml), or the default; and of the cast."""

from typing import Any

from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError
from audio_pipeline.settings import AudioSettings

KEYS = ("voice", "speaker", "length_scale", "noise_scale", "noise_w_scale")


def cast_settings(name: str, topic: Topic, settings: AudioSettings) -> dict[str, Any]:
    """Return the voice of a speaker in the topic's language, and its parameters."""
    entry = settings.cast[name]
    by_language = {code.lower(): values for code, values in entry.items() if code not in KEYS}
    language = (topic.language or settings.language).lower()
    own = by_language.get(language) or by_language.get(language.split("-")[0]) or {}
    default = {key: getattr(settings, key) for key in KEYS}
    general = {key: value for key, value in entry.items() if key in KEYS}
    return {**default, **general, **own}


def voices_of(topic: Topic, settings: AudioSettings) -> list[str]:
    """Return the names of the voices that may speak a topic's text. Raises InputError: its language has no voice."""
    cast = (cast_settings(name, topic, settings)["voice"] for name in settings.cast)
    return list(dict.fromkeys([voice_settings(topic, settings)["voice"], *cast]))


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
    if settings.engine == "embedded" and "embedded" in chosen:
        chosen = {**chosen, "voice": chosen["embedded"]}
    return {**default, **{key: chosen[key] for key in KEYS if key in chosen}, **own}
