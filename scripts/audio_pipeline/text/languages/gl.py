"""Galician."""

from audio_pipeline.text.language import Language

LANGUAGE = Language(
    alike=frozenset(["pt"]),
)
