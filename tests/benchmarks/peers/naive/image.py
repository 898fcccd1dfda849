# ruff: noqa: F821 (`snakemake` comes from Snakemake)
import base64
import json
from pathlib import Path

import requests

url = json.loads(Path("plan.json").read_text())["urls"]["sd"]
text = Path(snakemake.input[0]).read_text().strip()
body = {
    "prompt": f"{snakemake.params.topic}. {text}",
    "width": 256,
    "height": 256,
    "steps": 5,
    "sampler_name": "Euler a",
    "seed": 42,
}
answer = requests.post(f"{url}/sdapi/v1/txt2img", json=body, timeout=(5, 300))
answer.raise_for_status()
Path(snakemake.output[0]).write_bytes(base64.b64decode(answer.json()["images"][0]))
