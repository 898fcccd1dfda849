"""Freeing the memory of a GPU that the language model and the pictures share.

Source: Ollama 0.33, docs/api.md, "Unload a model"; AUTOMATIC1111/stable-diffusion-webui 1.10, modules/api/api.py.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from audio_pipeline import address
from audio_pipeline.core.http_policy import HttpPolicy
from audio_pipeline.errors import PipelineError


def free(gpu: Any, http: HttpPolicy) -> None:
    """Unload the models of the other kind of work than the GPU's user. A server that cannot is only warned of.

    gpu: scheduling.caps.GpuShare, which this floor does not know.
    """
    from audio_pipeline.engines import ollama, stable_diffusion

    once = replace(http, tries=1, has_fallback=True)
    language, pictures = gpu.users["llm"], gpu.users["sd"]
    if gpu.user == "sd" and language["engine"] == "ollama":
        for url in address.each(language["url"]):
            with _warned():
                ollama.unload(ollama.client({**language, "url": url}, once), language["model"])
    if pictures["engine"] == "stable-diffusion":
        change = "reload" if gpu.user == "sd" else "unload"
        for url in address.each(pictures["url"]):
            with _warned():
                server = stable_diffusion.client({**pictures, "url": url}, once)
                stable_diffusion.change_memory(server, change)


@contextlib.contextmanager
def _warned() -> Iterator[None]:
    try:
        yield
    except PipelineError as error:
        print(f"warning: the GPU's memory may be short: {error}", flush=True)
