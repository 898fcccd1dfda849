"""Failures of a node at work: no memory, no disk, preemption. Each has a message of its own.

Nothing bad is saved, and a later run makes exactly the missing files.
"""

import subprocess

import pytest
from project import Project, Run
from test_embedded_engines import new_project
from test_slurm import MISCOUNTED, digests, finish, finish_without_its_node, start
from waiting import wait_until

pytestmark = pytest.mark.xdist_group("slurm")  # one worker: they wait most of the time

SLUGS = ("how-bread-rises", "why-the-sky-is-blue")


class Disks:
    """Small disks mounted over folders."""

    def __init__(self) -> None:
        self.mounted = []

    def fill(self, folder, size_kb: int, free_kb: int) -> None:
        """Mount a disk over the folder that is full except for some kB."""
        folder.mkdir(parents=True, exist_ok=True)
        options = f"size={size_kb}k,mode=1777"
        command = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
        if subprocess.run(command).returncode:
            pytest.skip("tmpfs cannot be mounted here: run these tests on a machine where root can")
        self.mounted.append(folder)
        (folder / "filler").write_bytes(b"x" * 1024 * (size_kb - free_kb))

    def free(self) -> None:
        """Unmount all disks."""
        while self.mounted:
            subprocess.run(["umount", "--lazy", str(self.mounted.pop())], check=True)


@pytest.fixture
def disks():
    disks = Disks()
    yield disks
    disks.free()


def failed(run: Run) -> str:
    """Return the failure lines of a failed run."""
    assert run.code == 1, run.output
    assert "Traceback" not in run.output, run.output
    return "\n".join(line for line in run.output.splitlines() if line.startswith("failed: "))


def goes_on(project: Project, *arguments: str) -> None:
    """Check that a run with room makes the missing files, and no other."""
    before = digests(project)
    run = finish(start(project, *arguments))
    if MISCOUNTED in run.output:
        run = finish(start(project, *arguments))
        assert run.nothing_to_do, run.output
    assert run.code == 0, run.output
    after = digests(project)
    assert len(after) == 3 * len(SLUGS)
    assert {name: after[name] for name in before} == before
    assert project.run().nothing_to_do


@pytest.mark.timeout(900)
def test_a_chunk_that_runs_out_of_memory_is_told_with_what_it_asked_for(cluster, tmp_path):
    """By cgroups if this machine has them (see local_slurm.sh), else by Slurm itself."""
    project = new_project(tmp_path / "work")
    little = ["--set-resources", "generate_script:mem_mb=120", "synthesize_audio:mem_mb=120"]
    run = finish(start(project, *little, "--default-resources", "runtime=3", "mem_mb=120"))
    told = "it ran out of memory (it asked for 120 MB): raise mem_mb of generate_script in the profile (set-resources)"
    assert told in failed(run)
    assert "refused the connection" not in run.output
    goes_on(project)


@pytest.mark.timeout(900)
def test_a_job_of_its_own_that_runs_out_of_memory_is_told_with_its_rule(cluster, tmp_path):
    project = new_project(tmp_path / "work")
    finish(start(project, "--", "scripts"))
    little = ["--set-resources", "synthesize_audio:mem_mb=120"]
    run = finish(start(project, *little, "--", "audio"))
    told = "it ran out of memory (it asked for 120 MB): raise mem_mb of synthesize_audio in the profile"
    assert told in failed(run)
    goes_on(project)


@pytest.mark.timeout(900)
def test_a_full_disk_for_temporary_files_on_a_node_is_named(cluster, tmp_path, disks):
    project = new_project(tmp_path / "work")
    for node in ("n1", "n2"):
        disks.fill(cluster.folder / "tmp" / node, 64, 16)
    told = failed(finish(start(project)))
    assert f"the disk of {cluster.folder}/tmp/n" in told
    assert "is full; free some space there, or set TMPDIR, and run again" in told
    assert "make setup" not in told
    disks.free()
    for node in ("n1", "n2"):  # the engine starts, language detection finds no room
        disks.fill(cluster.folder / "tmp" / node, 4096, 2048)
    told = failed(finish(start(project)))
    assert f" {cluster.folder}/tmp/n" in told
    assert ": the disk is full; free some space and run again" in told
    disks.free()
    goes_on(project)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("free_kb", [0, 120])
def test_a_full_disk_for_the_output_is_named(cluster, tmp_path, disks, free_kb):
    project = new_project(tmp_path / "work")
    output = project.folder / "data/output"
    disks.fill(output, 8192, free_kb)
    run = finish(start(project))
    if free_kb:
        assert "the disk is full; free some space and run again" in failed(run)
        assert "data/output/audio/how-bread-rises.wav: the disk is full" in run.output
    else:
        lines = [line for line in run.output.splitlines() if "error" in line]
        assert lines == [
            "error: data/output/records/.run: cannot be written (No space left on device); "
            "free some space, or make data/output writable"
        ]
    assert all(data for data in project.files().values())
    (output / "filler").unlink()
    goes_on(project)


def test_a_full_disk_of_slurm_on_a_node_is_named_and_another_node_goes_on(cluster, tmp_path, disks):
    project = new_project(tmp_path / "work")
    for node in ("n1", "n2"):
        disks.fill(cluster.folder / node, 16, 0)
    told = failed(finish(start(project)))
    node = "n1" if "its node n1 " in told else "n2"
    try:
        assert f"its node {node} is out of service (SlurmdSpoolDir is full): run again" in told
        disks.free()
        goes_on(project)
    finally:
        cluster.call("scontrol", "update", f"NodeName={node}", "State=RESUME")


def urgent(cluster) -> list[str]:
    """Submit jobs of higher priority to both nodes."""
    wanted = ("sbatch", "--parsable", "-p", "urgent", "-c", "4", "--output=/dev/null")
    return [
        cluster.call(*wanted, "-w", node, "--wrap", "sleep 300").strip() for node in ("n1", "n2")
    ]


def test_a_job_that_has_to_give_way_ends_the_wait_and_is_told(cluster, tmp_path):
    project = new_project(tmp_path / "work")
    process = start(project)
    wait_until(lambda: cluster.jobs("RUNNING"))
    others = urgent(cluster)
    try:
        assert "a job of higher priority took its node n" in failed(finish(process))
    finally:
        cluster.call("scancel", *others)
    goes_on(project)


@pytest.mark.timeout(900)
def test_a_chunk_whose_node_goes_down_is_begun_again_elsewhere_if_slurm_may(cluster, tmp_path):
    """--slurm-requeue; on most clusters (JobRequeue=1) Slurm does so by itself."""
    project = new_project(tmp_path / "work")
    process = start(project, "--slurm-requeue")
    run, _ = finish_without_its_node(cluster, process)
    assert run.code == 0, run.output
    assert len(project.files()) == 3 * len(SLUGS)
    assert project.run().nothing_to_do


def test_a_chunk_that_cannot_be_submitted_is_told_and_not_waited_for(cluster, tmp_path):
    project = new_project(tmp_path / "work")
    run = finish(start(project, "--set-resources", "generate_script:slurm_extra='--export=ALL'"))
    assert "it could not be submitted: The --environment-export option is not allowed" in failed(
        run
    )
