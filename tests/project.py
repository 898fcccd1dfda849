"""User's working directory in a temporary folder, and the real snakemake run in it."""

import functools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import preloaded
import yaml
from audio_pipeline.project import path_of

REPOSITORY = Path(__file__).parents[1]
SNAKEMAKE = [sys.executable, "-m", "snakemake", "-s", str(REPOSITORY / "Snakefile")]


_snakemake = functools.cache(preloaded.Snakemake)


@dataclass
class Run:
    """Result of one call of snakemake. output: standard output and error together."""

    code: int
    output: str

    @property
    def nothing_to_do(self) -> bool:
        return self.code == 0 and "Nothing to be done" in self.output


class Project:
    """Project in a folder, its working directory. config: config/config.yaml as a dict, to change before `run`."""

    def __init__(self, folder: Path, topics: str, config: dict) -> None:
        config["script"] = {"min_words": 3, **config.get("script", {})}  # stubs answer in few words
        self.folder, self.config = folder, config
        self.environment: dict[str, str] = {}
        (folder / "data/input").mkdir(parents=True)
        (folder / "config").mkdir()
        self.topics(topics)

    def topics(self, text: str | bytes) -> None:
        data = text if isinstance(text, bytes) else text.encode()
        (self.folder / "data/input/topics.txt").write_bytes(data)

    def run(self, *arguments: str, timeout_s: float = 300) -> Run:
        """Run plain `snakemake --cores 4` with these arguments."""
        if any(name.startswith("PYTHON") for name in self.environment):
            with self.start(*arguments) as process:
                output, _ = process.communicate(timeout=timeout_s)
            return Run(process.returncode, output)
        self.write_config()
        words = [*SNAKEMAKE[3:], "--cores", "4", *arguments]
        environment = {**os.environ, **self.environment}
        return Run(*_snakemake().run(words, self.folder, environment, timeout_s))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return self.start_plain("--cores", "4", *arguments)

    def start_plain(self, *arguments: str) -> subprocess.Popen[str]:
        """Start snakemake with these arguments alone."""
        self.write_config()
        return subprocess.Popen(
            [*SNAKEMAKE, *arguments],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def write_config(self) -> None:
        (self.folder / "config/config.yaml").write_text(yaml.safe_dump(self.config))

    def path(self, stage: str, slug: str) -> Path:
        return self.folder / "data/output" / path_of(stage, slug)

    def record(self, stage: str, slug: str) -> dict:
        return json.loads((self.folder / f"data/output/records/{stage}/{slug}.json").read_text())

    def files(self) -> dict[str, bytes]:
        """Return every file made, by its path under data/output, without records and logs."""
        root = self.folder / "data/output"
        kinds = ("scripts", "audio", "images")
        return {
            str(path.relative_to(root)): path.read_bytes()
            for kind in kinds
            for path in sorted((root / kind).glob("*"))
        }
