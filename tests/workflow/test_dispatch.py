"""Immediate dispatch of jobs through names of Snakemake that may change: see snakemake_adapter/dispatch.py."""

import sys
import time
from pathlib import Path

import pytest
import snakemake.api  # noqa: F401  the first of a circle of imports
from snakemake.dag import DAG
from snakemake.executors import local
from snakemake.scheduling.job_scheduler import JobScheduler
from stub_project import EVERY, Studio
from test_nothing_lost import workers
from waiting import LONGEST_S, wait_until


def studio_of(folder: Path, count: int) -> Studio:
    """Return a project of scripts only, with numbered topics."""
    studio = Studio(folder, "".join(f"Topic number {number}\n" for number in range(count)))
    studio.llm.text = lambda prompt, seed: f"{prompt} It has two sentences of plain words."
    return studio


def test_snakemake_still_has_the_names_that_are_used():
    """Without them the run goes on, but slower: see snakemake_adapter/dispatch.py."""
    assert isinstance(JobScheduler.open_jobs, property)
    assert isinstance(JobScheduler.remaining_jobs, property)
    assert isinstance(DAG.ready_jobs, property)
    for function, names in (
        (DAG.__init__, ("_ready_jobs",)),
        (DAG.update_ready, ("_ready_jobs", "add", "update")),
        (JobScheduler.schedule, ("open_jobs", "remaining_jobs", "running")),
        (JobScheduler.__init__, ("resources", "global_resources", "_local_executor", "_executor")),
        (JobScheduler.job_selector, ("job_rate_limiter",)),
        (local.Executor.__post_init__, ("pool", "ThreadPoolExecutor")),
    ):
        assert not set(names) - set(function.__code__.co_names), function
    assert sys.modules["snakemake.shell"].sp.Popen


def test_jobs_are_done_by_a_few_workers_of_one_warm_process(tmp_path):
    studio = studio_of(tmp_path / "work", 12)
    studio.llm.latency_s = 0.4
    process = studio.start("scripts")
    seen = set()
    while process.poll() is None:
        seen |= {worker.pid for worker in workers(process.pid)}
        time.sleep(0.05)
    assert process.wait() == 0
    # One running, one waiting for a slot, and the next; the first workers are not reused: workers/pool.py.
    assert 1 <= len(seen) <= 9
    assert len(studio.llm.asked()) == 12
    studio.close()


def test_ctrl_c_ends_the_jobs_of_the_warm_process(tmp_path):
    studio = Studio(tmp_path / "work")
    studio.llm.latency_s = 2 * LONGEST_S
    process = studio.start("scripts")
    wait_until(studio.llm.asked)
    found = workers(process.pid)
    process.send_signal(2)
    output, _ = process.communicate(timeout=LONGEST_S)
    assert process.returncode == 1
    assert "Traceback" not in output
    wait_until(lambda: not any(worker.is_running() for worker in found))
    studio.close()


def test_without_a_warm_process_all_is_made_as_well(tmp_path):
    """The jobs are then processes with imports of their own."""
    studio = Studio(tmp_path / "work")
    refuse = "def refuse(*_): raise OSError"
    (tmp_path / "sitecustomize.py").write_text(
        f"import socket\n{refuse}\nsocket.send_fds = refuse\n"
    )
    studio.environment["PYTHONPATH"] = str(tmp_path)
    studio.succeed()
    assert studio.asked() == (EVERY, EVERY, EVERY)
    studio.close()


def test_the_model_for_languages_is_loaded_once_and_by_no_job(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import lzma\n"
        "def loading(path, *_, plainly=lzma.open, **__):\n"
        f"    open({str(tmp_path / 'loads')!r}, 'a').write('1')\n"
        "    return plainly(path)\n"
        "lzma.open = loading\n"
    )
    studio = studio_of(tmp_path / "work", 4)
    studio.environment["PYTHONPATH"] = str(tmp_path)
    studio.llm.latency_s = 0.3
    german = "Der alte Fluss fließt langsam durch das Dorf, und die Leute am Ufer erzählen einander von früher. "
    studio.llm.text = lambda prompt, seed: german + "Danach gehen sie zusammen nach Hause."
    studio.config["script"]["attempts"] = 1
    run = studio.run("scripts")
    assert run.code == 1
    assert "seems to be in 'de'; expected 'en'" in run.output
    assert (tmp_path / "loads").read_text() == "1"
    studio.close()


def test_the_end_of_a_run_waits_for_no_timer(tmp_path):
    """Snakemake's job rate would delay it for the rest of a second."""
    studio = Studio(tmp_path / "work")
    studio.environment["PYTHONPATH"] = str(tmp_path)
    (tmp_path / "sitecustomize.py").write_text(
        "import threading\n"
        "def refuse(*_): raise SystemExit('a timer was set')\n"
        "threading.Timer.__init__ = refuse\n"
    )
    studio.succeed()
    studio.close()


@pytest.mark.parametrize("cap", [1, 3])
def test_of_many_jobs_that_are_ready_the_first_topics_are_made_first(tmp_path, cap):
    studio = studio_of(tmp_path / "work", 30)
    studio.config["caps"] = {"llm": cap, "tts": 2, "sd": 1}
    studio.llm.latency_s = 0.05
    studio.succeed("scripts")
    prompts = [request.body["messages"][-1]["content"] for request in studio.llm.asked()]
    asked = [int(prompt.rstrip(".").split()[-1]) for prompt in prompts]
    assert sorted(asked) == list(range(30))
    late = max(place - number for place, number in enumerate(asked))
    assert late <= 2 * cap  # jobs that wait for a slot may swap
    assert studio.llm.peak <= cap
    studio.close()
