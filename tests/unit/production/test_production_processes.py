"""Several processes, other users and small file systems."""

import multiprocessing
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from audio_pipeline.core.production import Artifact
from audio_pipeline.errors import StorageError
from production_bench import Bench
from waiting import LONGEST_S

FORK = multiprocessing.get_context("fork")
ROOT_ONLY = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


def unprivileged(folder: Path, queue) -> None:
    """Make the file as a user with write permission for the records but not for the scripts."""
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


def make_and_die(folder: Path) -> None:
    """Die between writing the temporary file and renaming it."""
    rename = os.replace

    def replace(source, target):
        if Path(target).suffix == ".txt":
            os._exit(1)
        rename(source, target)

    os.replace = replace
    Bench(folder).make()


def test_what_a_killed_process_left_is_replaced(bench, tmp_path):
    process = FORK.Process(target=make_and_die, args=(tmp_path,))
    process.start()
    process.join()
    assert len(bench.leftovers) == 1

    bench.make()

    assert (bench.text, bench.leftovers) == ("tea 42", [])


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
    """Another process, waiting for its service, with an old file in place."""
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
