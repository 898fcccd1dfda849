"""Cache of a server's quirks, shared by the jobs of a run: fields that it refuses, sizes that it allows.

The run's folder has a JSON file for each server and subject. Outside of a run, the cache is the process's own.
"""

import json
from pathlib import Path
from typing import Any

from audio_pipeline.run import folder
from audio_pipeline.run.folder import RunFolder

_in_process: dict[tuple[str, str], Any] = {}


def recall(url: str, subject: str) -> Any:
    """Return the JSON value given to `remember`, or None."""
    file = _file(url, subject)
    if file is None:
        return _in_process.get((url, subject))
    try:
        return json.loads(folder.read(file) or "null")
    except ValueError:
        return None


def remember(url: str, subject: str, value: Any) -> None:
    """Keep a JSON value for the rest of the run. If two jobs write at once, one value is lost and is learned again."""
    if file := _file(url, subject):
        folder.write(file, json.dumps(value))
    else:
        _in_process[url, subject] = value


def _file(url: str, subject: str) -> Path | None:
    run = RunFolder.current()
    return run.file("quirk", f"{url} {subject}") if run else None
