"""profiles/slurm on a real cluster of two nodes: placement, caps, cancelled jobs, a controller that restarts."""

import hashlib
import re
import signal
import subprocess
import time

import pytest
from project import REPOSITORY, Project, Run
from stub_project import SLUGS, Studio
from test_embedded_engines import new_project
from waiting import LONGEST_S, wait_until

pytestmark = pytest.mark.xdist_group("slurm")  # one worker: they wait most of the time

PROFILE = ["--workflow-profile", str(REPOSITORY / "profiles/slurm")]
SOON = ["--seconds-between-status-checks", "2", "--latency-wait", "30"]
# Slurm 22.05 sometimes counts an event of a version 1 cgroup in which the kernel killed nothing.
MISCOUNTED = "a chunk failed after its files were made: it ran out of memory"
RIVERS = [f"River number {number}" for number in range(1, 17)]


def start(project: Project, *arguments: str) -> subprocess.Popen[str]:
    """Start as the README says, with a shorter pause between polls of the queue."""
    return project.start_plain(*PROFILE, *SOON, *arguments)


def as_the_readme_says(project: Project, profile: str = "slurm") -> subprocess.Popen[str]:
    """Start the README's own command, without further options."""
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    command = rf"^    snakemake (--workflow-profile) (profiles/{profile})(?: +#.*)?$"
    found = re.search(command, text, re.MULTILINE)
    return project.start_plain(found[1], str(REPOSITORY / found[2]))


def finish(process: subprocess.Popen[str]) -> Run:
    with process:
        output, _ = process.communicate(timeout=900)
    return Run(process.returncode, output)


def digests(project: Project) -> dict[str, str]:
    """Return the digest of every finished file; a cancelled job may leave a temporary one."""
    finished = {name: data for name, data in project.files().items() if "/." not in name}
    return {name: hashlib.sha256(data).hexdigest() for name, data in finished.items()}


def jobs_of(cluster, before: list) -> list[tuple[str, str, str]]:
    return [job for job in cluster.jobs() if job[0] not in {number for number, *_ in before}]


@pytest.mark.timeout(1500)
def test_sixteen_topics_by_embedded_engines_on_two_nodes_one_of_them_cancelled(cluster, tmp_path):
    project = new_project(tmp_path / "work", "\n".join(RIVERS) + "\n")
    project.config["script"]["max_tokens"] = 120
    before = cluster.jobs()
    first = start(project, "--group-components", "topics=4")
    wait_until(lambda: len(list(project.folder.glob("data/output/audio/*.wav"))) >= 3)
    cluster.call("scancel", "--nodelist", "n1")
    run = finish(first)
    made = digests(project)
    assert run.code == 1
    assert {node for _, node, _ in jobs_of(cluster, before)} == {"n1", "n2"}
    assert re.search(
        r"failed: .*: it was cancelled: run again \[\.snakemake/slurm_logs/\S+\.log\]", run.output
    )
    assert 6 <= len(made) < 48
    assert "Traceback" not in run.output

    second = start(project, "--group-components", "topics=4")
    wait_until(lambda: len(digests(project)) > len(made))
    cluster.restart_controller()
    run = finish(second)
    assert run.code == 0, run.output
    after = digests(project)
    assert len(after) == 48
    assert {name: after[name] for name in made} == made
    assert project.run().nothing_to_do
    wait_until(lambda: not engines())


def engines() -> list[str]:
    lines = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True).stdout
    return [line for line in lines.splitlines() if "serve_engine.py" in line and "SmolLM2" in line]


def studio_of(folder, topics: list[str]) -> Studio:
    studio = Studio(folder, "\n".join(topics) + "\n")
    studio.llm.text = lambda prompt, seed: (
        f"{prompt.removeprefix('Write about ')} This is one of many rivers. It has two sentences of plain words."
    )
    studio.llm.latency_s = studio.tts.latency_s = 0.5
    return studio


def test_sixteen_topics_by_services_wait_here_and_their_cards_are_drawn_on_nodes(cluster, tmp_path):
    studio = studio_of(tmp_path / "work", RIVERS)
    studio.config["image"] = {"engine": "card", "width": 256, "height": 256}
    studio.config["caps"] = {"llm": 2, "tts": 3, "sd": 1}
    studio.llm.ready = lambda: studio.llm.peak >= 2
    studio.tts.ready = lambda: studio.tts.peak >= 2
    before = cluster.jobs()
    first = start(studio, "--group-components", "topics=4")
    wait_until(lambda: list(studio.folder.glob("data/output/images/*.png")))
    running = [number for number, _, state in jobs_of(cluster, before) if state == "RUNNING"]
    if running:
        cluster.call("scancel", running[0])
    run = finish(first)
    assert (run.code == 1) == bool(running), run.output
    run = finish(start(studio, "--group-components", "topics=4"))
    assert run.code == 0, run.output
    assert len(studio.llm.asked()) == len(studio.tts.asked()) == 16
    assert studio.llm.peak == 2
    assert 2 <= studio.tts.peak <= 3
    assert len(jobs_of(cluster, before)) >= 4
    assert len(studio.files()) == 48


def test_caps_hold_over_the_nodes_when_all_jobs_are_submitted(cluster, tmp_path):
    studio = studio_of(tmp_path / "work", RIVERS[:9])
    studio.config |= {"caps": {"llm": 3, "tts": 1, "sd": 1}, "cluster": {"submit": "all"}}
    studio.llm.latency_s = 3
    before = cluster.jobs()
    first = start(studio, "scripts")
    wait_until(lambda: len(studio.llm.asked()) >= 3)
    number = next(number for number, _, state in jobs_of(cluster, before) if state == "RUNNING")
    cluster.call("scancel", number)
    run = finish(first)
    assert run.code == 1
    assert run.output.count("it was cancelled: run again") >= 1
    run = finish(start(studio, "scripts"))
    assert run.code == 0, run.output
    assert studio.llm.peak <= 3
    assert {node for _, node, _ in jobs_of(cluster, before)} == {"n1", "n2"}
    assert len(list(studio.folder.glob("data/output/scripts/*.txt"))) == 9


@pytest.mark.timeout(1500)
def test_licences_hold_a_cap_over_three_runs(cluster, tmp_path):
    one = studio_of(tmp_path / "one", RIVERS[:3])
    studios = [one, *(studio_of(tmp_path / name, RIVERS[:3]) for name in ("two", "three"))]
    one.llm.latency_s, one.llm.ready = 2, lambda: one.llm.peak >= 2
    for studio in studios:
        studio.config["script"]["url"] = one.llm.url
        studio.config |= {"caps": {"llm": 4, "tts": 1, "sd": 1}, "cluster": {"submit": "all"}}
    licence = ["--set-resources", "generate_script:slurm_extra='--licenses=llm:1'"]
    runs = [start(studio, *licence, "--", "scripts") for studio in studios]
    for process in runs:
        run = finish(process)
        assert run.code == 0, run.output
    assert one.llm.peak == 2
    assert len(one.llm.asked()) == 9


def test_what_ends_a_job_is_told_with_its_log(cluster, tmp_path):
    studio = studio_of(tmp_path / "work", ["Alpha waves"])
    studio.config["cluster"] = {"submit": "all"}
    run = finish(start(studio, "--default-resources", "slurm_partition=nope", "--", "scripts"))
    assert run.code == 1
    assert (
        f"script {SLUGS['alpha']}: sbatch refused it: invalid partition specified: nope"
        in run.output
    )
    studio.llm.latency_s = 600
    run = finish(start(studio, "--default-resources", "runtime=1", "--", "scripts"))
    assert run.code == 1
    told = (
        f"failed: script {SLUGS['alpha']}: it ran out of time (it asked for 1:00): "
        "raise runtime (minutes) in the profile (default-resources) ["
    )
    assert told in run.output
    log = run.output.split(told)[1].split("]")[0]
    assert "DUE TO TIME LIMIT" in (studio.folder / log).read_text()


def test_a_chunk_that_sbatch_refuses_is_told_with_the_reason(cluster, tmp_path):
    project = new_project(tmp_path / "work")
    run = finish(start(project, "--default-resources", "slurm_account=nobody", "mem_mb=999999999"))
    assert run.code == 1
    assert "sbatch refused it: " in run.output
    assert "Traceback" not in run.output


def asked_for(cluster, number: str) -> dict[str, str]:
    """Return the resources that a job requested of Slurm."""
    told = cluster.call("scontrol", "show", "job", number)
    return dict(part.split("=", 1) for part in re.search(r"TRES=(\S+)", told)[1].split(","))


@pytest.mark.timeout(900)
def test_the_readmes_command_asks_for_what_the_profile_says(cluster, tmp_path):
    """Six topics with all their files: two CPUs for the language model, and not two for each video."""
    topics = [f"River number {number}" for number in range(1, 7)]
    project = new_project(tmp_path / "work", "\n".join(topics) + "\n")
    project.config |= {"subtitles": {"enabled": True}, "video": {"enabled": True}}
    before = cluster.jobs()
    run = finish(as_the_readme_says(project))
    assert run.code == 0 or MISCOUNTED in run.output, run.output
    assert "42 of 42 files" in run.output
    assert "guess" not in run.output and "sacct" not in run.output
    ((number, *_),) = jobs_of(cluster, before)
    asked = asked_for(cluster, number)
    assert (asked["cpu"], asked["mem"]) == ("2", "4000M")


def test_a_job_that_waits_is_explained_and_what_is_left_in_the_queue_goes_with_the_run(
    cluster, tmp_path
):
    blockers = [
        cluster.call("sbatch", "--parsable", "-w", node, "-c", "4", "--output=/dev/null", "--wrap", "sleep 300").strip()
        for node in ("n1", "n2")
    ]  # fmt: skip
    try:
        wait_until(lambda: len(cluster.jobs("RUNNING")) >= 2)
        for end in (signal.SIGINT, signal.SIGTERM):
            project = new_project(tmp_path / end.name)
            process, lines = start(project), []
            for line in process.stdout:
                lines.append(line)
                if line.startswith("waiting: Slurm job "):
                    process.send_signal(end)
                    if end is signal.SIGINT:
                        time.sleep(0.3)
                        process.send_signal(end)  # pressed twice
            # The second one may hit the interpreter at its end.
            assert process.wait(timeout=LONGEST_S) in (1, -end)
            output = "".join(lines)
            assert "all nodes that could run it are busy; it asks for 2 CPUs, 4000 MB" in output
            assert "the largest node of main has 4 CPUs and" in output
            assert "Traceback" not in output and "failed: " not in output, output
            assert {number for number, *_ in cluster.jobs("PENDING,RUNNING")} == set(blockers)
    finally:
        cluster.call("scancel", *blockers)


def test_a_job_that_no_node_can_ever_hold_is_ended_with_the_reason(cluster, tmp_path):
    project = new_project(tmp_path / "work")
    run = finish(start(project, "--set-threads", "generate_script=12", "--", "scripts"))
    assert run.code == 1
    assert "failed: script how-bread-rises: " in run.output.replace(
        "2 scripts", "script how-bread-rises"
    )
    assert "it asks for 12 CPUs, 4000 MB" in run.output
    assert (
        "the largest node of main has 4 CPUs" in run.output
        and "lower threads in the profile" in run.output
    )
    assert "Traceback" not in run.output
    assert cluster.jobs("PENDING,RUNNING") == []


def finish_without_its_node(cluster, process) -> tuple[Run, str]:
    """Take the node of the run's job down while it works; return the run and the node's name."""
    wait_until(lambda: cluster.jobs("RUNNING"))
    ((_, node, _),) = cluster.jobs("RUNNING")
    try:
        cluster.call("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=test")
        run = finish(process)
    finally:
        cluster.call("scontrol", "update", f"NodeName={node}", "State=RESUME")
    return run, node


def test_a_node_that_goes_down_is_told(cluster, tmp_path):
    project = new_project(tmp_path / "work")
    project.config["script"]["max_tokens"] = 1000
    process = start(project, "--", "scripts")
    run, node = finish_without_its_node(cluster, process)
    assert run.code == 1
    assert f"its node {node} is out of service (test): run again, on other nodes" in run.output
    assert "Traceback" not in run.output
