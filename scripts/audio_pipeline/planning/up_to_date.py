"""Which topics the last plan found to be current, so that the next one need not read them again.

A topic is known to be current when nothing that its verdicts depend on has changed since they were given: its files
(topic_cache.py), and for each stage its settings and the files that its requests were built from. Where only those
changed, the stage's request is built anew: as long as its digest is the same, the record need not be read. All else is
judged anew (core/staleness.py).
"""

from collections.abc import Mapping

from audio_pipeline.core.request import Request, digest
from audio_pipeline.core.stage import TEXT
from audio_pipeline.errors import PipelineError
from audio_pipeline.planning.topic_cache import StageContexts, TopicCache, context_of_package
from audio_pipeline.project import Project

_DIGITS = 32  # of a digest: 128 bits


class UpToDateTopics:
    """A cache, records/.current, about each stage's context; found: stage → digest of its request."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._cache = TopicCache(project, ".current", context_of_package(*project.stages))
        self._contexts = StageContexts(project, self._cache.about)

    def unseen_slugs(self) -> list[str]:
        """Topics that were not found to be current by the last plan. Cheap: it looks at no file."""
        return [slug for slug in self._project.topics if not self._cache.has(slug)]

    def knows(self, slug: str) -> bool:
        """True if all files of the topic are known to be current."""
        found = self._cache.recall(slug)
        if found is None:
            return False
        if list(found) != list(self._project.stages_of(slug)):
            return False
        changed = (stage for stage in self._contexts.changed if stage in found)
        if not all(self._asks(stage, slug, found[stage]) for stage in changed):
            return False
        self._cache.add(slug, found)
        return True

    def add(self, slug: str, requests: Mapping[str, Request]) -> None:
        """All files of the topic were just found to be current. requests: stage → its request, in their order."""
        self._cache.add(slug, {stage: digest(one)[:_DIGITS] for stage, one in requests.items()})

    def store(self) -> None:
        """Raises nothing."""
        self._cache.store(about=self._contexts.stored())

    def _asks(self, stage: str, slug: str, had: str) -> bool:
        """True if the stage's request is still the one with this digest. (No media are read to find out.)"""
        try:
            reads_media = self._project.inputs(stage, slug).keys() - {TEXT}
            wanted = None if reads_media else self._project.request(stage, slug)
        except PipelineError:
            return False  # the verdict says why
        return wanted is not None and digest(wanted)[:_DIGITS] == had
