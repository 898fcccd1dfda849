"""The state of Slurm jobs: why one does not start, with what to change, and how one ended (see slurm_log).

Source: Slurm 22.05 and 24.05, squeue(1), "JOB REASON CODES"; sinfo(1).
"""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

_TIMEOUT_S = 20
_FOR_EVER = {"PartitionConfig", "PartitionNodeLimit", "BadConstraints"}
_REASONS = {
    r"Resources": "all nodes that could run it are busy",
    r"Priority": "other jobs are ahead of it in the queue",
    r"(?:None|Prolog)": "Slurm has not considered it yet",
    r"BeginTime": "it may not begin yet; Slurm puts a job off for two minutes when its node has failed",
    r"PartitionTimeLimit": "it asks for more time than its partition allows: lower runtime",
    r"Partition(?:Down|Inactive)": "its partition is closed: ask the cluster's administrators",
    r"(?:PartitionConfig|PartitionNodeLimit|BadConstraints)": "its partition has no node that could run it",
    r"Licenses": "it waits for a licence",
    r"(?:JobLaunch|launch.failed|JobHoldMaxRequeue)": "its node could not start it, and it is held: look at sinfo -R, "
    "then scontrol release {number}",
    r"JobHeld": "it is held: scontrol release {number}",
    r"Reservation|ReqNodeNotAvail|Nodes required|NodeDown": "nodes that it needs are down or reserved: sinfo -R",
    r"(?:Assoc|QOS|User|Max).*": "it is over a limit of your account or QOS ({reason}): lower jobs, or wait",
}


@dataclass(frozen=True)
class Waiting:
    """A job that has not started. reason: Slurm's code; time: its limit as squeue shows it."""

    number: str
    partition: str
    reason: str
    cpus: int
    mem_mb: int
    time: str


@dataclass(frozen=True)
class Node:
    """The largest values of a partition's nodes, not necessarily of the same node."""

    cpus: int
    mem_mb: int


@dataclass(frozen=True)
class Ended:
    """A job that has ended. state: Slurm's code; mem_mb: 0 if unknown; node_is_out: why the node is out of service."""

    state: str
    mem_mb: int = 0
    time: str = ""
    node: str = ""
    node_is_out: str = ""


def waiting(run: str, call: Callable[[list[str]], str] | None = None) -> list[Waiting]:
    """Return the jobs of a run that have not started. run: their name; call: runs a command, for tests."""
    output = (call or _run)(
        ["squeue", "--noheader", "--states=PENDING", f"--name={run}", "--format=%i|%P|%r|%C|%m|%l"]
    )
    jobs = []
    for line in output.splitlines():
        parts = line.strip().split("|")
        if len(parts) == 6 and parts[3].isdecimal():
            number, partition, reason, cpus, memory, time = parts
            jobs.append(Waiting(number, partition, reason, int(cpus), _mb(memory), time))
    return jobs


def largest_node(partition: str, call: Callable[[list[str]], str] | None = None) -> Node | None:
    """Return the largest values of a partition's nodes. Returns None if Slurm shows none."""
    output = (call or _run)(
        ["sinfo", "--noheader", "--exact", f"--partition={partition}", "--format=%c|%m"]
    )
    lines = re.findall(r"^\s*(\d+)\+?\|(\d+\w?)", output, re.MULTILINE)
    sizes = [(int(cpus), _mb(memory)) for cpus, memory in lines]
    return Node(*map(max, zip(*sizes, strict=True))) if sizes else None


def ended(number: str, call: Callable[[list[str]], str] | None = None) -> Ended | None:
    """Return the last state of a job. Returns None if Slurm does not show it any more."""
    call = call or _run
    format_ = "--format=%T|%m|%l|%N"
    output = call(["squeue", "--noheader", "--states=all", f"--jobs={number}", format_])
    parts = output.strip().split("|")
    if len(parts) != 4:
        return None
    state, memory, time, node = parts
    node = node if re.fullmatch(r"[\w.-]+", node) else ""
    out = call(["sinfo", "--noheader", f"--nodes={node}", "--format=%E"]) if node else ""
    reason = out.strip().split("\n")[0]
    return Ended(state, _mb(memory), time, node, "" if reason == "none" else reason)


def cancel(numbers: list[str]) -> None:
    _run(["scancel", *numbers])


def cancel_waiting(run: str) -> None:
    """Cancel the jobs of a run that have not started."""
    _run(["scancel", "--state=PENDING", f"--name={run}"])


def cancel_all(run: str) -> None:
    """Cancel every job of a run."""
    _run(["scancel", f"--name={run}"])


def can_never_begin(job: Waiting, node: Node | None) -> bool:
    """True if no node of its partition can ever hold the job. Limits that may be changed do not count."""
    too_large = node and (job.cpus > node.cpus or job.mem_mb > node.mem_mb)
    return bool(too_large) and (job.reason in _FOR_EVER or job.reason in ("Resources", "None"))


def explain(job: Waiting, node: Node | None) -> str:
    """Return a message: why the job does not start, what it requests, what the largest node has, what to do."""
    reason = next(
        (text for pattern, text in _REASONS.items() if re.match(pattern, job.reason)),
        "Slurm's reason is {reason}",
    ).format(number=job.number, reason=job.reason)
    requested = f"it asks for {job.cpus} CPUs, {job.mem_mb} MB and {job.time}"
    if not node:
        return f"{reason}; {requested}"
    available = f"the largest node of {job.partition} has {node.cpus} CPUs and {node.mem_mb} MB"
    advice = [
        f"lower {setting} in the profile (set-threads, set-resources, default-resources)"
        for setting, too_much in (
            ("threads", job.cpus > node.cpus),
            ("mem_mb", job.mem_mb > node.mem_mb),
        )
        if too_much
    ]
    return "; ".join([reason, requested, available, *advice])


def _mb(memory: str) -> int:
    """Parse a size of squeue or sinfo (600M, 3G, 3000) into MB; 0 if it is unknown."""
    match = re.match(r"(\d+)(?:\.\d+)?([KMGT]?)", memory)
    if not match:
        return 0
    return int(int(match[1]) * {"K": 1 / 1024, "G": 1024, "T": 1024**2}.get(match[2], 1))


def _run(command: list[str]) -> str:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError):
        return ""  # polled again soon
    return ended.stdout
