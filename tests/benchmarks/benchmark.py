"""What all rows share: the services, the choice of contestants and sizes, folders, and finished projects."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contestants import ALL_PEERS, AudioPipeline, Contestant
from report import tell
from stub_services import Services


@dataclass
class Bout:
    """sizes: numbers of topics, empty: the row's own; peers: their names, None: all; folder: temporary."""

    services: Services
    folder: Path
    python: str
    sizes: list[int]
    peers: list[str] | None = None
    _count: int = 0
    _finished: dict[Any, Contestant] = field(default_factory=dict)

    def kinds(self, *, with_state: bool = False) -> list[type[Contestant]]:
        """The contestants that take part, this project first. with_state: those that can see what is done."""
        peers = [kind for kind in ALL_PEERS if self.peers is None or kind.name in self.peers]
        return [AudioPipeline, *(kind for kind in peers if kind.keeps_state or not with_state)]

    def contestant(
        self, kind: type[Contestant], caps: Mapping[str, int], **options: Any
    ) -> Contestant:
        """A new one in an empty folder."""
        self._count += 1
        folder = self.folder / str(self._count)
        return kind(folder, self.services.urls, caps, self.python, **options)

    def finished(self, kind: type[Contestant], topics: int, caps: Mapping[str, int]) -> Contestant:
        """One whose topics are all made; later rows go on with it."""
        if (kind, topics) not in self._finished:
            tell(f"  {kind.name}: making believe that {topics} topics are finished")
            contestant = self.contestant(kind, caps)
            contestant.pretend_finished(topics)
            contestant.run()  # no run has seen these files: the first look is no usual one
            self._finished[kind, topics] = contestant
        return self._finished[kind, topics]

    def forget(self, kind: type[Contestant], topics: int) -> None:
        if contestant := self._finished.pop((kind, topics), None):
            shutil.rmtree(contestant.folder)
