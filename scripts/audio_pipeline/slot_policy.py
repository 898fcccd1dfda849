"""How jobs wait for a slot at a server; scheduling/ derives it from the configuration and keeps to it."""

from dataclasses import dataclass
from pathlib import Path

from audio_pipeline.settings import ImageSettings, ScriptSettings


@dataclass(frozen=True)
class GpuShare:
    """A GPU that the language model and the pictures share. user: "llm" or "sd", who waits for it."""

    user: str
    llm: ScriptSettings
    sd: ImageSettings


@dataclass(frozen=True)
class SlotPolicy:
    """How a job waits for a slot at a server.

    cap: requests at a server at once; total: at all servers together, None where that is all of their caps;
    folder: where the slots of all runs and users are locked, None: in the run's folder; gpu: None if it is not shared.
    """

    cap: int
    total: int | None = None
    folder: Path | None = None
    gpu: GpuShare | None = None
