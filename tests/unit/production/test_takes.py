"""Deleted files: each deletion requests another take."""

import pytest
from audio_pipeline.core.attempts import RETRY_STRIDE
from audio_pipeline.errors import BadAnswer, ServiceUnavailable


def test_a_deleted_file_is_made_as_the_next_take(bench):
    bench.make()
    bench.output.unlink()

    bench.make()

    assert (bench.text, bench.seeds, bench.known.take) == ("tea 43", [42, 43], 1)


def test_each_deletion_is_another_take(bench):
    for _ in range(4):
        bench.make()
        bench.output.unlink()

    assert bench.seeds == [42, 43, 44, 45]


def test_a_take_that_fails_is_tried_again_as_the_same_take(bench):
    bench.make()
    bench.output.unlink()
    bench.faults = [ServiceUnavailable("away"), ServiceUnavailable("away")]

    for _ in range(2):
        with pytest.raises(ServiceUnavailable):
            bench.make()
    bench.make()

    assert bench.seeds == [42, 43, 43, 43]
    assert bench.known.take == 1


def test_a_first_take_that_fails_is_tried_again_as_the_first(bench):
    bench.faults = [ServiceUnavailable("away")]

    with pytest.raises(ServiceUnavailable):
        bench.make()
    bench.make()

    assert (bench.seeds, bench.known.take) == ([42, 42], 0)


def test_a_retry_of_one_take_never_repeats_another_take(bench):
    bench.faults = [BadAnswer("short")]
    bench.make(attempts=2)
    bench.output.unlink()
    bench.faults = [BadAnswer("short")]

    bench.make(attempts=2)

    assert len(set(bench.seeds)) == 4


def test_the_seed_is_the_sum_of_take_and_attempt(bench):
    for _ in range(8):
        bench.make()
        bench.output.unlink()
    bench.faults = [BadAnswer("short")]

    bench.make(attempts=2)

    assert bench.seeds[-2:] == [42 + 8, 42 + 8 + RETRY_STRIDE]


def test_a_change_after_a_deletion_keeps_the_take(bench):
    bench.make()
    bench.output.unlink()
    bench.make()

    bench.make("coffee")

    assert (bench.text, bench.known.take) == ("coffee 43", 1)


def test_a_change_and_a_deletion_together_are_the_next_take(bench):
    bench.make()
    bench.output.unlink()

    bench.make("coffee")

    assert (bench.text, bench.known.take) == ("coffee 43", 1)


@pytest.mark.parametrize("takes", [1, 2])
def test_a_deleted_file_that_comes_back_from_a_backup_does_not_count(bench, takes):
    for _ in range(takes):
        bench.output.unlink(missing_ok=True)
        bench.make()
    backup = bench.output.read_bytes()
    bench.output.unlink()
    bench.faults = [ServiceUnavailable("away")]
    with pytest.raises(ServiceUnavailable):
        bench.make()
    bench.output.write_bytes(backup)

    bench.make()

    assert (bench.text, bench.known.take) == (f"tea {42 + takes}", takes)


def test_an_older_file_that_comes_back_after_a_deletion_does_not_count_either(bench):
    bench.make("tea")
    backup = bench.output.read_bytes()
    bench.make("coffee")
    bench.output.unlink()
    bench.faults = [ServiceUnavailable("away")]
    with pytest.raises(ServiceUnavailable):
        bench.make("coffee")
    bench.output.write_bytes(backup)

    assert bench.make("tea").startswith("made")


def test_a_backup_that_is_put_back_before_the_next_run_was_never_missed(bench):
    bench.make()
    backup = bench.output.read_bytes()
    bench.output.unlink()
    bench.output.write_bytes(backup)

    assert bench.make().startswith("kept")
    assert bench.seeds == [42]


def test_a_deleted_edited_file_is_made_as_the_next_take(bench):
    bench.make()
    bench.output.write_text("mine")
    bench.output.unlink()

    bench.make()

    assert bench.text == "tea 43"


def test_a_deleted_file_that_was_placed_by_hand_is_made_as_the_first_take(bench):
    bench.output.parent.mkdir()
    bench.output.write_text("mine")
    bench.make()
    bench.output.unlink()

    bench.make()

    assert bench.text == "tea 42"
