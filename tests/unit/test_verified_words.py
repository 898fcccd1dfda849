"""The words with which `make verify` compares a recording, and the sounds in which it looks for them."""

import sample_media
from audio_pipeline import files
from audio_pipeline.core import record as records
from audio_pipeline.core.answer_cache import AnswerCache
from audio_pipeline.core.topics import Topic
from audio_pipeline.makers.hearing import Hearing
from audio_pipeline.project import Project
from audio_pipeline.sound import recogniser, wav
from direct import configuration
from verify_audio import heard, said, total

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


TEA, MILK = "Tea is hot.", "Milk in it is good, and cold."
SOUNDS = {TEA: sample_media.tone(TEA), MILK: sample_media.tone(MILK)}


def recorded(tmp_path, script=f"{TEA} {MILK}\n", **about) -> Project:
    """Return a project with a recording of both sentences, and its record."""
    project = Project(configuration(output=str(tmp_path)), {"tea": Topic("Tea", "tea")})
    for stage in ("script", "audio"):
        files.replace_file(project.file(stage, "tea"), b"")
    files.replace_file(project.file("script", "tea"), script.encode())
    tea, milk = (wav.parse(sound).samples for sound in SOUNDS.values())
    recording = wav.plain(tea + milk, 22050, 1)
    files.replace_file(project.file("audio", "tea"), recording)
    first, end = len(tea) // 2, (len(tea) + len(milk)) // 2
    service = {"sentences": [[0, first, TEA], [first, end, MILK]]}
    values = {
        "request": {"text": f"{TEA} {MILK}"},
        "sha256": files.sha256_of(project.file("audio", "tea")),
        **about,
    }
    time = "2026-11-28T09:00:00Z"
    record = records.Record(
        values["request"], "", values["sha256"], "piper", "joe", None, 0, 1, 0.0, [], time, service
    )
    records.store(project.record("audio", "tea"), record)
    return project


def verdicts(project, tmp_path):
    return list(heard(project, "tea", Hearing(AnswerCache(tmp_path / "cache"), "", "en")))


def test_each_sentence_of_the_recording_is_heard_once(tmp_path, monkeypatch):
    says = {SOUNDS[TEA]: "tea is hot", SOUNDS[MILK]: "milk in eight is good and old"}
    monkeypatch.setattr(recogniser, "load", lambda model: lambda file, language: says[file])
    project = recorded(tmp_path)

    found = verdicts(project, tmp_path)

    assert [verdict.comparison.errors for verdict in found] == [0, 2]
    assert [verdict.is_doubtful(0.2) for verdict in found] == [False, True]
    whole = total(found)
    assert (whole.errors, whole.said, whole.worst) == (2, 10, ["it → eight", "cold → old"])
    monkeypatch.setattr(recogniser, "load", None)  # not loaded again
    assert verdicts(project, tmp_path) == found


def test_a_recording_is_heard_as_a_whole_if_its_sentences_are_not_known(tmp_path, monkeypatch):
    monkeypatch.setattr(recogniser, "load", lambda model: lambda file, language: "tea is hot")
    edited = recorded(tmp_path, "Tea is hot.")
    assert [verdict.text for verdict in verdicts(edited, tmp_path)] == ["Tea is hot."]

    placed = recorded(tmp_path, sha256="0" * 64)
    assert [verdict.comparison.said for verdict in verdicts(placed, tmp_path)] == [10]
