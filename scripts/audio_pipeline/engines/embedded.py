"""Embedded engines: llama.cpp's server and Piper's, started by the first job of a run that needs one.

A run holds a lock while it is alive. Each server waits for that lock, and exits when it gets it, so that no cleanup is
needed however the run ends (success, failure, Ctrl-C, SIGTERM, kill -9).
The run's folder, named by the environment variable AUDIO_PIPELINE_RUN, has run.alive (the lock) and for each server
engine-NAME.lock (held during its start), .url (once it answers), .alive (held while it is alive) and .log. A stage
program that runs without Snakemake begins a run of its own.
Other users of the machine and pages in a browser can reach loopback, so both servers require the run's key, engine.key,
which only the user can read, and get an environment without the user's keys.
"""

import fcntl
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

from audio_pipeline.engines import models
from audio_pipeline.errors import EngineError
from audio_pipeline.files import PROGRAMS
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.run import folder as run_folder

KEY = "engine.key"
KILLED = "the embedded server was killed, most likely because memory ran out"  # see progress.py
KILLED_ADVICE = f"{KILLED}: use a smaller model or free some memory, and run again"
_START_TIMEOUT_S = 300
_LEAST_FREE = 2**20  # bytes, of the disk of temporary files
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASS|AUTH|CREDENTIAL", re.IGNORECASE)
_SERVER = PROGRAMS / "serve_engine.py"


def llama(model: str, context_tokens: int) -> str:
    """Return the address of llama.cpp's server for the model, started if needed. Raises EngineError."""
    path = models.language_model(model)
    return _address("llama", ["--model", str(path), "--context-tokens", str(context_tokens)])


def piper(voice: str) -> str:
    """Return the address of Piper's server for the voice, started if needed. Raises EngineError."""
    return _address("piper", ["--model", str(models.voice(voice))])


def kokoro() -> str:
    """Return the address of Kokoro's server, started if needed. Raises EngineError."""
    from audio_pipeline.engines import kokoro as engine

    return _address("kokoro", ["--model", str(engine.model())])


def key() -> str:
    """Return the bearer token of the run's servers."""
    path = run_folder.current_or_new() / KEY
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass  # another job was faster
    return path.read_text()


def without_patience(http: HttpPolicy) -> HttpPolicy:
    """Return a policy for an embedded server, which never comes back after its end: the next job starts another."""
    return replace(http, patience_s=0)


def _address(engine: str, arguments: list[str]) -> str:
    folder = run_folder.current_or_new()
    with open(folder / f"engine-{engine}.lock", "wb") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)  # one job starts the server while the rest wait
        url = _running_url(folder / f"engine-{engine}.url")
        return url or _start(engine, arguments, folder)


def _running_url(path: Path) -> str | None:
    """Return the address in the file if a server answers there."""
    url = ""
    try:
        url = path.read_text()
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=60):
            return url
    except urllib.error.HTTPError:
        return url  # any status is an answer
    except OSError:
        return None


def holds_secret(name: str, value: str) -> bool:
    """True for a variable like API_KEY, or with a password in an address, as HTTP_PROXY may have."""
    return bool(_SECRET_NAME.search(name) or re.search(r"://[^/\s]*@", value))


def _start(engine: str, arguments: list[str], folder: Path) -> str:
    print(f"starting {engine}")
    url_file, log = folder / f"engine-{engine}.url", folder / f"engine-{engine}.log"
    url_file.unlink(missing_ok=True)
    key()
    command = [sys.executable, str(_SERVER), engine, "--run", str(folder), *arguments]
    env = {name: value for name, value in os.environ.items() if not holds_secret(name, value)}
    with open(log, "wb") as out:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            cwd=folder,
            env=env,
        )
    deadline = time.monotonic() + _START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < deadline:
        if url_file.exists():
            return url_file.read_text()
        time.sleep(0.05)
    if server.poll() is None:
        server.kill()
        raise EngineError(
            f"the embedded {engine} server was not ready after {_START_TIMEOUT_S} s; is the machine busy?"
        )
    raise EngineError(_start_failure(engine, server.returncode, log))


def _start_failure(engine: str, code: int, log: Path) -> str:
    """Return the message about a failed start. code: the exit code, or the negative number of a signal."""
    problem = f"the embedded {engine} server did not start"
    if code == -signal.SIGKILL:
        return f"{problem}: {KILLED_ADVICE}"
    if shutil.disk_usage(log.parent).free < _LEAST_FREE:
        folder = log.parents[1]
        return f"{problem}: the disk of {folder} is full; free some space there, or set TMPDIR, and run again"
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = lines[-1][:300] if lines else "no message"
    return (
        f"{problem}: it failed with exit code {code}: {last}; run 'make setup' to install it again"
    )
