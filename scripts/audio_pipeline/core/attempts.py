"""Attempts to get an answer that passes its checks: first those in the cache, then new ones with another seed each."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from audio_pipeline.core.record import Record, unit_of
from audio_pipeline.core.request import Request
from audio_pipeline.errors import BadAnswer

RETRY_STRIDE = 1000  # numbers between two attempts, so that no take repeats an earlier attempt
_MOST_CACHED = 10  # attempts at one take that are looked up; the most that the configuration allows

T = TypeVar("T")


@dataclass(frozen=True)
class Attempt:
    """An attempt to make a file.

    number: take plus 1000 for each earlier attempt, which makes its seed differ; before: record of the file so far;
    is_new_take: True if the user wants another take of all of it; chosen: unit → take that the user chose.
    """

    seed: int | None
    number: int = 0
    before: Record | None = None
    is_new_take: bool = False
    chosen: Mapping[str, int] = field(default_factory=dict)


class WantedAnswer(NamedTuple):
    """An answer that a file is made of. kind: in the cache; unit: its request, but for the number; take: from 0."""

    kind: str
    unit: Request
    take: int


def seed_of(request: Request, number: int) -> int | None:
    """Return the seed of an attempt, or None if the request has none."""
    return None if request.get("seed") is None else request["seed"] + number


def first_good(
    take: int,
    attempts: int,
    is_cached: Callable[[int], bool],
    use: Callable[[int], T],
    on_rejected: Callable[[], None],
) -> T:
    """Return the first answer that passes its checks, from the cache or requested.

    attempts: at most this many are requested; is_cached: True if the answer of this number is in the cache; use:
    returns what is made of a checked answer; on_rejected: called for each requested answer that failed its checks.
    Raises BadAnswer: of the last attempt.
    """
    found = first_cached(take, is_cached, use)
    return found or first_requested(take, attempts, is_cached, use, on_rejected)


def first_cached(take: int, is_cached: Callable[[int], bool], use: Callable[[int], T]) -> T | None:
    """Return the first answer in the cache that passes its checks, or None."""
    for number in numbers(take):
        if is_cached(number):
            try:
                return use(number)
            except BadAnswer as error:
                print(f"the cached answer is not used: {error}")
    return None


def first_requested(
    take: int,
    attempts: int,
    is_spent: Callable[[int], bool],
    use: Callable[[int], T],
    on_rejected: Callable[[], None],
) -> T:
    """Return the first requested answer that passes its checks. is_spent: True for numbers that have an answer."""
    unspent = itertools.filterfalse(is_spent, numbers(take, attempts))
    for attempt, number in enumerate(itertools.islice(unspent, attempts), start=1):
        try:
            return use(number)
        except BadAnswer as error:
            on_rejected()
            if attempt == attempts:
                count = f" (the last of {attempts} attempts)" if attempts > 1 else ""
                raise BadAnswer(f"{error}{count}") from None
            print(f"attempt {attempt} of {attempts}: {error}")
    raise AssertionError("attempts is at least 1")


def numbers(take: int, more: int = 0) -> range:
    """Return the numbers of the attempts at a take that may be in the cache, and `more` after them."""
    return range(take, take + RETRY_STRIDE * (_MOST_CACHED + more), RETRY_STRIDE)


def numbered(unit: Request, number: int) -> Request:
    """Return the request of an answer with this number: its seed, or the number if it has none."""
    key, first = number_key(unit)
    return {**unit, key: first + number}


def number_key(unit: Request) -> tuple[str, int]:
    """Return the key at which the requests of a unit's attempts differ, and its value for the number 0."""
    seed = unit.get("seed")
    return ("take", 0) if seed is None else ("seed", seed)


def take_of(takes: Mapping[str, Sequence[int]], unit: Request) -> int:
    """Return the take of an answer that is wanted. takes: those of the file, see `takes_of`; unit: its request."""
    return takes.get(unit_of(unit), (0,))[0] if takes else 0


def takes_of(attempt: Attempt) -> dict[str, list[int]]:
    """Return unit → its chosen and its highest take, where these are not 0."""
    before = attempt.before
    takes = dict(before.takes) if before else {}
    again = before.again if before else []
    if before and attempt.is_new_take:
        again = [answer.unit for answer in before.answers]
    for name in dict.fromkeys(again):
        highest = max(takes.get(name, [0]))
        takes[name] = [highest + 1, highest + 1]
    for name, take in attempt.chosen.items():
        takes[name] = [take, max(take, *takes.get(name, [0]))]
    return takes
