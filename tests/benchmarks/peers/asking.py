"""Requests of the peers, made with requests: the three calls, and the file that each makes."""

import base64
import json
import os
import re
import threading
from pathlib import Path

import requests

PLAN = json.loads(Path("plan.json").read_text())  # urls, caps, topics' file
PROMPT = "Write a short spoken text that explains this topic: {}"
_thread = threading.local()


def topics() -> dict[str, str]:
    """Return slug → topic."""
    lines = Path("topics.txt").read_text(encoding="utf-8").splitlines()
    return {slug(line): line for line in lines if line.strip()}


def slug(topic: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", topic.lower()).strip("-")


def script(topic: str, target: str) -> None:
    body = {
        "model": "m1:1b",
        "messages": [{"role": "user", "content": PROMPT.format(topic)}],
        "stream": False,
        "options": {"temperature": 0.3, "num_predict": 200, "seed": 42},
    }
    answer = _post("llm", "/api/chat", body)
    text = answer.json()["message"]["content"].strip() + "\n"
    save(target, text.encode())


def audio(source: str, target: str) -> None:
    text = Path(source).read_text(encoding="utf-8").strip()
    answer = _post("tts", "/synthesize", {"text": text, "voice": "en_US-anna"})
    save(target, answer.content)


def image(topic: str, source: str, target: str) -> None:
    text = Path(source).read_text(encoding="utf-8").strip()
    body = {
        "prompt": f"{topic}. {text}",
        "width": 256,
        "height": 256,
        "steps": 5,
        "sampler_name": "Euler a",
        "seed": 42,
    }
    answer = _post("sd", "/sdapi/v1/txt2img", body)
    save(target, base64.b64decode(answer.json()["images"][0]))


def save(target: str, data: bytes) -> None:
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_bytes(data)
    os.replace(temporary, path)


def _post(service: str, path: str, body: dict) -> requests.Response:
    if not hasattr(_thread, "session"):
        _thread.session = requests.Session()
    answer = _thread.session.post(PLAN["urls"][service] + path, json=body, timeout=(5, 300))
    answer.raise_for_status()
    return answer
