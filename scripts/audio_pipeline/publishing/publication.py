"""Publication at the end of a run: the gallery, the catalogue and the feed, made from all files together.

They have no Snakemake rule: it would need every file as input, which would dominate the planning of 10,000 topics, and
it would not run after failures, when the page is needed most. So each run makes them at its end, or, if no job is due,
when they are out of date: snakemake_adapter/run.py.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from audio_pipeline import locks
from audio_pipeline.planning import inventory
from audio_pipeline.planning.inventory import Entry
from audio_pipeline.planning.topic_cache import StageContexts, TopicCache, context_of_package
from audio_pipeline.planning.up_to_date import UpToDateTopics
from audio_pipeline.project import Project
from audio_pipeline.publishing import catalogue, feed, gallery
from audio_pipeline.publishing.spliced_file import Span
from audio_pipeline.stages import registry

_LOCK_WAIT_S = 60


class _Published(NamedTuple):
    """A published topic. made: True if all its files are made; thumbnail: True if it has one; card, lines: spans.

    item: the time by which the feed is sorted, and the span; None without a feed or recording.
    """

    made: bool
    thumbnail: bool
    card: Span
    lines: Span
    item: tuple[str, Span] | None


def is_current(project: Project) -> bool:
    """True if all published files exist and are up to date. Cheap: opens no file but the page."""
    exist = all(path.is_file() for path in _paths(project))
    return exist and gallery.fingerprint_of(project) == _fingerprint(project)


def make(project: Project) -> list[Path]:
    """Make all files and return their paths, the page first. Raises OSError; StorageError if another process does it.

    Reads only topics that changed since the last time. The parts of the others are copied from the existing files,
    unless these were changed.
    """
    with locks.exclusive(Path(project.output, "records"), "publication", _LOCK_WAIT_S):
        _make(project)
    return _paths(project)


def _make(project: Project) -> None:
    fingerprint = _fingerprint(
        project
    )  # before reading, so that later changes are detected next time
    cache = TopicCache(project, ".published", _context(project), _paths(project), logs=True)
    contexts = StageContexts(project, cache.about)
    # After a change of a stage's settings or template, topics that are still up to date are shown as before.
    up_to_date = UpToDateTopics(project) if cache.about and contexts.changed else None
    before = {slug: _recall(project, cache, up_to_date, slug) for slug in project.topics}
    made = {slug: old.made for slug, old in before.items() if old}
    changed = [slug for slug, old in before.items() if old is None]
    made_now = gallery.make_thumbnails(project, changed)
    thumbnails = {
        slug: old.thumbnail if old else made_now.get(slug, False) for slug, old in before.items()
    }
    cards: dict[str, bytes | Span | None] = {slug: old and old.card for slug, old in before.items()}
    items: dict[str, tuple[str, bytes | Span] | None] = {
        slug: old and old.item for slug, old in before.items()
    }

    def read() -> Iterator[Entry]:
        """Yield the entries of changed topics, one at a time to save memory."""
        for entry in inventory.read(project, changed):
            slug = entry.topic.slug
            made[slug] = entry.state == "made"
            cards[slug] = gallery.card(project, entry, thumbnails[slug])
            if feed.is_enabled(project):
                items[slug] = feed.item(project, entry)
            yield entry

    lines = catalogue.write(
        read(), project.output, {slug: old and old.lines for slug, old in before.items()}
    )
    in_feed: dict[str, tuple[str, Span]] = {}
    if feed.is_enabled(project):
        in_feed = feed.write(project, {slug: item for slug, item in items.items() if item})
    # The page is the last, since it has the fingerprint.
    on_page = gallery.write(
        project, {slug: card for slug, card in cards.items() if card}, fingerprint
    )
    for slug, thumbnail in thumbnails.items():
        published = _Published(made[slug], thumbnail, on_page[slug], lines[slug], in_feed.get(slug))
        cache.add(slug, published)
    cache.store(about=contexts.stored())


def _context(project: Project) -> str:
    """Return a digest of what all topics share, except for the inputs of stages' requests: see StageContexts."""
    sections = {"voices", *registry.every()}
    others = {key: value for key, value in project.config.values.items() if key not in sections}
    return context_of_package(json.dumps(others, sort_keys=True, default=str), *project.stages)


def _recall(
    project: Project, cache: TopicCache, up_to_date: UpToDateTopics | None, slug: str
) -> _Published | None:
    """Return the published topic if it is unchanged. up_to_date: given if a stage's context has changed."""
    stored = cache.recall(slug)
    if stored is None:
        return None
    topic = _Published(*stored)
    if topic.thumbnail != gallery.has_thumbnail(project, slug):
        return None
    return topic if not up_to_date or (topic.made and up_to_date.knows(slug)) else None


def _paths(project: Project) -> list[Path]:
    names = ["catalog.csv", "catalog.sqlite", *(["feed.xml"] if feed.is_enabled(project) else [])]
    return [gallery.path(project), *(Path(project.output, name) for name in names)]


def _fingerprint(project: Project) -> str:
    return inventory.fingerprint(project, *gallery.sources())
