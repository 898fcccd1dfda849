"""Caps on concurrent requests, from the configuration and the command line."""

from pathlib import Path

from audio_pipeline.settings import Configuration, ServiceSettings
from audio_pipeline.slot_policy import GpuShare, SlotPolicy

_PRIVATE = ("embedded", "card", "none")  # engines that runs do not share


def settings_of(config: Configuration, service: str) -> ServiceSettings:
    """Return the settings that name the servers of a service."""
    return {"llm": config.script, "tts": config.audio, "sd": config.image}[service]


def totals(config: Configuration) -> dict[str, int]:
    """Return service → concurrent jobs of a run: the sum of its servers' caps."""
    return {name: cap * len(settings_of(config, name).servers) for name, cap in config.caps.items()}


def slot_policy(config: Configuration, service: str | None, total: int) -> SlotPolicy | None:
    """Return the slot policy of a job at the service. Returns None if no slot is needed.

    total: concurrent jobs of the run, from the command line or the caps. If it is lower than the sum of the servers'
    caps, it is a further cap.
    """
    if service is None or settings_of(config, service).engine in _PRIVATE:
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
    """True if the language model and the picture model must not run at the same time."""
    engines = (config.script.engine, config.image.engine)
    return config.gpu == "shared" and not set(engines) & set(_PRIVATE)
