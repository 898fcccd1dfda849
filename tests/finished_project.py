"""A project with finished files, made without any service, for the gallery, the catalogue and the feed."""

import hashlib
import os
from pathlib import Path

import sample_media
import yaml
from audio_pipeline import files, project
from audio_pipeline.core import record
from audio_pipeline.core.record import Record
from audio_pipeline.core.request import digest
from audio_pipeline.core.stage import READ
from audio_pipeline.project import Project
from audio_pipeline.video import scene_list, storyboard
from audio_pipeline.video.scene_list import Shown
from audio_pipeline.video.storyboard import Scene, Storyboard

CONFIG = {
    "script": {"engine": "ollama", "model": "m1:1b"},
    "audio": {"engine": "piper", "voice": "en_US-anna"},
    "subtitles": {"enabled": False},
    "video": {"enabled": False},
    "scenes": {"enabled": False},
}
SCRIPT = "All about {}. It is spoken in two sentences.\n"


def load(folder: Path, topics: str, **config) -> Project:
    """Load the project of a folder, which becomes the working directory."""
    (folder / "data/input").mkdir(parents=True, exist_ok=True)
    (folder / "config").mkdir(exist_ok=True)
    (folder / "data/input/topics.txt").write_text(topics, encoding="utf-8")
    (folder / "config/config.yaml").write_text(yaml.safe_dump({**CONFIG, **config}))
    os.chdir(folder)
    return project.load([])


def make(project: Project, slug: str, script: str | None = None, seconds: float = 1.0) -> None:
    """Store the script, the recording and the picture of a topic, each with its record."""
    title = project.topics[slug].text
    store(project, "script", slug, (script or SCRIPT.format(title)).encode(), total_tokens=100)
    store(project, "audio", slug, sample_media.tone(title, seconds=seconds))
    store(project, "image", slug, sample_media.picture(title, 1, 320, 180))


def add_scenes(project: Project, slug: str, scenes: list[Scene]) -> None:
    """Store the storyboard of a topic, and a picture of each scene but the first."""
    board = Storyboard(tuple(scenes))
    store(project, "storyboard", slug, storyboard.dump(board).encode())
    folder = Path(project.file("scenes", slug)).with_suffix("")
    folder.mkdir(parents=True)
    shown, pictures = [Shown(scenes[0].say, card=True)], {}
    for name, scene in list(board.by_id().items())[1:]:
        path = folder / f"{name}.png"
        path.write_bytes(sample_media.picture(name, 1, 320, 180))
        pictures[name] = files.fingerprint(path)
        shown.append(Shown(scene.say, f"{slug}/{path.name}", pictures[name]["sha256"], True))
    store(project, "scenes", slug, scene_list.dump(shown), pictures=pictures)


def store(project: Project, stage: str, slug: str, data: bytes, **service) -> None:
    path = Path(project.file(stage, slug))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    inputs = {
        one: files.fingerprint(project.file(one, slug))
        for one in project.inputs(stage, slug)
        if one not in READ
    }
    request = project.request(stage, slug)
    made = Record(
        request=request,
        request_sha256=digest(request),
        sha256=hashlib.sha256(data).hexdigest(),
        engine=request["engine"],
        model=str(request.get("model", request["engine"])),
        seed=request.get("seed"),
        take=0,
        attempts=1,
        seconds=2.5,
        checks=[],
        time=f"2026-11-{20 + list(project.stages).index(stage)}T10:00:00Z",
        service={**service, "inputs": inputs},
    )
    record.store(project.record(stage, slug), made)


def fail(project: Project, stage: str, slug: str, error: str) -> None:
    log = Path(project.log(stage, slug))
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(f"error: {error}\n", encoding="utf-8")
