"""The makespan that no schedule can beat."""

import math
from collections.abc import Mapping


def bound_s(topics: int, latency_s: Mapping[str, float], caps: Mapping[str, int]) -> float:
    """Seconds for that many topics, by whichever service is the tightest.

    A service with `cap` places needs ceil(topics / cap) rounds of its latency. Around that stands what cannot overlap
    with it: before the first sound or picture one script (head), after the last script its sound and picture (tail).
    """
    rounds = {name: math.ceil(topics / caps[name]) * latency_s[name] for name in caps}
    return max(
        rounds["llm"] + max(latency_s["tts"], latency_s["sd"]),
        latency_s["llm"] + rounds["tts"],
        latency_s["llm"] + rounds["sd"],
    )


def tightest(topics: int, latency_s: Mapping[str, float], caps: Mapping[str, int]) -> str:
    """The service that takes longest in all."""
    return max(caps, key=lambda name: math.ceil(topics / caps[name]) * latency_s[name])
