import errno
import json
import multiprocessing
import os
import signal
import sys
import time
from dataclasses import FrozenInstanceError, asdict, replace

import pytest
from audio_pipeline import files
from audio_pipeline.core.record import Record, UsedAnswer, load, store
from audio_pipeline.errors import StorageError
from audio_pipeline.files import replace_file, sha256_of
from audio_pipeline.locks import exclusive

FORK = multiprocessing.get_context("fork")
RECORD = Record(
    request={"engine": "ollama", "prompt": "Chá — tea \U0001f375"},
    request_sha256="0" * 64,
    sha256="1" * 64,
    engine="ollama",
    model="gemma3:4b",
    seed=42,
    take=0,
    attempts=1,
    seconds=1.5,
    checks=["words"],
    time="2026-01-01T00:00:00Z",
    service={"eval_count": 3},
)


def test_a_stored_record_is_loaded_as_it_was(tmp_path):
    store(tmp_path / "tea.json", RECORD)

    assert load(tmp_path / "tea.json") == RECORD


def test_a_previous_record_is_kept_with_it(tmp_path):
    known = replace(RECORD, previous=replace(RECORD, take=1, deleted=True))
    store(tmp_path / "tea.json", known)

    assert load(tmp_path / "tea.json") == known


def test_a_record_is_json_that_people_can_read(tmp_path):
    store(tmp_path / "tea.json", RECORD)
    text = (tmp_path / "tea.json").read_text(encoding="utf-8")

    assert "Chá — tea \U0001f375" in text
    assert text.endswith("}\n")
    assert "previous" not in json.loads(text)


def test_the_folder_of_a_record_is_made(tmp_path):
    store(tmp_path / "records" / "script" / "tea.json", RECORD)

    assert load(tmp_path / "records" / "script" / "tea.json") == RECORD


def test_a_missing_record_is_none(tmp_path):
    assert load(tmp_path / "none.json") is None


def test_a_record_below_something_that_is_no_folder_is_none(tmp_path):
    (tmp_path / "file").touch()

    assert load(tmp_path / "file" / "tea.json") is None


VALUES = asdict(RECORD)
DAMAGED = {
    "empty": b"",
    "cut off": json.dumps(VALUES).encode()[:-5],
    "not UTF-8": b'{"request": "\xff"}',
    "NULs after a power cut": b"\0" * 400,
    "no JSON": b"Tea",
    "null": b"null",
    "a number": b"5",
    "a text": b'"tea"',
    "a list": b"[]",
    "an empty object": b"{}",
    "a key too many": json.dumps({**VALUES, "extra": 1}).encode(),
    "a key too few": json.dumps({k: v for k, v in VALUES.items() if k != "take"}).encode(),
    "a request that is none": json.dumps({**VALUES, "request": None}).encode(),
    "a request that is a list": json.dumps({**VALUES, "request": []}).encode(),
    "a take that is a text": json.dumps({**VALUES, "take": "1"}).encode(),
    "a previous that is a text": json.dumps({**VALUES, "previous": "x"}).encode(),
    "a previous that is a number": json.dumps({**VALUES, "previous": 5}).encode(),
    "a previous that is damaged": json.dumps({**VALUES, "previous": {"take": 1}}).encode(),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_record_counts_as_none_so_that_its_file_is_kept(tmp_path, content):
    (tmp_path / "tea.json").write_bytes(content)

    assert load(tmp_path / "tea.json") is None


def test_a_record_describes_its_file_and_the_previous_one_and_no_other():
    old = replace(RECORD, sha256="2" * 64)
    known = replace(RECORD, previous=old)

    assert known.describes("1" * 64) == RECORD
    assert known.describes("2" * 64) == old
    assert known.describes("3" * 64) is None


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "tea.txt"
    path.write_bytes(b"a longer text than the new one")

    replace_file(path, b"new")

    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["tea.txt"]


def test_a_hard_link_to_the_old_file_keeps_the_old_content(tmp_path):
    (tmp_path / "tea.txt").write_bytes(b"old")
    os.link(tmp_path / "tea.txt", tmp_path / "backup.txt")

    replace_file(tmp_path / "tea.txt", b"new")

    assert (tmp_path / "backup.txt").read_bytes() == b"old"


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_disk_that_is_full_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, call):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "tea.txt").write_bytes(b"old")
    monkeypatch.setattr(files.os, call, full)

    with pytest.raises(OSError, match="No space left") as told:
        replace_file(tmp_path / "tea.txt", b"new")

    assert told.value.filename == str(tmp_path / "tea.txt")  # the system does not name the file
    assert (tmp_path / "tea.txt").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["tea.txt"]


def test_a_folder_in_the_way_is_not_replaced(tmp_path):
    (tmp_path / "tea.txt").mkdir()

    with pytest.raises(IsADirectoryError):
        replace_file(tmp_path / "tea.txt", b"new")

    assert os.listdir(tmp_path) == ["tea.txt"]


def test_the_digest_is_that_of_the_bytes(tmp_path):
    (tmp_path / "empty").touch()

    assert sha256_of(tmp_path / "empty").startswith("e3b0c44298fc1c14")


def hold(folder, name, ready):
    """Hold a lock until killed."""
    with exclusive(folder, name, 5):
        ready.set()
        time.sleep(60)


@pytest.fixture
def holder(tmp_path):
    """Start another process that holds the lock of script/tea."""
    ready = FORK.Event()
    process = FORK.Process(target=hold, args=(tmp_path, "script/tea", ready), daemon=True)
    process.start()
    assert ready.wait(10)
    yield process
    process.kill()
    process.join()


def test_a_lock_that_another_process_holds_is_given_up_after_its_time(tmp_path, holder, capsys):
    with (
        pytest.raises(StorageError, match=r"script/tea: another process has been making it"),
        exclusive(tmp_path, "script/tea", 0.3),
    ):
        pass

    assert holder.is_alive()
    assert capsys.readouterr().err == "script/tea: waiting for another process that is making it\n"


def test_another_name_is_not_locked(tmp_path, holder):
    with exclusive(tmp_path, "audio/tea", 0):
        pass


def test_a_lock_is_free_when_its_holder_is_killed(tmp_path, holder):
    os.kill(holder.pid, signal.SIGKILL)

    with exclusive(tmp_path, "script/tea", 5):
        pass


def test_a_lock_is_free_after_an_error(tmp_path):
    with pytest.raises(ZeroDivisionError), exclusive(tmp_path, "script/tea", 0):
        raise ZeroDivisionError

    with exclusive(tmp_path, "script/tea", 0):
        pass


# Records from an archive or a shared folder


def hostile(**changes) -> dict:
    return json.loads(json.dumps(asdict(RECORD))) | changes


def nested(depth: int):
    value: dict = {}
    for _ in range(depth):
        value = {"a": [value]}
    return value


def levels(count: int) -> dict:
    """Return so many nested objects."""
    value: dict = {}
    for _ in range(count - 1):
        value = {"a": value}
    return value


def entries(count: int) -> dict:
    """Return a record with so many entries, itself included."""
    values = hostile()
    for _ in range(count - 1):
        values = hostile(previous=values)
    return values


MOST = 2**63 - 1


@pytest.mark.parametrize(
    "changes",
    [
        {"take": MOST, "seed": MOST, "attempts": MOST, "seconds": MOST}, {"take": 0, "seed": 0, "attempts": 0},
        {"seed": None, "seconds": 0}, {"seconds": 1}, {"service": {"a": [MOST, -MOST, 0.5, True, None, "é"]}},
        {"service": levels(20)}, {"request": levels(20)}, {"checks": []}, {"deleted": True, "written": False},
    ],
)  # fmt: skip
def test_a_record_with_values_at_the_limits_counts(tmp_path, changes):
    (tmp_path / "a.json").write_text(json.dumps(hostile(**changes)))

    assert load(tmp_path / "a.json") == replace(RECORD, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"take": MOST + 1}, {"seed": MOST + 1}, {"attempts": MOST + 1}, {"seconds": MOST + 1}, {"seed": -1},
        {"attempts": -1}, {"service": {"a": MOST + 1}}, {"service": {"a": -MOST - 1}}, {"service": levels(21)},
        {"request": levels(21)}, {"request_sha256": 5}, {"sha256": "\ud800"}, {"seed": True}, {"attempts": 1.5},
        {"seconds": True}, {"time": "2026-11-22T09:00:00+"}, {"time": dict.fromkeys("abcdefghijklmnopqrst", 1)},
        {"time": "2026-11-22T09:00:0Z"}, {"time": "2026-11-22T09:00Z"}, {"time": "2026-11-22T09:00:00.500Z"},
        {"service": {"a": ["\udc00"]}},
    ],
)  # fmt: skip
def test_a_record_with_values_beyond_the_limits_counts_as_none(tmp_path, changes):
    (tmp_path / "a.json").write_text(json.dumps(hostile(**changes)))

    assert load(tmp_path / "a.json") is None


@pytest.mark.parametrize(("count", "counts"), [(11, True), (12, False)])
def test_a_record_has_at_most_ten_previous_entries(tmp_path, count, counts):
    (tmp_path / "a.json").write_text(json.dumps(entries(count)))

    assert (load(tmp_path / "a.json") is not None) == counts


@pytest.mark.parametrize(("more", "counts"), [(0, True), (1, False)])
def test_a_record_has_at_most_64_mb(tmp_path, more, counts):
    data = json.dumps(hostile()).encode()
    (tmp_path / "a.json").write_bytes(data + b" " * (64 * 2**20 - len(data) + more))

    assert (load(tmp_path / "a.json") is not None) == counts


OMITTED = {
    "answers": [UsedAnswer("ab" * 32, "cd" * 8, 1)], "latest": 2, "takes": {"cd" * 8: [1, 2]}, "again": ["cd" * 8],
    "deleted": True, "written": False,
}  # fmt: skip


def test_a_record_is_written_in_lines_without_what_is_usual(tmp_path):
    store(tmp_path / "a.json", RECORD)
    store(tmp_path / "b.json", replace(RECORD, **OMITTED))

    lines = (tmp_path / "a.json").read_text(encoding="utf-8").splitlines()
    assert lines[:3] == ["{", ' "request": {', '  "engine": "ollama",']
    assert list(json.loads("".join(lines))) == [
        key for key in asdict(RECORD) if key not in (*OMITTED, "previous")
    ]
    other = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert {key: other[key] for key in OMITTED} == json.loads(json.dumps(OMITTED))


def test_a_leftover_of_a_killed_process_is_replaced_with_the_record(tmp_path):
    (tmp_path / ".a.json.tmp").write_text("part")

    store(tmp_path / "a.json", RECORD)

    assert os.listdir(tmp_path) == ["a.json"]


def test_a_record_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        RECORD.take = 1


@pytest.mark.parametrize(
    "changes",
    [
        {"take": "1"}, {"take": -1}, {"take": 1.5}, {"take": True}, {"take": 10**40}, {"seed": "x"}, {"seed": 10**40},
        {"attempts": None}, {"seconds": "1"}, {"seconds": float("nan")}, {"seconds": float("inf")}, {"seconds": -1},
        {"model": {}}, {"model": None}, {"engine": 5}, {"time": 5}, {"time": None}, {"sha256": []}, {"checks": "all"},
        {"request": []}, {"request": None}, {"service": []}, {"deleted": "no"}, {"written": 0},
        {"service": {"total_tokens": 10**40}}, {"service": {"a": {"b": [-(10**40)]}}}, {"request": {"seed": 1e300}},
        {"service": nested(200)}, {"request": nested(200)}, {"service": nested(5000)}, {"previous": {"take": 1}},
        {"unknown": 1}, {"time": "yesterday"}, {"time": "0000-00-00T00:00:00Z"}, {"time": "2026-11-22"}, {"time": ""},
        {"time": ["2026-11-22T09:00:00Z"]}, {"time": {}}, {"time": "20261122T090000.0000"},
        {"model": "\ud800"}, {"engine": "\udfff"}, {"request": {"a": ["\ud800"]}}, {"request": {"\ud800": 1}},
        {"service": {"a": {"\udc00": 1}}}, {"checks": ["\ud800"]}, {"checks": [5]}, {"checks": [["a"]]},
        {"latest": -1}, {"latest": "1"}, {"latest": None}, {"answers": 5}, {"answers": [[]]}, {"answers": ["a"]},
        {"answers": [["../../x", "u", 0]]}, {"answers": [["ab" * 32, 5, 0]]}, {"answers": [["ab" * 32, "u", -1]]},
        {"answers": [["AB" * 32, "u", 0]]}, {"answers": [["ab" * 32, "u", True]]}, {"answers": {"a": 1}},
        {"takes": []}, {"takes": {"u": 1}}, {"takes": {"u": [1]}}, {"takes": {"u": [1, "2"]}},
        {"takes": {"\ud800": [1, 1]}},
        {"again": "u"}, {"again": [5]}, {"again": {"u": 1}},
    ],
)  # fmt: skip
def test_a_record_with_a_value_that_none_of_ours_has_counts_as_none(tmp_path, changes):
    sys.setrecursionlimit(20_000)  # needed for writing it
    try:
        (tmp_path / "a.json").write_text(json.dumps(hostile(**changes)))
    finally:
        sys.setrecursionlimit(1000)

    assert load(tmp_path / "a.json") is None


def test_a_record_with_records_in_it_without_end_counts_as_none(tmp_path):
    values = hostile()
    for _ in range(300):
        values = hostile(previous=values)
    (tmp_path / "a.json").write_text(json.dumps(values))

    assert load(tmp_path / "a.json") is None


@pytest.mark.parametrize("kind", ["fifo", "device", "folder"])
def test_what_is_no_regular_file_counts_as_none_and_is_not_waited_for(tmp_path, kind):
    path = tmp_path / "a.json"
    {"fifo": os.mkfifo, "device": lambda path: path.symlink_to("/dev/zero"), "folder": os.mkdir}[
        kind
    ](path)

    assert load(path) is None


def test_only_texts_are_warnings():
    assert replace(RECORD, service={"warnings": ["a", 5, None]}).warnings == ["a"]
    assert replace(RECORD, service={"warnings": "a"}).warnings == []
