"""Jobs of any batch scheduler, known only by the command that lists its queue: Grid Engine, PBS, LSF, HTCondor.

Source: what qsub (Grid Engine 8.1.9; PBS), bsub (LSF 10) and condor_submit (HTCondor 23) print for a job they take.
"""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from audio_pipeline.sanitize import excerpt

_TIMEOUT_S = 30
_LONGEST = 300  # characters of what a scheduler says
_SAID = re.compile(r"(?:\bjob|cluster) <?(\d[\w.-]*\w|\d)", re.IGNORECASE)
_OF_THE_SHELL = {"PWD", "OLDPWD", "SHLVL", "_"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass
class Sent:
    """A job that the scheduler has. failed: the file by which it says so; minutes: that it may run.

    Times are seconds of time.monotonic(); None: it did not happen.
    """

    number: str
    log: Path
    failed: Path
    minutes: float
    since: float
    began: float | None = None
    missing: float | None = None  # since when the queue does not list it

    def look(self, now: float, rows: list[str] | None) -> None:
        """Take note of what is there now. rows: the queue; None: it could not be asked."""
        if self.began is None and self.log.exists():
            self.began = now
        if rows is not None:
            self.missing = None if row_of(self.number, rows) else self.missing or now

    def why_gone(self) -> str:
        """Why it left the queue without a word, and what to do."""
        if self.began is None or self.missing is None:
            return "it left the queue before it began: it was deleted, or its node does not see this folder; run again"
        if self.minutes and self.missing - self.began >= 60 * self.minutes - 20:
            return "it ran out of time: give it more runtime (minutes)"
        return "it left the queue before it was done: deleted, or killed, as for want of memory (mem_mb); run again"


def number(printed: str) -> str | None:
    """The job's number in what a submit command printed. Returns None if there is none."""
    words = printed.split()
    if len(words) == 1:
        return words[0]
    found = _SAID.search(printed)
    return found[1] if found else None


def is_there(command: str) -> bool:
    """True if the command's program is installed."""
    try:
        return bool(shutil.which(shlex.split(command)[0]))
    except (ValueError, IndexError):
        return False  # a quote that has no end


def rows(command: str) -> list[str] | None:
    """What the command that lists the queue printed, by lines. Returns None if the scheduler did not answer."""
    if not is_there(command):
        return None
    try:
        ended = subprocess.run(
            shlex.split(command), capture_output=True, text=True, errors="replace",
            timeout=_TIMEOUT_S, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return ended.stdout.splitlines() if ended.returncode == 0 else None


def row_of(number: str, rows: Iterable[str]) -> str | None:
    """The line that begins with the number. PBS cuts 12.server.example short: 12.server.e*."""
    wanted = _without_server(number)
    return next(
        (row for row in rows if row.split() and _without_server(row.split()[0]) == wanted), None
    )


def _without_server(number: str) -> str:
    return re.sub(r"^(\d+(?:\[\d*\])?)\..*", r"\1", number)


def refusal(said: str) -> str:
    """Why a submit command took no job, from what it wrote to standard error."""
    lines = [line.strip() for line in said.splitlines()]
    kept = " ".join(line for line in lines if line and line != "Exiting.")
    why = excerpt(kept, _LONGEST) or "without a word"
    return f"the scheduler refused it: {why}; look at cluster-generic-submit-cmd"


def settings(variables: Mapping[str, str]) -> str:
    """Shell commands that give a node the variables that it does not set itself, and the PATH."""
    lines = []
    for name, value in variables.items():
        if _NAME.fullmatch(name) and name not in _OF_THE_SHELL:
            unset = "" if name == "PATH" else f'[ -n "${{{name}+x}}" ] || '
            lines.append(f"{unset}export {name}={shlex.quote(value)}\n")
    return "".join(lines)


def cancel(command: str, numbers: list[str], at_once: int = 20) -> None:
    """Cancel the jobs; that one has just ended is no fault."""
    for first in range(0, len(numbers), at_once):
        try:
            subprocess.run(
                [*shlex.split(command), *numbers[first : first + at_once]],
                capture_output=True, timeout=_TIMEOUT_S, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError):
            continue
