"""Image of the pipeline, built once for all tests that run it, and podman.

Some minutes and 2 GB, as root: CONTAINER_TESTS=1 make test, after
apt install buildah podman catatonit runc debootstrap.
CONTAINER_BASE names another base image, as in CONTAINER_BASE=docker.io/library/python:3.11-slim (no debootstrap then).
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
BASE = os.environ.get("CONTAINER_BASE", "")
TOOLS = ["buildah", "podman", "catatonit", "runc", *([] if BASE else ["debootstrap"])]


def why_not() -> str:
    """Return the reason why the image cannot be built here, and the remedy; empty if it can."""
    if os.environ.get("CONTAINER_TESTS") != "1":
        return "takes some minutes: set CONTAINER_TESTS=1 to build the image and run it"
    if os.geteuid() != 0:
        return "building an image here needs root"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"missing: {', '.join(missing)}; apt install {' '.join(missing)}" if missing else ""


class Engine:
    """Podman with images of its own, in a folder removed with the test."""

    def __init__(self, folder: Path) -> None:
        self.store = ["--root", str(folder / "store"), "--runroot", str(folder / "run")]
        self.store += ["--storage-driver", "overlay"]

    def call(self, tool: str, *arguments: str, timeout_s: float = 900) -> str:
        command = [tool, *self.store, *arguments]
        result = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s)
        assert result.returncode == 0, (
            f"{command}\n{result.stdout[-3000:]}\n{result.stderr[-3000:]}"
        )
        return result.stdout.strip()

    def podman(self, *arguments: str) -> list[str]:
        return ["podman", *self.store, "--runtime", shutil.which("runc") or "runc", *arguments]


def debian(engine: Engine, folder: Path) -> str:
    """Build a base image with Debian's own Python."""
    rootfs = folder / "rootfs"
    include = "--include=python3,python3-venv,python3-pip,ca-certificates"
    command = ["debootstrap", "--variant=minbase", include, "bookworm", str(rootfs)]
    subprocess.run(command, check=True, capture_output=True, timeout=900)
    container = engine.call("buildah", "from", "scratch")
    engine.call("buildah", "add", "--quiet", container, str(rootfs), "/")
    engine.call("buildah", "commit", "--quiet", container, "localhost/base")
    engine.call("buildah", "rm", container)
    shutil.rmtree(rootfs)
    return "localhost/base"


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Podman with the image localhost/pipeline, built from a checkout that contains secrets."""
    if reason := why_not():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("engine")
    engine = Engine(folder)
    checkout = folder / "checkout"
    kept = shutil.ignore_patterns(".git", ".venv", ".snakemake", "output", "__pycache__")
    shutil.copytree(REPOSITORY, checkout, ignore=kept)
    for secret in (".env", "config/.env", "data/input/.env.local", "envs/container/.env"):
        (checkout / secret).write_text("OPENAI_API_KEY=do-not-tell\n")
    command = ["bud", "--isolation", "chroot", "--network", "host"]
    if bundle := os.environ.get("SSL_CERT_FILE"):
        command += ["--volume", f"{bundle}:/etc/ssl/certs/ca-certificates.crt:ro"]
    command += ["--build-arg", f"BASE={BASE or debian(engine, folder)}"]
    command += ["--file", str(checkout / "envs/container/Dockerfile")]
    command += ["--ignorefile", str(checkout / "envs/container/Dockerfile.dockerignore")]
    engine.call("buildah", *command, "--tag", "localhost/pipeline", str(checkout))
    yield engine
    engine.call("podman", "rm", "--all", "--force")
    engine.call("podman", "rmi", "--all", "--force")
