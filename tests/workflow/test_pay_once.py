"""Answers are paid for once: each change requests only what nobody has requested before, sentence by sentence."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sample_media
from audio_pipeline.sound import wav
from project import REPOSITORY
from stub_project import Studio
from stub_sentences import INTRO, TAIL, Sentences
from waiting import LONGEST_S

NOTHING: tuple[int, list[str], int] = (0, [], 0)
ALPHA = ["Alpha are a topic of their own.", "There is more to say about Alpha."]


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
def test_what_only_changes_the_assembly_requests_nothing(sentences, change):
    before = recording(sentences)
    FREE[change](sentences)

    sentences.succeed("audio")

    assert sentences.requests() == NOTHING
    assert (recording(sentences) == before) == (change == "the longest answer")


def test_another_voice_and_back_is_requested_once(sentences):
    before = recording(sentences)
    sentences.config["audio"]["voice"] = "en_US-bert"
    sentences.succeed()
    assert len(sentences.requests()[1]) == 8
    sentences.config["audio"]["voice"] = "en_US-anna"
    sentences.succeed()
    sentences.config["audio"]["voice"] = "en_US-bert"
    sentences.succeed()
    sentences.config["audio"]["voice"] = "en_US-anna"
    sentences.succeed()

    assert sentences.requests() == NOTHING
    assert recording(sentences) == before


def test_a_prompt_that_is_edited_and_taken_back_is_requested_once(sentences):
    template = sentences.folder / "config/script.j2"
    before = template.read_text()
    template.write_text("Tell me about {{ topic }}.")
    sentences.succeed()
    assert sentences.requests() == (3, ["It has been told before."], 0)

    template.write_text(before)
    sentences.succeed()

    assert sentences.requests() == NOTHING


def test_a_changed_word_requests_its_sentence_alone(sentences):
    sentences.edit("more to say", "less to say")
    sentences.succeed()

    assert sentences.requests() == (0, ["There is less to say about Alpha."], 0)
    sentences.edit("less to say", "more to say")
    sentences.succeed()
    assert sentences.requests() == NOTHING


def test_the_output_folder_can_be_deleted(sentences):
    before = sentences.files()
    shutil.rmtree(sentences.folder / "data/output")

    sentences.succeed()

    assert sentences.requests() == NOTHING
    assert sentences.files() == before


def test_what_is_in_the_cache_needs_no_service(sentences):
    before = sentences.files()
    shutil.rmtree(sentences.folder / "data/output")
    sentences.close()

    run = sentences.run()

    assert run.code == 0, run.output
    assert "refused the connection" in run.output  # told, as other files may need them
    assert sentences.files() == before


def test_what_is_missing_fails_with_the_reason_of_the_check(sentences):
    sentences.edit("more to say", "less to say")
    sentences.edit(TAIL, "")
    for folder in ("images", "records/image"):
        shutil.rmtree(sentences.folder / "data/output" / folder)
    sentences.close()

    run = sentences.run()

    assert run.code == 1 and run.output.count("failed: ") == 1, run.output
    assert "failed: audio alpha-waves: Piper at " in run.output
    log = (sentences.folder / "data/output/logs/audio/alpha-waves.log").read_text()
    assert "error: " in log and "refused the connection" in log
    assert len(list((sentences.folder / "data/output/images").glob("*.png"))) == 3


@pytest.mark.parametrize("key", ["folder", "read"])
def test_a_second_checkout_uses_the_same_answers(sentences, tmp_path, key):
    second = Sentences(tmp_path / "second")
    folder = str(sentences.folder / "data/cache")
    second.config["cache"] = {"folder": folder} if key == "folder" else {"read": [folder]}
    second.config["audio"]["split"] = "sentence"
    try:
        second.succeed()

        assert second.requests() == NOTHING
        assert second.files().keys() == sentences.files().keys()
    finally:
        second.close()


def test_without_a_cache_everything_is_requested_again(sentences):
    sentences.config["cache"] = {"folder": ""}
    shutil.rmtree(sentences.folder / "data/output")

    sentences.succeed()

    texts, spoken, pictures = sentences.requests()
    assert (texts, len(spoken), pictures) == (3, 3 * 4, 3)


def test_a_full_disk_for_the_cache_costs_a_note_and_no_file(sentences, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24k", "none", str(small)]
    if os.geteuid() or subprocess.run(mount).returncode:
        pytest.skip("mounts are not possible here: run the tests on a machine where root can")
    sentences.config["cache"] = {"folder": str(small / "cache")}
    sentences.config["audio"]["voice"] = "en_US-bert"
    try:
        run = sentences.succeed()

        assert run.output.count("No space left on device; answers are not kept there") == 1
        assert sentences.run().nothing_to_do
    finally:
        subprocess.run(["umount", str(small)], check=True)


def silent(text: str) -> bytes:
    return wav.plain(bytes(2 * 22050), 22050, 1)


def test_a_sentence_that_fails_its_check_is_requested_again_alone(sentences):
    asked: list[str] = []

    def sound(text: str) -> bytes:
        asked.append(text)
        return (
            silent(text) if asked.count(text) == 1 and "less" in text else sample_media.speech(text)
        )

    sentences.tts.sound = sound
    sentences.edit("more to say", "less to say")
    sentences.succeed()
    assert sentences.requests()[1] == ["There is less to say about Alpha."] * 2

    sentences.config["audio"]["sentence_pause_s"] = 0.5
    sentences.succeed()
    assert sentences.requests() == NOTHING


def test_a_sentence_that_keeps_failing_loses_no_other(sentences):
    before = recording(sentences)
    sentences.tts.sound = lambda text: silent(text) if "less" in text else sample_media.speech(text)
    sentences.edit("more to say", "less to say")
    sentences.edit(TAIL, "That was all.")

    run = sentences.run("audio")

    assert run.code == 1
    assert "the sound of 'There is less to say about Alpha.' " in run.output
    assert "(the last of 2 attempts)" in run.output and "attempts) (" not in run.output
    assert sentences.requests()[1] == ["There is less to say about Alpha."] * 2
    assert recording(sentences) == before
    sentences.tts.sound = sample_media.speech
    sentences.succeed("audio")
    assert sentences.requests()[1] == ["That was all.", "There is less to say about Alpha."]


def test_a_deleted_recording_is_spoken_anew_and_its_sentences_keep_their_takes(sentences):
    sentences.file("audio", "alpha").unlink()
    sentences.succeed("audio")
    assert sentences.requests()[1] == sorted([INTRO, *ALPHA, TAIL])
    second = recording(sentences)

    sentences.config["audio"]["loudness_lufs"] = -20
    sentences.succeed("audio")
    sentences.config["audio"]["loudness_lufs"] = -16
    sentences.succeed("audio")

    assert sentences.requests() == NOTHING
    assert recording(sentences) == second
    takes = [take for _, _, take in sentences.record_of("audio", "alpha")["answers"]]
    assert takes == [1] * 4


def test_a_term_of_the_lexicon_speaks_the_sentences_that_have_it_again(sentences):
    (sentences.folder / "config/lexicon.yaml").write_text("en:\n  say about: talk over\n")

    sentences.succeed("audio")

    assert sentences.requests()[1] == [
        f"There is more to talk over {name}." for name in ("Alpha", "Beta", "Gamma")
    ]


def test_a_broken_entry_is_requested_again(sentences):
    (entry,) = (
        path
        for path in (sentences.folder / "data/cache/speech").rglob("*.json")
        if ALPHA[0] in path.read_text()
    )
    entry.with_suffix("").write_bytes(b"broken")
    shutil.rmtree(sentences.folder / "data/output/audio")
    shutil.rmtree(sentences.folder / "data/output/records/audio")

    sentences.succeed("audio")

    assert sentences.requests() == (0, [ALPHA[0]], 0)


def test_the_cache_is_no_part_of_the_output(sentences):
    assert not list(Path(sentences.folder, "data/output").rglob("*cache*"))
    assert {path.name for path in (sentences.folder / "data/cache").iterdir()} == {
        "script",
        "speech",
        "picture",
    }


def test_prune_removes_old_answers_that_no_file_was_made_from(sentences):
    sentences.edit("more to say", "less to say")
    sentences.succeed()
    assert (
        sentences.run().nothing_to_do
    )  # which also drops the entry of the file before from the record
    told = status(sentences, "status.py")
    assert "15 answers in data/cache, " in told
    assert "nothing to prune" in status(sentences, "prune.py")
    for path in (sentences.folder / "data/cache").rglob("*"):
        os.utime(path, (1, 1))

    assert "would remove 1 answer of the kind speech from data/cache" in status(
        sentences, "prune.py"
    )
    assert "removed 1 answer of the kind speech" in status(sentences, "prune.py", "--delete")

    assert "14 answers" in status(sentences, "status.py")
    shutil.rmtree(sentences.folder / "data/output/audio")
    shutil.rmtree(sentences.folder / "data/output/records/audio")
    sentences.requests()
    sentences.succeed()
    assert sentences.requests() == NOTHING


def status(project: Sentences, name: str, *arguments: str) -> str:
    project.write_config()
    command = [sys.executable, str(REPOSITORY / "scripts" / name), *arguments]
    return subprocess.run(
        command, cwd=project.folder, check=True, capture_output=True, text=True, timeout=LONGEST_S
    ).stdout
