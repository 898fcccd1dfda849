"""Waits for the actions of another process, independent of the machine's speed."""

import subprocess
import time
from collections.abc import Callable
from typing import Any

LONGEST_S = 300  # ends a test that would hang


def wait_until(condition: Callable[[], Any], process: subprocess.Popen | None = None) -> Any:
    """Return the condition's value once it is true. process: fail if it ends before."""
    deadline = time.monotonic() + LONGEST_S
    while not (found := condition()):
        assert process is None or process.poll() is None, "the process has ended"
        assert time.monotonic() < deadline, f"it did not happen in {LONGEST_S} s"
        time.sleep(0.05)
    return found
