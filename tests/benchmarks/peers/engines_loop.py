"""Sequential loop over the real engines: start them as the project does, then a script and its sound, one by one.

Its last line of output is JSON: llama_s, as the server reports; piper_s, measured around each request, since Piper
reports no time and has the machine to itself here.
"""

import json
import sys
import time
from pathlib import Path

import requests

sys.path.append(sys.argv[1])
from audio_pipeline import project
from audio_pipeline.core import yaml_files
from audio_pipeline.engines import embedded
from audio_pipeline.run import folder as run_folder

ours = project.load([yaml_files.read_layer(sys.argv[2])])
folder = run_folder.begin()
script = ours.config.script
llama = embedded.llama(script.model, script.context_tokens)
piper = embedded.piper(ours.config.audio.voice)
session, llama_s, piper_s = requests.Session(), 0.0, 0.0
session.headers["Authorization"] = f"Bearer {embedded.key()}"
for slug in ours.topics:
    request = ours.request("script", slug)
    body = {
        "messages": [
            {"role": "system", "content": request["system_prompt"]},
            {"role": "user", "content": request["prompt"]},
        ],
        "temperature": request["temperature"],
        "max_tokens": request["max_tokens"],
        "seed": request["seed"],
        "cache_prompt": False,
    }
    answer = session.post(f"{llama}/v1/chat/completions", json=body, timeout=600)
    answer.raise_for_status()
    told = answer.json()
    llama_s += (told["timings"]["prompt_ms"] + told["timings"]["predicted_ms"]) / 1000
    text = told["choices"][0]["message"]["content"].strip()
    Path(f"{slug}.txt").write_text(text + "\n", encoding="utf-8")
    begun = time.monotonic()
    sound = session.post(f"{piper}/synthesize", json={"text": text}, timeout=600)
    sound.raise_for_status()
    piper_s += time.monotonic() - begun
    Path(f"{slug}.wav").write_bytes(sound.content)
run_folder.end(folder)
print(json.dumps({"llama_s": llama_s, "piper_s": piper_s}))
