"""Contestants: this project as its users run it, and its peers, with the same topics and services."""

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from measurement import Cost, cost_of
from stub_services import sentence

REPOSITORY = Path(__file__).parents[2]
PEERS = Path(__file__).parent / "peers"
PROMPT = "Write a short spoken text that explains this topic: {}"
FILES = ("scripts/{}.txt", "audio/{}.wav", "images/{}.png")
AT_ONCE = "12"  # jobs of make and doit, including those that wait for a slot


def topic(number: int) -> str:
    return f"Why topic number {number} matters to people"


def slug(number: int) -> str:
    return topic(number).lower().replace(" ", "-")


def write_topic_files(contestant: "Contestant", count: int) -> None:
    """Write a file for each topic, for tools that look only at a file's time or content."""
    for number in range(count):
        if not (contestant.folder / "topics" / slug(number)).exists():
            contestant.write(f"topics/{slug(number)}", f"{topic(number)}\n")


class Contestant:
    """Contestant. folder: empty; urls, caps: of the services llm, tts and sd; python: the interpreter to run with."""

    name, keeps_state = "", True
    output = "."  # the folder with scripts/, audio/ and images/
    environment: Mapping[str, str] = MappingProxyType({})

    def __init__(self, folder: Path, urls: Mapping[str, str], caps: Mapping[str, int], python: str):
        self.folder, self.urls, self.caps, self.python = folder, urls, caps, python
        folder.mkdir(parents=True)
        self.write("plan.json", json.dumps({"urls": dict(urls), "caps": dict(caps)}))

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def topics(self, count: int) -> None:
        self.write("topics.txt", "".join(f"{topic(number)}\n" for number in range(count)))

    def command(self, *, plan_only: bool = False) -> list[str]:
        raise NotImplementedError

    def run(self, *, plan_only: bool = False, codes: tuple[int, ...] = (0,)) -> Cost:
        return cost_of(self.command(plan_only=plan_only), self.folder, self.environment, codes)

    def path(self, kind: int, number: int) -> Path:
        return self.folder / self.output / FILES[kind].format(slug(number))

    def missing(self, count: int) -> list[Path]:
        paths = [self.path(kind, number) for number in range(count) for kind in range(3)]
        return [path for path in paths if not path.is_file() or not path.stat().st_size]

    def first_finished(self, count: int) -> float:
        """Return the time.time at which the first topic had all of its files."""
        return min(
            max(self.path(kind, number).stat().st_mtime for kind in range(3))
            for number in range(count)
        )

    def pretend_finished(self, count: int) -> None:
        """Write the files of that many topics in the order in which a run would make them."""
        self.topics(count)
        for kind in range(3):
            for number in range(count):
                text = sentence(PROMPT.format(topic(number)), number, 42)
                self.write(f"{self.output}/{FILES[kind].format(slug(number))}", f"{text}\n")


class AudioPipeline(Contestant):
    """This project. levelled: bring recordings to one loudness, as by default; False measures orchestration only."""

    name, output = "this project", "data/output"

    def __init__(self, *arguments: Any, levelled: bool = True) -> None:
        super().__init__(*arguments)
        self.config = {
            "script": {"engine": "ollama", "url": self.urls["llm"], "model": "m1:1b"},
            "audio": {"engine": "piper", "url": self.urls["tts"], "voice": "en_US-anna"},
            "image": {"engine": "stable-diffusion", "url": self.urls["sd"], "sampler": "Euler a"},
            "subtitles": {"enabled": False},
            "video": {"enabled": False},
            "caps": dict(self.caps),
        }
        self.config["script"]["template"] = "prompt.j2"
        self.config["audio"] |= {"split": "none"} | ({} if levelled else {"loudness_lufs": None})
        self.config["image"] |= {"width": 256, "height": 256, "steps": 5}
        self.write("bench.yaml", yaml.safe_dump(self.config))
        self.prompt()

    def prompt(self, more: str = "") -> None:
        self.write("prompt.j2", PROMPT.format("{{ topic }}") + more)

    def topics(self, count: int) -> None:
        lines = "".join(f"{topic(number)}\n" for number in range(count))
        self.write("data/input/topics.txt", lines)

    def command(self, *arguments: str, plan_only: bool = False) -> list[str]:
        snakemake = [self.python, "-m", "snakemake", "-s", str(REPOSITORY / "Snakefile")]
        plan = ["-n"] if plan_only else []
        return [*snakemake, "--cores", "4", "--configfile", "bench.yaml", *plan, *arguments]

    def program(self, name: str) -> Cost:
        """Return the cost of scripts/NAME.py."""
        program = str(REPOSITORY / "scripts" / f"{name}.py")
        return cost_of([self.python, program, "--configfile", "bench.yaml"], self.folder)

    def pretend_finished(self, count: int) -> None:
        """Write files and their records, built as the jobs build them, without requests."""
        from audio_pipeline import project
        from audio_pipeline.core.record import Record
        from audio_pipeline.core.request import digest

        super().pretend_finished(count)
        here = os.getcwd()
        os.chdir(self.folder)
        try:
            ours = project.load([("bench.yaml", self.config)], {})
            for stage in ours.stages:
                Path(ours.record(stage, "x")).parent.mkdir(parents=True, exist_ok=True)
                for name in ours.topics:
                    request = ours.request(stage, name)
                    made = Record(
                        request=request,
                        request_sha256=digest(request),
                        sha256=hashlib.sha256(
                            Path(ours.file(stage, name)).read_bytes()
                        ).hexdigest(),
                        engine=request["engine"],
                        model="m1:1b",
                        seed=request.get("seed"),
                        take=0,
                        attempts=1,
                        seconds=0.5,
                        checks=["characters", "words", "refusal", "markup", "sentence"],
                        time="2026-11-22T10:00:00Z",
                        service={"version": "0.33.0", "digest": "1" * 64, "eval_count": 24},
                    )
                    values = dataclasses.asdict(made)
                    for unused in ("previous", "deleted", "written"):
                        del values[unused]
                    text = json.dumps(values, ensure_ascii=False, indent=1) + "\n"
                    Path(ours.record(stage, name)).write_text(text)
        finally:
            os.chdir(here)


class NaiveSnakemake(Contestant):
    name = "naive Snakemake"

    def topics(self, count: int) -> None:
        super().topics(count)
        if not (self.folder / "prompt.txt").exists():
            self.prompt()

    def prompt(self, more: str = "") -> None:
        self.write("prompt.txt", PROMPT + more)

    def command(self, *arguments: str, plan_only: bool = False) -> list[str]:
        snakemake = [self.python, "-m", "snakemake", "-s", str(PEERS / "naive/Snakefile")]
        caps = ["--resources", *(f"{name}={cap}" for name, cap in self.caps.items())]
        plan = ["-n"] if plan_only else []
        return [*snakemake, "--cores", "4", "--quiet", "rules", *caps, *plan, *arguments]

    def pretend_finished(self, count: int) -> None:
        self.topics(count)
        super().pretend_finished(count)
        cost_of(self.command("--touch"), self.folder)  # writes Snakemake's own records


class Make(Contestant):
    name = "make"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        for folder in ("scripts", "audio", "images"):
            (self.folder / folder).mkdir()

    def topics(self, count: int) -> None:
        super().topics(count)
        self.write("slugs.txt", "".join(f"{slug(number)}\n" for number in range(count)))
        write_topic_files(self, count)

    def command(self, *arguments: str, plan_only: bool = False) -> list[str]:
        make = ["make", "--no-print-directory", "-f", str(PEERS / "Makefile"), "-j", AT_ONCE]
        plan = ["-n"] if plan_only else []
        return [*make, f"PYTHON={self.python}", f"PEERS={PEERS}", *plan, *arguments]


class Doit(Contestant):
    name = "doit"
    environment = MappingProxyType({"PEERS": str(PEERS)})

    def topics(self, count: int) -> None:
        super().topics(count)
        write_topic_files(self, count)

    def command(self, *arguments: str, plan_only: bool = False) -> list[str]:
        file = ["-f", str(PEERS / "dodo.py"), "--dir", "."]
        if plan_only:
            return [sys.executable, "-m", "doit", "list", *file, "--all", "--status"]
        return [sys.executable, "-m", "doit", *arguments, *file, "-n", AT_ONCE, "-P", "thread"]

    def pretend_finished(self, count: int) -> None:
        super().pretend_finished(count)
        file = ["-f", str(PEERS / "dodo.py"), "--dir", "."]
        subprocess.run(
            [sys.executable, "-m", "doit", "reset-dep", *file],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdout=subprocess.DEVNULL,
            check=True,
        )


class AsyncioLoop(Contestant):
    name, keeps_state = "asyncio", False

    def command(self, *, plan_only: bool = False) -> list[str]:
        return [sys.executable, str(PEERS / "asyncio_loop.py")]


class SequentialLoop(Contestant):
    name, keeps_state = "sequential loop", False

    def command(self, *, plan_only: bool = False) -> list[str]:
        return [self.python, str(PEERS / "sequential_loop.py")]


ALL_PEERS = (AsyncioLoop, Make, Doit, NaiveSnakemake, SequentialLoop)
