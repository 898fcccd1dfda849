"""Result table: rows with a ratio and a goal each, the versions and the machine's size, appended to RESULTS.md."""

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

RESULTS = Path(__file__).parent / "RESULTS.md"
_PACKAGES = ("snakemake", "requests", "snakemake-executor-plugin-slurm")
_ASK = """
import importlib.metadata, json, platform
known = {each.name: each.version for each in importlib.metadata.distributions()}
print(json.dumps([platform.python_version(), known]))
"""


@dataclass(frozen=True)
class Row:
    """One line of the table. ours: measurement; ratio: to the reference named in `what`; met: None without a goal."""

    what: str
    ours: str
    ratio: str = ""
    goal: str = ""
    met: bool | None = None
    peers: str = ""

    def __str__(self) -> str:
        verdict = {True: " ✓", False: " ✗", None: ""}[self.met]
        return f"| {self.what} | {self.ours} | {self.ratio} | {self.goal}{verdict} | {self.peers} |"


HEAD = "| what | this project | ratio | goal | peers |\n|---|---|---|---|---|"


def section(rows: Iterable[Row], python: str) -> str:
    cores, memory = len(os.sched_getaffinity(0)), psutil.virtual_memory().total / 2**30
    lines = [
        f"## {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {cores} cores, {memory:.0f} GB",
        f"{versions(python)}. Load of the machine when it began: {LOAD:.1f}.",
        "\n".join([HEAD, *map(str, rows)]),
    ]
    return "\n\n".join(lines) + "\n"


LOAD = os.getloadavg()[0]


def versions(python: str) -> str:
    told = subprocess.run([python, "-c", _ASK], capture_output=True, text=True, check=True).stdout
    number, known = json.loads(told)
    found = [f"Python {number}", *(f"{name} {known[name]}" for name in _PACKAGES[:2])]
    found += [f"{name} {importlib.metadata.version(name)}" for name in ("doit", "aiohttp")]
    make = subprocess.run(["make", "--version"], capture_output=True, text=True, check=True).stdout
    found += [make.splitlines()[0], f"{platform.system()} {platform.release().split('-')[0]}"]
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=RESULTS.parent,
        capture_output=True,
        text=True,
    ).stdout.strip()
    if commit:
        found.insert(0, f"commit {commit}")
    plugin = "with" if _PACKAGES[2] in known else "without"
    return (
        ", ".join(found) + f"; {plugin} Snakemake's Slurm plugin, which costs half a second a start"
    )


def append(text: str) -> None:
    old = RESULTS.read_text(encoding="utf-8")
    RESULTS.write_text(f"{old.rstrip()}\n\n{text}", encoding="utf-8")


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
