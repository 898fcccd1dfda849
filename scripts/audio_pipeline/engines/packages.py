"""Packages of embedded engines that few projects need: fetched when first used, into the cache of downloads."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from audio_pipeline import locks
from audio_pipeline.engines import models
from audio_pipeline.errors import EngineError
from audio_pipeline.files import WORKFLOW

_LONGEST_S = 1800


def fetched(package: str, lock: str) -> Path:
    """Return the folder of a package, which can be imported from now on. Fetches it if it is not there.

    lock: requirements file in envs/, with hashes. Raises EngineError: the package index does not send it.
    """
    folder = installed(package, lock)
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return folder / package


def installed(name: str, lock: str) -> Path:
    """Return the folder with the packages of a lock, fetched if they are not there. Raises EngineError."""
    requirements = WORKFLOW / "envs" / lock
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = models.cache() / "packages" / f"{name}-{digest}-{version}"
    if not folder.is_dir():
        with locks.exclusive(models.cache() / "packages", folder.name, timeout_s=_LONGEST_S):
            if not folder.is_dir():
                _install(name, requirements, folder)
    return folder


def _install(name: str, requirements: Path, folder: Path) -> None:
    print(f"fetching {name}, once for all checkouts")
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    command = (
        "-m pip install -q --disable-pip-version-check --no-deps --only-binary=:all: --no-compile "
        "--require-hashes"
    )
    try:
        result = subprocess.run(
            [sys.executable, *command.split(), "-r", str(requirements), "--target", str(part)],
            capture_output=True,
            text=True,
            timeout=_LONGEST_S,
        )
    except subprocess.TimeoutExpired:
        raise EngineError(f"{name} could not be fetched in {_LONGEST_S} s; run again") from None
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no message"])[-1]
        raise EngineError(
            f"{name} could not be fetched ({reason}); run again with access to the package index"
        )
    part.rename(folder)
