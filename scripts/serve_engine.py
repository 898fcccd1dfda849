"""Serve an embedded engine on a free loopback port until the run that started it has ended.

Started by the first job that needs the engine (engines/embedded.py), not by hand. The server runs in this process, so
that nothing outlives it. Both engines require the run's key.
"""

import argparse
import fcntl
import hmac
import os
import runpy
import shutil
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from audio_pipeline.engines import models
from audio_pipeline.engines.embedded import KEY
from audio_pipeline.errors import EngineError
from audio_pipeline.run.folder import wait_for_end_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=("llama", "piper", "kokoro"))
    parser.add_argument("--run", required=True, type=Path, help="folder of the run")
    parser.add_argument("--model", required=True, help="the model's file")
    parser.add_argument("--context-tokens", type=int, default=4096)
    arguments = parser.parse_args()
    alive = open(arguments.run / f"engine-{arguments.engine}.alive", "wb")
    fcntl.lockf(alive, fcntl.LOCK_EX)
    threading.Thread(target=end_with, args=(arguments.run,), daemon=True).start()
    if arguments.engine == "llama":
        serve_llama(arguments)
    elif arguments.engine == "piper":
        serve_piper(arguments)
    else:
        serve_kokoro(arguments)


def end_with(run: Path) -> None:
    try:
        wait_for_end_of(run)
        shutil.rmtree(run, ignore_errors=True)  # after kill -9, the run has not removed it
    finally:
        os._exit(0)


def serve_llama(arguments: argparse.Namespace) -> None:
    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = arguments.model
    params.n_ctx = arguments.context_tokens
    params.n_parallel = 1
    params.cpuparams.n_threads = threads()
    params.offline = True
    params.ui = False
    params.api_keys = [key_of(arguments.run)]
    server = Server(params)  # returns when the model is loaded
    announce(arguments, server.listening_address)
    threading.Event().wait()


def threads() -> int:
    """Return the threads for llama.cpp: one less than the physical cores, or those of the cluster job.

    Its threads busy-wait for each other: sharing a core with other work costs far more than one thread gains (on 2
    busy cores, 3 tokens per second with 2 threads, 19 with 1).
    """
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    cores = min(cores, psutil.cpu_count(logical=False) or cores)
    allotted = os.environ.get("AUDIO_PIPELINE_CPUS") or os.environ.get("SLURM_CPUS_PER_TASK")
    return max(1, min(cores, int(allotted or cores)) - 1)


def key_of(run: Path) -> str:
    return (run / KEY).read_text()


def serve_piper(arguments: argparse.Namespace) -> None:
    import flask

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    threading.Thread(target=announce_when_ready, args=(arguments, port), daemon=True).start()
    sys.argv = ["piper", "--host", "127.0.0.1", "--port", str(port), "-m", arguments.model]
    for folder in (Path(arguments.model).parent, models.voice_path("any").parent):
        sys.argv += ["--data-dir", str(folder)]
    application = guarded(flask.Flask.wsgi_app, key_of(arguments.run), port)
    flask.Flask.wsgi_app = application  # type: ignore[method-assign]
    runpy.run_module("piper.http_server", run_name="__main__")


def serve_kokoro(arguments: argparse.Namespace) -> None:
    """Serve Kokoro with the protocol of Piper 1.5 to 1.8."""
    import flask
    from audio_pipeline.engines import kokoro, kokoro_voices
    from audio_pipeline.sound import wav

    engine = kokoro.Kokoro(Path(arguments.model), threads())
    application, one_at_a_time = flask.Flask("kokoro"), threading.Lock()

    @application.get("/voices")
    def voices() -> Any:
        return {name: {"language": {"code": name.split("-")[0]}} for name in kokoro_voices.VOICES}

    @application.get("/info")
    def info() -> Any:
        return {}

    @application.post("/synthesize")
    def synthesize() -> Any:
        wanted = flask.request.get_json()
        try:
            with one_at_a_time:
                samples = engine.speak(wanted["text"], wanted["voice"], wanted["length_scale"])
        except (ValueError, RuntimeError, EngineError) as error:
            return flask.Response(f"{error}\n", 422, mimetype="text/plain")
        data = samples.tobytes()
        sound = wav.header(len(data), kokoro.RATE_HZ, 1) + data
        return flask.Response(sound, mimetype="audio/wav")

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    threading.Thread(target=announce_when_ready, args=(arguments, port), daemon=True).start()
    flask.Flask.wsgi_app = guarded(flask.Flask.wsgi_app, key_of(arguments.run), port)  # type: ignore[method-assign]
    application.run("127.0.0.1", port)


def guarded(application: Callable[..., Any], key: str, port: int) -> Callable[..., Any]:
    """Wrap Piper's web application to require the key, and to allow only the paths for speech.

    By itself it has no authentication, downloads voices and loads any file given as one. The Host header is checked
    against DNS rebinding.
    """
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    def answer(self: Any, environment: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        header = environment.get("HTTP_AUTHORIZATION", "").encode("utf-8", "replace")
        if (
            environment.get("HTTP_HOST") in hosts
            and hmac.compare_digest(header, f"Bearer {key}".encode())
            and environment.get("PATH_INFO") in ("/synthesize", "/voices", "/info")
        ):
            return application(self, environment, start_response)
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"this server is for the run that started it"]

    return answer


def announce_when_ready(arguments: argparse.Namespace, port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.addheaders = [("Authorization", f"Bearer {key_of(arguments.run)}")]
    while True:
        try:
            with opener.open(f"{url}/voices", timeout=60):
                return announce(arguments, url)
        except OSError:
            time.sleep(0.05)


def announce(arguments: argparse.Namespace, url: str) -> None:
    temporary = arguments.run / f"engine-{arguments.engine}.tmp"
    temporary.write_text(url)
    temporary.rename(arguments.run / f"engine-{arguments.engine}.url")


if __name__ == "__main__":
    main()
