"""Jobs of any batch scheduler, tracked by the command that lists its queue: Grid Engine, PBS, LSF, HTCondor.

Source: the output of qsub (Grid Engine 8.1.9; PBS), bsub (LSF 10) and condor_submit (HTCondor 23) for accepted jobs.
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
_LONGEST = 300  # characters of a scheduler's message
_NUMBER = re.compile(r"(?:\bjob|cluster) <?(\d[\w.-]*\w|\d)", re.IGNORECASE)
_SHELL_VARIABLES = {"PWD", "OLDPWD", "SHLVL", "_"}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass
class Sent:
    """A submitted job. failed: the file that marks it as failed; minutes: its time limit.

    Times are seconds of time.monotonic(), or None if the event has not happened.
    """

    number: str
    log: Path
    failed: Path
    minutes: float
    since: float
    began: float | None = None
    missing: float | None = None  # since when the queue does not list it

    def look(self, now: float, rows: list[str] | None) -> None:
        """Update the times. rows: the lines of the queue, or None if its command failed."""
        if self.began is None and self.log.exists():
            self.began = now
        if rows is not None:
            self.missing = None if row_of(self.number, rows) else self.missing or now

    def why_gone(self) -> str:
        """Return the reason why the job left the queue without a result, and what to do."""
        if self.began is None or self.missing is None:
            return "it left the queue before it began: it was deleted, or its node cannot see this folder; run again"
        if self.minutes and self.missing - self.began >= 60 * self.minutes - 20:
            return "it ran out of time: give it more runtime (minutes)"
        return "it left the queue before it was done: deleted, or killed, as for lack of memory (mem_mb); run again"


def number(printed: str) -> str | None:
    """Return the job's number from the output of a submit command. Returns None if there is none."""
    words = printed.split()
    if len(words) == 1:
        return words[0]
    match = _NUMBER.search(printed)
    return match[1] if match else None


def is_installed(command: str) -> bool:
    """True if the command's program is installed."""
    try:
        return bool(shutil.which(shlex.split(command)[0]))
    except (ValueError, IndexError):
        return False  # an unclosed quote


def rows(command: str) -> list[str] | None:
    """Return the lines of the queue that the command lists. Returns None if the command failed."""
    if not is_installed(command):
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
    """Return the row that begins with the number, without its server, which PBS abbreviates: 12.server.e*."""
    short = _without_server(number)
    return next(
        (row for row in rows if row.split() and _without_server(row.split()[0]) == short), None
    )


def _without_server(number: str) -> str:
    return re.sub(r"^(\d+(?:\[\d*\])?)\..*", r"\1", number)


def refusal(stderr: str) -> str:
    """Return a message for a refused job. stderr: what the submit command wrote to standard error."""
    lines = [line.strip() for line in stderr.splitlines()]
    text = " ".join(line for line in lines if line and line != "Exiting.")
    reason = excerpt(text, _LONGEST) or "no reason given"
    return f"the scheduler refused it: {reason}; look at cluster-generic-submit-cmd"


def settings(variables: Mapping[str, str]) -> str:
    """Return shell commands that set PATH, and each other variable unless the node sets it."""
    lines = []
    for name, value in variables.items():
        if _NAME.fullmatch(name) and name not in _SHELL_VARIABLES:
            unset = "" if name == "PATH" else f'[ -n "${{{name}+x}}" ] || '
            lines.append(f"{unset}export {name}={shlex.quote(value)}\n")
    return "".join(lines)


def cancel(command: str, numbers: list[str], at_once: int = 20) -> None:
    """Cancel the jobs, ignoring errors, since they may have ended. at_once: numbers per call of the command."""
    for first in range(0, len(numbers), at_once):
        try:
            subprocess.run(
                [*shlex.split(command), *numbers[first : first + at_once]],
                capture_output=True, timeout=_TIMEOUT_S, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (OSError, subprocess.SubprocessError):
            continue
