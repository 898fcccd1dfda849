"""Attempts to get an answer that passes its checks: first those in the cache, then new ones with another seed each."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from audio_pipeline.core.record import Record
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


def seed_of(request: Request, number: int) -> int | None:
    """Return the seed of an attempt, or None if the request has none."""
    return None if request.get("seed") is None else request["seed"] + number


def first_good(
    take: int,
    attempts: int,
    is_cached: Callable[[int], bool],
    ask: Callable[[int], T],
    on_rejected: Callable[[], None],
) -> T:
    """Return the first answer that passes its checks.

    attempts: at most this many are requested; is_cached: True if the answer of this number is in the cache; ask:
    returns a checked answer; on_rejected: called for each requested answer that failed its checks.
    Raises BadAnswer: of the last attempt.
    """
    numbers = [take + RETRY_STRIDE * index for index in range(_MOST_CACHED + attempts)]
    seen = set()
    for number in numbers[:_MOST_CACHED]:
        if is_cached(number):
            seen.add(number)
            try:
                return ask(number)
            except BadAnswer as error:
                print(f"the cached answer is not used: {error}")
    unseen = (number for number in numbers if number not in seen)
    for attempt, number in enumerate(itertools.islice(unseen, attempts), start=1):
        try:
            return ask(number)
        except BadAnswer as error:
            on_rejected()
            if attempt == attempts:
                count = f" (the last of {attempts} attempts)" if attempts > 1 else ""
                raise BadAnswer(f"{error}{count}") from None
            print(f"attempt {attempt} of {attempts}: {error}")
    raise AssertionError("attempts is at least 1")
