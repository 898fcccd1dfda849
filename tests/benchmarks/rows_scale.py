"""Ten thousand topics for real, with failures: instant services that refuse 1 % of each stage's requests."""

from collections.abc import Iterator
from pathlib import Path

from benchmark import Benchmark
from contestants import FILES, AudioPipeline, Contestant
from report import Row, tell
from rows_making import CAPS
from rows_planning import described
from stub_services import FAILING

SIZE = 10_000


def scale(bout: Benchmark) -> Iterator[Row]:
    for topics in bout.sizes or (SIZE,):
        tell(f"{topics} topics with failures, from nothing: a while")
        contestant = bout.contestant(AudioPipeline, CAPS)
        contestant.topics(topics)
        bout.services.begin(failing=True)
        cost = contestant.run(codes=(1,))
        requests, wrong = len(bout.services.log()), _wrong(contestant, topics)
        output = contestant.folder / contestant.output
        yield Row(
            f"{topics:,} topics from nothing, instant services, 1 % of the requests refused",
            f"{described(cost)}, {requests:,} requests",
            goal="all others are made",
            met=not wrong,
            peers=f"wrong: {', '.join(wrong[:3])}" if wrong else "",
        )
        ending = cost.output.rstrip().splitlines()[-8:]
        tell("  the end of its output:\n    " + "\n    ".join(line[:200] for line in ending))
        yield Row(
            f"after it: size of .snakemake, records, logs, {topics:,} topics",
            ", ".join(
                _size(folder)
                for folder in (
                    contestant.folder / ".snakemake",
                    output / "records",
                    output / "logs",
                )
            ),
        )
        for program in ("plan", "status"):
            tell(f"  make {program}")
            yield Row(f"make {program}, {topics:,} topics", described(contestant.program(program)))
        tell("  the same again, when nothing more can be made")
        bout.services.begin(failing=True)
        again = contestant.run(codes=(1,))
        asked = bout.services.log()
        repeated = [one for one in asked if one.number % 100 != FAILING[one.service]]
        yield Row(
            f"the same again: only what failed is asked for, {topics:,} topics",
            f"{described(again)}, {len(asked)} requests",
            goal="no other request",
            met=not repeated,
        )


def _wrong(contestant: Contestant, topics: int) -> list[str]:
    """Return the names of unexpected and of missing files."""
    wrong = []
    for number in range(topics):
        refused = {name for name, last in FAILING.items() if number % 100 == last}
        there = [contestant.path(kind, number).is_file() for kind in range(len(FILES))]
        expected = ["llm" not in refused, not refused & {"llm", "tts"}, not refused & {"llm", "sd"}]
        wrong += [
            contestant.path(kind, number).name for kind in range(3) if there[kind] != expected[kind]
        ]
    return wrong


def _size(folder: Path) -> str:
    """Describe the sum of the files' lengths and their size on disk."""
    found = [path.stat() for path in folder.rglob("*") if path.is_file()]
    bytes_, blocks = sum(one.st_size for one in found), sum(512 * one.st_blocks for one in found)
    return f"{folder.name} {bytes_ / 2**20:.0f} MB ({blocks / 2**20:.0f} MB on disk, {len(found):,} files)"
