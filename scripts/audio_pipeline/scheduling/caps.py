"""Caps: how many requests the servers of a service take at once, as the configuration and the command line say."""

from pathlib import Path

from audio_pipeline.settings import Configuration, ServiceSettings
from audio_pipeline.slot_policy import GpuShare, SlotPolicy

_OF_THE_RUN = ("embedded", "card", "none")  # engines that nobody shares


def settings_of(config: Configuration, service: str) -> ServiceSettings:
    """The settings that name the servers of a service."""
    return {"llm": config.script, "tts": config.audio, "sd": config.image}[service]


def totals(config: Configuration) -> dict[str, int]:
    """Service → jobs of a run at once: as many as all of its servers take together."""
    return {name: cap * len(settings_of(config, name).servers) for name, cap in config.caps.items()}


def slot_policy(config: Configuration, service: str | None, total: int) -> SlotPolicy | None:
    """How a job at this service waits for its slot. Returns None if there is nothing to wait for.

    total: jobs of the run at once, as the command line or the caps say. Where that leaves several servers slots that
    are not all to be taken, it is a cap of its own.
    """
    if service is None or settings_of(config, service).engine in _OF_THE_RUN:
        return None
    servers = settings_of(config, service).servers
    total = max(total, 1)
    cap = min(max(config.caps[service], -(-total // len(servers))), total)
    folder = Path(config.shared_caps).absolute() if config.shared_caps else None
    gpu = None
    if is_gpu_shared(config) and service != "tts":
        gpu = GpuShare(service, config.script, config.image)
    return SlotPolicy(cap, total if total < cap * len(servers) else None, folder, gpu)


def is_gpu_shared(config: Configuration) -> bool:
    """True if the language model and the pictures must not be at work at once."""
    engines = (config.script.engine, config.image.engine)
    return config.gpu == "shared" and not set(engines) & set(_OF_THE_RUN)
