"""A language is one file: its contents are used everywhere, and no other file lists the languages."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from audio_pipeline.errors import BadAnswer
from audio_pipeline.text import cleaning, languages, left_over, script_checks, sentences
from audio_pipeline.text.language import Language, Phrases
from audio_pipeline.text.languages import registry
from audio_pipeline.text.spoken_form import spoken
from audio_pipeline.text.word_errors import words
from audio_pipeline.video import cues
from test_sound_checks import run, tone

SCRIPTS = Path(__file__).parents[2] / "scripts"
INVENTED = '''"""A language that nobody speaks."""

from audio_pipeline.text.language import Language, Nouns, Phrases, Words

LANGUAGE = Language(
    pace_s=(1.0, 2.0),
    phrases=Phrases(speakers="blorper", refusals="zut blimp", here="vok es", product="scripton"),
    within="blg.|blargum",
    anywhere="#kl.|klimen",
    openers="Zu",
    ordinals_with_full_stop=True,
    after_ordinals="krumm",
    conjunctions="ynd",
    clinging="ze",
    rules="de",
    words=Words(
        point="pik",
        decimal=",",
        thousands=".",
        minus="mon",
        to="tol",
        months="Jan Feb Mar Apr Mai Jun Jul Aug Sep Okt Nov Dez",
        units="m|metron|metra",
        currencies="€|oro|ora|zent|zenta",
        symbols="""
×|mol
≈|zirk
&|ynd
""",
        number_sign="numro",
        scales="dausend",
        with_cents="ynd",
        dot="pik",
        halves="halv|dritt|zwadritt|viert|dreiviert",
    ),
    nouns=Nouns(f="frol", endings={"f": "ola"}),
    pairs={"24/7": "immur"},
)
'''


@pytest.fixture
def invented(tmp_path, monkeypatch):
    (tmp_path / "qx.py").write_text(INVENTED, encoding="utf-8")
    monkeypatch.setattr(languages, "__path__", [*languages.__path__, str(tmp_path)])
    registry.of.cache_clear()
    yield "qx-XX"
    registry.of.cache_clear()
    sys.modules.pop(f"{languages.__name__}.qx")


def test_sentences_end_by_its_words(invented):
    assert sentences.paragraphs("Ik ze blg. Smit. Zu 2. Krumm. Zu 5 kl. Zu.", invented) == [
        ["Ik ze blg. Smit.", "Zu 2. Krumm.", "Zu 5 kl.", "Zu."]
    ]
    assert sentences.parts("a b ynd c", invented, lambda part: len(part) < 6) == ["a b", "ynd c"]


def test_numbers_units_money_and_dates_are_spoken_in_its_words(invented):
    assert spoken("Blg. Smit: 2,5 m & 3 € 24/7.", invented) == (
        "Blargum Smit: zwei pik fünf metra ynd drei ora immur."
    )
    assert spoken("1/2, #7; 3/4/2001, 12:30, 4x4, 3x, 7B, 10K.", invented) == (
        "halv, numro sieben; drei Apr zweitausendeins, zwölf dreißig, 4x4, 3x, 7B, 10K."
    )
    assert spoken("Louis XIV, 1-2 €, 3 frola.", invented) == (
        "Louis vierzehn, ein tol zwei ora, drei frola."
    )


def test_its_phrases_are_removed_and_refused(invented):
    assert cleaning.spoken_words("Blorper: Ik ze blorp.", invented) == "Ik ze blorp."
    assert left_over.find("Ik: ze blorp.", invented) is None  # its phrases are known
    case = script_checks.Case(invented, {})
    assert "is a refusal" in (script_checks.check_refusal("Zut blimp ze.", case) or "")
    assert script_checks.check_refusal("Zut blimp ze.", script_checks.Case("xx", {})) is None


def test_its_pace_is_checked(invented):
    assert "pace" in run(tone(9), "ik ze blorp ik ze blorp", invented)[0]
    with pytest.raises(BadAnswer, match=r"expected 1\.00 to 2\.00 s"):
        run(tone(3.5), "ik ze blorp ik ze blorp", invented)


def test_subtitles_do_not_part_what_belongs_together(invented):
    assert cues._Ends(invented).clinging == {"ze"}


def test_recordings_are_compared_in_its_words(invented):
    assert words("24/7", invented) == ["immur"]


def test_a_language_without_a_file_has_the_defaults():
    assert registry.of("xx").pace == Language().pace
    assert registry.of("xx").within == registry.of("sv").within == Language().within


@pytest.mark.parametrize("code", sorted(registry.codes()))
def test_every_file_has_a_language(code):
    language = registry.of(code)
    assert language.pace[0] < language.pace[1] and code in language.alike | {code}
    given = {one.name for one in fields(Phrases) if getattr(language.phrases, one.name, "")}
    assert not language.phrases or given >= {"speakers", "here", "product", "closings", "refusals"}


def test_only_the_language_of_a_text_is_loaded():
    code = (
        "import sys; from audio_pipeline.text.spoken_form import spoken; spoken('Le 3 mai.', 'fr'); "
        "print(*(name for name in sys.modules if name.startswith('audio_pipeline.text.languages.')))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(SCRIPTS)}, capture_output=True
    )
    names = {name.rpartition(".")[2] for name in found.stdout.decode().split()}
    assert names == {"registry", "fr"}
