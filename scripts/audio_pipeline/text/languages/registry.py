"""The registry of languages: LANGUAGE of every other module of this package, loaded on demand."""

import functools
import importlib
import pkgutil

from audio_pipeline.text import languages
from audio_pipeline.text.language import Language


def codes() -> frozenset[str]:
    """Return the codes of languages that have a file."""
    modules = pkgutil.iter_modules(languages.__path__)
    return frozenset(module.name for module in modules) - {"registry"}


def base(code: str) -> str:
    """Return the code without its region: 'pt' for 'pt-BR'."""
    return code.split("-")[0].lower()


@functools.cache
def of(code: str) -> Language:
    """Return the language of a code like "pt-BR", or the defaults if it has no file."""
    if base(code) not in codes():
        return Language()
    language: Language = importlib.import_module(f"{languages.__name__}.{base(code)}").LANGUAGE
    return language.of_region(code) if language.of_region else language
