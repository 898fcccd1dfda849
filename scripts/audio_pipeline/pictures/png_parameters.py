"""The text chunk `parameters` of a PNG, in which AUTOMATIC1111 and what reads its pictures keep how one was made.

Source: AUTOMATIC1111/stable-diffusion-webui 1.10, modules/processing.py, create_infotext, and
modules/infotext_utils.py, which reads it back.
"""

import json
from collections.abc import Mapping
from typing import Any


def parameters(
    request: Mapping[str, Any], seed: int | None, model: str, size: tuple[int, int], model_hash: str
) -> str:
    """What the server would have written. size: (width, height) in pixels, as it was drawn."""
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
    given = (
        f"{key}: {_quoted(value)}" for key, value in settings.items() if value not in ("", None)
    )
    lines.append(", ".join(given))
    return "\n".join(lines)


def _quoted(value: Any) -> str:
    """A value with a comma, a colon or a line break in it stands in quotes."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(c in text for c in ",:\n") else text
