"""Answers are paid for once: each change requests only what nobody has requested before, sentence by sentence."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sample_media
from audio_pipeline.sound import wav
from sentence_project import INTRO, TAIL, Sentences
from stub_project import Studio

NOTHING: tuple[int, list[str], int] = (0, [], 0)
ALPHA = ["Alpha are a topic of their own.", "There is more to say about Alpha."]


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    studio = Sentences(tmp_path_factory.mktemp("sentences") / "work")
    studio.succeed()
    texts, spoken, pictures = studio.requests()
    assert (texts, pictures) == (3, 3)
    assert spoken.count(INTRO) == spoken.count(TAIL) == 1 and len(spoken) == 2 + 3 * 2
    studio.close()
    return studio


@pytest.fixture
def studio(made_once, tmp_path):
    studio = Sentences.copy(made_once, tmp_path / "work")
    studio.config["audio"]["split"] = "sentence"
    yield studio
    studio.close()


def recording(studio: Studio) -> bytes:
    return studio.file("audio", "alpha").read_bytes()


def setting(stage: str, **values) -> Callable[[Sentences], None]:
    return lambda studio: studio.config.setdefault(stage, {}).update(values)


FREE: dict[str, Callable[[Sentences], None]] = {
    "pauses": setting("audio", sentence_pause_s=1.0, paragraph_pause_s=1.5),
    "loudness": setting("audio", loudness_lufs=-20),
    "no loudness": setting("audio", loudness_lufs=None),
    "sample rate": setting("audio", rate_hz=44_100),
    "a sentence deleted": lambda studio: studio.edit(f" {TAIL}", ""),
    "sentences moved": lambda studio: studio.edit(f"{INTRO} {ALPHA[0]}", f"{ALPHA[0]} {INTRO}"),
    "a sentence twice": lambda studio: studio.edit(TAIL, f"{TAIL} {TAIL}"),
    "a pause": lambda studio: studio.edit(f" {TAIL}", f" [pause 2s] {TAIL}"),
    "a sentence of another topic": lambda studio: studio.edit(
        ALPHA[1], "There is more to say about Beta."
    ),
    "the longest answer": setting("audio", timeout_s=77, attempts=5, max_characters=400),
}


@pytest.mark.parametrize("change", FREE)
def test_what_only_changes_the_assembly_requests_nothing(studio, change):
    before = recording(studio)
    FREE[change](studio)

    studio.succeed("audio")

    assert studio.requests() == NOTHING
    assert (recording(studio) == before) == (change == "the longest answer")


def test_another_voice_and_back_is_requested_once(studio):
    before = recording(studio)
    studio.config["audio"]["voice"] = "en_US-bert"
    studio.succeed()
    assert len(studio.requests()[1]) == 8
    studio.config["audio"]["voice"] = "en_US-anna"
    studio.succeed()
    studio.config["audio"]["voice"] = "en_US-bert"
    studio.succeed()
    studio.config["audio"]["voice"] = "en_US-anna"
    studio.succeed()

    assert studio.requests() == NOTHING
    assert recording(studio) == before


def test_a_prompt_that_is_edited_and_taken_back_is_requested_once(studio):
    template = studio.folder / "config/script.j2"
    before = template.read_text()
    template.write_text("Tell me about {{ topic }}.")
    studio.succeed()
    assert studio.requests() == (3, ["It has been told before."], 0)

    template.write_text(before)
    studio.succeed()

    assert studio.requests() == NOTHING


def test_a_changed_word_requests_its_sentence_alone(studio):
    studio.edit("more to say", "less to say")
    studio.succeed()

    assert studio.requests() == (0, ["There is less to say about Alpha."], 0)
    studio.edit("less to say", "more to say")
    studio.succeed()
    assert studio.requests() == NOTHING


def test_the_output_folder_can_be_deleted(studio):
    before = studio.files()
    shutil.rmtree(studio.folder / "data/output")

    studio.succeed()

    assert studio.requests() == NOTHING
    assert studio.files() == before


@pytest.mark.parametrize("key", ["folder", "read"])
def test_a_second_checkout_uses_the_same_answers(studio, tmp_path, key):
    second = Sentences(tmp_path / "second")
    folder = str(studio.folder / "data/cache")
    second.config["cache"] = {"folder": folder} if key == "folder" else {"read": [folder]}
    second.config["audio"]["split"] = "sentence"
    try:
        second.succeed()

        assert second.requests() == NOTHING
        assert second.files().keys() == studio.files().keys()
    finally:
        second.close()


def test_without_a_cache_everything_is_requested_again(studio):
    studio.config["cache"] = {"folder": ""}
    shutil.rmtree(studio.folder / "data/output")

    studio.succeed()

    texts, spoken, pictures = studio.requests()
    assert (texts, len(spoken), pictures) == (3, 3 * 4, 3)


def silent(text: str) -> bytes:
    return wav.plain(bytes(2 * 22050), 22050, 1)


def test_a_sentence_that_fails_its_check_is_requested_again_alone(studio):
    asked: list[str] = []

    def sound(text: str) -> bytes:
        asked.append(text)
        return (
            silent(text) if asked.count(text) == 1 and "less" in text else sample_media.speech(text)
        )

    studio.tts.sound = sound
    studio.edit("more to say", "less to say")
    studio.succeed()
    assert studio.requests()[1] == ["There is less to say about Alpha."] * 2

    studio.config["audio"]["sentence_pause_s"] = 0.5
    studio.succeed()
    assert studio.requests() == NOTHING


def test_a_sentence_that_keeps_failing_loses_no_other(studio):
    before = recording(studio)
    studio.tts.sound = lambda text: silent(text) if "less" in text else sample_media.speech(text)
    studio.edit("more to say", "less to say")
    studio.edit(TAIL, "That was all.")

    run = studio.run("audio")

    assert run.code == 1
    assert "the sound of 'There is less to say about Alpha.' " in run.output
    assert "(the last of 2 attempts)" in run.output and "attempts) (" not in run.output
    assert studio.requests()[1] == ["There is less to say about Alpha."] * 2
    assert recording(studio) == before
    studio.tts.sound = sample_media.speech
    studio.succeed("audio")
    assert studio.requests()[1] == ["That was all.", "There is less to say about Alpha."]


def test_a_deleted_recording_is_spoken_anew_and_its_sentences_keep_their_takes(studio):
    studio.file("audio", "alpha").unlink()
    studio.succeed("audio")
    assert studio.requests()[1] == sorted([INTRO, *ALPHA, TAIL])
    second = recording(studio)

    studio.config["audio"]["loudness_lufs"] = -20
    studio.succeed("audio")
    studio.config["audio"]["loudness_lufs"] = -16
    studio.succeed("audio")

    assert studio.requests() == NOTHING
    assert recording(studio) == second
    takes = [take for _, _, take in studio.record_of("audio", "alpha")["answers"]]
    assert takes == [1] * 4


def test_a_term_of_the_lexicon_speaks_the_sentences_that_have_it_again(studio):
    (studio.folder / "config/lexicon.yaml").write_text("en:\n  say about: talk over\n")

    studio.succeed("audio")

    assert studio.requests()[1] == [
        f"There is more to talk over {name}." for name in ("Alpha", "Beta", "Gamma")
    ]


def test_a_broken_entry_is_requested_again(studio):
    (entry,) = (
        path
        for path in (studio.folder / "data/cache/speech").rglob("*.json")
        if ALPHA[0] in path.read_text()
    )
    entry.with_suffix("").write_bytes(b"broken")
    shutil.rmtree(studio.folder / "data/output/audio")
    shutil.rmtree(studio.folder / "data/output/records/audio")

    studio.succeed("audio")

    assert studio.requests() == (0, [ALPHA[0]], 0)


def test_the_cache_is_no_part_of_the_output(studio):
    assert not list(Path(studio.folder, "data/output").rglob("*cache*"))
    assert {path.name for path in (studio.folder / "data/cache").iterdir()} == {
        "script",
        "speech",
        "picture",
    }
