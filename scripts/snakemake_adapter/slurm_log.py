"""The reason why a Slurm job ended early, and what to do, from its last state and its log.

Source: Slurm 22.05 and 24.05, squeue(1), "JOB STATE CODES"; src/slurmd/slurmstepd/slurmstepd_job.c and mgr.c
("*** JOB 12 ON n1 CANCELLED AT … ***"); src/plugins/task/cgroup, src/plugins/jobacct_gather.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from audio_pipeline.reporting.progress import UNKNOWN

from snakemake_adapter.slurm_queue import Ended

CANCELLED = "it was cancelled: run again"
_MEMORY = "raise mem_mb of {rule} in the profile (set-resources)"
# By a job's last state. {memory}, {time}, {node}: what it requested, and where it ran, if known.
_STATES = {
    "TIMEOUT": "it ran out of time{time}: raise runtime (minutes) in the profile (default-resources)",
    "OUT_OF_MEMORY": f"it ran out of memory{{memory}}: {_MEMORY}",
    "NODE_FAIL": "its node{node} failed: run again",
    "BOOT_FAIL": "its node{node} did not boot: run again",
    "DEADLINE": "its deadline passed before it was done: run again, with a later one (slurm_extra)",
    "PREEMPTED": "a job of higher priority took its node{node}: run again",
    "REVOKED": "another cluster of the federation took it: run again",
    "KILLED": f"it was killed, most likely because its node{{node}} ran out of memory{{memory}}: {_MEMORY}",
    "CANCELLED": CANCELLED,
}
_OUT = "its node {node} is out of service ({why}): run again, on other nodes, and tell the cluster's administrators"
# Final states that Snakemake's plugin (2.8) does not treat as final, so that it would wait for ever.
WAITED_FOR = frozenset({"PREEMPTED", "REVOKED"})
# Lines of Slurm and of the shell, which explain a job that is only FAILED or CANCELLED. Other lines may quote topics.
_SYSTEM_LINES = re.compile(
    r"^(?:(?:slurmstepd|slurmd)[^:\n]*|srun): .*$|^/[^\s:]+: line \d+: .*$", re.MULTILINE
)
_STATE_PATTERNS = {
    r"DUE TO TIME LIMIT": "TIMEOUT",
    r"oom.kill|Out Of Memory|exceeded (?:virtual |job )?memory limit": "OUT_OF_MEMORY",
    r"DUE TO NODE FAILURE": "NODE_FAIL",
    r"DUE TO PREEMPTION": "PREEMPTED",
    r"CANCELLED AT|(?:line \d+: +\d+|tasks? [\d,-]+:) +Terminated": "CANCELLED",
    r"(?:line \d+: +\d+|tasks? [\d,-]+:) +Killed": "KILLED",
}
_FULL = re.compile(
    r"^(?:\w+Error: \[Errno (?:28|122)\]|(?:slurmstepd|slurmd)[^\n]{0,500}No space left)[^'\n]*(?:'([^'\n]+)')?",
    re.MULTILINE,
)
_REFUSED = re.compile(r"error message was '(?:sbatch: )?(?:error: )*(.*?)'?\.?\n")
_NOT_SUBMITTED = re.compile(
    r"Job submission failed with exception: ([^\n]*?)(?:For further error details|\n|$)"
)


def reason(
    logs: Iterable[str | Path],
    message: str = "",
    ended: Ended | None = None,
    rule: str = "its rule",
) -> str:
    """Return the reason why a job ended, and what to do.

    message: the executor's; ended: the job's last state in Slurm; rule: the rule to name if memory must be raised.
    """
    text = "".join(map(_text, logs))
    named = ended.state if ended else next((s for s in _STATES if f"'{s}'" in message), "")
    lines = "\n".join(_SYSTEM_LINES.findall(text))
    state = named if named in _STATES and named != "CANCELLED" else None
    state = state or next((s for p, s in _STATE_PATTERNS.items() if re.search(p, lines)), named)
    if ended and ended.node_is_out and state in ("CANCELLED", "NODE_FAIL", "BOOT_FAIL"):
        return _OUT.format(node=ended.node, why=ended.node_is_out)
    if state in _STATES:
        return _STATES[state].format(rule=rule, **_details(ended))
    return full_disk(text) or UNKNOWN


def full_disk(text: str) -> str | None:
    """Return a message if a log has a full disk's error, of a program or of Slurm. Returns None if it has none."""
    match = _FULL.search(text)
    if not match:
        return None
    return f"a disk of its node is full{' at ' + match[1] if match[1] else ''}: free some space there and run again"


def refusal(message: str) -> str | None:
    """Return the reason why a job was not submitted, from the executor's message. Returns None if it was."""
    if match := _REFUSED.search(message):
        return f"sbatch refused it: {match[1]}"
    if match := _NOT_SUBMITTED.search(message):
        return f"it could not be submitted: {match[1]}"
    return None


def _text(log: str | Path) -> str:
    try:
        return Path(log).read_text(errors="replace")
    except OSError:
        return ""


def _details(ended: Ended | None) -> dict[str, str]:
    return {
        "memory": f" (it asked for {ended.mem_mb} MB)" if ended and ended.mem_mb else "",
        "time": f" (it asked for {ended.time})" if ended and ended.time else "",
        "node": f" {ended.node}" if ended and ended.node else "",
    }
