"""Slovenian."""

from audio_pipeline.text.language import Language

LANGUAGE = Language(
    ordinals_with_full_stop=True,
    before_ordinals="v na od za pred med",
    after_ordinals="svetovn lig divizij stoletj",
)
