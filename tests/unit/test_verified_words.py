"""The words with which `make verify` compares a recording."""

from audio_pipeline.core.topics import Topic
from audio_pipeline.project import Project
from direct import configuration
from verify_audio import said

SCRIPT = "Use 2FA [pause 2s] with Max.\n"


def of(**terms: str) -> list[str]:
    config = configuration(lexicon={"en": terms})
    return said(Project(config, {"tea": Topic("Tea", "tea")}), "tea", SCRIPT)


def test_pauses_are_left_out():
    assert of() == of(Nguyen="win") == ["Use 2FA with Max."]


def test_a_respelling_counts_as_well_as_what_is_written():
    assert of(**{"2FA": "two factor", "Max": "[[mæks]]"}) == [
        "Use 2FA with Max.",
        "Use two factor with Max.",
    ]
