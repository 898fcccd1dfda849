"""Speed-up of two Slurm nodes over one: python tests/benchmarks/two_nodes.py [--topics 40] [--chunk 10]

Real runs of profiles/slurm with the embedded engines (SmolLM2, Piper, title cards) on the tests' own cluster, as root.
Each node has a core of this machine to itself and takes one chunk at a time; for the run on one node the other is
drained. The time measured is from the start of snakemake to its end.
"""

import argparse
import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "engines"), str(TESTS.parent / "scripts")]

from project import REPOSITORY  # noqa: E402
from test_embedded_engines import new_project  # noqa: E402

CPUSETS, NODES = Path("/sys/fs/cgroup/cpuset"), ("n1", "n2")
SLURM = TESTS / "cluster/local_slurm.sh"
ARGUMENTS = ("--workflow-profile", str(REPOSITORY / "profiles/slurm"))
WHOLE_NODE = "generate_script=4"  # all CPUs of a node, as configured in the tests' cluster


def pin_nodes(folder: Path) -> None:
    """Pin each node's daemon, and so all that it starts, to a core of its own.

    A CPU affinity is not enough: onnxruntime sets its own.
    """
    for core, node in zip(sorted(os.sched_getaffinity(0)), NODES, strict=False):
        cpuset = CPUSETS / f"audio-pipeline-{node}"
        cpuset.mkdir(exist_ok=True)
        (cpuset / "cpuset.cpus").write_text(str(core))
        (cpuset / "cpuset.mems").write_text((CPUSETS / "cpuset.mems").read_text())
        (cpuset / "cgroup.procs").write_text((folder / f"slurmd.{node}.pid").read_text())


def unpin_nodes() -> None:
    for node in NODES:
        with contextlib.suppress(OSError):  # it does not exist, or something still runs in it
            (CPUSETS / f"audio-pipeline-{node}").rmdir()


def set_state(node: str, state: str) -> None:
    command = ["scontrol", "update", f"nodename={node}", f"state={state}", "reason=benchmark"]
    subprocess.run(command, check=True)


def seconds(nodes: int, topics: int, chunk: int, folder: Path) -> float:
    set_state("n2", "resume" if nodes == 2 else "drain")
    lines = "".join(f"River number {number}\n" for number in range(1, topics + 1))
    project = new_project(folder / str(nodes), lines)
    project.config["script"]["max_tokens"] = 120
    begun = time.monotonic()
    components = ("--group-components", f"topics={chunk}", "--set-threads", WHOLE_NODE)
    run = project.run(*ARGUMENTS, *components, timeout_s=3600)
    spent_s = time.monotonic() - begun
    if run.code or len(project.files()) != 3 * topics:
        sys.exit(f"{run.output}\n{len(project.files())} of {3 * topics} files were made")
    where = ["squeue", "--noheader", "--states", "all", "--format", "%N:%i"]
    told = subprocess.run(where, check=True, capture_output=True, text=True).stdout
    used = sorted(set(re.findall(r"n\d", told)))
    print(f"{nodes} node(s): {topics} topics in {spent_s:.1f} s (nodes used until now: {used})")
    return spent_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--topics", type=int, default=40)
    parser.add_argument("--chunk", type=int, default=10, help="topics a Slurm job")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="slurm-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        subprocess.run(["bash", SLURM, "start", folder / "slurm"], check=True)
        try:
            pin_nodes(folder / "slurm")
            one, two = (
                seconds(n, arguments.topics, arguments.chunk, folder / "work") for n in (1, 2)
            )
        finally:
            subprocess.run(["bash", SLURM, "stop", folder / "slurm"], check=True)
            time.sleep(3)
            unpin_nodes()
    load = f"a load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"ratio {one / two:.2f}, with {load}")


if __name__ == "__main__":
    main()
