"""Service × fault × (once | always): the right file after a retry, or one line and the old file untouched.

Each cell makes a file with the real clients, over a real connection to a stub server. Only the pauses are not slept.
"""

import contextlib
import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import yaml
from audio_pipeline.cli.command_line import run
from audio_pipeline.core.production import Artifact, produce
from audio_pipeline.core.topics import Topic
from audio_pipeline.http import client as http_client
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.stages import registry
from bad_replies import FAULTS, status
from comfyui_stub import SETTINGS as COMFYUI
from comfyui_stub import ComfyUIStub
from direct import build, configuration, maker
from service_stubs import OllamaStub, OpenAIStub, PiperStub, StableDiffusionStub

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text())
HTTP = HttpPolicy(connect_timeout_s=0.5, tries=3, first_pause_s=0.5, max_pause_s=30)
TIMEOUT_S = 60  # a busy machine must not look like a fault
SLOW = ("hang", "stall", "slow_drip")  # faults that cause a time-out
SHORT_S = 0.2  # time-out for these faults alone
OLD = b"the old file"
TOPIC = Topic("Why the sky is blue", "why-the-sky-is-blue")
SCRIPT = "The sky is blue because air scatters blue light the most."


@dataclasses.dataclass(frozen=True)
class Service:
    stub: Callable
    stage: str
    settings: dict


SERVICES = {
    "ollama": Service(OllamaStub, "script", {"engine": "ollama", "model": "gemma3:4b"}),
    "openai-chat": Service(OpenAIStub, "script", {"engine": "openai", "model": "a-model"}),
    "piper-1.8": Service(PiperStub, "audio", {"engine": "piper"}),
    "piper-1.4": Service(partial(PiperStub, "1.4"), "audio", {"engine": "piper"}),
    "piper-old": Service(partial(PiperStub, "old"), "audio", {"engine": "piper"}),
    "openai-speech": Service(OpenAIStub, "audio", {"engine": "openai"}),
    "stable-diffusion": Service(StableDiffusionStub, "image", {"engine": "stable-diffusion"}),
    "comfyui": Service(ComfyUIStub, "image", COMFYUI),
    "openai-image": Service(OpenAIStub, "image", {"engine": "openai"}),
}

# Effect of one occurrence. "sent again": the same request, after a pause. "asked again": with another seed.
SENT_AGAIN = {
    "reset", "close", "reset_in_body", "close_in_body", "hang", "stall", "slow_drip",
    "429", "429_retry_after", "200_with_429", "mid_stream_error", "500_json", "500_html", "502", "503", "504",
}  # fmt: skip
ASKED_AGAIN = {
    "empty", "truncated", "html_200", "wrong_shape", "not_json", "huge", "huge_unannounced", "gzip_bomb",
    "invalid_utf8", "no_end", "wrong_payload",
}  # fmt: skip
NEVER = {"400", "401", "403", "404", "422", "429_far", "redirect"}
HARMLESS = {"wrong_content_type"}  # Piper labels its sound text/html


def wrong_payload(handler):
    """The right shape around the wrong encoding: text decoded as something else, cut base64, a WAV header of 8 bits."""
    reply = handler.normal()
    if reply.kind.startswith(("audio/", "text/html")):
        data = bytearray(reply.body)
        data[34:36] = b"\x08\x00"
        return handler.send(dataclasses.replace(reply, body=bytes(data)))
    text = reply.whole().decode().replace('"content": "', '"content": "caf\\ufffd ')
    text = text.replace('"iVBOR', '"%%%%%')  # the beginning of a PNG in base64
    text = text.replace('"prompt_id": "', '"prompt_id": "not-')
    handler.send(dataclasses.replace(reply, body=text.encode()))


ALL = {
    **FAULTS,
    "429_retry_after": status(429, b'{"error": "slow down"}', Retry_After="0.15"),
    "wrong_payload": wrong_payload,
}


def test_the_table_has_a_cell_for_every_fault():
    assert set(ALL) == SENT_AGAIN | ASKED_AGAIN | NEVER | HARMLESS


@pytest.fixture
def pauses(monkeypatch):
    """Record the pauses instead of sleeping."""
    noted = []
    monkeypatch.setattr(http_client.time, "sleep", noted.append)
    return noted


@pytest.fixture
def impatient(monkeypatch):
    """Shorten the time-out to SHORT_S for slow answers; all others keep one that suits a busy machine."""
    exchange = http_client.Client._exchange

    def with_stub(stub, fault: str) -> None:
        @contextlib.contextmanager
        def shorter(self, request, whole_s):
            usual = self._timeout
            if fault in SLOW and request.method == "POST" and stub.fault_times != 0:
                self._timeout, whole_s = (usual[0], SHORT_S), SHORT_S
            try:
                with exchange(self, request, whole_s) as response:
                    yield response
            finally:
                self._timeout = usual

        monkeypatch.setattr(http_client.Client, "_exchange", shorter)

    return with_stub


class Cell:
    """Stage with an old file that is to be replaced."""

    def __init__(self, service: Service, url: str, folder: Path) -> None:
        self.stage = service.stage
        size = {"width": 256, "height": 256} if self.stage == "image" else {}
        section = {"url": url, "timeout_s": TIMEOUT_S, "attempts": 2, **size, **service.settings}
        config = configuration(**{self.stage: section})
        self.settings = registry.every()[self.stage].settings(config)
        self.request = build(self.stage, TOPIC, self.settings, SCRIPT)
        self.output = folder / "output"
        self.record = folder / "records" / self.stage / "output.json"
        self.make(
            {**self.request, "voice": "old", "model": "old"}, lambda *_: Artifact(OLD, "old", [])
        )

    def make(self, request, ask) -> str:
        return produce(self.stage, self.output, self.record, request, ask, attempts=2, wait_s=1)

    def run(self) -> str | None:
        """Run as the stage program does; return the line on standard error if it ends with exit code 1."""
        ask = maker(self.stage, self.settings)
        try:
            run(lambda: self.make(self.request, ask))
        except SystemExit as end:
            return end.code
        return None


def check_good(stage: str, data: bytes) -> None:
    if stage == "script":
        assert 30 < len(data.decode().split()) < 120
    elif stage == "audio":
        assert data[:4] == b"RIFF" and len(data) > 40_000  # the stub speaks for a second
    else:
        assert data[:8] == b"\x89PNG\r\n\x1a\n" and data[16:24] == b"\0\0\1\0\0\0\1\0"


def check_failed(cell: Cell, line: str | None) -> None:
    assert line is not None, "it should have failed"
    assert line.startswith("error: ") and "\n" not in line and len(line) < 700
    assert not any(
        word in line for word in ("Traceback", "Error(", "object at 0x", "HTTPConnectionPool")
    )
    assert cell.output.read_bytes() == OLD


@pytest.mark.parametrize("fault", sorted(ALL))
@pytest.mark.parametrize("name", SERVICES)
def test_a_fault_that_occurs_once(name, fault, tmp_path, pauses, impatient):
    service = SERVICES[name]
    with service.stub() as stub:
        cell = Cell(service, stub.url, tmp_path)
        stub.fault, stub.fault_times = ALL[fault], 1
        impatient(stub, fault)
        line = cell.run()
        seeds = [seed_of(request.body) for request in stub.asked()]
    if fault in NEVER:
        check_failed(cell, line)
        assert len(seeds) == 1 and not pauses
        return
    assert line is None
    check_good(cell.stage, cell.output.read_bytes())
    assert len(seeds) == (1 if fault in HARMLESS else 2)
    if fault in SENT_AGAIN:
        assert len(pauses) == 1 and len(set(seeds)) == 1
        assert fault != "429_retry_after" or pauses == [0.15]


@pytest.mark.parametrize("fault", sorted(set(ALL) - HARMLESS))
@pytest.mark.parametrize("name", SERVICES)
def test_a_fault_that_stays(name, fault, tmp_path, pauses, impatient):
    service = SERVICES[name]
    with service.stub() as stub:
        cell = Cell(service, stub.url, tmp_path)
        stub.fault = ALL[fault]
        impatient(stub, fault)
        line = cell.run()
        check_failed(cell, line)
        asked = len(stub.asked())
    if fault in NEVER:
        assert asked == 1
    elif fault in SENT_AGAIN:
        assert 2 <= asked <= HTTP.tries
    else:
        assert 2 <= asked <= 2 * HTTP.tries


@pytest.mark.parametrize("name", SERVICES)
def test_a_connection_that_is_refused_once(name, tmp_path, monkeypatch):
    service = SERVICES[name]
    with service.stub() as probe:
        port = probe.port
    started = []

    def start_it(_: float) -> None:
        if not started:
            started.append(service.stub(port=port).__enter__())

    monkeypatch.setattr(http_client.time, "sleep", start_it)
    cell = Cell(service, probe.url, tmp_path)
    line = cell.run()
    started[0].__exit__()
    assert line is None
    check_good(cell.stage, cell.output.read_bytes())


@pytest.mark.parametrize("name", SERVICES)
def test_a_connection_that_is_always_refused(name, tmp_path, pauses):
    service = SERVICES[name]
    with service.stub() as stub:
        url = stub.url
    cell = Cell(service, url, tmp_path)
    line = cell.run()
    check_failed(cell, line)
    assert "refused the connection" in line and len(pauses) == HTTP.tries - 1


def seed_of(body) -> int | None:
    if not isinstance(body, dict):
        return None
    if isinstance(body.get("prompt"), dict):  # ComfyUI
        return body["prompt"]["3"]["inputs"]["seed"]
    return body.get("seed", body.get("options", {}).get("seed"))
