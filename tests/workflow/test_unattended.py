"""Unattended runs: silent unless something failed, with reliable exit codes and metrics for a monitor."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
import yaml
from project import REPOSITORY, Run
from prometheus_client.parser import text_string_to_metric_families
from service_stubs import OllamaStub
from stub_project import EVERY, Studio
from waiting import LONGEST_S, wait_until

QUIET = [sys.executable, str(REPOSITORY / "scripts/run_quietly.py"), "--cores", "4"]
METRICS = "data/run.prom"


def start(studio: Studio, *arguments: str) -> subprocess.Popen[str]:
    (studio.folder / "config/config.yaml").write_text(yaml.safe_dump(studio.config))
    return subprocess.Popen(
        [*QUIET, *arguments],
        cwd=studio.folder,
        env={**os.environ, **studio.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def run_quietly(studio: Studio, *arguments: str) -> Run:
    with start(studio, *arguments) as process:
        output, _ = process.communicate(timeout=LONGEST_S)
    return Run(process.returncode, output)


def measured(studio: Studio) -> dict[str, dict[tuple[str, ...], float]]:
    """Return name without prefix → values of the labels, in the order of their names → value."""
    text = (studio.folder / METRICS).read_text()
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = sample.name.removeprefix("audio_pipeline_")
            labels = tuple(value for _, value in sorted(sample.labels.items()))
            found.setdefault(name, {})[labels] = sample.value
    return found


def requests_of(studio: Studio) -> dict[str, int]:
    stubs = {"Ollama": studio.llm, "Piper": studio.tts, "Stable Diffusion": studio.sd}
    return {name: len(stub.requests) for name, stub in stubs.items()}


def counted(studio: Studio) -> dict[str, int]:
    """Count requests by service, with any outcome. The labels: outcome, server, service."""
    sums: dict[str, int] = {}
    for (_, _, service), value in measured(studio)["run_requests"].items():
        sums[service] = sums.get(service, 0) + int(value)
    return sums


# Silence


def test_a_good_run_writes_nothing_and_neither_does_one_with_nothing_to_do(empty: Studio) -> None:
    empty.topics("Alpha waves\nAlpha waves\nBeta decay\n")  # a warning unless quiet
    assert run_quietly(empty) == Run(0, "")
    assert empty.asked()[0] == {"alpha", "beta"}
    empty.file("script", "alpha").write_text("By hand about Alpha. With two sentences.\n")
    assert run_quietly(empty) == Run(0, "")
    assert run_quietly(empty) == Run(0, "")


def test_a_failing_run_writes_the_failures_with_their_reasons_and_nothing_else(
    studio: Studio,
) -> None:
    studio.config["audio"] |= {"voice": "en_US-bert", "url": "http://127.0.0.1:9"}
    run = run_quietly(studio)
    assert run.code == 1
    lines = run.output.splitlines()
    assert len(lines) == 3
    for line in lines:
        assert line.startswith("failed: audio ") and "refused the connection" in line
        assert "[data/output/logs/audio/" in line


@pytest.mark.parametrize("flag", [["--quiet"], ["--quiet", "all"]])
def test_quiet_is_understood_without_the_program_too(flag: list[str], studio: Studio) -> None:
    """Except for the line in which Snakemake names its profile, before it reads the Snakefile."""
    studio.config["script"]["model"] = "nope:1b"
    run = studio.run(*flag)
    assert run.code == 1
    first, *lines = run.output.splitlines()
    lines = [line for line in lines if line]
    assert first.startswith("Using workflow specific profile")
    if flag == ["--quiet"]:
        lines = [line for line in lines if line.startswith("failed: ")]
    assert len(lines) == 3 and all("ollama pull nope:1b" in line for line in lines)


def test_bad_input_is_told_although_the_run_is_quiet(empty: Studio) -> None:
    empty.config["script"]["modle"] = "x"
    run = run_quietly(empty)
    assert run.code == 1 and run.output.startswith("error: config/config.yaml: unknown key")
    assert len(run.output.splitlines()) == 1


@pytest.mark.parametrize("flag", [[], ["--quiet", "all"]])
def test_a_fault_of_no_job_is_told_although_the_run_is_quiet(
    flag: list[str], empty: Studio
) -> None:
    run = run_quietly(empty, "data/output/nothing/like.that", *flag)
    assert run.code == 1 and "data/output/nothing/like.that" in run.output


def test_a_dry_run_is_there_to_say_something(empty: Studio) -> None:
    run = run_quietly(empty, "-n")
    assert run.code == 0 and "generate_script" in run.output
    assert not (empty.folder / METRICS).exists()


# Exit codes


def test_a_second_run_ends_at_once_without_a_word_and_with_its_own_code(studio: Studio) -> None:
    studio.config["script"]["model"] = "m2:1b"
    released = threading.Event()
    studio.llm.ready = released.is_set
    first = start(studio)
    wait_until(studio.llm.asked, first)
    second = run_quietly(studio)
    released.set()
    output, _ = first.communicate(timeout=LONGEST_S)
    assert (second.code, second.output) == (75, "")
    assert (first.returncode, output) == (0, "")


def test_a_run_that_is_terminated_lets_its_jobs_finish_and_says_what_is_left(empty: Studio) -> None:
    empty.llm.latency_s = 2
    process = start(empty)
    wait_until(empty.llm.asked, process)
    process.terminate()
    output, _ = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 1
    finished = len(empty.files())
    assert finished in (1, 2)  # the running job, and the one waiting for a slot
    assert output == f"stopped: {9 - finished} of 9 files are left to the next run\n"


def test_a_run_that_is_interrupted_says_what_is_left(empty: Studio) -> None:
    empty.llm.ready = lambda: False
    process = start(empty)
    wait_until(empty.llm.asked, process)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 1
    assert output == "stopped: 9 of 9 files are left to the next run\n"


# Metrics


def test_the_metrics_count_exactly_what_the_services_were_asked(empty: Studio) -> None:
    empty.config["metrics"] = METRICS
    begun = time.time()
    empty.succeed()
    found = measured(empty)
    assert counted(empty) == requests_of(empty)
    assert {outcome for outcome, _, _ in found["run_requests"]} == {"ok"}
    assert found["run_request_seconds_count"][(empty.llm.url, "Ollama")] == len(empty.llm.requests)
    assert found["run_files"]["script", "made"] == 3 and found["run_files"]["audio", "waiting"] == 0
    assert found["run_active"][()] == 0
    assert begun < found["run_start_timestamp_seconds"][()] < found["run_end_timestamp_seconds"][()]
    assert found["last_success_timestamp_seconds"][()] == (found["run_end_timestamp_seconds"][()])
    assert (empty.folder / METRICS).stat().st_mode & 0o777 == 0o644


def test_errors_and_retries_are_counted_by_kind(empty: Studio) -> None:
    empty.config["metrics"] = METRICS
    empty.config["http"] |= {"tries": 3, "first_pause_s": 0}
    empty.config["image"]["attempts"] = 1
    empty.llm.fault, empty.llm.fault_times = "503", 2
    empty.tts.fault = "400"
    empty.sd.fault = "not_json"
    assert empty.run().code == 1
    found = measured(empty)
    outcomes: dict[tuple[str, str], float] = {}
    for (outcome, _, service), value in found["run_requests"].items():
        outcomes[service, outcome] = value
    assert counted(empty) == requests_of(empty)
    assert outcomes["Ollama", "unavailable"] == 2
    assert outcomes["Piper", "refused"] == 3
    assert outcomes["Stable Diffusion", "bad_answer"] == 3
    assert found["run_retries"] == {(empty.llm.url, "Ollama"): 2}
    assert found["run_rejected_answers"][("image",)] == 3
    assert found["run_files"]["audio", "failed"] == 3 and found["run_files"]["script", "made"] == 3
    assert "last_success_timestamp_seconds" not in found


def test_answers_that_fail_their_checks_are_counted(empty: Studio) -> None:
    empty.config["metrics"] = METRICS
    empty.config["script"]["attempts"] = 2
    empty.llm.text = "I'm sorry, but I can't write about Alpha, Beta or Gamma."
    assert empty.run().code == 1
    found = measured(empty)
    assert found["run_rejected_answers"][("script",)] == 6
    assert found["run_files"]["audio", "waiting"] == 3


def test_a_run_with_nothing_to_do_is_a_success_of_now(studio: Studio) -> None:
    studio.config["metrics"] = METRICS
    begun = time.time()
    assert studio.run().nothing_to_do
    assert measured(studio)["last_success_timestamp_seconds"][()] > begun
    before = (studio.folder / METRICS).read_bytes()
    studio.run("-n")
    assert (studio.folder / METRICS).read_bytes() == before


def test_a_failing_run_leaves_the_time_of_the_last_success(studio: Studio) -> None:
    studio.config["metrics"] = METRICS
    assert studio.run().nothing_to_do
    before = measured(studio)["last_success_timestamp_seconds"]
    studio.config["audio"] |= {"voice": "en_US-bert", "url": "http://127.0.0.1:9"}
    assert studio.run().code == 1
    found = measured(studio)
    assert found["last_success_timestamp_seconds"] == before
    assert found["run_requests"]["unavailable", "http://127.0.0.1:9", "Piper"] >= 1


def test_a_killed_run_leaves_a_whole_file_that_says_it_is_at_work(empty: Studio) -> None:
    empty.config["metrics"] = METRICS
    empty.llm.ready = lambda: False
    process = empty.start()
    wait_until(empty.llm.asked, process)
    process.kill()
    process.communicate(timeout=LONGEST_S)
    found = measured(empty)
    assert found["run_active"][()] == 1 and found["run_files"]["script", "waiting"] == 3
    assert [path.name for path in (empty.folder / "data").glob("*.prom*")] == ["run.prom"]


def test_no_topic_and_no_secret_is_in_the_metrics(empty: Studio) -> None:
    empty.config["metrics"] = METRICS
    empty.environment |= {"OLLAMA_API_KEY": "s3cr3t", "SD_SERVER_AUTH": "user:s3cr3t"}
    empty.succeed()
    text = (empty.folder / METRICS).read_text().lower()
    assert "s3cr3t" not in text and not any(word in text for word in EVERY)


def test_a_folder_that_is_not_there_is_told_before_anything_is_made(empty: Studio) -> None:
    empty.config["metrics"] = "nowhere/run.prom"
    run = run_quietly(empty)
    assert run.code == 1
    assert run.output == (
        "error: metrics is 'nowhere/run.prom', but nowhere is no folder; create it, or set another file\n"
    )
    assert empty.asked() == (set(), set(), set())


def test_a_service_that_restarts_fails_no_job(empty: Studio) -> None:
    """It is down in the middle of a run, until the run reports that it waits."""
    empty.topics("".join(f"Alpha waves number {n}\n" for n in range(6)))
    empty.config["http"] |= {"tries": 2, "first_pause_s": 0.2}
    empty.llm.latency_s = 0.3
    process = empty.start()
    wait_until(lambda: len(empty.llm.asked()) >= 2)
    empty.llm.__exit__()
    output = ""
    while "waiting up to 120 s: Ollama at " not in output:
        output += process.stdout.readline()
        assert process.poll() is None, output
    with OllamaStub(empty.llm.models, port=empty.llm.port) as again:
        again.text = empty.text
        output += process.stdout.read()
    assert process.wait() == 0, output
    assert output.count("waiting up to 120 s: Ollama at ") == 1
    assert output.count("back again: Ollama") == 1
    assert "FAILED" not in output and "18 of 18 files" in output
