"""Crashes and full disks between the record and the file, and the effect of confirming a record."""

import errno
from pathlib import Path

import pytest
from audio_pipeline import files
from audio_pipeline.errors import BadAnswer, ServiceUnavailable


@pytest.fixture
def crash_before_the_file(monkeypatch):
    """Return a switch for a fault (None: off) that strikes after the record is written and before the file is."""
    whole = files.replace_file

    def switch(fault: BaseException | None) -> None:
        def replace_file(path, data, **how):
            if fault and Path(path).suffix == ".txt":
                raise fault
            whole(path, data, **how)

        monkeypatch.setattr(files, "replace_file", replace_file)

    return switch


@pytest.mark.parametrize(
    "fault", [BadAnswer("bad"), ServiceUnavailable("away"), KeyboardInterrupt(), OSError("disk")]
)
def test_the_old_file_and_its_record_are_untouched_when_a_run_fails(bench, fault):
    bench.make()
    record, status = bench.record.read_bytes(), bench.output.stat()
    bench.faults = [fault]

    with pytest.raises(type(fault)):
        bench.make("coffee")

    assert bench.text == "tea 42"
    assert (bench.output.stat().st_ino, bench.output.stat().st_mtime_ns) == (
        status.st_ino,
        status.st_mtime_ns,
    )
    assert bench.record.read_bytes() == record
    assert bench.leftovers == []


def test_a_change_that_failed_is_forgotten_when_it_is_taken_back(bench):
    bench.make("tea")
    bench.faults = [ServiceUnavailable("away")]
    with pytest.raises(ServiceUnavailable):
        bench.make("coffee")

    assert bench.make("tea").startswith("kept")


def test_the_record_is_written_before_the_file(bench, crash_before_the_file):
    bench.make("tea")
    crash_before_the_file(KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        bench.make("coffee")

    assert bench.text == "tea 42"
    assert bench.known.request["prompt"] == "coffee" and bench.known.written
    assert bench.known.previous.request["prompt"] == "tea"


def test_after_a_crash_before_the_file_the_stale_file_is_made_again(bench, crash_before_the_file):
    bench.make("tea")
    crash_before_the_file(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        bench.make("coffee")
    crash_before_the_file(None)

    bench.make("coffee")

    assert (bench.text, bench.known.take) == ("coffee 42", 0)


def test_after_a_crash_before_the_file_the_old_file_is_kept_for_its_own_request(
    bench, crash_before_the_file
):
    bench.make("tea")
    crash_before_the_file(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        bench.make("coffee")
    crash_before_the_file(None)

    assert bench.make("tea").startswith("kept")
    assert len(bench.seeds) == 2


def test_after_a_crash_before_the_file_an_edited_file_is_still_kept(bench, crash_before_the_file):
    bench.make("tea")
    crash_before_the_file(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        bench.make("coffee")
    crash_before_the_file(None)
    bench.output.write_text("mine")

    assert bench.make("coffee").startswith("kept")
    assert bench.text == "mine"


def test_crash_after_crash_loses_nothing(bench, crash_before_the_file):
    bench.make("tea")
    crash_before_the_file(KeyboardInterrupt())
    for prompt in ("coffee", "milk", "water"):
        with pytest.raises(KeyboardInterrupt):
            bench.make(prompt)
    crash_before_the_file(None)

    assert bench.make("tea").startswith("kept")


def test_a_disk_that_is_full_leaves_the_old_file(bench, crash_before_the_file):
    bench.make("tea")
    crash_before_the_file(OSError(errno.ENOSPC, "No space left on device"))

    with pytest.raises(OSError, match="No space left"):
        bench.make("coffee")

    assert bench.text == "tea 42"


def test_a_confirmed_record_says_one_thing(bench):
    bench.make("tea")
    bench.make("coffee")

    bench.confirm()

    assert (bench.known.request["prompt"], bench.known.previous) == ("coffee", None)
    assert bench.make().startswith("kept")


def test_after_a_crash_confirming_restores_the_record_of_the_old_file(bench, crash_before_the_file):
    bench.make("tea")
    crash_before_the_file(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        bench.make("coffee")

    bench.confirm()

    assert (bench.known.request["prompt"], bench.known.previous) == ("tea", None)


@pytest.mark.parametrize("state", ["missing", "edited", "one entry", "no record"])
def test_confirming_changes_nothing_that_is_not_certain(bench, state):
    bench.make("tea")
    if state != "one entry":
        bench.make("coffee")
    if state == "missing":
        bench.output.unlink()
    if state == "edited":
        bench.output.write_text("mine")
    if state == "no record":
        bench.record.unlink()
    known = bench.known

    bench.confirm()

    assert bench.known == known


# After a job dies between its record and its first file, the file looks as if the user had deleted it.
def test_after_a_crash_before_the_first_file_it_is_still_the_first_take(
    bench, crash_before_the_file
):
    crash_before_the_file(OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(OSError, match="No space left"):
        bench.make()
    crash_before_the_file(None)

    bench.make()

    assert (bench.text, bench.known.take) == ("tea 42", 0)
