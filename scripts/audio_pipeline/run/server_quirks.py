"""What a job learned about a server, for the other jobs of the run: fields that it refuses, sizes that it allows.

A JSON file in the run's folder for each server and subject. A job outside of a run remembers within its own process.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from audio_pipeline.run.folder import RUN_VARIABLE

_in_process: dict[str, Any] = {}


def recall(url: str, subject: str) -> Any:
    """The JSON value that `remember` was given. Returns None if there is none."""
    key, file = _place(url, subject)
    try:
        return json.loads(file.read_bytes()) if file else _in_process.get(key)
    except (OSError, ValueError):
        return None  # nothing learned yet


def remember(url: str, subject: str, value: Any) -> None:
    """Keep a JSON value for the rest of the run. Of two jobs that write at once, one wins; the other learns again."""
    key, file = _place(url, subject)
    if not file:
        _in_process[key] = value
        return
    try:
        temporary = file.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(value), encoding="utf-8")
        temporary.replace(file)
    except OSError:
        pass  # the run's folder is gone: the other jobs learn for themselves


def _place(url: str, subject: str) -> tuple[str, Path | None]:
    key = hashlib.sha256(f"{url} {subject}".encode()).hexdigest()[:16]
    folder = os.environ.get(RUN_VARIABLE, "")
    return key, Path(folder, f"quirk-{key}") if folder and os.path.isdir(folder) else None
