"""How the time of some work grows with its input: in CPU time, which other work on the machine hardly stretches."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
SHORTEST_S = 0.01  # below it, neither measured well nor of any matter


def growth(work: Callable[[T], object], small: T, large: T) -> float:
    """CPU time for the large input, divided by that for the small one; 0 if both are below SHORTEST_S.

    Each is the least of two, since whatever disturbs this process only adds to it.
    """
    first = _seconds(work, large)
    if first < SHORTEST_S:
        return 0
    least = min(_seconds(work, small), _seconds(work, small))
    return min(first, _seconds(work, large)) / max(least, SHORTEST_S)


def _seconds(work: Callable[[T], object], given: T) -> float:
    begun = time.process_time()
    work(given)
    return time.process_time() - begun
