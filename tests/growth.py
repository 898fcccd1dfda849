"""Growth of CPU time with the input. CPU time is hardly affected by other work on the machine."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
SHORTEST_S = 0.01  # less cannot be measured well, and does not matter
PLAIN = 2.4  # ratio accepted at once, for an input of twice the length
TRIES = 4


def growth(work: Callable[[T], object], small: T, large: T) -> float:
    """Return the CPU time for the large input over that for the small one; 0 if the large one is below SHORTEST_S.

    A large ratio is measured again some times, since disturbances only add to a time.
    """
    most = _seconds(work, large)
    if most < SHORTEST_S:
        return 0
    least = _seconds(work, small)
    for _ in range(TRIES):
        if most <= PLAIN * max(least, SHORTEST_S):
            break
        least = min(least, _seconds(work, small))
        most = min(most, _seconds(work, large))
    return most / max(least, SHORTEST_S)


def _seconds(work: Callable[[T], object], given: T) -> float:
    begun = time.process_time()
    work(given)
    return time.process_time() - begun
