"""The text chunk `parameters` of a PNG, in which AUTOMATIC1111 and compatible programs store generation parameters.

Source: AUTOMATIC1111/stable-diffusion-webui 1.10, modules/processing.py, create_infotext, and
modules/infotext_utils.py, which reads it back.
"""

import json
from collections.abc import Mapping
from typing import Any


def parameters(
    request: Mapping[str, Any], seed: int | None, model: str, size: tuple[int, int], model_hash: str
) -> str:
    """Return the text that AUTOMATIC1111 would write. size: (width, height) in pixels, as generated."""
    settings = {
        "Steps": request["steps"],
        "Sampler": request["sampler"],
        "Schedule type": request["scheduler"],
        "CFG scale": request["cfg_scale"],
        "Seed": seed,
        "Size": "{}x{}".format(*size),
        "Model hash": model_hash,
        "Model": model,
    }
    lines = [request["prompt"]]
    if request["negative_prompt"]:
        lines.append(f"Negative prompt: {request['negative_prompt']}")
    parts = (
        f"{key}: {_quote(value)}" for key, value in settings.items() if value not in ("", None)
    )
    lines.append(", ".join(parts))
    return "\n".join(lines)


def _quote(value: Any) -> str:
    """Quote a value that contains a comma, a colon or a line break."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(c in text for c in ",:\n") else text
