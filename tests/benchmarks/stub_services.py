"""Language model, speech synthesizer and picture service with fixed latencies and a log of their concurrency.

One asyncio process for all three, lean enough (about 2 ms of CPU a request) not to take the cores that are measured.
Started by `Services`; it ends when its standard input is closed. The answers resemble those of tests/service_stubs.py.
"""

import asyncio
import base64
import io
import json
import math
import random
import re
import struct
import subprocess
import sys
import time
import urllib.request
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAMES = ("llm", "tts", "sd")
FAILING = {"llm": 7, "tts": 37, "sd": 67}  # of 100 topic numbers, if failures are requested
_RATE_HZ, _SOUND_S = 22050, 6.0
_ADJECTIVES = (
    "old new small large quiet bright early late common rare warm cold simple careful strong gentle "
    "distant famous useful patient honest curious modern ancient narrow broad steady sudden"
)
_NOUNS = (
    "river garden teacher engine market island mountain village doctor letter bridge winter summer forest "
    "kitchen library harbour window painter farmer student machine station journey morning evening story field"
)
_VERBS = (
    "follows changes explains carries protects reaches describes "
    "improves measures remembers supports shapes"
)


@dataclass(frozen=True)
class Asked:
    """Generation request. service: llm, tts or sd; number: of the topic; times: of time.monotonic."""

    service: str
    number: int
    begun: float
    ended: float


class Services:
    """Process with the stubs, as a context manager."""

    def __enter__(self) -> "Services":
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.urls: dict[str, str] = json.loads(self._process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait()

    def begin(self, latency_s: Mapping[str, float] | None = None, failing: bool = False) -> None:
        """Clear the log. latency_s: of each service, 0 if not named; failing: 1 % of each service's requests."""
        body = {"latency_s": latency_s or {}, "failing": failing}
        self._control(json.dumps(body).encode())

    def log(self) -> list[Asked]:
        return [Asked(*entry) for entry in json.loads(self._control(None))]

    def waiting(self) -> list[float]:
        """Return the arrival times of the unanswered requests (time.monotonic)."""
        return json.loads(self._control(None, "/bench/waiting"))

    def _control(self, body: bytes | None, path: str = "/bench") -> bytes:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.urls["llm"] + path, body, timeout=60) as answer:
            return answer.read()


class _State:
    def __init__(self) -> None:
        self.latency_s: dict[str, float] = {}
        self.failing = False
        self.log: list[tuple[str, int, float, float]] = []
        self.waiting: list[float] = []
        self.numbers: dict[
            str, int
        ] = {}  # ending of a text → its topic: speech has numbers in words
        self.sounds = [_sound(pitch) for pitch in range(180, 300, 20)]


class _Connection(asyncio.Protocol):
    """Subset of HTTP/1.1 used by the clients: Content-Length, keep-alive, one request at a time."""

    def __init__(self, service: str, state: _State) -> None:
        self.service, self.state, self.received, self.busy = service, state, b"", False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.next()

    def next(self) -> None:
        head, found, rest = self.received.partition(b"\r\n\r\n")
        if self.busy or not found:
            return
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        size = int(length[1]) if length else 0
        if re.search(rb"(?i)\r\nexpect: *100", head) and len(rest) < size:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if len(rest) < size:
            return
        body, self.received, self.busy = rest[:size], rest[size:], True
        method, path, _ = head.split(b" ", 2)
        self.answer(method.decode(), path.decode(), body)

    def answer(self, method: str, path: str, body: bytes) -> None:
        begun, state = time.monotonic(), self.state
        if path == "/bench":
            self.control(method, body)
        elif path == "/bench/waiting":
            self.send(_reply(json.dumps(state.waiting).encode()))
        elif (method, path) in _MAKES:
            asked = json.loads(body)
            number, made = _MAKES[method, path](asked, state)
            if state.failing and number % 100 == FAILING[self.service]:
                made = _reply(b'{"error": "this one is refused"}', status="400 Bad Request")
            wait_s = begun + state.latency_s.get(self.service, 0) - time.monotonic()
            loop = asyncio.get_running_loop()
            state.waiting.append(begun)
            if wait_s > 0:
                loop.call_later(wait_s, self.made, made, number, begun)
            else:
                self.made(made, number, begun)
        else:
            found = _TELLS.get(path)
            self.send(
                _reply(json.dumps(found).encode())
                if found is not None
                else _reply(b'{"detail": "Not Found"}', status="404 Not Found")
            )

    def made(self, answer: bytes, number: int, begun: float) -> None:
        if begun in self.state.waiting:  # no reset since
            self.state.waiting.remove(begun)
        self.state.log.append((self.service, number, begun, time.monotonic()))
        self.send(answer)

    def control(self, method: str, body: bytes) -> None:
        if method == "POST":
            wanted = json.loads(body)
            self.state.latency_s, self.state.failing = wanted["latency_s"], wanted["failing"]
            self.state.log, self.state.waiting = [], []
        self.send(_reply(json.dumps(self.state.log).encode()))

    def send(self, answer: bytes) -> None:
        self.busy = False
        self.transport.write(answer)
        self.next()


def _write(asked: dict[str, Any], state: _State) -> tuple[int, bytes]:
    """Answer Ollama's POST /api/chat, streamed or not."""
    prompt = asked["messages"][-1]["content"]
    number = _number(prompt)
    text = sentence(prompt, number, asked.get("options", {}).get("seed"))
    state.numbers[_ending(text)] = number
    common = {"model": asked["model"], "created_at": "2026-11-22T09:00:00Z"}
    end = {
        "done": True,
        "done_reason": "stop",
        "total_duration": 400_000_000,
        "load_duration": 1_000_000,
        "prompt_eval_count": 2 * len(prompt.split()),
        "prompt_eval_duration": 20_000_000,
        "eval_count": len(text.split()),
        "eval_duration": 300_000_000,
    }

    def line(content: str, **more: Any) -> bytes:
        said = {**common, "message": {"role": "assistant", "content": content}, "done": False}
        return json.dumps(said | more).encode() + b"\n"

    if asked.get("stream", True) is False:
        return number, _reply(line(text, **end))
    pieces = [line(word) for word in re.findall(r"\S+\s*", text)] + [line("", **end)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
    return number, head + chunks + b"0\r\n\r\n"


def _speak(asked: dict[str, Any], state: _State) -> tuple[int, bytes]:
    """Answer Piper's POST /synthesize: a WAV file of 6 s, a quarter of a second for each word."""
    number = state.numbers.get(_ending(asked["text"]), -1)
    return number, _reply(state.sounds[number % len(state.sounds)], "text/html; charset=utf-8")


def _draw(asked: dict[str, Any], state: _State) -> tuple[int, bytes]:
    """Answer AUTOMATIC1111's POST /sdapi/v1/txt2img: soft clouds, different for each prompt."""
    from PIL import Image

    colours = random.Random(f"{asked['prompt']}|{asked.get('seed')}").randbytes(8 * 8 * 3)
    image = Image.frombytes("RGB", (8, 8), colours)
    image = image.resize((asked["width"], asked["height"]), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    info = {"seed": asked.get("seed"), "sd_model_name": "first", "version": "v1.10.1"}
    answer = {
        "images": [base64.b64encode(file.getvalue()).decode()],
        "parameters": asked,
        "info": json.dumps(info),
    }
    return _number(asked["prompt"]), _reply(json.dumps(answer).encode())


_MAKES = {
    ("POST", "/api/chat"): _write,
    ("POST", "/synthesize"): _speak,
    ("POST", "/sdapi/v1/txt2img"): _draw,
}
_VOICE = {"audio": {"sample_rate": _RATE_HZ}, "language": {"code": "en_US"}, "num_speakers": 1}
_CHECKPOINT = {
    "title": "first.safetensors [879db523c3]",
    "model_name": "first",
    "hash": "879db523c3",
}
_TELLS = {  # GET
    "/api/version": {"version": "0.33.0"},
    "/api/tags": {"models": [{"name": "m1:1b", "model": "m1:1b", "digest": "1" * 64}]},
    "/voices": {"en_US-anna": _VOICE, "en_US-bert": _VOICE},
    "/info": {"voice": {"name": "en_US-anna", "num_speakers": 1}, "last": None},
    "/sdapi/v1/sd-models": [{**_CHECKPOINT, "sha256": "8" * 64, "filename": "/models/first"}],
    "/sdapi/v1/samplers": [{"name": "Euler a", "aliases": [], "options": {}}],
    "/sdapi/v1/options": {"sd_model_checkpoint": _CHECKPOINT["title"]},
}


def sentence(prompt: str, number: int, seed: int | None) -> str:
    """Return a sentence of 24 plain English words with the topic's number, different for each prompt and seed."""
    choose = random.Random(f"{prompt}|{seed}")
    adjectives, nouns = choose.sample(_ADJECTIVES.split(), 4), choose.sample(_NOUNS.split(), 5)
    verbs = choose.sample(_VERBS.split(), 2)
    return (
        f"For topic number {number} the {adjectives[0]} {nouns[0]} {verbs[0]} the {adjectives[1]} {nouns[1]}, "
        f"and one {adjectives[2]} {nouns[2]} {verbs[1]} every {adjectives[3]} {nouns[3]} near the {nouns[4]}."
    )


def _number(text: str) -> int:
    found = re.search(r"number (\d+)", text)
    return int(found[1]) if found else -1


def _ending(text: str) -> str:
    return text.strip().rpartition(", and one ")[2]


def _sound(pitch_hz: int) -> bytes:
    """Return 16-bit PCM, mono, 22 050 Hz: a tone in bursts like words, half of full scale."""
    samples = (
        int(
            16000
            * math.sin(math.pi * 4 * n / _RATE_HZ) ** 2
            * math.sin(2 * math.pi * pitch_hz * n / _RATE_HZ)
        )
        for n in range(int(_RATE_HZ * _SOUND_S))
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, _RATE_HZ, 0, "NONE", ""))
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file.getvalue()


def _reply(body: bytes, kind: str = "application/json", status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def _serve() -> None:
    from PIL import Image

    Image.init()  # not within the first request
    loop, state, urls = asyncio.get_running_loop(), _State(), {}
    for name in NAMES:
        server = await loop.create_server(
            lambda name=name: _Connection(name, state), "127.0.0.1", 0, backlog=1000
        )
        urls[name] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(json.dumps(urls), flush=True)
    await loop.run_in_executor(None, sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(_serve())
