"""Settings of single topics: keys of the configuration behind a topic, and presets, which are sets of them."""

import copy
import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from audio_pipeline.core import schema
from audio_pipeline.core.yaml_files import short_repr
from audio_pipeline.errors import InputError

Settings = tuple[tuple[str, Any], ...]  # names like script.max_tokens, and values

SECTIONS = ("script", "translation", "audio", "image", "scenes", "subtitles", "video")
# What a run needs once, whatever its topics are.
_OF_ALL_TOPICS = (
    "engine", "url", "enabled", "prompt", "timeout_s", "attempts", "keep_alive", "pull", "digest", "extra_body",
    "context_tokens", "heard_model", "nodes", "into",
)  # fmt: skip
_INSTEAD = {"audio.voice": "voice", "script.seed": "seed", "image.seed": "seed"}


def checked(name: str, value: Any) -> Any:
    """Return the value of a key in its type. value: may be a text. Raises InputError: the key or value is invalid."""
    entry = _entry(name)
    if entry is None:
        raise InputError(_unknown(name))
    if name in _INSTEAD:
        raise InputError(f"has {name}; give the topic {_INSTEAD[name]}=… instead")
    if not is_key(name):
        raise InputError(f"has {name}, which holds for all topics; set it in the configuration")
    value = schema.typed_value(value, entry)
    if isinstance(value, str) and (character := _unprintable(value)):
        raise InputError(f"has the character U+{ord(character):04X} in {name}; remove it")
    if value is False and "off" in entry.get("enum", ()):
        value = "off"  # which YAML reads as false unless it is quoted
    for error in schema.errors(value, entry):
        raise InputError(f"has {name}={short_repr(value)}; expected {schema.expected(error)}")
    if not isinstance(value, str | int | float | bool | None) or value != value:
        raise InputError(f"has {name}={short_repr(value)}; expected a single value")
    return value


def _unprintable(text: str) -> str:
    """Return the first character that a text for a program cannot have, "" for none. Line ends and tabs are allowed."""
    bad = ("Cc", "Cs", "Zl", "Zp")
    return next((c for c in text if unicodedata.category(c) in bad and c not in "\n\t"), "")


def is_key(name: str) -> bool:
    """True if a key of this name can stand behind a topic."""
    section, _, key = name.partition(".")
    of_all = key.split(".")[0] in _OF_ALL_TOPICS or name in _INSTEAD
    return section in SECTIONS and not of_all and _entry(name) is not None


def flat(sections: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield names like script.max_tokens, and values, of nested keys."""
    for key, value in sections.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def merged(values: Mapping[str, Any], settings: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the configuration with the settings of a topic."""
    result = dict(values)
    for name, value in settings:
        *sections, key = name.split(".")
        if result.get(sections[0]) is values.get(sections[0]):
            result[sections[0]] = copy.deepcopy(values[sections[0]])
        node = result
        for section in sections:
            node = node[section]
        node[key] = value
    return result


def _entry(name: str) -> Mapping[str, Any] | None:
    """Return a key's part of the schema. Returns None if there is no such key, or it has keys of its own."""
    entry: Mapping[str, Any] = schema.configuration()
    for key in name.split("."):
        entry = schema.resolved(entry.get("properties", {}).get(key, {}))
        if not entry:
            return None
    return None if "properties" in entry else entry


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name, _names(schema.configuration()), n=1)
    hint = f"did you mean {near[0]}?" if near else "the keys are in config/README.md"
    return f"has the unknown key {short_repr(name)}; {hint}"


def _names(entry: Mapping[str, Any], before: str = "") -> list[str]:
    """Return the names of all keys in sections, like script.max_tokens."""
    names = []
    for key, part in entry.get("properties", {}).items():
        inner = schema.resolved(part)
        if "properties" in inner:
            names += _names(inner, f"{before}{key}.")
        elif before:
            names.append(f"{before}{key}")
    return names
