"""Caps: how many requests the servers of a service take at once, as the configuration and the command line say."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audio_pipeline import address

SECTION = {
    "llm": "script",
    "tts": "audio",
    "sd": "image",
}  # of the configuration, that names a service's servers
_OF_THE_RUN = ("embedded", "card", "none")  # engines that nobody shares

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class GpuShare:
    """A GPU that the language model and the pictures share. user: "llm" or "sd"; users: the settings of both."""

    user: str
    users: Mapping[str, Settings]


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


def totals(config: Settings) -> dict[str, int]:
    """Service → jobs of a run at once: as many as all of its servers take together."""
    servers = {name: address.each(config[section]["url"]) for name, section in SECTION.items()}
    return {name: cap * len(servers[name]) for name, cap in config["caps"].items()}


def slot_policy(config: Settings, service: str | None, total: int) -> SlotPolicy | None:
    """How a job at this service waits for its slot. Returns None if there is nothing to wait for.

    config: the whole configuration; total: jobs of the run at once, as the command line or the caps say. Where that
    leaves several servers slots that are not all to be taken, it is a cap of its own.
    """
    if service is None or config[SECTION[service]]["engine"] in _OF_THE_RUN:
        return None
    servers = address.each(config[SECTION[service]]["url"])
    total = max(total, 1)
    cap = min(max(config["caps"][service], -(-total // len(servers))), total)
    folder = Path(config["shared_caps"]).absolute() if config["shared_caps"] else None
    gpu = None
    if is_gpu_shared(config) and service != "tts":
        gpu = GpuShare(service, {name: config[SECTION[name]] for name in ("llm", "sd")})
    return SlotPolicy(cap, total if total < cap * len(servers) else None, folder, gpu)


def is_gpu_shared(config: Settings) -> bool:
    """True if the language model and the pictures must not be at work at once."""
    engines = (config["script"]["engine"], config["image"]["engine"])
    return config["gpu"] == "shared" and not set(engines) & set(_OF_THE_RUN)
