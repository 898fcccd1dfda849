"""A real Slurm cluster of two nodes on this machine, and a real Grid Engine of one."""

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "local_slurm.sh"
GRID_ENGINE = Path(__file__).parent / "local_gridengine.sh"
PROGRAMS = ("slurmctld", "slurmd", "munged", "squeue", "sbatch")


CONFIGURATION = Path("/etc/slurm/slurm.conf")


class Cluster:
    """Cluster named by this machine's configuration. folder: all files of a cluster started by the tests."""

    folder = property(lambda self: CONFIGURATION.resolve().parent)

    def call(self, *command: str) -> str:
        return subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=60
        ).stdout

    def jobs(self, state: str = "all") -> list[tuple[str, str, str]]:
        """Return (number, node, state) of the jobs since the cluster's start."""
        told = self.call("squeue", "--noheader", "--states", state, "--format", "%A %N %T")
        return [tuple(line.split()) for line in told.splitlines() if len(line.split()) == 3]

    def restart_controller(self) -> None:
        self.call("scontrol", "shutdown", "slurmctld")
        self.call("slurmctld", "-f", str(CONFIGURATION))

    def is_ours(self) -> bool:
        """True if the cluster has two nodes or more, all on this machine."""
        try:
            nodes = self.call("scontrol", "show", "nodes", "--oneliner").splitlines()
        except (OSError, subprocess.SubprocessError):
            return False
        return len(nodes) > 1 and all("NodeAddr=127.0.0.1" in node for node in nodes)


LOCK = Path(tempfile.gettempdir(), "audio-pipeline-tests-of-slurm")


@contextlib.contextmanager
def alone():
    """Hold the machine's cluster: a test cancels the jobs on its nodes, so only one test may run at a time."""
    with open(LOCK, "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def folder():
    """Folder of a cluster started by the tests. Not below pytest's folder, which munge may not enter."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-tests-"))
    folder.chmod(0o755)
    yield folder
    with alone():
        subprocess.run(["bash", SCRIPT, "stop", folder], timeout=60)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def cluster(folder: Path):
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if os.geteuid() != 0 or (missing and not shutil.which("apt-get")):
        pytest.skip(
            "a Slurm cluster of our own needs root, and Debian or Ubuntu: run these tests as root, "
            "or in a container of debian:12"
        )
    with alone():
        if not CONFIGURATION.exists():
            started = subprocess.run(
                ["bash", SCRIPT, "start", folder], capture_output=True, text=True, timeout=300
            )
            assert started.returncode == 0, started.stdout + started.stderr
        if not Cluster().is_ours():
            pytest.skip(f"{CONFIGURATION} is of a cluster of other machines: run these elsewhere")
        yield Cluster()


class GridEngine:
    """Grid Engine started by the tests. environment: for its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        lines = (folder / "env").read_text().splitlines()
        self.environment = dict(line.split("=", 1) for line in lines)

    def call(self, *command: str) -> str:
        environment = {**os.environ, **self.environment}
        return subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=60, env=environment
        ).stdout

    def jobs(self, *states: str) -> list[str]:
        """Return the numbers of the jobs in the queue; states: only in these (qw, r)."""
        rows = [line.split() for line in self.call("qstat").splitlines()[2:]]
        return [row[0] for row in rows if not states or row[4] in states]

    def engines(self) -> list[str]:
        """Return the embedded servers of running jobs: their run folders are below the jobs' temporary folders."""
        lines = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True).stdout
        ours = f"--run {self.folder}/tmp/"  # not the workers: they end after the current job
        return [line for line in lines.splitlines() if "serve_engine.py" in line and ours in line]

    def delete_all(self) -> None:
        if numbers := self.jobs():
            self.call("qdel", *numbers)
        for _ in range(150):
            if not self.jobs():
                return
            time.sleep(0.2)
        raise AssertionError("jobs are left after 30 s")


@pytest.fixture(scope="session")
def grid_engine_folder():
    folder = Path(tempfile.mkdtemp(prefix="grid-engine-tests-"))
    folder.chmod(0o755)
    yield folder
    subprocess.run(["bash", GRID_ENGINE, "stop", folder], timeout=60)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def grid_engine(grid_engine_folder: Path):
    folder = grid_engine_folder
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip(
            "a Grid Engine of our own needs root, and Debian or Ubuntu: run these tests as root, "
            "or in a container of debian:12"
        )
    if not (folder / "env").exists():
        with alone():  # both may install packages
            started = subprocess.run(
                ["bash", GRID_ENGINE, "start", folder], capture_output=True, text=True, timeout=300
            )
        assert started.returncode == 0, started.stdout + started.stderr
    engine = GridEngine(folder)
    yield engine
    engine.delete_all()
