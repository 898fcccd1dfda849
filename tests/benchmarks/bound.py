"""Lower bound of the makespan for any schedule."""

import math
from collections.abc import Mapping


def bound_s(topics: int, latency_s: Mapping[str, float], caps: Mapping[str, int]) -> float:
    """Return the seconds for that many topics, by the tightest service.

    A service with `cap` slots needs ceil(topics / cap) rounds of its latency. Work that cannot overlap is added: before
    the first sound or picture one script (head), after the last script its sound and picture (tail).
    """
    rounds = {name: math.ceil(topics / caps[name]) * latency_s[name] for name in caps}
    return max(
        rounds["llm"] + max(latency_s["tts"], latency_s["sd"]),
        latency_s["llm"] + rounds["tts"],
        latency_s["llm"] + rounds["sd"],
    )


def tightest(topics: int, latency_s: Mapping[str, float], caps: Mapping[str, int]) -> str:
    """Return the service that takes longest in total."""
    return max(caps, key=lambda name: math.ceil(topics / caps[name]) * latency_s[name])
