"""What the jobs of a run must know of it: the configuration that it resolved, and how many jobs it allows at once.

A file in the run's folder, which only its user can read: an address may be secret.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from audio_pipeline.errors import StorageError
from audio_pipeline.run.folder import RUN_VARIABLE
from audio_pipeline.settings import Configuration

_FILE = "context.json"


@dataclass(frozen=True)
class Context:
    """totals: service → jobs of the run at once."""

    config: Configuration
    totals: Mapping[str, int]


def write(folder: Path, context: Context) -> None:
    told = {"config": context.config.values, "totals": context.totals}
    (folder / _FILE).write_text(json.dumps(told), encoding="utf-8")


def read() -> Context | None:
    """The context of the run that this process belongs to. Returns None outside of a run.

    Raises StorageError: the run has ended, and its configuration with it; another one must not be taken for it.
    """
    folder = os.environ.get(RUN_VARIABLE, "")
    if not folder:
        return None
    try:
        told = json.loads(Path(folder, _FILE).read_text(encoding="utf-8"))
        return Context(Configuration.of(told["config"]), told["totals"])
    except FileNotFoundError:
        raise StorageError(f"{folder}: this run has ended; run again") from None
