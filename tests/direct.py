"""Asking a service as a job does, without Snakemake and without files."""

import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import yaml
from audio_pipeline.core.http_policy import HttpPolicy
from audio_pipeline.core.production import Artifact
from audio_pipeline.core.stage import Job, Material
from audio_pipeline.core.stage import build as build_request
from audio_pipeline.core.topics import Topic
from audio_pipeline.stages import registry

ROOT = Path(__file__).parents[1]
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
HTTP = HttpPolicy(2, tries=3, first_pause_s=0.01, max_pause_s=0.05)
TOPIC = Topic("Why the sky is blue", "why-the-sky-is-blue")
SCRIPT = "The sky is blue because air scatters blue light the most."
_SMALL = {
    "script": {"timeout_s": 10, "min_words": 3},  # the stubs' texts are short
    # One request, and its sound as it comes: the clients are what is tested.
    "audio": {"timeout_s": 10, "split": "none", "loudness_lufs": None},
    "image": {"timeout_s": 10, "width": 256, "height": 256},
}


def settings(stage: str, engine: str, url: str, **changes) -> dict:
    """The default settings of a stage as a job gets them."""
    values = {
        **CONFIG[stage], "language": "en", "engine": engine, "url": url, **_SMALL[stage], **changes
    }  # fmt: skip
    if "template" in values:
        values["template"] = str(ROOT / values["template"])
    return values


def ask(
    stage: str, engine: str, url: str, *, seed=None, script=SCRIPT, prompt="", **changes
) -> Artifact:
    """What comes back for one request. prompt: in the place of the template's; changes: of the settings."""
    values = settings(stage, engine, url, **changes)
    request = build(stage, TOPIC, values, script)
    if prompt:
        request["prompt"] = prompt
    sent = request.get("seed") if seed is None else seed
    return maker(stage, values)(request, sent)


def build(stage: str, topic: Topic, values: dict, script="", inputs=None) -> dict:
    """The request of a stage. inputs: role → SHA-256 of its file."""
    material = Material((script or "").removeprefix("\ufeff"), inputs or {})
    return build_request(registry.every()[stage], topic, values, material)


def maker(
    stage: str,
    values: dict,
    topic: Topic = TOPIC,
    *,
    http=None,
    output: Path | None = None,
    record: Path | None = None,
    files=None,
    threads=1,
    slots=None,
):
    """How a stage's file is made; without paths, in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="asking-"))
    config = {**CONFIG, "http": settings_of(http or HTTP), "language": "en"}
    output = output or folder / f"{stage}/{topic.slug}"
    record = record or folder / f"records/{stage}/{topic.slug}.json"
    job = Job(topic, values, config, files or {}, output, record, threads, slots)
    return registry.every()[stage].maker(job)


def command(program: str, stage: str, values: dict, folder: Path, topic: Topic = TOPIC) -> list:
    """The command of a stage's program with these settings, without its files."""
    section = {key: value for key, value in values.items() if key in CONFIG[stage]}
    path = folder / f"{stage}.yaml"
    path.write_text(yaml.safe_dump({stage: section, "http": settings_of(HTTP)}))
    start = [sys.executable, str(ROOT / "scripts" / program), "--topic", topic.line_text]
    return [*start, "--configfile", str(path)]


def settings_of(http: HttpPolicy) -> dict:
    """The configuration's part `http` of this policy."""
    return {key: value for key, value in asdict(http).items() if key in CONFIG["http"]}
