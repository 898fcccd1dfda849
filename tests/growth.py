"""How the time of some work grows with its input: in CPU time, which other work on the machine hardly stretches."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
SHORTEST_S = 0.01  # below it, neither measured well nor of any matter


def growth(work: Callable[[T], object], small: T, large: T) -> float:
    """CPU time for the large input, divided by that for the small one (or SHORTEST_S, if that is more)."""
    return seconds(work, large) / max(seconds(work, small), SHORTEST_S)


def seconds(work: Callable[[T], object], given: T) -> float:
    """CPU time of this process: the least of two, since whatever disturbs it only adds to it."""
    least = float("inf")
    for _ in range(2):
        begun = time.process_time()
        work(given)
        least = min(least, time.process_time() - begun)
    return least
