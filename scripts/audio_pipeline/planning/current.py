"""Which topics the last plan found to be current, so that the next one need not read them again.

A topic is known to be current when nothing that its verdicts depend on has changed since they were given: its files
(snapshot.py), and for each stage its settings and template. Where only settings or a template changed, the stage's
request is built anew: as long as its digest is the same, the record need not be read. All else is judged anew
(core/staleness.py).
"""

from collections.abc import Mapping

from audio_pipeline.core.request import Request, digest
from audio_pipeline.errors import PipelineError
from audio_pipeline.planning.snapshot import Snapshot, context_of_package, context_of_stage
from audio_pipeline.project import Project


class CurrentTopics:
    """A snapshot, records/.current, about each stage's context; found: the digests of its requests, in their order."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._snapshot = Snapshot(project, ".current", context_of_package(*project.stages))
        self._stages = {stage: context_of_stage(project, stage) for stage in project.stages}
        had = self._snapshot.about or self._stages
        self._changed = [one for one in self._stages if had[one] != self._stages[one]]

    def strangers(self) -> list[str]:
        """Topics that were not found to be current by the last plan. Cheap: it looks at no file."""
        return [slug for slug in self._project.topics if not self._snapshot.has(slug)]

    def knows(self, slug: str) -> bool:
        """Whether all files of the topic are known to be current."""
        found = self._snapshot.recall(slug)
        if found is None:
            return False
        had = dict(zip(self._stages, found.split(), strict=True))
        if not all(self._asks(stage, slug, had[stage]) for stage in self._changed):
            return False
        self._snapshot.add(slug, found)
        return True

    def add(self, slug: str, requests: Mapping[str, Request]) -> None:
        """All files of the topic were just found to be current. requests: stage → what its file was made of."""
        self._snapshot.add(slug, " ".join(digest(requests[stage]) for stage in self._stages))

    def store(self) -> None:
        """Raises nothing."""
        self._snapshot.store(about=self._stages)

    def _asks(self, stage: str, slug: str, had: str) -> bool:
        """Whether the stage's request is still the one with this digest. (No media are read to find out.)"""
        try:
            wanted = None if self._project.media(stage) else self._project.request(stage, slug)
        except PipelineError:
            return False  # the verdict says why
        return wanted is not None and digest(wanted) == had
