"""Real engines, llama.cpp and Piper, on this machine: a run end to end, over the computing time of the two."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml
from benchmark import Benchmark
from contestants import REPOSITORY, AudioPipeline
from measurement import CommandFailed, cost_of
from report import Row, tell
from rows_making import CAPS

TOPICS = (
    "Why bread rises",
    "How bees find their way home",
    "Why the sky is blue",
    "How paper is made",
    "Why leaves change colour in autumn",
    "How bridges carry their load",
    "Why ice floats on water",
    "How the heart pumps blood",
    "Why the moon has phases",
    "How a violin makes its sound",
    "Why volcanoes erupt",
    "How maps are drawn",
)
LOOP = Path(__file__).parent / "peers" / "engines_loop.py"


def engines(bout: Benchmark) -> Iterator[Row]:
    """Measure scripts and recordings; title cards and videos would compute beside them."""
    count = (bout.sizes or [len(TOPICS)])[0]
    python = bout.python if _has_engines(bout.python) else sys.executable
    contestant = bout.contestant(AudioPipeline, CAPS)
    contestant.python = python
    off = {
        "image": {"engine": "none"},
        "subtitles": {"enabled": False},
        "video": {"enabled": False},
    }
    contestant.write("bench.yaml", yaml.safe_dump(off))
    contestant.write("data/input/topics.txt", "".join(f"{topic}\n" for topic in TOPICS[:count]))
    tell(f"real engines, {count} topics")
    ours = contestant.run()
    records = list((contestant.folder / "data/output/records/script").glob("*.json"))
    told = [json.loads(record.read_text())["service"] for record in records]
    if len(told) != count:
        raise CommandFailed(f"{len(told)} scripts of {count} were made")
    llama_s = sum(one["prompt_ms"] + one["predicted_ms"] for one in told) / 1000
    tell(f"  {ours.wall_s:.1f} s; the loop over the same servers")
    command = [python, str(LOOP), str(REPOSITORY / "scripts"), "bench.yaml"]
    loop = cost_of(command, contestant.folder)
    figures = json.loads(loop.output.strip().splitlines()[-1])
    computing_s = llama_s + figures["piper_s"]
    yield Row(
        f"real engines, {count} topics, end to end over the computing time of llama.cpp ({llama_s:.1f} s) "
        f"and Piper ({figures['piper_s']:.1f} s), engines' start included",
        f"{ours.wall_s:.1f} s",
        f"{ours.wall_s / computing_s:.3f}",
        "≤ 1.1, and less than the loop",
        ours.wall_s <= min(1.1 * computing_s, loop.wall_s),
        f"sequential loop {loop.wall_s:.1f} s, its llama.cpp {figures['llama_s']:.1f} s",
    )


def _has_engines(python: str) -> bool:
    found = "import xllamacpp, piper"
    return not subprocess.run([python, "-c", found], stderr=subprocess.DEVNULL).returncode
