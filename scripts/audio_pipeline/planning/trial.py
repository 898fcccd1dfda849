"""A trial of changed settings: a few topics, copied into a folder of their own, where a run makes them again.

The copies have their records, so that the trial keeps what was edited by hand and the chosen takes, and makes only what
the changed settings make stale. Answers come from the project's cache. The project's own files are only read.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audio_pipeline import files, locks
from audio_pipeline.core import record as records
from audio_pipeline.core.record import Record
from audio_pipeline.core.request import differences
from audio_pipeline.core.staleness import State
from audio_pipeline.errors import InputError
from audio_pipeline.planning.survey import survey
from audio_pipeline.project import Project
from audio_pipeline.settings import Configuration

FOLDER = Path("data/trial")
_SETTINGS = "settings.json"


@dataclass(frozen=True)
class Difference:
    """A key of a stage's requests that differs. values: old and new, each pair once; topics: slugs."""

    stage: str
    key: str
    values: list[tuple[Any, Any]] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)


def select(project: Project, number: int) -> list[str]:
    """Return at most this many topics with a stale file, or if there are none, a missing one; spread over the list.

    Raises InputError: no file would be made.
    """
    stale: dict[str, None] = {}
    missing: dict[str, None] = {}
    for finding in survey(project):
        if finding.state is State.STALE:
            stale[finding.slug] = None
        elif finding.state is State.MISSING:
            missing[finding.slug] = None
    affected = stale or missing
    if not affected:
        raise InputError(
            "with these settings every file stays as it is; change one, "
            "as in --config 'audio={voice: en_GB-alba-medium}'"
        )
    return spread([slug for slug in project.topics if slug in affected], number)


def spread(slugs: Sequence[str], number: int) -> list[str]:
    """Return this many of the slugs, or all if there are fewer, from evenly spaced positions."""
    number = min(number, len(slugs))
    return [slugs[(2 * i + 1) * len(slugs) // (2 * number)] for i in range(number)]


def check_topics(project: Project, slugs: Iterable[str]) -> list[str]:
    """Return the slugs, each once. Raises InputError: a topic is not in the list."""
    chosen = list(dict.fromkeys(slugs))
    if unknown := [slug for slug in chosen if slug not in project.topics]:
        raise InputError(f"no topic in {project.config.topics} has the slug {unknown[0]!r}")
    return chosen


def differing(project: Project, slugs: Iterable[str]) -> list[Difference]:
    """Return what the settings change in the requests of existing files, apart from what follows from other files."""
    found: dict[tuple[str, str], Difference] = {}
    for slug in slugs:
        for stage in project.stages_of(slug):
            record = records.load(project.record(stage, slug))
            if record and os.path.isfile(project.file(stage, slug)):
                _compare(project, stage, slug, record, found)
    return list(found.values())


def _compare(
    project: Project,
    stage: str,
    slug: str,
    record: Record,
    found: dict[tuple[str, str], Difference],
) -> None:
    old, new = record.request, project.request(stage, slug, record)
    if new is None:
        return
    follows = {"text", *project.all_inputs(stage, slug)}
    changed = [key for key in differences(old, new) if key not in follows]
    if "engine" in changed:  # most other keys change with it
        changed = [key for key in changed if key in ("engine", "model", "voice")]
    for key in changed:
        difference = found.setdefault((stage, key), Difference(stage, key))
        difference.topics.append(slug)
        if (pair := (old.get(key), new.get(key))) not in difference.values:
            difference.values.append(pair)


def prepare(project: Project, slugs: Sequence[str]) -> tuple[Project, Project]:
    """Replace the trial's folder, and return the project of the trial, and one with copies of the files as they are.

    project: with the changed settings. Raises InputError: the folder holds something else; OSError.
    """
    _clear(project)
    originals = [project.topics[slug].original for slug in slugs]
    slugs = [slug for slug in project.topics if slug in {*slugs, *originals}]
    topics = {slug: project.topics[slug] for slug in slugs}
    trial, before = (
        Project(_configuration(project, folder), topics) for folder in (FOLDER, FOLDER / "before")
    )
    FOLDER.mkdir(parents=True)
    # First, so that a folder that is left half finished can be replaced.
    values = json.dumps(trial.config.values, ensure_ascii=False, indent=1)
    settings_path().write_text(values, encoding="utf-8")
    lines = "".join(f"{topic.as_line}\n" for topic in topics.values())
    Path(trial.config.topics).write_text(lines, encoding="utf-8")
    for slug in slugs:
        for stage in trial.stages_of(slug):
            for copy in (trial, before):
                _copy(project, copy, stage, slug)
    return trial, before


def settings_path() -> Path:
    """Return the path of the trial's complete configuration, for --configfile."""
    return FOLDER / _SETTINGS


def _configuration(project: Project, folder: Path) -> Configuration:
    """Return the configuration of a trial: its run makes no gallery, feed or metrics."""
    values = {
        **project.config.values,
        "output": str(folder),
        "topics": str(FOLDER / "topics.txt"),
        "gallery": {**project.config.values["gallery"], "enabled": False},
        "metrics": "",
    }
    return Configuration.of(values)


def _clear(project: Project) -> None:
    """Remove the folder of an earlier trial."""
    own = FOLDER.resolve()
    for path in (project.output, project.config.topics, project.config.cache.folder):
        other = Path(path).resolve()
        if path and (own == other or own in other.parents or other in own.parents):
            raise InputError(f"{path}: trials are made in {FOLDER}; choose another folder for it")
    if FOLDER.is_symlink() or FOLDER.exists():
        is_trial = settings_path().is_file() and not FOLDER.is_symlink()
        if not is_trial and (FOLDER.is_symlink() or not FOLDER.is_dir() or any(FOLDER.iterdir())):
            raise InputError(f"{FOLDER}: is not the folder of a trial; move it elsewhere")
        _check_idle()
        shutil.rmtree(FOLDER)


def _check_idle() -> None:
    """Refuse to remove a folder in which a run is active. It holds the lock of its output folder."""
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(FOLDER / "records/.run", os.O_RDWR | os.O_CLOEXEC)
        try:
            if not locks.acquire(descriptor):
                raise InputError(f"another trial is at work in {FOLDER}; wait for it")
        finally:
            os.close(descriptor)


def _copy(project: Project, copy: Project, stage: str, slug: str) -> None:
    """Copy a file, the files beside it and its record, with their times.

    The record comes last: a run writes it before the file, and until then it describes the old file too.
    """
    pairs = zip(project.files(stage, slug), copy.files(stage, slug), strict=True)
    folder, other = project.folder(stage, slug), copy.folder(stage, slug)
    further = [
        (str(path), str(other / path.name))
        for path in (folder.iterdir() if folder and folder.is_dir() else ())
        if other and not path.name.startswith(".")
    ]
    record = (project.record(stage, slug), copy.record(stage, slug))
    for source, target in (*pairs, *further, record):
        with contextlib.suppress(FileNotFoundError), files.reading(source) as file:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            with files.new(target) as new:
                shutil.copyfileobj(file, new)
            shutil.copystat(source, target)
