"""A cache of the topics that are up to date, so that the next plan need not read their records.

A topic is up to date while nothing that its verdicts depend on has changed: its files (topic_cache.py), each stage's
settings, and the files that the stage's requests were built from. If only settings or those files changed, the stage's
request is built again: if its digest is the same, the record need not be read. Other topics get a new verdict
(core/staleness.py).
"""

from collections.abc import Mapping

from audio_pipeline.core.request import Request, digest
from audio_pipeline.core.stage import READ
from audio_pipeline.errors import PipelineError
from audio_pipeline.planning.topic_cache import StageContexts, TopicCache, context_of_package
from audio_pipeline.project import Project

_DIGITS = 32  # of a digest: 128 bits


class UpToDateTopics:
    """The cache records/.current. A result maps stages to digests of requests; `about` holds the stages' contexts."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._cache = TopicCache(project, ".current", context_of_package(*project.stages))
        self._contexts = StageContexts(project, self._cache.about)

    def unseen_slugs(self) -> list[str]:
        """Return the topics that were not up to date in the last plan. Cheap: reads no file."""
        return [slug for slug in self._project.topics if not self._cache.has(slug)]

    def knows(self, slug: str) -> bool:
        """True if all files of the topic are known to be up to date."""
        digests = self._cache.recall(slug)
        if digests is None:
            return False
        if list(digests) != list(self._project.stages_of(slug)):
            return False
        changed = (stage for stage in self._contexts.changed if stage in digests)
        if not all(self._is_same_request(stage, slug, digests[stage]) for stage in changed):
            return False
        self._cache.add(slug, digests)
        return True

    def add(self, slug: str, requests: Mapping[str, Request]) -> None:
        """Add a topic, all files of which are up to date. requests: stage → its request, in the stages' order."""
        digests = {stage: digest(request)[:_DIGITS] for stage, request in requests.items()}
        self._cache.add(slug, digests)

    def store(self) -> None:
        """Write the cache, ignoring errors."""
        self._cache.store(about=self._contexts.stored())

    def _is_same_request(self, stage: str, slug: str, expected: str) -> bool:
        """True if the stage's request has the expected digest. False if it is made from media, which are not read."""
        try:
            reads_media = self._project.all_inputs(stage, slug).keys() - set(READ)
            request = None if reads_media else self._project.request(stage, slug)
        except PipelineError:
            return False  # the verdict reports the error
        return request is not None and digest(request)[:_DIGITS] == expected
