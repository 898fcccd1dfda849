"""What a job learned about a server, for the other jobs of the run: fields that it refuses, sizes that it allows.

A JSON file in the run's folder for each server and subject. A job outside of a run remembers within its own process.
"""

import json
from pathlib import Path
from typing import Any

from audio_pipeline.run import folder
from audio_pipeline.run.folder import RunFolder

_in_process: dict[tuple[str, str], Any] = {}


def recall(url: str, subject: str) -> Any:
    """The JSON value that `remember` was given. Returns None if there is none."""
    file = _file(url, subject)
    if file is None:
        return _in_process.get((url, subject))
    try:
        return json.loads(folder.read(file) or "null")
    except ValueError:
        return None


def remember(url: str, subject: str, value: Any) -> None:
    """Keep a JSON value for the rest of the run. Of two jobs that write at once, one wins; the other learns again."""
    if file := _file(url, subject):
        folder.write(file, json.dumps(value))
    else:
        _in_process[url, subject] = value


def _file(url: str, subject: str) -> Path | None:
    run = RunFolder.current()
    return run.file("quirk", f"{url} {subject}") if run else None
