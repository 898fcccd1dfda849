"""One GPU for the language model and the pictures: never both at once, and the memory freed in between.

Its file has a byte that language model jobs lock together and a picture job alone, and says who had it last: the job
that changes that frees the memory, with the GPU to itself. Within a run, Snakemake asks for all scripts before the
pictures. Of two runs, one that finds the other at the other kind of work waits until that has rested for a moment, or
has had its share, so that the models are not loaded in turn for each topic.
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
_USE, _DECISION = 1000, 1001  # bytes that are locked, beyond those that are written
_REST_S = 10  # longer than a run needs from one job to the next
_SHARE_S = 600  # longest time for one kind of work while the other waits
_FORGOTTEN_S = 600  # who knows what the servers have loaded since


@contextlib.contextmanager
def turn(folder: Path, gpu: GpuShare, free: Callable[[], None]) -> Iterator[None]:
    """Have the GPU: a language model job beside others of its kind, a picture alone.

    free: frees the memory that the other kind of work holds.
    """
    user = gpu.user
    name = server_id(*gpu.llm.url, *gpu.sd.url)
    wait = Wait("the GPU")
    descriptor = locks.open_lock_file(folder, f"{name}.gpu")
    try:
        with locks.queue(folder, f"{name}.gpu-{user}", wait):
            while not _had(descriptor, folder, name, user, free):
                wait.pause()
        wait.over()
        yield
        os.utime(descriptor)
    finally:
        os.close(descriptor)


def _had(descriptor: int, folder: Path, name: str, user: str, free: Callable[[], None]) -> bool:
    """Lock the GPU, if it may be had now."""
    kind = fcntl.LOCK_SH if user == "llm" else fcntl.LOCK_EX
    run = os.path.basename(os.environ.get(RUN_VARIABLE, ""))
    locks.acquire(descriptor, byte=_DECISION, wait=True)
    try:
        last = _last(descriptor)
        rested_s = time.time() - os.fstat(descriptor).st_mtime
        had_s = time.time() - last.get("since", 0)
        shared_out = had_s > _SHARE_S
        if last.get("user") == user and rested_s < _FORGOTTEN_S:
            if shared_out and locks.is_queue_busy(folder, f"{name}.gpu-{OTHER[user]}"):
                return False
            if not locks.acquire(descriptor, kind, _USE):
                return False
            _remember(descriptor, {**last, "run": run})
            return True
        if last and last.get("run") != run and rested_s < _REST_S and not shared_out:
            return False
        if not locks.acquire(descriptor, fcntl.LOCK_EX, _USE):
            return False
        free()
        _remember(descriptor, {"user": user, "run": run, "since": time.time()})
        return locks.acquire(descriptor, kind, _USE)
    finally:
        locks.release(descriptor, _DECISION)


def _last(descriptor: int) -> dict[str, Any]:
    """Who had the GPU last; nothing, if that cannot be read."""
    try:
        found = json.loads(os.pread(descriptor, 1000, 0))
        return found if isinstance(found["since"], int | float) else {}
    except (ValueError, TypeError, KeyError):
        return {}


def _remember(descriptor: int, last: Mapping[str, Any]) -> None:
    data = json.dumps(last).encode()
    os.pwrite(descriptor, data, 0)
    os.ftruncate(descriptor, len(data))
