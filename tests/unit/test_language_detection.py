"""Detection of a text's language."""

import json

from audio_pipeline.text import language_detection

TEXT = (
    'The old bridge "over" the river was built by patient people, and it still carries carts.\n\0'
)


def test_languages_are_ranked_by_likelihood():
    ranked = language_detection.rank(TEXT)
    assert ranked[0][0] == "en"
    assert ranked == sorted(ranked, key=lambda each: -each[1])
    json.dumps(ranked)  # JSON takes no NumPy numbers
