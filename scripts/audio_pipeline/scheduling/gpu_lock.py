"""Lock of a GPU shared by the language model and the picture model, with its memory freed between the two.

A byte of the lock file is locked shared by language model jobs and exclusively by a picture job. The file holds the
last user; a job of the other kind frees the memory while it has the GPU exclusively. Within a run, Snakemake starts all
scripts before the pictures. A run waits while another run does the other kind of work, until that pauses or has used up
its share, so that the models are not reloaded for each topic.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from audio_pipeline import locks
from audio_pipeline.locks import Wait
from audio_pipeline.run.folder import RUN_VARIABLE
from audio_pipeline.scheduling.server_pool import server_id
from audio_pipeline.slot_policy import GpuShare

OTHER = {"llm": "sd", "sd": "llm"}
_USE, _DECISION = 1000, 1001  # locked bytes, beyond the file's content
_IDLE_S = 10  # longer than a run needs between two jobs
_SHARE_S = 600  # longest time for one kind of work while the other waits
_EXPIRY_S = 600  # after which the servers may have loaded other models


@contextlib.contextmanager
def hold_gpu(folder: Path, gpu: GpuShare, free: Callable[[], None]) -> Iterator[None]:
    """Hold the GPU: shared for a language model job, exclusively for a picture.

    free: frees the memory that the other kind of work uses.
    """
    user = gpu.user
    name = server_id(*gpu.llm.url, *gpu.sd.url)
    wait = Wait("the GPU")
    descriptor = locks.open_lock_file(folder, f"{name}.gpu")
    try:
        with locks.queue(folder, f"{name}.gpu-{user}", wait):
            while not _acquire(descriptor, folder, name, user, free):
                wait.pause()
        wait.over()
        yield
        os.utime(descriptor)
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, folder: Path, name: str, user: str, free: Callable[[], None]) -> bool:
    """Lock the GPU. Return False if it is not available now."""
    kind = fcntl.LOCK_SH if user == "llm" else fcntl.LOCK_EX
    run = os.path.basename(os.environ.get(RUN_VARIABLE, ""))
    locks.acquire(descriptor, byte=_DECISION, wait=True)
    try:
        last = _last_use(descriptor)
        idle_s = time.time() - os.fstat(descriptor).st_mtime
        used_s = time.time() - last.get("since", 0)
        share_used_up = used_s > _SHARE_S
        if last.get("user") == user and idle_s < _EXPIRY_S:
            if share_used_up and locks.is_queue_busy(folder, f"{name}.gpu-{OTHER[user]}"):
                return False
            if not locks.acquire(descriptor, kind, _USE):
                return False
            _store(descriptor, {**last, "run": run})
            return True
        if last and last.get("run") != run and idle_s < _IDLE_S and not share_used_up:
            return False
        if not locks.acquire(descriptor, fcntl.LOCK_EX, _USE):
            return False
        free()
        _store(descriptor, {"user": user, "run": run, "since": time.time()})
        return locks.acquire(descriptor, kind, _USE)
    finally:
        locks.release(descriptor, _DECISION)


def _last_use(descriptor: int) -> dict[str, Any]:
    """Return the last user, its run and when its share began, or {} if that cannot be read."""
    try:
        last = json.loads(os.pread(descriptor, 1000, 0))
        return last if isinstance(last["since"], int | float) else {}
    except (ValueError, TypeError, KeyError):
        return {}


def _store(descriptor: int, last: Mapping[str, Any]) -> None:
    data = json.dumps(last).encode()
    os.pwrite(descriptor, data, 0)
    os.ftruncate(descriptor, len(data))
