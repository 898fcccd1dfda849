"""Turns at a service: which of several servers a job asks, and how jobs of many runs keep to one server's cap.

A server has a file, each byte of which is a place: who has locked it may ask for something to be made (locks.py).
The files lie in the run's folder, or in `shared_caps`, where all runs and users meet. A run locks only the first bytes,
as many as its own cap is, so that the largest cap of them all holds. Who finds no place free waits in the queue of a
gate; only its first one looks again, two hundred times a second, ten times in `shared_caps`.
A server that is down is left out: by the job that finds it so, with one line for the run. Half a minute later one job
looks whether it answers, and then takes it back. The run's memory of that is run/circuit_breaker.py's.
In a run on one machine, jobs take turns at a single server too: then the next one can be ready at the door (see
snakemake_adapter/dispatch.py).
"""

import contextlib
import hashlib
import os
import platform
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from audio_pipeline import address, locks
from audio_pipeline.errors import PipelineError, RequestRefused, ServiceUnavailable
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.locks import Wait
from audio_pipeline.run.circuit_breaker import CircuitBreaker
from audio_pipeline.run.folder import RunFolder
from audio_pipeline.settings import Server, ServiceSettings
from audio_pipeline.slot_policy import GpuShare, SlotPolicy

# What tells that a server is there, and costs it nothing. Whatever it answers, it answers.
_PROBE = {
    "ollama": "/api/version",
    "piper": "/voices",
    "stable-diffusion": "/sdapi/v1/sd-models",
    "openai": "/models",
}
_PROBE_S = 2
_PAUSE_S, _PAUSE_SHARED_S = 0.005, 0.1  # between two looks for a free place

T = TypeVar("T")


class Lease:
    """A job's turn at a server, as a context that can be entered again within itself. place: waits for it."""

    def __init__(self, place: Callable[[], contextlib.AbstractContextManager[Any]]) -> None:
        self._place, self._held, self._depth = place, contextlib.ExitStack(), 0

    def __enter__(self) -> None:
        if not self._depth:
            self._held.enter_context(self._place())
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._held.close()


def with_server(
    policy: SlotPolicy | None,
    settings: ServiceSettings,
    http: HttpPolicy,
    use: Callable[[Server, HttpPolicy], T],
    free_gpu: Callable[[GpuShare, HttpPolicy], None] = lambda gpu, http: None,
) -> T:
    """What `use` makes of a server, and of http with a lease there; else at another server.

    policy: None if nothing is to be waited for. The client takes the turn for what makes something: what is done before
    and after that keeps nobody waiting. (Of several servers, one is chosen by who has a place free: there the turn has
    begun already.)
    free_gpu: frees the memory of a GPU that is shared with another kind of work.
    Raises ServiceUnavailable, RequestRefused: no server did it; and what else `use` raises.
    """
    if policy is None:
        return use(settings.servers[0], http)
    folder, gpu = _folder(policy), policy.gpu
    if not gpu or not folder:
        return _at_one(policy, settings, http, use)
    from audio_pipeline.scheduling import gpu_lock

    with gpu_lock.turn(folder, gpu, lambda: free_gpu(gpu, http)):
        return _at_one(policy, settings, http, use)


def open_circuit(url: str, fault: PipelineError) -> str | None:
    """Ask this one of several servers no more until it answers, or, where it refused, ever. The run's line, once."""
    for_good = not isinstance(fault, ServiceUnavailable)
    how_long = "for the rest of the run" if for_good else "until it responds"
    if CircuitBreaker(url).open(str(fault), for_good=for_good):
        return f"note: {fault}; another server is used {how_long}"
    return None


def is_circuit_open(url: str) -> bool:
    return CircuitBreaker(url).last_reason() is not None


def server_id(*urls: str) -> str:
    """Names the servers in a folder that machines may share: there, loopback is another server on each of them."""
    named = []
    for url in sorted(urls):
        parts = urlsplit(url.lower())
        host = platform.node() if address.is_loopback(url) else parts.hostname
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        named.append(f"{host}:{port}{parts.path.rstrip('/').removesuffix('/v1')}")
    return hashlib.sha256(" ".join(named).encode()).hexdigest()[:16]


def _folder(policy: SlotPolicy | None = None) -> Path | None:
    """Where the turns are agreed on; None: outside of a run, or on another machine than it, there is nobody to meet."""
    if policy and policy.folder:
        return policy.folder
    run = RunFolder.current()
    return run.path if run else None


def _at_one(
    policy: SlotPolicy,
    settings: ServiceSettings,
    http: HttpPolicy,
    use: Callable[[Server, HttpPolicy], T],
) -> T:
    servers = {server.url: server for server in settings.servers}
    urls = list(servers)
    if len(urls) == 1:
        # The folder as it is when the turn begins: the run may have ended since.
        lease = Lease(lambda: _place(policy, urls, {}, settings, http))
        return use(servers[urls[0]], replace(http, has_fallback=False, lease=lease))
    faults: dict[str, PipelineError] = {}
    while True:
        with _one_of_all(policy, urls), _place(policy, urls, faults, settings, http) as url:
            others = len(_not_left_out(urls, [*faults, url])) > 0
            try:
                answer = use(servers[url], replace(http, has_fallback=others))
                break
            except (ServiceUnavailable, RequestRefused) as fault:
                faults[url] = fault
                print(f"{fault}; {'asking another server' if others else 'it was the last one'}")
                if isinstance(fault, _down()):
                    _say(open_circuit(url, fault))
    for url, cause in faults.items():  # what one could do, is the other's fault
        _say(open_circuit(url, cause))
    return answer


@contextlib.contextmanager
def _one_of_all(policy: SlotPolicy, urls: list[str]) -> Iterator[None]:
    """Hold one of the requests that the run may have at all servers together, where that is less than their caps."""
    total, folder = policy.total, _folder()
    if not total or not folder:
        yield
        return
    name = f"{server_id(*urls)}.total"
    wait = Wait(f"one of {total} requests of the run")
    with locks.queue(folder, f"{name}.gate", wait):
        descriptor = locks.open_lock_file(folder, name)
        while not any(locks.acquire(descriptor, byte=place) for place in range(total)):
            wait.pause()
    wait.over()
    try:
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _place(
    policy: SlotPolicy,
    urls: list[str],
    faults: Mapping[str, PipelineError],
    settings: ServiceSettings,
    http: HttpPolicy,
) -> Iterator[str]:
    """Hold a place at the server with the most free ones. Raises: there is no server left."""
    folder = _folder(policy)
    if folder is None:
        yield random.choice(_left(urls, faults))
        return
    wait = Wait(f"a slot at {' or '.join(urls)}")
    with locks.queue(folder, f"{server_id(*urls)}.gate", wait):
        while True:
            if len(urls) > 1:
                _close_circuits(urls, settings, http)
            found = _most_free(folder, _left(urls, faults), policy.cap)
            if found:
                break
            wait.pause(_PAUSE_SHARED_S if policy.folder else _PAUSE_S)
    wait.over()
    url, descriptor = found
    try:
        yield url
    finally:
        os.close(descriptor)


def _most_free(folder: Path, urls: list[str], cap: int) -> tuple[str, int] | None:
    """A server, of equal ones that whose turn is longest ago, and the descriptor by which a place there is held."""
    found = []
    for url in urls:
        descriptor = locks.open_lock_file(folder, f"{server_id(url)}.places")
        # From above: the first places are the only ones for runs with a smaller cap.
        free = [n for n in reversed(range(cap)) if locks.acquire(descriptor, byte=n)]
        found.append((-len(free), os.fstat(descriptor).st_mtime_ns, url, descriptor, free))
    found.sort()
    for *_, descriptor, _ in found[1:]:
        os.close(descriptor)
    _, _, url, descriptor, free = found[0]
    if not free:
        os.close(descriptor)
        return None
    for place in free[1:]:
        locks.release(descriptor, place)
    os.utime(descriptor)
    return url, descriptor


def _not_left_out(urls: list[str], but: Any) -> list[str]:
    return [url for url in urls if url not in but and not is_circuit_open(url)]


def _left(urls: list[str], faults: Mapping[str, PipelineError]) -> list[str]:
    """The servers that this job can still ask. Raises ServiceUnavailable, RequestRefused: none, with why for each."""
    left = _not_left_out(urls, faults) if len(urls) > 1 else urls
    if left:
        return left
    reasons = [str(faults.get(url) or CircuitBreaker(url).last_reason()) for url in urls]
    message = "; ".join(dict.fromkeys(reasons))
    if len(faults) == len(urls) and all(isinstance(f, RequestRefused) for f in faults.values()):
        raise RequestRefused(message)
    raise ServiceUnavailable(message if faults else f"not asked: {message}")


def _close_circuits(urls: list[str], settings: ServiceSettings, http: HttpPolicy) -> None:
    """Look at the servers that were left out for long enough; in the gate, so that one job does it for all."""
    from audio_pipeline.http.client import Client

    for url in urls:
        mark = CircuitBreaker(url)
        reason = mark.last_reason()
        if reason is None or mark.reason():
            continue
        connect_s = min(http.connect_timeout_s, _PROBE_S)
        quick = replace(http, tries=1, connect_timeout_s=connect_s, has_fallback=True)
        try:
            Client("it", url, timeout_s=_PROBE_S, http=quick).has(_PROBE[settings.engine])
        except ServiceUnavailable:
            mark.open(reason)
            continue
        except PipelineError:
            pass  # a refusal, for want of a key, is an answer
        mark.close()
        _say(f"note: {url} responds again and is used")


def _say(line: str | None) -> None:
    if line:
        print(line, flush=True)


def _down() -> type[Exception]:
    from audio_pipeline.http.errors import Down  # requests: only jobs that ask need it

    return Down
