"""How the time of some work grows with its input: in CPU time, which other work on the machine hardly stretches."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
SHORTEST_S = 0.01  # below it, neither measured well nor of any matter
PLAIN = 2.4  # a ratio that is taken as it is, for an input of twice the length


def growth(work: Callable[[T], object], small: T, large: T) -> float:
    """CPU time for the large input, divided by that for the small one; 0 if the large one takes less than SHORTEST_S.

    A ratio that looks large is measured again, since whatever disturbs this process only adds to a time.
    """
    most = _seconds(work, large)
    if most < SHORTEST_S:
        return 0
    least = _seconds(work, small)
    if most > PLAIN * max(least, SHORTEST_S):
        least = min(least, _seconds(work, small))
        most = min(most, _seconds(work, large))
    return most / max(least, SHORTEST_S)


def _seconds(work: Callable[[T], object], given: T) -> float:
    begun = time.process_time()
    work(given)
    return time.process_time() - begun
