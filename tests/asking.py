"""Asking a service as a job does, without Snakemake and without files."""

from pathlib import Path

import yaml
from audio_pipeline.core.production import Made
from audio_pipeline.core.request import build
from audio_pipeline.core.topics import Topic
from audio_pipeline.stages import audio as audio_stage
from audio_pipeline.stages import image as image_stage
from audio_pipeline.stages import script as script_stage

ROOT = Path(__file__).parents[1]
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
HTTP = {"connect_timeout_s": 2, "tries": 3, "first_pause_s": 0.01, "max_pause_s": 0.05}
TOPIC = Topic("Why the sky is blue", "why-the-sky-is-blue")
SCRIPT = "The sky is blue because air scatters blue light the most."
_MODULES = {"script": script_stage, "audio": audio_stage, "image": image_stage}
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
) -> Made:
    """What comes back for one request. prompt: in the place of the template's; changes: of the settings."""
    values = settings(stage, engine, url, **changes)
    request = build(stage, TOPIC, values, script)
    if prompt:
        request["prompt"] = prompt
    sent = request.get("seed") if seed is None else seed
    return _MODULES[stage].asking(values, HTTP)(request, sent)
