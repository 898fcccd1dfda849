"""Test bench for the production of a file."""

from pathlib import Path

from audio_pipeline.core import record as records
from audio_pipeline.core.production import Artifact, confirm, produce


class Bench:
    """A stage's files in a folder, and a service that records the seeds of its requests."""

    def __init__(self, folder: Path) -> None:
        self.output = folder / "scripts" / "tea.txt"
        self.record = folder / "records" / "script" / "tea.json"
        self.request = {"engine": "ollama", "prompt": "tea", "seed": 42}
        self.seeds: list[int | None] = []
        self.faults: list[Exception] = []

    def ask(self, request, attempt) -> Artifact:
        seed = attempt.seed
        self.seeds.append(seed)
        if self.faults:
            raise self.faults.pop(0)
        text = f"{request['prompt']} {seed}"
        return Artifact(text.encode(), "gemma", ["words"], {"tokens": 3})

    def make(self, prompt: str | None = None, attempts: int = 1, wait_s: float = 0) -> str:
        if prompt is not None:
            self.request["prompt"] = prompt
        return produce(
            "script",
            self.output,
            self.record,
            dict(self.request),
            self.ask,
            attempts=attempts,
            wait_s=wait_s,
        )

    def confirm(self) -> None:
        confirm("script", self.output, self.record, 0)

    @property
    def text(self) -> str:
        return self.output.read_text()

    @property
    def known(self) -> records.Record:
        return records.load(self.record)

    @property
    def leftovers(self) -> list[Path]:
        folder = self.output.parents[1]
        return list(folder.rglob(".*.tmp"))
