"""Waiting for what another process does, without a guess at how fast the machine is."""

import subprocess
import time
from collections.abc import Callable
from typing import Any

LONGEST_S = 300  # only to end a test that would wait for ever


def wait_until(condition: Callable[[], Any], process: subprocess.Popen | None = None) -> Any:
    """What the condition returns once it is true. process: fails when it has ended before."""
    deadline = time.monotonic() + LONGEST_S
    while not (found := condition()):
        assert process is None or process.poll() is None, "the process has ended"
        assert time.monotonic() < deadline, f"it did not happen in {LONGEST_S} s"
        time.sleep(0.05)
    return found
