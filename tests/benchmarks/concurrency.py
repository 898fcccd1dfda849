"""Concurrency in the services' log: the number of simultaneous requests of each, and its duration."""

from collections.abc import Iterable

from stub_services import Asked


def peak(log: Iterable[Asked], service: str) -> int:
    """Return the maximum of simultaneous requests."""
    return max((running for running, _ in _levels(log, service)), default=0)


def time_at(log: Iterable[Asked], service: str, level: int) -> float:
    """Return the seconds with that many simultaneous requests or more."""
    return sum(seconds for running, seconds in _levels(log, service) if running >= level)


def _levels(log: Iterable[Asked], service: str) -> Iterable[tuple[int, float]]:
    mine = [asked for asked in log if asked.service == service]
    # At equal times, an end counts before a begin.
    changes = sorted([(one.begun, 1) for one in mine] + [(one.ended, -1) for one in mine])
    running, since = 0, 0.0
    for at, change in changes:
        yield running, at - since if running else 0.0
        running, since = running + change, at
