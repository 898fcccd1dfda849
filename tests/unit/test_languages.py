"""Which language a text is in: by the model in this process, or by the warm process that has it."""

import json

import pytest
from audio_pipeline import languages

TEXT = (
    'The old bridge "over" the river was built by patient people, and it still carries carts.\n\0'
)


@pytest.fixture
def without_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "_loaded", [])


def test_a_process_without_the_model_asks_the_one_that_has_it(without_model, monkeypatch) -> None:
    asked = []

    def output_of(words):
        asked.append(words)
        return b'[["de", -1.5], ["en", -3]]\n'

    monkeypatch.setattr("audio_pipeline.warm_jobs.output_of", output_of)
    assert languages.rank(TEXT) == [("de", -1.5), ("en", -3)]
    ((program, text),) = asked
    assert program.endswith("scripts/rank_languages.py")
    assert json.loads(text) == TEXT and "\0" not in text
    assert languages._loaded == []


def test_where_nobody_has_it_it_is_loaded(without_model, monkeypatch) -> None:
    monkeypatch.setattr("audio_pipeline.warm_jobs.output_of", lambda words: None)
    ranked = languages.rank(TEXT)
    assert ranked[0][0] == "en"
    assert ranked == sorted(ranked, key=lambda each: -each[1])
    json.dumps(ranked)  # it can be printed
    assert languages._loaded


def test_a_process_that_has_it_asks_nobody(monkeypatch) -> None:
    languages.load()
    monkeypatch.setattr("audio_pipeline.warm_jobs.output_of", lambda words: 1 / 0)
    assert languages.rank(TEXT)[0][0] == "en"
