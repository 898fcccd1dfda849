"""All stages, in their order: STAGE of every other module of this package."""

import functools
import importlib
import pkgutil
from typing import Any

from audio_pipeline import stages
from audio_pipeline.core.stage import Stage


@functools.cache
def every() -> dict[str, Stage[Any]]:
    """Name → stage, whether it is switched on or not."""
    modules = [
        importlib.import_module(f"{stages.__name__}.{one.name}")
        for one in pkgutil.iter_modules(stages.__path__)
        if one.name != "registry"
    ]
    found: list[Stage[Any]] = [module.STAGE for module in modules]
    return {stage.name: stage for stage in sorted(found, key=lambda stage: stage.order)}
