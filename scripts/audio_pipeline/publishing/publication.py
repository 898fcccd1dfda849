"""What is made of everything together, at the end of a run: the gallery, the catalogue and the feed.

No Snakemake rule makes them: such a rule would have every file as its input, which costs the planning of 10,000 topics
more than all else, and would not run after a run in which something failed, when the page is needed most. So a run that
ends makes them, and one with nothing to do makes them if they are not of what lies there: snakemake_adapter/run.py.
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


class _Shown(NamedTuple):
    """What is shown of a topic: whether all of it is made, whether it has a thumbnail, and where in each file it is.

    item: with the time by which the feed is sorted; None: there is no feed, or nothing to hear.
    """

    made: bool
    thumbnail: bool
    card: Span
    lines: Span
    item: tuple[str, Span] | None


def is_current(project: Project) -> bool:
    """True if all of it is there, and was made of what lies there now. Cheap: no file is opened but the page."""
    there = all(path.is_file() for path in _paths(project))
    return there and gallery.fingerprint_of(project) == _fingerprint(project)


def make(project: Project) -> list[Path]:
    """Make all of it; the page is the first of what comes back. Raises OSError; StorageError: another process is at it.

    Only topics that changed since the last time are read. What is shown of the others is copied from the files of that
    time, as long as these are as they were left.
    """
    with locks.exclusive(Path(project.output, "records"), "publication", _LOCK_WAIT_S):
        _make(project)
    return _paths(project)


def _make(project: Project) -> None:
    fingerprint = _fingerprint(project)  # before reading: what changes meanwhile is seen next time
    cache = TopicCache(project, ".published", _context(project), _paths(project), logs=True)
    contexts = StageContexts(project, cache.about)
    # After a change of a stage's settings or template, what was made and still is current is shown as before.
    current = UpToDateTopics(project) if cache.about and contexts.changed else None
    shown = {slug: _recall(project, cache, current, slug) for slug in project.topics}
    made = {slug: known.made for slug, known in shown.items() if known}
    changed = [slug for slug, known in shown.items() if known is None]
    made_now = gallery.make_thumbnails(project, changed)
    thumbnails = {
        slug: known.thumbnail if known else made_now.get(slug, False)
        for slug, known in shown.items()
    }
    cards: dict[str, bytes | Span | None] = {
        slug: known and known.card for slug, known in shown.items()
    }
    items: dict[str, tuple[str, bytes | Span] | None] = {
        slug: known and known.item for slug, known in shown.items()
    }

    def read() -> Iterator[Entry]:
        """Entries, one at a time: of thousands only what is shown of them stays."""
        for entry in inventory.read(project, changed):
            slug = entry.topic.slug
            made[slug] = entry.state == "made"
            cards[slug] = gallery.card(project, entry, thumbnails[slug])
            if feed.wanted(project):
                items[slug] = feed.item(project, entry)
            yield entry

    lines = catalogue.write(
        read(), project.output, {slug: known and known.lines for slug, known in shown.items()}
    )
    in_feed: dict[str, tuple[str, Span]] = {}
    if feed.wanted(project):
        in_feed = feed.write(project, {slug: item for slug, item in items.items() if item})
    # The page is the last: it says what all was made of.
    on_page = gallery.write(
        project, {slug: card for slug, card in cards.items() if card}, fingerprint
    )
    for slug, thumbnail in thumbnails.items():
        found = _Shown(made[slug], thumbnail, on_page[slug], lines[slug], in_feed.get(slug))
        cache.add(slug, found)
    cache.store(about=contexts.stored())


def _context(project: Project) -> str:
    """Of all that is the same for each topic, but for what the stages' requests are built of."""
    sections = {
        "voices",
        *(stage.section for stage in registry.every().values()),
    }  # see StageContexts
    others = {key: value for key, value in project.config.values.items() if key not in sections}
    return context_of_package(json.dumps(others, sort_keys=True, default=str), *project.stages)


def _recall(
    project: Project, cache: TopicCache, current: UpToDateTopics | None, slug: str
) -> _Shown | None:
    """What was shown of the topic, if that still holds. current: where a stage's context has changed."""
    known = cache.recall(slug)
    if known is None:
        return None
    shown = _Shown(*known)
    if shown.thumbnail != gallery.has_thumbnail(project, slug):
        return None
    return shown if not current or (shown.made and current.knows(slug)) else None


def _paths(project: Project) -> list[Path]:
    names = ["catalog.csv", "catalog.sqlite", *(["feed.xml"] if feed.wanted(project) else [])]
    return [gallery.path(project), *(Path(project.output, name) for name in names)]


def _fingerprint(project: Project) -> str:
    return inventory.fingerprint(project, *gallery.sources())
