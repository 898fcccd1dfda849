"""Lines of a plan about terms of the lexicon without effect."""

import dataclasses

import pytest
from audio_pipeline.core.topics import Topic
from audio_pipeline.planning.pronunciation import without_effect
from audio_pipeline.project import Project
from direct import configuration

VOICES = {"pt-BR": {"voice": "pt_BR-faber-medium"}}


@pytest.fixture
def lines(tmp_path):
    """Return a function from a lexicon to the lines about a project with three topics, the last without a script."""
    topics = {
        "tea": Topic("Tea", "tea"),
        "cafe": Topic("Café", "cafe", "pt-BR"),
        "milk": Topic("Milk", "milk", voice="other"),
    }
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/tea.txt").write_text("Tea in New York, says Nguyen [pause 2s].")
    (tmp_path / "scripts/cafe.txt").write_text("O café da Wi-Fi.")

    def of(**lexicon) -> list[str]:
        config = configuration(lexicon=lexicon, voices=VOICES, output=str(tmp_path))
        return without_effect(Project(dataclasses.replace(config), topics))

    return of


def test_terms_with_an_effect_are_not_mentioned(lines):
    assert lines() == lines(en={}, pt={}) == []
    assert lines(en={"Nguyen": "win"}, pt={"Wi-Fi": "uai fai"}) == []


def test_a_term_in_no_script_is_told(lines):
    assert lines(**{"en": {"Nguyn": "win", "pause": "x"}, "pt-BR": {"chá": "x"}}) == [
        "lexicon: 'Nguyn' (en) occurs in no script so far; check its spelling",
        "lexicon: 'pause' (en) occurs in no script so far; check its spelling",
        "lexicon: 'chá' (pt-BR) occurs in no script; check its spelling",
    ]


def test_a_voice_whose_topics_have_no_script_yet_is_not_mentioned(lines):
    assert lines(other={"Milk": "x"}) == []


def test_a_language_or_voice_without_topics_is_told_once(lines):
    assert lines(fr={"a": "x", "b": "x"}) == [
        "lexicon: no topic has the language or voice 'fr'; its terms have no effect"
    ]


def test_a_term_that_is_always_replaced_is_told(lines):
    replaced = {"pt": {"Wi-Fi": "x"}, "pt-BR": {"wi-fi": "y"}}

    assert lines(**replaced) == [
        "lexicon: 'Wi-Fi' (pt) has no effect: a more specific language or a voice has it too"
    ]


def test_at_most_ten_are_told(lines):
    found = lines(en={f"term{number}": "x" for number in range(15)})

    assert len(found) == 11 and found[-1] == "lexicon: and 5 more without effect"
