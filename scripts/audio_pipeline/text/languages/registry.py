"""All languages: LANGUAGE of every other module of this package, loaded when it is asked for."""

import functools
import importlib
import pkgutil

from audio_pipeline.text import languages
from audio_pipeline.text.language import Language


def codes() -> frozenset[str]:
    """The languages that have a file."""
    return frozenset(one.name for one in pkgutil.iter_modules(languages.__path__)) - {"registry"}


def base(code: str) -> str:
    """'pt' for 'pt-BR'."""
    return code.split("-")[0].lower()


@functools.cache
def of(code: str) -> Language:
    """The language of a code like "pt-BR"; one that has no file has the defaults."""
    if base(code) not in codes():
        return Language()
    language: Language = importlib.import_module(f"{languages.__name__}.{base(code)}").LANGUAGE
    return language.of_region(code) if language.of_region else language
