"""Cost of a command: wall-clock seconds, CPU seconds of all its processes, memory of the largest of them."""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


@dataclass(frozen=True)
class Cost:
    """Cost of a command. begun: time.monotonic at the start; clock: time.time at the start; wall_s, cpu_s (user and
    system); peak_mb: 2**20 bytes.

    cpu_s and peak_mb are those of the command and of all processes that it started, orphans too.
    """

    code: int
    output: str
    begun: float
    clock: float
    wall_s: float
    cpu_s: float
    peak_mb: float


class CommandFailed(Exception):
    """A measured command failed."""


def cost_of(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None = None,
    codes: Sequence[int] = (0,),
) -> Cost:
    """Run a command and measure it. codes: the exit codes that are expected. Raises CommandFailed."""
    wrapped = subprocess.run(
        [sys.executable, __file__, *command],
        cwd=folder,
        env=environment_for(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    output, _, figures = wrapped.stdout.rstrip().rpartition("\n")
    if wrapped.returncode or not figures:
        raise CommandFailed(f"{command[0]}: could not be measured: {wrapped.stderr[-500:]}")
    cost = Cost(output=output, **json.loads(figures))
    if cost.code not in codes:
        raise CommandFailed(f"{' '.join(command)[:200]} ended with {cost.code}:\n{output[-2000:]}")
    return cost


def environment_for(more: Mapping[str, str] | None) -> dict[str, str]:
    """Return this environment with `more`. Without compiled modules each start would compile them again."""
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, **(more or {})}


def main() -> None:
    """Run the command, wait for it and its orphans, and print the figures as the last line."""
    if sys.platform == "linux":  # orphans become children of this process and are measured
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    begun, clock = time.monotonic(), time.time()
    process = subprocess.Popen(sys.argv[1:], stderr=subprocess.STDOUT)
    code = process.wait()
    wall_s = time.monotonic() - begun
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit = 1024 if sys.platform == "linux" else 1  # ru_maxrss: KiB on Linux, bytes on macOS
    figures = {
        "code": code,
        "begun": begun,
        "clock": clock,
        "wall_s": wall_s,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mb": used.ru_maxrss * unit / 2**20,
    }
    print("\n" + json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
