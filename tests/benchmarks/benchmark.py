"""Common parts of the rows: services, choice of contestants and sizes, folders, and finished projects."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contestants import ALL_PEERS, AudioPipeline, Contestant
from report import tell
from stub_services import Services


@dataclass
class Benchmark:
    """Settings of a benchmark. sizes: numbers of topics, empty: the row's own; peers: their names, None: all."""

    services: Services
    folder: Path
    python: str
    sizes: list[int]
    peers: list[str] | None = None
    _count: int = 0
    _finished: dict[Any, Contestant] = field(default_factory=dict)

    def kinds(self, *, with_state: bool = False) -> list[type[Contestant]]:
        """Return the classes of the contestants, this project first. with_state: only those that see finished work."""
        peers = [kind for kind in ALL_PEERS if self.peers is None or kind.name in self.peers]
        return [AudioPipeline, *(kind for kind in peers if kind.keeps_state or not with_state)]

    def contestant(
        self, kind: type[Contestant], caps: Mapping[str, int], **options: Any
    ) -> Contestant:
        """Return a new contestant in an empty folder."""
        self._count += 1
        folder = self.folder / str(self._count)
        return kind(folder, self.services.urls, caps, self.python, **options)

    def finished(self, kind: type[Contestant], topics: int, caps: Mapping[str, int]) -> Contestant:
        """Return a contestant with all topics made; later rows continue with it."""
        if (kind, topics) not in self._finished:
            tell(f"  {kind.name}: making believe that {topics} topics are finished")
            contestant = self.contestant(kind, caps)
            contestant.pretend_finished(topics)
            contestant.run()  # fills caches: the first run is not representative
            self._finished[kind, topics] = contestant
        return self._finished[kind, topics]

    def forget(self, kind: type[Contestant], topics: int) -> None:
        if contestant := self._finished.pop((kind, topics), None):
            shutil.rmtree(contestant.folder)
