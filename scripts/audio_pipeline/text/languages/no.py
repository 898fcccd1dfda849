"""Norwegian, read as Bokmål."""

from audio_pipeline.text.languages import nb

LANGUAGE = nb.LANGUAGE
