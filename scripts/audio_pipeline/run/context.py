"""What the jobs of a run must know of it: the configuration that it resolved, and how many jobs it allows at once.

A file in the run's folder, which only its user can read: an address may be secret.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from audio_pipeline.errors import StorageError
from audio_pipeline.run.folder import RUN_VARIABLE

_FILE = "context.json"


@dataclass(frozen=True)
class Context:
    """config: the whole configuration; totals: service → jobs of the run at once."""

    config: dict[str, Any]
    totals: dict[str, int]


def write(folder: Path, context: Context) -> None:
    (folder / _FILE).write_text(json.dumps(asdict(context)), encoding="utf-8")


def read() -> Context | None:
    """The context of the run that this process belongs to. Returns None outside of a run.

    Raises StorageError: the run has ended, and its configuration with it; another one must not be taken for it.
    """
    folder = os.environ.get(RUN_VARIABLE, "")
    if not folder:
        return None
    try:
        return Context(**json.loads(Path(folder, _FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise StorageError(f"{folder}: this run has ended; run again") from None
