"""Failures in the middle of a rebuild: good files stay, and the next run continues."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import psutil
import pytest
import sample_media
from stub_project import EVERY, Studio
from waiting import LONGEST_S, wait_until

NONE = (set(), set(), set())
STAGES = {"script": "llm", "audio": "tts", "image": "sd"}
NEW_SETTING = {
    "script": {"model": "m2:1b"},
    "audio": {"voice": "en_US-bert"},
    "image": {"steps": 9},
}

FAULTS = ["reset", "500_json", "truncated", "empty", "html_200"]


def stub_of(studio: Studio, stage: str):
    return getattr(studio, STAGES[stage])


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_service_leaves_the_old_files_and_the_failure_is_remembered(
    stage: str, fault: str, studio: Studio
) -> None:
    before = studio.files()
    studio.config[stage] |= {**NEW_SETTING[stage], "attempts": 1}
    stub_of(studio, stage).fault = fault
    for _ in range(2):  # the next run tries again
        failed = studio.run()
        assert failed.code == 1 and "Traceback" not in failed.output, failed.output
        assert studio.files() == before
        assert failed.output.count(f"failed: {stage} ") == 3
        assert any(stub_of(studio, stage).requests)
    stub_of(studio, stage).fault = None
    for stub in (studio.llm, studio.tts, studio.sd):
        stub.requests.clear()
    studio.succeed()
    asked = studio.asked()
    assert asked[list(STAGES).index(stage)] == EVERY
    ((key, value),) = NEW_SETTING[stage].items()
    assert {studio.record_of(stage, name)["request"][key] for name in EVERY} == {value}
    assert studio.run().nothing_to_do
    assert studio.asked() == NONE


def test_a_dead_service_is_one_line_for_each_file_with_the_next_step(studio: Studio) -> None:
    studio.config["script"] |= {"model": "m2:1b", "url": "http://127.0.0.1:9"}
    run = studio.run()
    assert run.code == 1 and "Traceback" not in run.output
    lines = [line for line in run.output.splitlines() if line.startswith("failed: script")]
    assert len(lines) == 3
    assert "http://127.0.0.1:9" in lines[0] and "OLLAMA_BASE_URL" in lines[0]
    assert "data/output/logs/script/" in lines[0]


def test_one_bad_topic_stops_only_its_own_files(empty: Studio) -> None:
    write = empty.llm.text
    empty.llm.text = lambda prompt, seed: "" if "Beta" in prompt else write(prompt, seed)
    run = empty.run()
    assert run.code == 1
    made = {Path(name).stem for name in empty.files()}
    assert made == {"alpha-waves", "gamma-rays"}
    assert "6 of 9 files" in run.output
    assert "failed: script beta-decay: " in run.output
    assert "skipped: 2 files depend on these; fix and rerun" in run.output


def test_an_answer_that_fails_its_check_each_time_says_which_check_and_what_came(
    studio: Studio,
) -> None:
    studio.config["script"] |= {"model": "m2:1b", "attempts": 2}
    studio.llm.text = "I'm sorry, but I can't write about Alpha, Beta or Gamma."
    run = studio.run()
    assert run.code == 1
    assert "script.checks.refusal" in run.output and "sorry" in run.output
    assert "2 attempts" in run.output
    assert len(studio.llm.asked()) == 6


def whole(studio: Studio) -> None:
    """Assert that no file is missing or truncated."""
    for stage in STAGES:
        for name in EVERY:
            assert studio.file(stage, name).stat().st_size > 20


def settle(studio: Studio) -> None:
    """Check that one plain run after a kill completes everything."""
    run = studio.run()
    assert run.code == 0, run.output
    whole(studio)
    assert studio.run().nothing_to_do
    leftovers = list((studio.folder / "data/output").rglob("*.tmp"))
    assert leftovers == []


def soak(studio: Studio, moments: int, seed: int) -> None:
    """Kill rebuilds at random moments; nothing good may be requested again afterwards."""
    chance = random.Random(seed)
    for stub in (studio.llm, studio.tts, studio.sd):
        stub.latency_s = 0.05
    for moment in range(moments):
        studio.config["script"]["seed"] = 1000 + moment  # everything is stale
        kind = chance.choice(["INT", "TERM", "KILL", "KILL", "job"])
        process = studio.start()
        time.sleep(chance.uniform(0.8, 3.5))
        end(process, kind)
        print(f"moment {moment}: {kind}")  # shown when the test fails
        process.communicate(timeout=LONGEST_S)
        if kind == "KILL":
            time.sleep(0.6)  # for orphans to end, or to run beside the next run
        good = current(studio)
        for stub in (studio.llm, studio.tts, studio.sd):
            stub.requests.clear()
        settle(studio)
        again = studio.asked()  # fails if a request was made twice
        assert not (again[0] & good), f"moment {moment}, {kind}: asked for a good script again"


def end(process: subprocess.Popen, kind: str) -> None:
    if kind == "INT":
        os.killpg(process.pid, signal.SIGINT)
    elif kind == "job":
        for worker in workers(process.pid):
            with contextlib.suppress(psutil.NoSuchProcess):
                worker.kill()
    elif process.poll() is None:
        process.send_signal(getattr(signal, f"SIG{kind}"))


def workers(run: int) -> list[psutil.Process]:
    """Return the worker processes of a run: children of its warm process."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(run).children():
            if any(word.endswith("serve_jobs.py") for word in child.cmdline()):
                return child.children()
    return []


def current(studio: Studio) -> set[str]:
    """Return the topics with a script of the new settings."""
    from audio_pipeline import files
    from audio_pipeline.core import record as records

    good = set()
    for name in EVERY:
        path = studio.folder / f"data/output/records/script/{studio.file('script', name).stem}.json"
        known = records.load(path)
        entry = known and known.describes(files.sha256_of(studio.file("script", name)))
        if entry and entry.request["seed"] == studio.config["script"]["seed"]:
            good.add(name)
    return good


MOMENTS = int(os.environ.get("SOAK", "5"))


@pytest.mark.timeout(60 * MOMENTS)
def test_after_kills_at_random_moments_one_run_makes_everything_whole(studio: Studio) -> None:
    """SOAK=50 runs the long form of the soak."""
    soak(studio, MOMENTS, int(os.environ.get("SOAK_SEED", "1")))


def test_an_orphan_of_a_killed_run_does_not_damage_what_the_next_run_makes(studio: Studio) -> None:
    studio.config["script"]["model"] = "m2:1b"
    killed = threading.Event()
    studio.llm.ready = killed.is_set
    process = studio.start("scripts")
    wait_until(studio.llm.asked)
    process.kill()  # its job goes on
    threading.Timer(2, killed.set).start()  # not before the next run waits
    studio.succeed("scripts")  # waits for the orphan, and then keeps its file
    process.communicate(timeout=LONGEST_S)
    assert studio.asked()[0] == EVERY
    again = studio.run("scripts")
    assert again.nothing_to_do, again.output


def test_two_runs_at_once_the_second_says_so_in_one_line(studio: Studio) -> None:
    studio.config["script"]["model"] = "m2:1b"
    released = threading.Event()
    studio.llm.ready = released.is_set
    first = studio.start()
    wait_until(studio.llm.asked)
    second = studio.run()
    released.set()
    output, _ = first.communicate(timeout=LONGEST_S)
    assert first.returncode == 0, output
    assert second.code == 75 and "Traceback" not in second.output
    assert f"another run is at work in data/output (process {first.pid} on " in second.output
    assert studio.asked() == (EVERY, EVERY, EVERY)


@pytest.fixture
def small_disk(tmp_path: Path):
    """Mount a file system of 3 MB, for the output alone."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(folder)])
    if mounted.returncode:
        pytest.skip("tmpfs cannot be mounted here: run the tests on a machine where root can")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_one_line_and_old_files_stay_whole(studio: Studio, small_disk: Path) -> None:
    shutil.copytree(studio.folder / "data/output", small_disk / "output")
    studio.config["output"] = str(small_disk / "output")
    assert studio.run().nothing_to_do
    before = {path: path.read_bytes() for path in small_disk.rglob("*-*.[twp]*")}
    (small_disk / "filler").write_bytes(b"x" * (shutil.disk_usage(small_disk).free - 8192))
    studio.config["script"]["model"] = "m2:1b"
    # Longer than the space that logs of starting jobs leave free for a moment: 4 kB each.
    studio.tts.sound = lambda text: sample_media.tone(text, seconds=2)
    run = studio.run()
    assert run.code == 1 and "Traceback" not in run.output, run.output
    assert "disk is full" in run.output
    after = {path: path.read_bytes() for path in small_disk.rglob("*-*.[twp]*")}
    assert {p: d for p, d in after.items() if p in before and "scripts" not in str(p)} == {
        p: d for p, d in before.items() if "scripts" not in str(p)
    }
    assert all(data for data in after.values())
    (small_disk / "filler").unlink()
    studio.succeed()
    assert studio.run().nothing_to_do


def test_output_on_another_file_system_works(empty: Studio, small_disk: Path) -> None:
    empty.config["output"] = str(small_disk / "output")
    empty.succeed()
    assert empty.run().nothing_to_do


def test_a_read_only_output_folder_is_one_line(studio: Studio) -> None:
    """A read-only bind mount, since permissions do not apply to root."""
    output = studio.folder / "data/output"
    if os.geteuid() == 0:
        bind = ["mount", "--bind", str(output), str(output)]
        if subprocess.run(bind).returncode:
            pytest.skip(
                "bind mounts are not possible here: run the tests on a machine where root can"
            )
        subprocess.run(["mount", "-o", "remount,ro,bind", str(output)], check=True)
    try:
        studio.config["audio"]["voice"] = "en_US-bert"
        run = studio.run()
        assert run.code == 1 and "Traceback" not in run.output, run.output
        assert "ead-only" in run.output
        assert studio.asked() == NONE
        dry = studio.run("-n")
        assert dry.code == 1 and "Traceback" not in dry.output, dry.output
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", str(output)], check=True)
    studio.succeed()
    assert studio.asked() == (set(), EVERY, set())


def test_credentials_reach_no_file_and_no_message(studio: Studio) -> None:
    secret = "s3cr3t-0f-mine"
    studio.environment |= {"OLLAMA_API_KEY": secret, "SD_SERVER_AUTH": f"user:{secret}"}
    studio.config["script"]["model"] = "m2:1b"
    run = studio.succeed()
    assert secret not in run.output
    assert any(secret in str(request.headers) for request in studio.llm.asked())
    for path in studio.folder.rglob("*"):
        assert not path.is_file() or secret.encode() not in path.read_bytes(), path


def test_a_termination_at_whatever_moment_ends_the_run(empty: Studio) -> None:
    """A storm of signals hits the moments at which Snakemake's scheduler holds its lock."""
    empty.topics("".join(f"Alpha waves number {n}\n" for n in range(12)))
    empty.config["caps"] = {"llm": 4, "tts": 4, "sd": 4}
    process = empty.start()
    wait_until(empty.llm.asked)
    deadline = time.monotonic() + LONGEST_S
    while process.poll() is None and time.monotonic() < deadline:
        process.send_signal(signal.SIGTERM)
        time.sleep(0.0005)
    hung = process.poll() is None
    process.kill()
    process.communicate(timeout=LONGEST_S)
    assert not hung
    assert process.returncode in (
        1,
        -signal.SIGTERM,
    )  # the last ones hit the interpreter at its end


def test_two_runs_in_one_folder_with_different_outputs_leave_each_others_locks(
    empty: Studio,
) -> None:
    empty.config["cache"] = {"folder": ""}  # else one run waits for the answers of the other
    empty.llm.ready = lambda: len(empty.llm.asked()) >= 2
    runs = [empty.start("--config", f"output=data/{name}") for name in ("one", "two")]
    outputs = [process.communicate(timeout=LONGEST_S)[0] for process in runs]
    assert [process.returncode for process in runs] == [0, 0], outputs
    assert not any("Traceback" in output or "FileNotFoundError" in output for output in outputs)
    for name in ("one", "two"):
        assert len(list((empty.folder / "data" / name / "images").glob("*.png"))) == 3


def test_the_locks_of_a_killed_run_are_in_nobodys_way(empty: Studio) -> None:
    killed = threading.Event()
    empty.llm.ready = killed.is_set
    process = empty.start()
    locks = empty.folder / ".snakemake/locks"
    wait_until(lambda: empty.llm.requests and list(locks.glob("*.lock")))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert list(locks.glob("*.lock"))
    killed.set()
    empty.succeed()
