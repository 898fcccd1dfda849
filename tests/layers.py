"""Default configuration, its schema, and layers over it."""

from pathlib import Path

import pytest
import yaml
from audio_pipeline.core import schema
from audio_pipeline.core.configuration import resolve
from audio_pipeline.core.yaml_files import read_layer
from audio_pipeline.errors import InputError

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "config"
DEFAULTS = read_layer(CONFIG / "config.yaml")[1]
_SCHEMA = yaml.safe_load(schema.PATH.read_text(encoding="utf-8"))


def without_references(node):
    """Return a part of the schema with its references replaced by their definitions."""
    if not isinstance(node, dict):
        return node
    named = _SCHEMA["$defs"].get(node.get("$ref", "").removeprefix("#/$defs/"), {})
    plain = {key: value for key, value in {**named, **node}.items() if key != "$ref"}
    return {key: without_references(value) for key, value in plain.items()}


SCHEMA = without_references(_SCHEMA)


def resolved(*layers: dict, environment: dict | None = None, folders: list | None = None) -> dict:
    """Load the defaults with these layers over them, named one, two, …"""
    names = ["one", "two", "three"]
    named = [("defaults", DEFAULTS), *zip(names, layers, strict=False)]
    return resolve(named, environment or {}, folders or [ROOT])


def faults(*layers: dict, **more) -> list[str]:
    with pytest.raises(InputError) as caught:
        resolved(*layers, **more)
    return str(caught.value).splitlines()
