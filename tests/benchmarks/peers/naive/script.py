# ruff: noqa: F821 (`snakemake` comes from Snakemake)
import json
from pathlib import Path

import requests

url = json.loads(Path("plan.json").read_text())["urls"]["llm"]
prompt = Path(snakemake.input[0]).read_text().format(snakemake.params.topic)
body = {
    "model": "m1:1b",
    "messages": [{"role": "user", "content": prompt}],
    "stream": False,
    "options": {"temperature": 0.3, "num_predict": 200, "seed": 42},
}
answer = requests.post(f"{url}/api/chat", json=body, timeout=(5, 300))
answer.raise_for_status()
Path(snakemake.output[0]).write_text(answer.json()["message"]["content"].strip() + "\n")
