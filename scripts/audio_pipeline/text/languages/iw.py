"""Hebrew, by its old code."""

from audio_pipeline.text.language import Language

LANGUAGE = Language(
    alike=frozenset(["he"]),
)
