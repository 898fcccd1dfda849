"""Rows about runs that have little to do or only plan: nothing to do, one topic added, a new prompt."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator

from benchmark import Benchmark
from contestants import PEERS, REPOSITORY, AudioPipeline, Contestant, NaiveSnakemake
from measurement import CommandFailed, Cost, cost_of, environment_for
from report import Row, tell
from rows_making import CAPS, made

SIZE = 10_000
ONE_PERCENT = "{% if topic.split()[3] | int % 100 == 7 %} Give an example.{% endif %}"


def described(cost: Cost) -> str:
    return f"{cost.wall_s:.2f} s, CPU {cost.cpu_s:.2f} s, {cost.peak_mb:.0f} MB"


def told(costs: dict[type[Contestant], Cost]) -> str:
    return "; ".join(f"{kind.name} {described(cost)}" for kind, cost in costs.items())


def over_naive(ours: Cost, others: dict[type[Contestant], Cost]) -> str:
    naive = others.get(NaiveSnakemake)
    return f"{ours.wall_s / naive.wall_s:.2f}" if naive else ""


def noop(bout: Benchmark) -> Iterator[Row]:
    for topics in bout.sizes or (100, 1_000, SIZE):
        tell(f"nothing to do, {topics} topics")
        costs = {}
        for kind in bout.kinds(with_state=True):
            contestant = bout.finished(kind, topics, CAPS)
            bout.services.begin()
            costs[kind] = contestant.run()
            if bout.services.log():
                raise CommandFailed(f"{kind.name}: asked a service, though nothing was to do")
        ours = costs.pop(AudioPipeline)
        yield Row(
            f"nothing to do, {topics:,} topics, over naive Snakemake",
            described(ours),
            over_naive(ours, costs),
            "10,000: ≤ 2 s, ≤ 150 MB",
            (ours.wall_s <= 2 and ours.peak_mb <= 150) if topics == SIZE else None,
            told(costs),
        )


def added(bout: Benchmark) -> Iterator[Row]:
    """Measure with instant services. The first request: as received by the service."""
    for topics in bout.sizes or (SIZE,):
        tell(f"one topic added to {topics}")
        costs, first = {}, {}
        for kind in bout.kinds(with_state=True):
            contestant = bout.finished(kind, topics, CAPS)
            contestant.topics(topics + 1)
            bout.services.begin()
            costs[kind] = contestant.run()
            log = bout.services.log()
            contestant.topics(topics)
            if len(log) != 3:
                raise CommandFailed(f"{kind.name}: {len(log)} requests for one new topic")
            first[kind] = min(asked.begun for asked in log) - costs[kind].begun
        ours = costs.pop(AudioPipeline)
        others = "; ".join(
            f"{kind.name} {first[kind]:.2f} s, {cost.wall_s:.2f} s" for kind, cost in costs.items()
        )
        yield Row(
            f"one topic added to {topics:,}: first request, end; over naive Snakemake's end",
            f"{first[AudioPipeline]:.2f} s, {ours.wall_s:.2f} s",
            over_naive(ours, costs),
            "end ≤ 3 s",
            ours.wall_s <= 3 if topics >= SIZE else None,
            others,
        )


def plan(bout: Benchmark) -> Iterator[Row]:
    for topics in bout.sizes or (SIZE,):
        tell(f"everything to do, planned from nothing, {topics} topics")
        costs = {}
        for kind in bout.kinds(with_state=True):
            contestant = bout.contestant(kind, CAPS)
            contestant.topics(topics)
            costs[kind] = contestant.run(plan_only=True)
        contestant = bout.contestant(AudioPipeline, CAPS)
        contestant.topics(topics)
        first_s = first_request_s(bout, contestant)
        ours = costs.pop(AudioPipeline)
        yield Row(
            f"planned from nothing (-n), {topics:,} topics; first request of a real run; over naive Snakemake's plan",
            f"{described(ours)}; {first_s:.2f} s",
            over_naive(ours, costs),
            "10,000: ≤ 20 s, the first request too",
            max(ours.wall_s, first_s) <= 20 if topics >= SIZE else None,
            told(costs),
        )


def patches(bout: Benchmark) -> Iterator[Row]:
    """Measure the CPU time that each patch of Snakemake saves in a dry run; the fastest of three runs counts."""
    from snakemake_adapter.patches import PATCHES

    for topics in bout.sizes or (6_000,):
        contestant = bout.contestant(AudioPipeline, CAPS)
        contestant.topics(topics)
        names = [one.name for one in PATCHES if one.gain.endswith("%")]
        full = {one.name: f"{one.of}.{one.name}" for one in PATCHES}
        costs: dict[str, list[float]] = {}
        for _ in range(3):  # interleaved, so that other work affects all equally
            for name in ("", *names):
                tell(f"planned without {name or 'none'} of the patches, {topics} topics")
                python, _, _, *arguments = contestant.command(plan_only=True)
                program = str(PEERS / "without_patch.py")
                left_out = [program, full.get(name, "none"), str(REPOSITORY / "scripts")]
                cost = cost_of([python, *left_out, *arguments], contestant.folder)
                costs.setdefault(name, []).append(cost.cpu_s)
        best = {name: min(found) for name, found in costs.items()}
        for name in names:
            yield Row(
                f"planned from nothing (-n) without {name}, {topics:,} topics, over with it",
                f"CPU {best[name]:.2f} s, {best['']:.2f} s",
                f"{best[name] / best['']:.3f}",
                "> 1",
                best[name] > best[""],
            )


def first_request_s(bout: Benchmark, contestant: Contestant) -> float:
    """Return the seconds from the start of a real run to its first request. The run is then stopped."""
    bout.services.begin({"llm": 3600})
    begun = time.monotonic()
    run = subprocess.Popen(
        contestant.command(),
        cwd=contestant.folder,
        env=environment_for(contestant.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while not (waiting := bout.services.waiting()):
            if run.poll() is not None:
                raise CommandFailed(f"{contestant.name}: ended without a request")
            time.sleep(0.05)
        return min(waiting) - begun
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()


def prompt(bout: Benchmark) -> Iterator[Row]:
    """Give the template a condition that holds for 1 % of the topics. Instant services."""
    for topics in bout.sizes or (SIZE,):
        tell(f"prompt changed for 1 % of {topics} topics")
        few = len([number for number in range(topics) if number % 100 == 7])
        contestant = bout.finished(AudioPipeline, topics, CAPS)
        nothing = contestant.run()
        contestant.prompt(ONE_PERCENT)
        bout.services.begin()
        ours = contestant.run()
        asked = len(bout.services.log())
        bout.forget(AudioPipeline, topics)
        tell(f"  the work alone: {few} topics")
        work = made(bout, bout.contestant(AudioPipeline, CAPS), few)
        least_s = 2 * nothing.wall_s + work.cost.wall_s
        redone = ""
        if NaiveSnakemake in bout.kinds():
            naive = bout.finished(NaiveSnakemake, topics, CAPS)
            naive.prompt(" Give an example.")
            planned = naive.run(plan_only=True)
            jobs = re.search(r"(?m)^total\s+(\d+)", planned.output)
            redone = (
                f"naive Snakemake plans {int(jobs[1]):,} jobs" if jobs else "naive Snakemake: ?"
            )
            bout.forget(NaiveSnakemake, topics)
        yield Row(
            f"prompt changed for 1 % of {topics:,} scripts, over twice the no-op plus the work "
            f"({nothing.wall_s:.1f} s, {work.cost.wall_s:.1f} s)",
            f"{ours.wall_s:.1f} s, {asked} requests",
            f"{ours.wall_s / least_s:.2f}",
            f"≤ 1, {3 * few} requests",
            ours.wall_s <= least_s and asked == 3 * few,
            redone,
        )
