"""profiles/generic on a real Grid Engine: requests, jobs that wait, vanish or are refused, and leftovers."""

import re
import signal
import time

import pytest
import yaml
from project import REPOSITORY
from test_embedded_engines import new_project
from test_slurm import RIVERS, as_the_readme_says, finish, studio_of
from waiting import LONGEST_S, wait_until

pytestmark = pytest.mark.xdist_group("grid engine")  # one worker: they wait most of the time

PROFILE = REPOSITORY / "profiles/generic"
SUBMIT = "--cluster-generic-submit-cmd"
SOON = ["--latency-wait", "5"]
KEYS = {"OPENAI_API_KEY": "sk-never-shown-4711", "OLLAMA_API_KEY": "sk-never-shown-4712"}


def submit_command() -> str:
    return yaml.safe_load((PROFILE / "config.yaml").read_text())["cluster-generic-submit-cmd"]


def start(grid_engine, project, *arguments):
    project.environment |= grid_engine.environment
    return project.start_plain("--workflow-profile", str(PROFILE), *SOON, *arguments)


def read_all(folder) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.mark.timeout(900)
def test_the_readmes_command_asks_for_what_the_profile_says_and_hides_keys(grid_engine, tmp_path):
    topics = [f"River number {number}" for number in range(1, 7)]
    project = new_project(tmp_path / "a folder's name", "\n".join(topics) + "\n")
    project.config |= {"subtitles": {"enabled": True}, "video": {"enabled": True}}
    project.environment = {**grid_engine.environment, **KEYS}
    process = as_the_readme_says(project, "generic")
    wait_until(lambda: grid_engine.jobs("r"))
    (number,) = grid_engine.jobs()
    asked = grid_engine.call("qstat", "-j", number)
    shown = asked.encode() + read_all(grid_engine.folder)
    shown += read_all(project.folder / ".snakemake")
    run = finish(process)
    assert run.code == 0, run.output
    assert "42 of 42 files" in run.output
    assert re.search(r"parallel environment: +smp range: 2$", asked, re.MULTILINE)
    assert re.search(r"mem_free=4000M,h_rt=6120$", asked, re.MULTILINE)
    assert b"sk-never-shown" not in shown
    again = finish(as_the_readme_says(project, "generic"))
    assert again.nothing_to_do
    assert not grid_engine.jobs()


def test_a_chunk_that_is_deleted_is_told_with_its_log_and_the_next_run_goes_on(
    grid_engine, tmp_path
):
    project = new_project(tmp_path / "work", "\n".join(RIVERS[:4]) + "\n")
    process = start(grid_engine, project)
    wait_until(lambda: list(project.folder.glob("data/output/scripts/*.txt")))
    grid_engine.call("qdel", *grid_engine.jobs())
    run = finish(process)
    made = project.files()
    assert run.code == 1
    told = r"failed: .*: it left the queue before it was done: .*; run again \[(\.snakemake/cluster_logs/\S+\.log)\]"
    assert "Building DAG" in (project.folder / re.search(told, run.output)[1]).read_text()
    assert "Traceback" not in run.output
    wait_until(lambda: not grid_engine.engines())
    run = finish(start(grid_engine, project))
    assert run.code == 0, run.output
    after = project.files()
    assert {name: after[name] for name in made} == made


def test_a_chunk_that_runs_out_of_time_is_told(grid_engine, tmp_path):
    studio = studio_of(tmp_path / "work", ["Alpha waves"])
    studio.config["cluster"] = {"submit": "all"}
    studio.llm.latency_s = 600
    limit = ["--default-resources", "runtime=1", "mem_mb=100"]
    run = finish(start(grid_engine, studio, *limit, "--", "scripts"))
    assert run.code == 1
    assert "it ran out of time: give it more runtime (minutes) [" in run.output
    studio.close()  # its worker outlives the chunk, until it has its answer


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_a_job_that_waits_is_shown_and_nothing_is_left_in_the_queue(grid_engine, tmp_path, end):
    both_slots = ["-b", "y", "-pe", "smp", "2", "-o", "/dev/null", "-j", "y"]
    blocker = grid_engine.call("qsub", "-terse", *both_slots, "sleep", "300").strip()
    wait_until(lambda: grid_engine.jobs("r"))
    project = new_project(tmp_path / "work")
    process, lines = start(grid_engine, project), []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("waiting: cluster job "):
            process.send_signal(end)
    assert process.wait(timeout=LONGEST_S) == 1
    output = "".join(lines)
    assert re.search(r"has not begun after \d+ s; the queue says: \d+ .* qw ", output), output
    assert "Traceback" not in output and "failed: " not in output, output
    wait_until(lambda: grid_engine.jobs() == [blocker])


def test_ctrl_c_ends_a_chunk_at_work(grid_engine, tmp_path):
    project = new_project(tmp_path / "work")
    process = start(grid_engine, project)
    wait_until(lambda: list(project.folder.glob("data/output/scripts/*.txt")))
    assert grid_engine.engines()
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)  # pressed twice
    run = finish(process)
    assert run.code == 1
    assert "Traceback" not in run.output and "failed: " not in run.output, run.output
    wait_until(lambda: not grid_engine.jobs() and not grid_engine.engines())


def test_a_job_that_no_node_can_ever_hold_is_refused_in_one_line(grid_engine, tmp_path):
    project = new_project(tmp_path / "work")
    checked = submit_command().replace("qsub ", "qsub -w e ").split(" -l mem_free")[0]
    asks = [SUBMIT, checked, "--set-threads", "generate_script=12"]
    run = finish(start(grid_engine, project, *asks, "--", "scripts"))
    assert run.code == 1
    told = "the scheduler refused it: Unable to run job: error: no suitable queues; look at"
    assert told in run.output
    assert "Traceback" not in run.output and "\nUnable to run" not in run.output
    assert not grid_engine.jobs()


@pytest.mark.parametrize(
    "command, told",
    [
        ("qusb -terse", r"the scheduler refused it: .*qusb: not found"),
        ("echo not a job", r"the submit command printed 'not a job .*'; expected the job's number"),
    ],
)
def test_a_wrong_submit_command_is_told(grid_engine, tmp_path, command, told):
    project = new_project(tmp_path / "work")
    run = finish(start(grid_engine, project, SUBMIT, command, "--", "scripts"))
    assert run.code == 1
    assert re.search(told, run.output), run.output
    assert "Traceback" not in run.output


def test_keys_reach_jobs_that_ask_services_by_no_way_that_others_see(grid_engine, tmp_path):
    studio = studio_of(tmp_path / "work", RIVERS[:2])
    studio.config["cluster"] = {"submit": "all"}
    studio.environment |= KEYS
    studio.llm.latency_s = 5
    process = start(grid_engine, studio, "--", "scripts")
    wait_until(lambda: grid_engine.jobs("r"))
    shown = grid_engine.call("qstat", "-j", "*").encode() + read_all(grid_engine.folder)
    for script in studio.folder.glob(".snakemake/tmp.*/snakejob*"):
        shown += script.read_bytes()
    (environment,) = studio.folder.glob(".snakemake/tmp.*/environment")
    assert environment.stat().st_mode & 0o777 == 0o600
    run = finish(process)
    assert run.code == 0, run.output
    assert b"sk-never-shown" not in shown
    sent = {request.headers["Authorization"] for request in studio.llm.asked()}
    assert sent == {f"Bearer {KEYS['OLLAMA_API_KEY']}"}
    assert not list(studio.folder.glob(".snakemake/tmp.*"))


def test_a_topic_that_fails_on_a_node_is_told_with_its_own_reason(grid_engine, tmp_path):
    project = new_project(tmp_path / "work", "\n".join(RIVERS[:2]) + "\n")
    project.config["script"] |= {"min_words": 5000, "max_words": 6000, "attempts": 1}
    run = finish(start(grid_engine, project, "--", "scripts"))
    assert run.code == 1
    assert re.search(r"failed: .*script.*words", run.output), run.output
    assert "Traceback" not in run.output and "left the queue" not in run.output
