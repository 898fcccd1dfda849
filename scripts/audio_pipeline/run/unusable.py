"""Services that failed the preflight check of a run. A job that needs one fails with the reason; others go on.

The run's folder has a file for each. Jobs outside of a run, or on another machine, find the fault by themselves.
"""

from pathlib import Path

from audio_pipeline.run.folder import RunFolder, read, write


def note(folder: Path, settings: object, reason: str) -> None:
    """Let jobs with settings of this type fail where they need the service. folder: the run's."""
    write(_file(RunFolder(folder), settings), reason)


def reason(settings: object) -> str | None:
    """Return why the service of a job with these settings cannot be used, or None."""
    run = RunFolder.current()
    return read(_file(run, settings)) if run else None


def _file(run: RunFolder, settings: object) -> Path:
    return run.file("unusable", type(settings).__name__)
