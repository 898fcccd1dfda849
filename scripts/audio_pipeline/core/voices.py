"""Choice of a topic's voice: its own, that of its language (config/voices.yaml), or the default; and of the cast."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audio_pipeline import files
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError
from audio_pipeline.settings import AudioSettings

# Of a voice: what shapes its sound. An entry may also have `embedded`.
KEYS = ("voice", "speaker", "length_scale", "noise_scale", "noise_w_scale")


def cast_settings(name: str, topic: Topic, settings: AudioSettings) -> dict[str, Any]:
    """Return the voice of a speaker in the topic's language, and its parameters."""
    entry = settings.cast[name]
    by_language = {
        code.lower(): values for code, values in entry.items() if isinstance(values, Mapping)
    }
    language = (topic.language or settings.language).lower()
    own = by_language.get(language) or by_language.get(language.split("-")[0]) or {}
    default = {key: getattr(settings, key) for key in KEYS}
    return {**default, **_of_engine(entry, settings), **_of_engine(own, settings)}


def fetched(name: str) -> Path:
    """Return the path of one of Piper's voices for the embedded engine, if `make voice` has fetched it."""
    return files.downloads() / "voices" / f"{name}.onnx"


def _of_engine(entry: Mapping[str, Any], settings: AudioSettings) -> dict[str, Any]:
    """Return what an entry says for the engine. `embedded` is used unless `voice` has been fetched."""
    values = {key: entry[key] for key in KEYS if key in entry}
    if (
        settings.engine == "embedded"
        and "embedded" in entry
        and not fetched(entry["voice"]).is_file()
    ):
        values["voice"] = entry["embedded"]
    return values


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
    return {**default, **_of_engine(chosen, settings), **own}
