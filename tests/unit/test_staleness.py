import hashlib
from dataclasses import FrozenInstanceError, replace

import pytest
from audio_pipeline.core.record import Record
from audio_pipeline.core.staleness import State, Verdict, judge

REQUEST = {"engine": "piper", "voice": "joe", "text": "Tea."}
OTHER = {"engine": "piper", "voice": "amy", "text": "Tea."}


def record_of(data: bytes, request: dict = REQUEST, **changes) -> Record:
    """Return a record of a file with this content."""
    return replace(
        Record(
            request=request,
            request_sha256="",
            sha256=hashlib.sha256(data).hexdigest(),
            engine="piper",
            model="joe",
            seed=None,
            take=0,
            attempts=1,
            seconds=0.1,
            checks=[],
            time="2026-01-01T00:00:00Z",
        ),
        **changes,
    )


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "tea.wav"
    path.write_bytes(b"sound")
    return path


def test_a_missing_file_is_made(tmp_path):
    assert judge(tmp_path / "none", None, REQUEST) == Verdict(State.MISSING)


@pytest.mark.parametrize("request_had", [REQUEST, OTHER])
def test_a_missing_file_is_made_whatever_its_record(tmp_path, request_had):
    verdict = judge(tmp_path / "none", record_of(b"sound", request_had), REQUEST)

    assert verdict.state is State.MISSING
    assert not verdict.keep


def test_a_file_without_a_record_was_placed_by_hand_and_is_kept(file):
    verdict = judge(file, None, REQUEST)

    assert verdict.state is State.PLACED
    assert verdict.keep


def test_a_file_of_the_same_request_is_current(file):
    verdict = judge(file, record_of(b"sound"), REQUEST)

    assert verdict.state is State.CURRENT
    assert verdict.keep


def test_an_edited_file_of_the_same_request_is_kept_without_being_read(file, monkeypatch):
    monkeypatch.setattr("audio_pipeline.core.staleness.sha256_of", None)

    assert judge(file, record_of(b"another"), dict(REQUEST)).keep  # equal, not the same object


def test_a_file_that_differs_from_a_record_of_another_request_was_edited_and_is_kept(file):
    verdict = judge(file, record_of(b"another", OTHER), REQUEST)

    assert verdict.state is State.EDITED
    assert verdict.keep


def test_a_file_of_another_request_is_stale(file):
    known = record_of(b"sound", OTHER)

    verdict = judge(file, known, REQUEST)

    assert verdict == Verdict(State.STALE, "voice changed", known)
    assert not verdict.keep


def test_several_changes_are_all_named(file):
    known = record_of(b"sound", {"engine": "piper", "voice": "amy", "text": "Coffee."})

    assert judge(file, known, REQUEST).reason == "voice and text changed"


def test_another_engine_is_the_only_reason_named(file):
    known = record_of(b"sound", {"engine": "openai", "voice": "amy", "speed": 1})

    assert judge(file, known, REQUEST).reason == "engine changed"


def test_a_deleted_file_that_came_back_from_a_backup_is_stale(file):
    known = record_of(b"sound", deleted=True)

    assert judge(file, known, REQUEST) == Verdict(State.STALE, "deleted", known)


def test_a_deleted_file_that_came_back_is_stale_for_another_request_too(file):
    assert judge(file, record_of(b"sound", OTHER, deleted=True), REQUEST).reason == "deleted"


def test_another_file_in_place_of_a_deleted_one_was_placed_by_hand_and_is_kept(file):
    assert judge(file, record_of(b"another", deleted=True), REQUEST).state is State.EDITED


def test_of_two_entries_the_new_one_counts_when_the_file_is_the_new_one(file):
    known = record_of(b"sound", previous=record_of(b"old", OTHER))

    verdict = judge(file, known, REQUEST)

    assert verdict.state is State.CURRENT
    assert verdict.matching_record == replace(known, previous=None)


def test_of_two_entries_the_old_one_counts_when_the_file_is_the_old_one(file):
    old = record_of(b"sound", OTHER)

    verdict = judge(file, record_of(b"new", previous=old), REQUEST)

    assert verdict == Verdict(State.STALE, "voice changed", old, unconfirmed=True)


def test_an_old_file_is_current_when_its_request_is_wanted_again(file):
    old = record_of(b"sound", REQUEST)

    verdict = judge(file, record_of(b"new", OTHER, previous=old), REQUEST)

    assert verdict == Verdict(State.CURRENT, matching_record=old, unconfirmed=True)


def test_a_file_that_is_neither_of_two_entries_was_edited(file):
    known = record_of(b"new", previous=record_of(b"old", OTHER))

    assert judge(file, known, REQUEST).state is State.EDITED


def test_a_deleted_previous_file_that_came_back_is_stale(file):
    known = record_of(b"new", previous=record_of(b"sound", deleted=True))

    assert judge(file, known, REQUEST).reason == "deleted"


def test_a_folder_in_the_way_counts_as_a_missing_file(tmp_path):
    assert judge(tmp_path, record_of(b"sound"), REQUEST).state is State.MISSING


def test_a_dangling_link_counts_as_a_missing_file(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "none")

    assert judge(tmp_path / "link", None, REQUEST).state is State.MISSING


def test_an_empty_file_that_was_not_made_so_was_edited(tmp_path):
    (tmp_path / "tea.wav").touch()

    assert judge(tmp_path / "tea.wav", record_of(b"sound", OTHER), REQUEST).state is State.EDITED


@pytest.mark.parametrize(
    "key", ["../../../evil", "/etc/evil", "a/b", "x" * 5000, "evil\n", "", "evil"]
)
def test_a_key_that_no_request_of_ours_has_is_no_name_of_a_reason(tmp_path, key):
    """The reason becomes a part of a path: the name of a mark that Snakemake shows."""
    (tmp_path / "a.txt").write_bytes(b"a")
    known = record_of(b"a", {**REQUEST, key: 1})

    assert judge(tmp_path / "a.txt", known, REQUEST).reason == "request changed"


def test_a_verdict_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Verdict(State.CURRENT).state = State.STALE
