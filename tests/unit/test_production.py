"""What happens to a file, its record and the service, in the order in which it can go wrong."""

import errno
import hashlib
import multiprocessing
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from audio_pipeline import files
from audio_pipeline.core import production
from audio_pipeline.core import record as records
from audio_pipeline.core.production import RETRY_STRIDE, Artifact, confirm, produce
from audio_pipeline.errors import BadAnswer, ServiceUnavailable, StorageError
from waiting import LONGEST_S

FORK = multiprocessing.get_context("fork")
ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


class Bench:
    """A stage's files in a folder, and a service that remembers the seeds it was asked with."""

    def __init__(self, folder: Path) -> None:
        self.output = folder / "scripts" / "tea.txt"
        self.record = folder / "records" / "script" / "tea.json"
        self.request = {"engine": "ollama", "prompt": "tea", "seed": 42}
        self.seeds: list[int | None] = []
        self.faults: list[Exception] = []

    def ask(self, request, seed) -> Artifact:
        self.seeds.append(seed)
        if self.faults:
            raise self.faults.pop(0)
        text = f"{request['prompt']} {seed}"
        return Artifact(text.encode(), "gemma", ["words"], {"tokens": 3})

    def make(self, prompt: str | None = None, attempts: int = 1, wait_s: float = 0) -> str:
        if prompt is not None:
            self.request["prompt"] = prompt
        return produce(
            "script",
            self.output,
            self.record,
            dict(self.request),
            self.ask,
            attempts=attempts,
            wait_s=wait_s,
        )

    def confirm(self) -> None:
        confirm("script", self.output, self.record, 0)

    @property
    def text(self) -> str:
        return self.output.read_text()

    @property
    def known(self) -> records.Record:
        return records.load(self.record)

    @property
    def leftovers(self) -> list[Path]:
        folder = self.output.parents[1]
        return list(folder.rglob(".*.tmp"))


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr(files.os, "fsync", lambda _: None)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
def crash_before_the_file(monkeypatch):
    """Switches a fault on (None: off) that strikes after the record is written and before the file is."""
    whole = files.replace_file

    def switch(fault: BaseException | None) -> None:
        def replace_file(path, data, **how):
            if fault and Path(path).suffix == ".txt":
                raise fault
            whole(path, data, **how)

        monkeypatch.setattr(files, "replace_file", replace_file)

    return switch


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


def test_a_deleted_file_that_comes_back_from_a_backup_does_not_count(bench):
    bench.make()
    backup = bench.output.read_bytes()
    bench.output.unlink()
    bench.faults = [ServiceUnavailable("away")]
    with pytest.raises(ServiceUnavailable):
        bench.make()
    bench.output.write_bytes(backup)

    bench.make()

    assert (bench.text, bench.known.take) == ("tea 43", 1)


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


def test_going_back_to_earlier_settings_asks_again_as_that_file_is_gone(bench):
    bench.make("tea")
    bench.make("coffee")

    bench.make("tea")

    assert (bench.text, len(bench.seeds)) == ("tea 42", 3)


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
    assert bench.known.request["prompt"] == "coffee"
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


def test_leftovers_of_killed_processes_are_removed_when_the_file_is_made(bench):
    bench.output.parent.mkdir()
    (bench.output.parent / ".tea.txt.tmp").write_text("part")
    other = bench.output.parent / ".tea-time.txt.tmp"
    other.write_text("of another topic")

    bench.make()

    assert bench.leftovers == [other]


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


def unprivileged(folder: Path, queue) -> None:
    """Make the file as a user who may write the records but not the scripts."""
    os.setgid(65534)
    os.setuid(65534)
    bench = Bench(folder)
    try:
        queue.put((bench.make("coffee"), bench.seeds))
    except Exception as error:
        queue.put((f"{type(error).__name__}: {error}", bench.seeds))


@ROOT_ONLY
def test_a_read_only_folder_is_told_before_the_service_is_asked():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = Bench(folder)
        bench.make("tea")
        subprocess.run(["chown", "-R", "65534:65534", name], check=True)
        bench.output.parent.chmod(0o555)
        queue = FORK.Queue()
        process = FORK.Process(target=unprivileged, args=(folder, queue))
        process.start()

        said, seeds = queue.get(timeout=LONGEST_S)
        process.join()

        assert said.startswith(f"StorageError: {bench.output.parent}: is not writable")
        assert seeds == []
        assert bench.text == "tea 42"


@ROOT_ONLY
def test_a_full_file_system_loses_no_file(tmp_path):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        bench = Bench(tmp_path)
        bench.make("tea")
        (tmp_path / "ballast").write_bytes(b"x" * 36 * 1024)
        bench.ask = lambda request, seed: Artifact(b"x" * 40 * 1024, "gemma", [])

        with pytest.raises(OSError, match="No space left"):
            bench.make("coffee")

        assert bench.text == "tea 42"
        assert bench.leftovers == []
        assert bench.make("tea").startswith("kept")
    finally:
        subprocess.run(["umount", "-l", tmp_path], check=True)


def make_slowly(folder: Path, queue) -> None:
    bench = Bench(folder)
    quick = bench.ask

    def ask(request, seed):
        time.sleep(0.3)
        return quick(request, seed)

    bench.ask = ask
    queue.put((bench.make(wait_s=20), bench.seeds))


def test_two_processes_at_once_ask_once(tmp_path):
    queue = FORK.Queue()
    processes = [FORK.Process(target=make_slowly, args=(tmp_path, queue)) for _ in range(2)]
    for process in processes:
        process.start()

    ends = [queue.get(timeout=LONGEST_S) for _ in processes]
    for process in processes:
        process.join()

    assert sorted(said[:4] for said, _ in ends) == ["kept", "made"]
    assert sorted(seeds for _, seeds in ends) == [[], [42]]


def make_for_ever(folder: Path, asked) -> None:
    bench = Bench(folder)

    def ask(request, seed):
        asked.set()
        time.sleep(60)

    bench.ask = ask
    bench.make("coffee")


@pytest.fixture
def busy(bench, tmp_path):
    """Another process that waits for its service, with an old file in place."""
    bench.make("tea")
    asked = FORK.Event()
    process = FORK.Process(target=make_for_ever, args=(tmp_path, asked), daemon=True)
    process.start()
    assert asked.wait(10)
    yield process
    process.kill()
    process.join()


def test_a_file_that_another_process_is_making_is_left_to_it(bench, busy):
    with pytest.raises(StorageError, match=r"script/tea: another process has been making it"):
        bench.make("coffee", wait_s=0)

    assert (bench.text, bench.seeds) == ("tea 42", [42])


def test_when_that_process_is_killed_the_file_is_made_at_once(bench, busy):
    os.kill(busy.pid, signal.SIGKILL)

    bench.make("coffee", wait_s=5)

    assert (bench.text, bench.leftovers) == ("coffee 42", [])


# A job that dies between its record and its first file looks as if the user had deleted the file.
def test_after_a_crash_before_the_first_file_it_is_still_the_first_take(
    bench, crash_before_the_file
):
    crash_before_the_file(OSError(errno.ENOSPC, "No space left on device"))
    with pytest.raises(OSError, match="No space left"):
        bench.make()
    crash_before_the_file(None)

    bench.make()

    assert (bench.text, bench.known.take) == ("tea 42", 0)


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
