"""Icelandic."""

from audio_pipeline.text.language import Language

LANGUAGE = Language(
    ordinals_with_full_stop=True,
    before_ordinals="hinn hin hið",
    after_ordinals="heimsstyrjöld",
)
