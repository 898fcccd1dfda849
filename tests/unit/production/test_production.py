"""Conditions under which a file is made, kept or requested again, and the seed used."""

import hashlib
from dataclasses import FrozenInstanceError

import pytest
from audio_pipeline.core import production
from audio_pipeline.core import record as records
from audio_pipeline.core.attempts import RETRY_STRIDE
from audio_pipeline.core.production import Artifact, produce
from audio_pipeline.errors import BadAnswer, ServiceUnavailable, StorageError


def test_a_missing_file_is_made_and_recorded(bench):
    said = bench.make()

    assert bench.text == "tea 42"
    assert said.startswith(f"made {bench.output} with gemma in ")
    assert bench.known.request == bench.request
    assert bench.known.sha256 == hashlib.sha256(b"tea 42").hexdigest()
    assert (bench.known.seed, bench.known.take, bench.known.attempts) == (42, 0, 1)
    assert (bench.known.engine, bench.known.model) == ("ollama", "gemma")
    assert (bench.known.checks, bench.known.service) == (["words"], {"tokens": 3})
    assert bench.known.previous is None


def test_a_current_file_is_kept_and_nobody_is_asked(bench):
    bench.make()

    assert bench.make() == f"kept {bench.output}: the same request"
    assert bench.seeds == [42]


def test_a_file_that_was_placed_by_hand_is_kept(bench):
    bench.output.parent.mkdir()
    bench.output.write_text("mine")

    assert bench.make() == f"kept {bench.output}: placed by hand"
    assert (bench.text, bench.seeds) == ("mine", [])
    assert not bench.record.exists()


def test_an_edited_file_is_kept_whatever_changes(bench):
    bench.make()
    bench.output.write_text("mine")

    assert bench.make("coffee") == f"kept {bench.output}: edited by hand"
    assert (bench.text, bench.seeds) == ("mine", [42])


def test_a_stale_file_is_made_again_with_the_same_seed(bench):
    bench.make()

    bench.make("coffee")

    assert (bench.text, bench.seeds, bench.known.take) == ("coffee 42", [42, 42], 0)


def test_a_file_whose_record_is_damaged_is_kept(bench):
    bench.make()
    bench.record.write_text("null")

    assert bench.make("coffee").startswith("kept")
    assert bench.text == "tea 42"


def test_a_bad_answer_is_asked_again_with_another_seed(bench, capsys):
    bench.faults = [BadAnswer("too short"), BadAnswer("too long")]

    bench.make(attempts=3)

    assert bench.seeds == [42, 42 + RETRY_STRIDE, 42 + 2 * RETRY_STRIDE]
    assert bench.text == "tea 2042"
    assert (bench.known.seed, bench.known.take, bench.known.attempts) == (2042, 0, 3)
    assert capsys.readouterr().out == "attempt 1 of 3: too short\nattempt 2 of 3: too long\n"


def test_the_last_bad_answer_is_the_error(bench):
    bench.faults = [BadAnswer("too short"), BadAnswer("too long")]

    with pytest.raises(BadAnswer, match=r"^too long \(the last of 2 attempts\)$"):
        bench.make(attempts=2)

    assert not bench.output.exists()


def test_a_single_bad_answer_is_told_as_it_is(bench):
    bench.faults = [BadAnswer("too short")]

    with pytest.raises(BadAnswer, match=r"^too short$"):
        bench.make(attempts=1)


def test_a_service_that_is_away_is_not_asked_again(bench):
    bench.faults = [ServiceUnavailable("away")]

    with pytest.raises(ServiceUnavailable):
        bench.make(attempts=3)

    assert bench.seeds == [42]


def test_a_request_without_a_seed_is_asked_without_one(bench):
    bench.request = {"engine": "piper", "prompt": "tea"}
    bench.faults = [BadAnswer("noise")]

    bench.make(attempts=2)

    assert bench.seeds == [None, None]
    assert bench.known.seed is None


def test_a_seed_of_zero_is_a_seed(bench):
    bench.request["seed"] = 0
    bench.faults = [BadAnswer("short")]

    bench.make(attempts=2)

    assert bench.seeds == [0, RETRY_STRIDE]


def test_going_back_to_earlier_settings_asks_again_as_that_file_is_gone(bench):
    bench.make("tea")
    bench.make("coffee")

    bench.make("tea")

    assert (bench.text, len(bench.seeds)) == ("tea 42", 3)


def test_leftovers_of_killed_processes_are_removed_when_the_file_is_made(bench):
    bench.output.parent.mkdir()
    (bench.output.parent / ".tea.txt.tmp").write_text("part")
    other = bench.output.parent / ".tea-time.txt.tmp"
    other.write_text("of another topic")

    bench.make()

    assert bench.leftovers == [other]


def test_leftovers_are_removed_though_nothing_is_made(bench):
    for path in (bench.output, bench.record):
        path.parent.mkdir(parents=True)
        path.with_name(f".{path.name}.tmp").write_text("part")
    bench.faults = [ServiceUnavailable("away")]

    with pytest.raises(ServiceUnavailable):
        bench.make()

    assert bench.leftovers == []


def test_a_folder_in_the_way_is_told_before_the_service_is_asked(bench):
    bench.output.mkdir(parents=True)

    with pytest.raises(StorageError, match=r"tea\.txt: a folder is in the way of the file"):
        bench.make()

    assert bench.seeds == []


def test_a_dangling_link_is_replaced_by_the_file(bench, tmp_path):
    bench.output.parent.mkdir()
    bench.output.symlink_to(tmp_path / "none")

    bench.make()

    assert bench.text == "tea 42"
    assert not bench.output.is_symlink()


def test_production_never_mentions_the_take_in_the_request(bench):
    bench.make()
    bench.output.unlink()
    bench.make()

    assert bench.known.request == {"engine": "ollama", "prompt": "tea", "seed": 42}
    assert bench.known.request_sha256 == production.digest(bench.request)


@pytest.mark.parametrize(
    ("named", "model"),
    [("a\nerror: b\x1b[2J", "a error: b [2J"), ("\ud800", "ollama"), ("x" * 999, "x" * 200 + "…")],
)
def test_a_models_name_is_a_short_line_in_the_record_and_in_the_log(bench, named, model):
    bench.ask = lambda *_: Artifact(b"tea", named, [])

    assert f"made {bench.output} with {model} in " in bench.make()
    assert records.load(bench.record).model == model


def test_the_record_has_the_seconds_of_all_attempts_without_those_of_waiting(bench, monkeypatch):
    now, waited = [3.0], [2.0]
    monkeypatch.setattr(production.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(production.locks, "waited_s", lambda: waited[0])
    quick = bench.ask

    def ask(request, seed) -> Artifact:
        now[0] += 4.12345
        waited[0] += 1
        return quick(request, seed)

    bench.ask = ask
    bench.faults = [BadAnswer("short")]

    assert bench.make(attempts=2) == f"made {bench.output} with gemma in 6.2 s"
    assert bench.known.seconds == 6.247


def test_folders_above_a_file_are_made(bench, tmp_path):
    bench.output = tmp_path / "far" / "away" / "tea.txt"

    bench.make()

    assert bench.text == "tea 42"


def test_what_a_file_was_made_of_stands_in_its_record(bench):
    made_of = {"script": {"sha256": "0"}}

    produce(
        "audio", bench.output, bench.record, bench.request, bench.ask, attempts=1, wait_s=0, inputs=made_of
    )  # fmt: skip

    assert bench.known.service == {"tokens": 3, "inputs": made_of}


def test_a_job_is_told_when_its_file_is_kept(bench):
    told = []
    bench.ask = lambda *_: Artifact(b"tea", "gemma", [], on_stored=lambda: told.append(bench.text))

    bench.make()

    assert told == ["tea"]


def test_an_artifact_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Artifact(b"tea", "gemma", []).model = "other"
