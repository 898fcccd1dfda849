# ruff: noqa: F821 (`snakemake` comes from Snakemake)
import json
from pathlib import Path

import requests

url = json.loads(Path("plan.json").read_text())["urls"]["tts"]
text = Path(snakemake.input[0]).read_text().strip()
body = {"text": text, "voice": "en_US-anna"}
answer = requests.post(f"{url}/synthesize", json=body, timeout=(5, 300))
answer.raise_for_status()
Path(snakemake.output[0]).write_bytes(answer.content)
