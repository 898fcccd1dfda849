"""Context of a run for its jobs: the resolved configuration and the number of concurrent jobs.

It is a file in the run's folder, which only its user can read, as addresses may be secret.
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
    """Context of a run. totals: service → concurrent jobs of the run."""

    config: Configuration
    totals: Mapping[str, int]


def write(folder: Path, context: Context) -> None:
    values = {"config": context.config.values, "totals": context.totals}
    # Without spaces, it fits into one block of a disk that is nearly full.
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    (folder / _FILE).write_text(text, encoding="utf-8")


def read() -> Context | None:
    """Return the context of the run that this process belongs to. Returns None outside of a run.

    Raises StorageError: the run has ended, so its configuration is no longer known.
    """
    folder = os.environ.get(RUN_VARIABLE, "")
    if not folder:
        return None
    try:
        values = json.loads(Path(folder, _FILE).read_text(encoding="utf-8"))
        return Context(Configuration.of(values["config"]), values["totals"])
    except FileNotFoundError:
        raise StorageError(f"{folder}: this run has ended; run again") from None
