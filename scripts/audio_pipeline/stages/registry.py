"""Registry of all stages: STAGE of every other module of this package."""

import functools
import importlib
import pkgutil
from typing import Any

from audio_pipeline import stages
from audio_pipeline.core.stage import Stage


@functools.cache
def every() -> dict[str, Stage[Any]]:
    """Return name → stage in their order, enabled or not."""
    modules = [
        importlib.import_module(f"{stages.__name__}.{module.name}")
        for module in pkgutil.iter_modules(stages.__path__)
        if module.name != "registry"
    ]
    unsorted: list[Stage[Any]] = [module.STAGE for module in modules]
    return {stage.name: stage for stage in sorted(unsorted, key=lambda stage: stage.order)}
