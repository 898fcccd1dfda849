"""The embedded engines: llama.cpp's server and Piper's, started by the first job of a run that needs one.

A run holds a lock for as long as it lives, and each server waits for that lock: it gets it, and ends, when the run
has ended, however that came about (success, failure, Ctrl-C, SIGTERM, kill -9). So nothing has to be cleaned up.
The run's folder, named by the environment variable AUDIO_PIPELINE_RUN, holds run.alive (the lock) and for each
server engine-NAME.lock (held while it is being started), .url (once it answers), .alive (held while it lives) and
.log. A stage program that runs without Snakemake makes a run of its own.
Other users of the machine and pages in a browser reach loopback too: both servers ask for the run's key, engine.key,
which is readable to the user alone, and get an environment without the user's own keys.
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
KILLED = (
    "the embedded server was killed, most often for want of memory"  # in each message about that
)
KILLED_ADVICE = f"{KILLED}: use a smaller model or free some memory, and run again"
_START_TIMEOUT_S = 300
_LEAST_FREE = 2**20  # bytes, of the disk of temporary files
_SECRET = re.compile(
    r"KEY|TOKEN|SECRET|PASS|AUTH|CREDENTIAL", re.IGNORECASE
)  # in a variable's name
_SERVER = PROGRAMS / "serve_engine.py"


def llama(model: str, context_tokens: int) -> str:
    """The address of llama.cpp's server with the model. Raises EngineError."""
    path = models.language_model(model)
    return _address("llama", ["--model", str(path), "--context-tokens", str(context_tokens)])


def piper(voice: str) -> str:
    """The address of Piper's server with the voice. Raises EngineError."""
    return _address("piper", ["--model", str(models.voice(voice))])


def key() -> str:
    """What both servers of the run ask for, as a bearer token."""
    path = run_folder.current_or_new() / KEY
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass  # another job was faster
    return path.read_text()


def patient(http: HttpPolicy) -> HttpPolicy:
    """How to ask an embedded server: one that has ended does not come back, the next job starts another."""
    return replace(http, patience_s=0)


def _address(engine: str, arguments: list[str]) -> str:
    folder = run_folder.current_or_new()
    with open(folder / f"engine-{engine}.lock", "wb") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)  # one job starts it, the others wait here
        url = _answering(folder / f"engine-{engine}.url")
        return url or _start(engine, arguments, folder)


def _answering(path: Path) -> str | None:
    """The address in the file, if a server answers there."""
    url = ""
    try:
        url = path.read_text()
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=60):
            return url
    except urllib.error.HTTPError:
        return url  # whatever the status, it answers
    except OSError:
        return None


def holds_secret(name: str, value: str) -> bool:
    """True for a variable like API_KEY, or with a password in an address, as HTTP_PROXY may have."""
    return bool(_SECRET.search(name) or re.search(r"://[^/\s]*@", value))


def _start(engine: str, arguments: list[str], folder: Path) -> str:
    print(f"starting {engine}")
    url_file, log = folder / f"engine-{engine}.url", folder / f"engine-{engine}.log"
    url_file.unlink(missing_ok=True)
    key()
    command = [sys.executable, str(_SERVER), engine, "--run", str(folder), *arguments]
    ours = {name: value for name, value in os.environ.items() if not holds_secret(name, value)}
    with open(log, "wb") as out:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            cwd=folder,
            env=ours,
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
    raise EngineError(_why_it_ended(engine, server.returncode, log))


def _why_it_ended(engine: str, code: int, log: Path) -> str:
    """code: its exit code, or minus the signal that ended it."""
    said = f"the embedded {engine} server did not start"
    if code == -signal.SIGKILL:
        return f"{said}: {KILLED_ADVICE}"
    if shutil.disk_usage(log.parent).free < _LEAST_FREE:
        folder = log.parents[1]
        return f"{said}: the disk of {folder} is full; free some space there, or set TMPDIR, and run again"
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    last = lines[-1][:300] if lines else "nothing"
    return f"{said}: it ended with exit code {code} and said: {last}; run 'make setup' to install it again"
