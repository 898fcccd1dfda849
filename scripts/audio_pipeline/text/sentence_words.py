"""Words that tell whether a full stop ends a sentence (openers.yaml, ordinals.yaml)."""

import functools
from pathlib import Path

import yaml

SAME = {"nn": "nb", "no": "nb", "bs": "hr"}  # languages that are read as another one


@functools.cache
def openers(language: str) -> frozenset[str]:
    """Words that open sentences. language here and below: the code before the hyphen."""
    return frozenset(_table("openers.yaml").get(SAME.get(language, language), "").split())


@functools.cache
def before_ordinals(language: str) -> frozenset[str]:
    return frozenset(_ordinals("before", language))


@functools.cache
def after_ordinals(language: str) -> tuple[str, ...]:
    """How such words begin; of German, first the months."""
    return tuple(_ordinals("behind", language))


@functools.cache
def writes_ordinals_with_a_full_stop(language: str) -> bool:
    table = _table("ordinals.yaml")
    return any(language in languages for languages in (table["before"], table["behind"], SAME)) or (
        language in ("eu", "fo", "lb", "mk")
    )


def _ordinals(side: str, language: str) -> list[str]:
    return _table("ordinals.yaml")[side].get(SAME.get(language, language), "").split()


@functools.cache
def _table(name: str) -> dict:
    return yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
