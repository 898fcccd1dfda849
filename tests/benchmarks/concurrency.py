"""What the services' own log tells: how many requests each had at once, and for how long."""

from collections.abc import Iterable

from stub_services import Asked


def peak(log: Iterable[Asked], service: str) -> int:
    """Most requests at once."""
    return max((running for running, _ in _levels(log, service)), default=0)


def time_at(log: Iterable[Asked], service: str, level: int) -> float:
    """Seconds with that many requests or more at once."""
    return sum(seconds for running, seconds in _levels(log, service) if running >= level)


def _levels(log: Iterable[Asked], service: str) -> Iterable[tuple[int, float]]:
    mine = [asked for asked in log if asked.service == service]
    # At one and the same time, an end counts before a begin.
    changes = sorted([(one.begun, 1) for one in mine] + [(one.ended, -1) for one in mine])
    running, since = 0, 0.0
    for at, change in changes:
        yield running, at - since if running else 0.0
        running, since = running + change, at
