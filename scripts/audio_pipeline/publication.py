"""What is made of everything together, at the end of a run: the gallery, the catalogue and the feed.

No Snakemake rule makes them: such a rule would have every file as its input, which costs the planning of 10,000 topics
more than all else, and would not run after a run in which something failed, when the page is needed most. So a run that
ends makes them (rules/gallery.smk), and one that has nothing to do makes them if they are not of what lies there.
"""

from pathlib import Path

from . import catalogue, feed, gallery, inventory
from .project import Project


def page(project: Project) -> Path:
    return Path(project.output, "index.html")


def is_current(project: Project) -> bool:
    """Whether all of it is there, and was made of what lies there now. Cheap: no file is opened but the page."""
    names = ["catalog.csv", "catalog.sqlite", *(["feed.xml"] if feed.wanted(project) else [])]
    there = all(Path(project.output, name).is_file() for name in names)
    return there and gallery.fingerprint_of(page(project)) == _fingerprint(project)


def make(project: Project) -> list[Path]:
    """Make all of it; the page is the last, since it says what all was made of. Raises OSError."""
    fingerprint = _fingerprint(project)  # before reading: what changes meanwhile is seen next time
    entries = inventory.read(project)
    catalogue.write(entries, project.output)
    names = ["catalog.csv", "catalog.sqlite"]
    if feed.wanted(project):
        feed.write(project, entries)
        names.append("feed.xml")
    gallery.write(project, entries, fingerprint)
    return [page(project), *(Path(project.output, name) for name in names)]


def _fingerprint(project: Project) -> str:
    return inventory.fingerprint(project, *gallery.sources())
