"""Bosnian, read as Croatian."""

from audio_pipeline.text.languages import hr

LANGUAGE = hr.LANGUAGE
