"""Requests to a service as a job makes them, without Snakemake and without files."""

import copy
import shutil
import sys
import tempfile
import weakref
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import comfyui_stub
import yaml
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.production import Artifact, Ask
from audio_pipeline.core.stage import Job, Material
from audio_pipeline.core.stage import build as build_request
from audio_pipeline.core.topics import Topic
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.settings import Configuration, StageSettings
from audio_pipeline.stages import registry

ROOT = Path(__file__).parents[1]
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
HTTP = HttpPolicy(2, tries=3, first_pause_s=0.01, max_pause_s=0.05)
TOPIC = Topic("Why the sky is blue", "why-the-sky-is-blue")
SCRIPT = "The sky is blue because air scatters blue light the most."
_TEMPLATES = {"script": ("template",), "image": ("template", "prompt_template")}
_SECTIONS = {
    "source": "script",
    "storyboard": "scenes",
    "scenes": "image",
}  # of stages without a section of their own
_SMALL = {
    "script": {"timeout_s": 10, "min_words": 3},  # the stubs' texts are short
    # One request, with its sound unchanged: these are tests of the clients.
    "audio": {"timeout_s": 10, "split": "none", "loudness_lufs": None},
    "image": {"timeout_s": 10, "width": 256, "height": 256},
}


def configuration(**changes) -> Configuration:
    """Return the default configuration with `changes`: keys, or sections, of which only the keys named are changed."""
    values = copy.deepcopy(CONFIG)
    for stage, keys in _TEMPLATES.items():
        values[stage] |= {key: str(ROOT / values[stage][key]) for key in keys}
    if changes.get("image", {}).get("engine") == "comfyui":
        values["image"] |= comfyui_stub.SETTINGS
    for key, value in changes.items():
        values[key] = {**values[key], **value} if isinstance(value, dict) else value
    return Configuration.of(values)


STAGES = [name for name, one in registry.every().items() if one.is_enabled(configuration())]


def settings(stage: str, engine: str = "", url: str | list[str] = "", **changes) -> Any:
    """Return the default settings of a stage for small files. engine: "" if the stage uses no service."""
    above = {
        key: changes.pop(key) for key in ("language", "voices", "cast", "lexicon") if key in changes
    }
    service = {"engine": engine, "url": url} if engine else {}
    section = {**service, **_SMALL.get(stage, {}), **changes}
    name = _SECTIONS.get(stage, stage)
    return registry.every()[stage].settings(configuration(**above, **{name: section}))


def ask(
    stage: str, engine: str, url: str, *, seed=None, script=SCRIPT, prompt="", **changes
) -> Artifact:
    """Return the result of one request. prompt: replaces the template's; changes: to the settings."""
    values = settings(stage, engine, url, **changes)
    request = build(stage, TOPIC, values, script)
    if prompt:
        request["prompt"] = prompt
    sent = request.get("seed") if seed is None else seed
    return artifact(maker(stage, values), request, sent)


def artifact(asking: Ask, request: dict, seed: int | None = None) -> Artifact:
    """Return what a maker makes, with its data in memory."""
    made = asking(request, Attempt(seed))
    return replace(made, data=made.data.read_bytes()) if isinstance(made.data, Path) else made


def build(stage: str, topic: Topic, values: StageSettings, script="", inputs=None) -> dict:
    """Build the request of a stage. inputs: role → SHA-256 of its file."""
    material = Material((script or "").removeprefix("\ufeff"), inputs or {})
    return build_request(registry.every()[stage], topic, values, material)


def maker(
    stage: str,
    values: StageSettings,
    topic: Topic = TOPIC,
    *,
    http=None,
    output: Path | None = None,
    record: Path | None = None,
    files=None,
    threads=1,
    slots=None,
):
    """Return the maker of a stage's file; without paths, it works in a folder that goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="asking-"))
    config = replace(configuration(cache={"folder": str(folder / "cache")}), http=http or HTTP)
    output = output or folder / f"{stage}/{topic.slug}"
    record = record or folder / f"records/{stage}/{topic.slug}.json"
    job = Job(topic, values, config, files or {}, output, record, threads, slots)
    made = registry.every()[stage].maker(job)
    weakref.finalize(made, shutil.rmtree, folder, ignore_errors=True)
    return made


def command(
    program: str, stage: str, values: StageSettings, folder: Path, topic: Topic = TOPIC
) -> list:
    """Return the command of a stage's program with these settings, without its files."""
    section = {key: value for key, value in asdict(values).items() if key in CONFIG[stage]}
    if "url" in section:
        section["url"] = list(values.url) or ""
    path = folder / f"{stage}.yaml"
    path.write_text(yaml.safe_dump({stage: section, "http": settings_of(HTTP)}))
    start = [sys.executable, str(ROOT / "scripts" / program), "--topic", topic.line_text]
    return [*start, "--configfile", str(path)]


def settings_of(http: HttpPolicy) -> dict:
    """Return the section `http` of the configuration for this policy."""
    return {key: value for key, value in asdict(http).items() if key in CONFIG["http"]}
