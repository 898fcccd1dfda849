"""Why a Slurm job does not begin, in words: what it asks for, what the largest node has, and what to change.

And how one ended that did (cluster/slurm_log.py has the words).
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
    r"Priority": "others are before it in the queue",
    r"(?:None|Prolog)": "Slurm has not looked at it yet",
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
    """A job that has not begun. reason: Slurm's word; minutes: as squeue shows them."""

    number: str
    partition: str
    reason: str
    cpus: int
    mem_mb: int
    time: str


@dataclass(frozen=True)
class Node:
    """The most that a node of a partition has; the two may be of different nodes."""

    cpus: int
    mem_mb: int


@dataclass(frozen=True)
class Ended:
    """A job that has ended. state: Slurm's word; mem_mb: 0 if not said; node_is_out: why, if it is out of service."""

    state: str
    mem_mb: int = 0
    time: str = ""
    node: str = ""
    node_is_out: str = ""


def waiting(run: str, call: Callable[[list[str]], str] | None = None) -> list[Waiting]:
    """The jobs of a run that have not begun. run: their name; call: runs a command, to be replaced in tests."""
    told = (call or _output)(
        ["squeue", "--noheader", "--states=PENDING", f"--name={run}", "--format=%i|%P|%r|%C|%m|%l"]
    )
    found = []
    for line in told.splitlines():
        parts = line.strip().split("|")
        if len(parts) == 6 and parts[3].isdecimal():
            number, partition, reason, cpus, memory, time = parts
            found.append(Waiting(number, partition, reason, int(cpus), _mb(memory), time))
    return found


def largest_node(partition: str, call: Callable[[list[str]], str] | None = None) -> Node | None:
    """Returns None if Slurm does not say."""
    told = (call or _output)(
        ["sinfo", "--noheader", "--exact", f"--partition={partition}", "--format=%c|%m"]
    )
    lines = re.findall(r"^\s*(\d+)\+?\|(\d+\w?)", told, re.MULTILINE)
    known = [(int(cpus), _mb(memory)) for cpus, memory in lines]
    return Node(*map(max, zip(*known, strict=True))) if known else None


def ended(number: str, call: Callable[[list[str]], str] | None = None) -> Ended | None:
    """Returns None if Slurm does not say."""
    call = call or _output
    format_ = "--format=%T|%m|%l|%N"
    told = call(["squeue", "--noheader", "--states=all", f"--jobs={number}", format_])
    parts = told.strip().split("|")
    if len(parts) != 4:
        return None
    state, memory, time, node = parts
    node = node if re.fullmatch(r"[\w.-]+", node) else ""
    out = call(["sinfo", "--noheader", f"--nodes={node}", "--format=%E"]) if node else ""
    reason = out.strip().split("\n")[0]
    return Ended(state, _mb(memory), time, node, "" if reason == "none" else reason)


def cancel(numbers: list[str]) -> None:
    _output(["scancel", *numbers])


def cancel_waiting(run: str) -> None:
    """Cancel the jobs of a run that have not begun."""
    _output(["scancel", "--state=PENDING", f"--name={run}"])


def cancel_all(run: str) -> None:
    """Cancel every job of a run."""
    _output(["scancel", f"--name={run}"])


def can_never_begin(job: Waiting, node: Node | None) -> bool:
    """True if no node of its partition can ever hold the job. A limit that others may change is none of these."""
    too_large = node and (job.cpus > node.cpus or job.mem_mb > node.mem_mb)
    return bool(too_large) and (job.reason in _FOR_EVER or job.reason in ("Resources", "None"))


def explained(job: Waiting, node: Node | None) -> str:
    """Why the job does not begin, what it asks for, what there is, what to do."""
    why = next(
        (said for known, said in _REASONS.items() if re.match(known, job.reason)),
        "Slurm's reason is {reason}",
    ).format(number=job.number, reason=job.reason)
    asked = f"it asks for {job.cpus} CPUs, {job.mem_mb} MB and {job.time}"
    if not node:
        return f"{why}; {asked}"
    has = f"the largest node of {job.partition} has {node.cpus} CPUs and {node.mem_mb} MB"
    lower = [
        f"lower {what} in the profile (set-threads, set-resources, default-resources)"
        for what, too_much in (
            ("threads", job.cpus > node.cpus),
            ("mem_mb", job.mem_mb > node.mem_mb),
        )
        if too_much
    ]
    return "; ".join([why, asked, has, *lower])


def _mb(memory: str) -> int:
    """600M, 3G or 3000, as squeue and sinfo show it, in MB; 0: not said."""
    found = re.match(r"(\d+)(?:\.\d+)?([KMGT]?)", memory)
    if not found:
        return 0
    return int(int(found[1]) * {"K": 1 / 1024, "G": 1024, "T": 1024**2}.get(found[2], 1))


def _output(command: list[str]) -> str:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError):
        return ""  # asked again in a moment
    return ended.stdout
