"""Rows about runs that make everything: makespan, first topic, overlap, CPU per job."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmark import Benchmark
from bound import bound_s, tightest
from concurrency import peak, time_at
from contestants import AsyncioLoop, AudioPipeline, Contestant, NaiveSnakemake
from measurement import CommandFailed, Cost
from report import Row, tell
from stub_services import Asked

SETS = {  # seconds, caps
    "pictures tightest": ({"llm": 0.4, "tts": 0.2, "sd": 0.6}, {"llm": 2, "tts": 4, "sd": 1}),
    "balanced": ({"llm": 0.4, "tts": 0.8, "sd": 0.2}, {"llm": 2, "tts": 4, "sd": 1}),
}
CAPS = SETS["balanced"][1]


@dataclass(frozen=True)
class Made:
    """Run that made everything. first_s: from its start to the first topic with all of its files."""

    cost: Cost
    log: list[Asked]
    first_s: float
    over_cap: bool


def made(
    bout: Benchmark,
    contestant: Contestant,
    topics: int,
    latency_s: Mapping[str, float] | None = None,
) -> Made:
    """Let a contestant make everything, and check the result. Raises CommandFailed."""
    contestant.topics(topics)
    bout.services.begin(latency_s)
    cost = contestant.run()
    log = bout.services.log()
    if missing := contestant.missing(topics):
        raise CommandFailed(
            f"{contestant.name}: {len(missing)} files were not made: {missing[0].name}"
        )
    if len(log) != 3 * topics:
        raise CommandFailed(f"{contestant.name}: {len(log)} requests for {3 * topics} files")
    over = any(peak(log, name) > cap for name, cap in contestant.caps.items())
    tell(
        f"  {contestant.name}: {cost.wall_s:.1f} s, {cost.cpu_s:.1f} s of CPU, {cost.peak_mb:.0f} MB"
    )
    return Made(cost, log, contestant.first_finished(topics) - cost.clock, over)


def makespan(bout: Benchmark) -> Iterator[Row]:
    for topics in bout.sizes or (60, 300):
        for name, (latency_s, caps) in SETS.items():
            yield from _makespan(bout, topics, name, latency_s, caps)


def _makespan(bout: Benchmark, topics: int, name: str, latency_s, caps) -> Iterator[Row]:
    tell(f"makespan of {topics} topics, {name}")
    least_s = bound_s(topics, latency_s, caps)
    runs: dict[type[Contestant], Made] = {}
    for kind in bout.kinds():
        runs[kind] = made(bout, bout.contestant(kind, caps), topics, latency_s)
    ours, others = runs.pop(AudioPipeline), runs
    wall_s = ours.cost.wall_s
    ahead = all(
        wall_s <= run.cost.wall_s * (1.03 if kind is AsyncioLoop else 1)
        for kind, run in others.items()
    )
    goal = "≤ 1.05 at 300; ahead of all but asyncio, within 3 % of that"
    yield Row(
        f"makespan of {topics} topics, {name}, over the bound of {least_s:.1f} s",
        f"{wall_s:.1f} s{over(ours)}",
        f"{wall_s / least_s:.3f}",
        goal,
        ahead and (topics < 300 or wall_s <= 1.05 * least_s),
        "; ".join(
            f"{kind.name} {run.cost.wall_s / least_s:.3f}{over(run)}"
            for kind, run in others.items()
        ),
    )
    slowest = tightest(topics, latency_s, caps)
    full = {each: time_at(ours.log, each, cap) / wall_s for each, cap in caps.items()}
    used = ", ".join(f"{each} {share:.0%}" for each, share in full.items())
    yield Row(
        f"time that each cap was full, {topics} topics, {name}",
        used,
        f"{full[slowest]:.3f}",
        f"≥ 0.95 of the makespan ({slowest})",
        full[slowest] >= 0.95,
        "; ".join(
            f"{kind.name} {time_at(run.log, slowest, caps[slowest]) / run.cost.wall_s:.3f}"
            for kind, run in others.items()
        ),
    )
    tell("  one topic alone")
    alone = made(bout, bout.contestant(AudioPipeline, caps), 1, latency_s)
    ratio = ours.first_s / alone.first_s
    yield Row(
        f"first finished topic of {topics}, {name}, over one topic alone ({alone.first_s:.1f} s)",
        f"{ours.first_s:.1f} s",
        f"{ratio:.2f}",
        "≤ 1.2",
        ratio <= 1.2,
        "; ".join(f"{kind.name} {run.first_s:.1f} s" for kind, run in others.items()),
    )


def over(run: Made) -> str:
    return " (over a cap!)" if run.over_cap else ""


def cpu(bout: Benchmark) -> Iterator[Row]:
    """Measure with instant services, which leaves the work of the contestants themselves."""
    for topics in bout.sizes or (60,):
        tell(f"CPU per job, {topics} topics, instant services")
        per_job = {}
        for kind in bout.kinds():
            options = {"levelled": False} if kind is AudioPipeline else {}
            run = made(bout, bout.contestant(kind, CAPS, **options), topics)
            per_job[kind] = run.cost.cpu_s / (3 * topics)
        levelled = made(bout, bout.contestant(AudioPipeline, CAPS), topics)
        extra = levelled.cost.cpu_s / (3 * topics)
        ours, naive = per_job.pop(AudioPipeline), per_job.get(NaiveSnakemake)
        yield Row(
            f"CPU seconds a job, {topics} topics, instant services, over naive Snakemake",
            f"{ours:.3f} s ({extra:.3f} s with levelling)",
            f"{ours / naive:.2f}" if naive else "",
            "≤ 0.10 s, ≤ 0.25",
            ours <= 0.10 and (naive is None or ours <= naive / 4),
            "; ".join(f"{kind.name} {used:.3f} s" for kind, used in per_job.items()),
        )
