"""Server pool: choose one of several servers for a job, and hold a slot there within the server's cap.

Each byte of a server's lock file is a slot. The files lie in the run's folder, or in `shared_caps` for all runs and
users. A run uses only the first bytes, as many as its own cap, so that the largest cap of all runs holds. Jobs without
a slot wait in a queue, whose head polls 200 times a second, or 10 times in `shared_caps`.
A job that finds a server down opens its circuit (run/circuit_breaker.py), with one line for the run. Half a minute
later one job probes the server, and closes the circuit if it responds.
A single server has slots too: a job can then be prepared while it waits (snakemake_adapter/dispatch.py).
"""

import contextlib
import hashlib
import os
import platform
import random
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from audio_pipeline import address, locks
from audio_pipeline.errors import PipelineError, RequestRefused, ServiceError, ServiceUnavailable
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.locks import Wait
from audio_pipeline.run import unusable
from audio_pipeline.run.circuit_breaker import CircuitBreaker
from audio_pipeline.run.folder import RunFolder
from audio_pipeline.settings import Server, ServiceSettings
from audio_pipeline.slot_policy import GpuShare, SlotPolicy

# Cheap paths to probe a server with; any answer will do.
_PROBE = {
    "ollama": "/api/version",
    "piper": "/voices",
    "stable-diffusion": "/sdapi/v1/sd-models",
    "comfyui": "/system_stats",
    "openai": "/models",
}
_PROBE_S = 2
_PAUSE_S, _PAUSE_SHARED_S = 0.005, 0.1  # between two polls for a free slot

T = TypeVar("T")


class Lease:
    """A job's slot at a server, as a reentrant context. slot: returns a context that waits for the slot."""

    def __init__(self, slot: Callable[[], contextlib.AbstractContextManager[Any]]) -> None:
        self._slot, self._stack, self._depth = slot, contextlib.ExitStack(), 0

    def __enter__(self) -> None:
        if not self._depth:
            self._stack.enter_context(self._slot())
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._stack.close()


def with_server(
    policy: SlotPolicy | None,
    settings: ServiceSettings,
    http: HttpPolicy,
    use: Callable[[Server, HttpPolicy], T],
    free_gpu: Callable[[GpuShare, HttpPolicy], None] = lambda gpu, http: None,
) -> T:
    """Return what `use` returns for one of the servers, trying the next one where it fails.

    policy: None if no slot is needed; use: called with the server and an HttpPolicy. At a single server, the policy has
    a lease, which the client enters only while the server generates something. At one of several, the slot is held from
    the start, as the choice depends on free slots.
    free_gpu: frees the memory of a GPU that is shared with another kind of work.
    Raises ServiceError: the run's preflight check failed; ServiceUnavailable, RequestRefused: all servers failed; and
    whatever else `use` raises.
    """
    if reason := unusable.reason(settings):
        raise ServiceError(reason)
    if policy is None:
        return use(settings.servers[0], http)
    folder, gpu = _folder(policy), policy.gpu
    if not gpu or not folder:
        return _use_one(policy, settings, http, use)
    from audio_pipeline.scheduling import gpu_lock

    with gpu_lock.hold_gpu(folder, gpu, lambda: free_gpu(gpu, http)):
        return _use_one(policy, settings, http, use)


def open_circuit(url: str, fault: PipelineError) -> str | None:
    """Open the circuit of one of several servers, for good if it refused. Returns a line to show, or None if open."""
    for_good = not isinstance(fault, ServiceUnavailable)
    how_long = "for the rest of the run" if for_good else "until it responds"
    if CircuitBreaker(url).open(str(fault), for_good=for_good):
        return f"note: {fault}; another server is used {how_long}"
    return None


def is_circuit_open(url: str) -> bool:
    return CircuitBreaker(url).last_reason() is not None


def server_id(*urls: str) -> str:
    """Return a name for the servers. Loopback addresses are named by the machine, as machines may share the folder."""
    names = []
    for url in sorted(urls):
        parts = urlsplit(url.lower())
        host = platform.node() if address.is_loopback(url) else parts.hostname
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        names.append(f"{host}:{port}{parts.path.rstrip('/').removesuffix('/v1')}")
    return hashlib.sha256(" ".join(names).encode()).hexdigest()[:16]


def _folder(policy: SlotPolicy | None = None) -> Path | None:
    """Return the folder of the lock files. Returns None outside of a run and on another machine than the run's."""
    if policy and policy.folder:
        return policy.folder
    run = RunFolder.current()
    return run.path if run else None


def _use_one(
    policy: SlotPolicy,
    settings: ServiceSettings,
    http: HttpPolicy,
    use: Callable[[Server, HttpPolicy], T],
) -> T:
    servers = {server.url: server for server in settings.servers}
    urls = list(servers)
    if len(urls) == 1:
        # The run may end before the lease is entered, so the folder is looked up then.
        lease = Lease(lambda: _slot(policy, urls, {}, settings, http))
        return use(servers[urls[0]], replace(http, has_fallback=False, lease=lease))
    faults: dict[str, PipelineError] = {}
    while True:
        with _run_slot(policy, urls), _slot(policy, urls, faults, settings, http) as url:
            has_fallback = len(_with_closed_circuit(urls, [*faults, url])) > 0
            try:
                answer = use(servers[url], replace(http, has_fallback=has_fallback))
            except (ServiceUnavailable, RequestRefused) as fault:
                faults[url] = fault
                print(
                    f"{fault}; {'asking another server' if has_fallback else 'no server is left'}"
                )
                if isinstance(fault, _down()):
                    _print(open_circuit(url, fault))
                continue
            for (
                failed,
                cause,
            ) in faults.items():  # this server succeeded: the request is not to blame
                _print(open_circuit(failed, cause))
            return answer


@contextlib.contextmanager
def _run_slot(policy: SlotPolicy, urls: list[str]) -> Iterator[None]:
    """Hold one of the run's total requests, where these are fewer than the servers' caps allow."""
    total, folder = policy.total, _folder()
    if not total or not folder:
        yield
        return
    name = f"{server_id(*urls)}.total"
    wait = Wait(f"one of {total} requests of the run")
    with locks.queue(folder, f"{name}.gate", wait):
        descriptor = locks.open_lock_file(folder, name)
        while not any(locks.acquire(descriptor, byte=byte) for byte in range(total)):
            wait.pause()
    wait.over()
    try:
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _slot(
    policy: SlotPolicy,
    urls: list[str],
    faults: Mapping[str, PipelineError],
    settings: ServiceSettings,
    http: HttpPolicy,
) -> Iterator[str]:
    """Hold a slot at the server with the most free ones. Raises as `_usable` does."""
    folder = _folder(policy)
    if folder is None:
        yield random.choice(_usable(urls, faults))
        return
    wait = Wait(f"a slot at {' or '.join(urls)}")
    with locks.queue(folder, f"{server_id(*urls)}.gate", wait):
        while True:
            if len(urls) > 1:
                _probe_open_circuits(urls, settings, http)
            slot = _acquire_at_most_free(folder, _usable(urls, faults), policy.cap)
            if slot:
                break
            wait.pause(_PAUSE_SHARED_S if policy.folder else _PAUSE_S)
    wait.over()
    url, descriptor = slot
    try:
        yield url
    finally:
        os.close(descriptor)


def _acquire_at_most_free(folder: Path, urls: list[str], cap: int) -> tuple[str, int] | None:
    """Return the server with the most free slots, the least recently used of equals, and the slot's descriptor."""
    candidates = []
    for url in urls:
        descriptor = locks.open_lock_file(folder, f"{server_id(url)}.places")
        # Last byte first: runs with a smaller cap can use the first bytes only.
        free = [byte for byte in reversed(range(cap)) if locks.acquire(descriptor, byte=byte)]
        candidates.append((-len(free), os.fstat(descriptor).st_mtime_ns, url, descriptor, free))
    candidates.sort()
    for *_, descriptor, _ in candidates[1:]:
        os.close(descriptor)
    _, _, url, descriptor, free = candidates[0]
    if not free:
        os.close(descriptor)
        return None
    for byte in free[1:]:
        locks.release(descriptor, byte)
    os.utime(descriptor)
    return url, descriptor


def _with_closed_circuit(urls: list[str], excluded: Collection[str]) -> list[str]:
    return [url for url in urls if url not in excluded and not is_circuit_open(url)]


def _usable(urls: list[str], faults: Mapping[str, PipelineError]) -> list[str]:
    """Return the servers that this job can still ask. Raises ServiceUnavailable, RequestRefused: none is left."""
    usable = _with_closed_circuit(urls, faults) if len(urls) > 1 else urls
    if usable:
        return usable
    reasons = [str(faults.get(url) or CircuitBreaker(url).last_reason()) for url in urls]
    message = "; ".join(dict.fromkeys(reasons))
    if len(faults) == len(urls) and all(isinstance(f, RequestRefused) for f in faults.values()):
        raise RequestRefused(message)
    raise ServiceUnavailable(message if faults else f"not asked: {message}")


def _probe_open_circuits(urls: list[str], settings: ServiceSettings, http: HttpPolicy) -> None:
    """Probe the servers whose circuits have been open for long enough; called by the head of the queue only."""
    from audio_pipeline.http.client import Client

    for url in urls:
        circuit = CircuitBreaker(url)
        reason = circuit.last_reason()
        if reason is None or circuit.current_reason():
            continue
        connect_s = min(http.connect_timeout_s, _PROBE_S)
        quick = replace(http, tries=1, connect_timeout_s=connect_s, has_fallback=True)
        try:
            Client("it", url, timeout_s=_PROBE_S, http=quick).probe(_PROBE[settings.engine])
        except ServiceUnavailable:
            circuit.open(reason)
            continue
        except PipelineError:
            pass  # a refusal, such as for a missing key, is an answer
        circuit.close()
        _print(f"note: {url} responds again and is used")


def _print(line: str | None) -> None:
    if line:
        print(line, flush=True)


def _down() -> type[Exception]:
    from audio_pipeline.http.errors import Down  # imports requests, which is slow

    return Down
