"""Why a Slurm job ended before its time, from the log that Slurm keeps of it.

Source: Slurm 22.05 and 24.05, src/slurmd/slurmstepd/slurmstepd_job.c and mgr.c ("*** JOB 12 ON n1 CANCELLED AT … ***").
"""

import re
from collections.abc import Iterable
from pathlib import Path

CANCELLED = "it was cancelled: run again"
_ENDS = {
    r"DUE TO TIME LIMIT": "it ran out of time: give it more runtime (minutes)",
    r"oom.kill|[Oo]ut [Oo]f [Mm]emory|memory limit": "it ran out of memory: give it more mem_mb",
    r"DUE TO NODE FAILURE": "its node failed: run again",
    r"CANCELLED AT|Terminated": CANCELLED,
    r"Killed": "it was killed; if nobody did that, its node ran out of memory: give it more mem_mb",
}
_STATUSES = {
    "TIMEOUT": _ENDS["DUE TO TIME LIMIT"],
    "OUT_OF_MEMORY": "it ran out of memory: give it more mem_mb",
    "NODE_FAIL": _ENDS["DUE TO NODE FAILURE"],
    "BOOT_FAIL": _ENDS["DUE TO NODE FAILURE"],
    "DEADLINE": "its deadline passed before it was done: run again",
    "PREEMPTED": "another job took its node: run again",
    "CANCELLED": CANCELLED,
}
UNKNOWN = "it ended without a message; its log may say why"
_REFUSED = re.compile(r"error message was '(?:sbatch: )?(?:error: )*(.*?)'?\.?\n")


def reason(logs: Iterable[str | Path], message: str = "") -> str:
    """What ended the job, and what to do. message: what the executor says, for a job that left no log."""
    text = ""
    for log in logs:
        try:
            text += Path(log).read_text(errors="replace")
        except OSError:
            continue
    said = (reason for pattern, reason in _ENDS.items() if re.search(pattern, text))
    by_status = (reason for status, reason in _STATUSES.items() if f"'{status}'" in message)
    return next(said, next(by_status, UNKNOWN))


def refusal(message: str) -> str | None:
    """Why sbatch did not take the job, from what the executor says; None: it did take it."""
    found = _REFUSED.search(message)
    return f"sbatch refused it: {found[1]}" if found else None
