"""Policy by which jobs wait for slots at servers; scheduling/ derives and applies it."""

from dataclasses import dataclass
from pathlib import Path

from audio_pipeline.settings import ImageSettings, ScriptSettings


@dataclass(frozen=True)
class GpuShare:
    """A GPU that the language model and the picture model share. user: "llm" or "sd", the job's kind of work."""

    user: str
    llm: ScriptSettings
    sd: ImageSettings


@dataclass(frozen=True)
class SlotPolicy:
    """Limits and lock folder of a job's slots.

    cap: concurrent requests at a server; total: at all servers together, None if that is the sum of their caps;
    folder: of the slot locks of all runs and users, None for the run's folder; gpu: None if it is not shared.
    """

    cap: int
    total: int | None = None
    folder: Path | None = None
    gpu: GpuShare | None = None
