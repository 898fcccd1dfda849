"""Khmer."""

from audio_pipeline.text.language import Language

LANGUAGE = Language(
    spaces=False,
)
