"""Serbo-Croatian."""

from audio_pipeline.text.language import Language

LANGUAGE = Language(
    alike=frozenset(["bs", "hr", "sr"]),
)
