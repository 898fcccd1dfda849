"""Free the memory of a GPU that the language model and the picture model share.

Source: Ollama 0.33, docs/api.md, "Unload a model"; AUTOMATIC1111/stable-diffusion-webui 1.10, modules/api/api.py;
comfyanonymous/ComfyUI 0.3.64, server.py, post_free.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from audio_pipeline.errors import PipelineError
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.slot_policy import GpuShare


def free(gpu: GpuShare, http: HttpPolicy) -> None:
    """Unload the model that the GPU's user does not need. Errors of a server are only warnings."""
    from audio_pipeline.engines import comfyui, ollama, stable_diffusion

    once = replace(http, tries=1, has_fallback=True)
    if gpu.user == "sd" and gpu.llm.engine == "ollama":
        for server in gpu.llm.servers:
            with _errors_as_warnings():
                ollama.unload(ollama.client(server, once), gpu.llm.model)
    if gpu.sd.engine == "stable-diffusion":
        change = "reload" if gpu.user == "sd" else "unload"
        for server in gpu.sd.servers:
            with _errors_as_warnings():
                stable_diffusion.change_memory(stable_diffusion.client(server, once), change)
    if gpu.user == "llm" and gpu.sd.engine == "comfyui":  # it loads its models again by itself
        for server in gpu.sd.servers:
            with _errors_as_warnings():
                comfyui.free_memory(comfyui.client(server, once))


@contextlib.contextmanager
def _errors_as_warnings() -> Iterator[None]:
    try:
        yield
    except PipelineError as error:
        print(f"warning: the GPU's memory may be short: {error}", flush=True)
