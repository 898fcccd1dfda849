"""An incremental publication equals one from scratch, and reads only the topics that changed."""

import csv
import json
import os
import re
import sqlite3
from pathlib import Path

import finished_project
import pytest
import sample_media
from audio_pipeline.core import record, template
from audio_pipeline.planning import inventory, topic_cache
from audio_pipeline.planning.up_to_date import UpToDateTopics
from audio_pipeline.project import Project
from audio_pipeline.publishing import publication

TOPICS = "Bread\nCoffee & tea | slug=coffee\nThe sea\nWind\n"
SLUGS = ["bread", "coffee", "the-sea", "wind"]
CONFIG = {
    "script": {**finished_project.CONFIG["script"], "template": "config/own.j2"},
    "subtitles": {"enabled": True},
    "video": {"enabled": True},
    "feed": {"base_url": "https://example.org/podcast"},
}
OUT = Path("data/output")
SRT = "1\n00:00:00,100 --> 00:00:00,900\nAll about {}.\n"


@pytest.fixture
def project(tmp_path, monkeypatch) -> Project:
    """Three finished topics and one that failed, published long enough ago for their times to be trusted."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(topic_cache, "_TICK_NS", 0)
    Path("config").mkdir()
    Path("config/own.j2").write_text("Write about {{ topic }}.")
    project = load()
    for slug in SLUGS[:3]:
        make(project, slug)
    finished_project.fail(project, "script", "wind", "Ollama is away")
    publication.make(project)
    return project


def load(topics: str = TOPICS, **config) -> Project:
    return finished_project.load(Path.cwd(), topics, **CONFIG, **config)


def make(project: Project, slug: str, script: str | None = None) -> None:
    finished_project.make(project, slug, script)
    finished_project.store(project, "subtitles", slug, SRT.format(slug).encode())
    Path(project.files("subtitles", slug)[1]).write_text("WEBVTT\n")
    finished_project.store(project, "video", slug, b"film of " + slug.encode())


def published() -> dict[str, object]:
    """Return all published data in a comparable form."""
    with sqlite3.connect(OUT / "catalog.sqlite") as database:
        rows = {
            table: sorted(database.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
            for table in ("topics", "files")
        }
    files = {name: (OUT / name).read_bytes() for name in ("index.html", "catalog.csv", "feed.xml")}
    return {**rows, **files}


def cards() -> dict[str, dict]:
    page = (OUT / "index.html").read_text(encoding="utf-8")
    found = json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])
    return {card["slug"]: card for card in found}


def publish(project: Project, monkeypatch) -> list[str]:
    """Publish; return the topics read. Compares the result with a publication from scratch."""
    asked, read = [], inventory.read

    def read_and_tell(project, slugs):
        asked.extend(slugs)
        return read(project, slugs)

    with monkeypatch.context() as patch:
        patch.setattr(inventory, "read", read_and_tell)
        publication.make(project)
    assert publication.is_current(project)
    found = published()
    (OUT / "records/.published").unlink()
    publication.make(project)
    assert found == published()
    return asked


def write(path: str | Path, data: str | bytes) -> None:
    """Write with the old modification time, so that the time does not reveal the change."""
    before = os.stat(path)
    Path(path).write_bytes(data if isinstance(data, bytes) else data.encode())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def edit_script(project: Project) -> None:
    path = project.file("script", "coffee")
    write(path, Path(path).read_text().upper())


def fail(project: Project) -> None:
    Path(project.file("audio", "coffee")).unlink()
    finished_project.fail(project, "audio", "coffee", "Piper is away")


def replace_picture(project: Project) -> None:
    finished_project.store(project, "image", "coffee", sample_media.picture("x", 7, 1280, 720))


# Changes, and the topics read after them.
OF_FILES = {
    "nothing": (lambda project: None, []),
    "a script edited": (edit_script, ["coffee"]),
    "a script that is not UTF-8": (
        lambda project: write(project.file("script", "coffee"), b"\xff\xfe"),
        ["coffee"],
    ),
    "a topic made again": (
        lambda project: make(project, "coffee", "Another. And </script> more."),
        ["coffee"],
    ),
    "a recording deleted": (lambda project: os.unlink(project.file("audio", "coffee")), ["coffee"]),
    "subtitles edited": (
        lambda project: write(project.file("subtitles", "coffee"), SRT.format("milk ")),
        ["coffee"],
    ),
    "subtitles of a player deleted": (
        lambda project: os.unlink(project.files("subtitles", "coffee")[1]),
        ["coffee"],
    ),
    "a record deleted": (lambda project: os.unlink(project.record("video", "coffee")), ["coffee"]),
    "a record edited": (
        lambda project: write(
            project.record("script", "coffee"),
            Path(project.record("script", "coffee")).read_text().replace("m1:1b", "m9:9b"),
        ),
        ["coffee"],
    ),
    "a job failed": (fail, ["coffee"]),
    "a job failed again": (
        lambda project: finished_project.fail(project, "script", "wind", "Piper has no such voice"),
        ["wind"],
    ),
    "a picture replaced": (replace_picture, ["coffee"]),
    "a picture that cannot be read": (
        lambda project: write(project.file("image", "coffee"), b"none"),
        ["coffee"],
    ),
    "a thumbnail deleted": (lambda project: os.unlink(OUT / "thumbnails/coffee.webp"), ["coffee"]),
    "a thumbnail emptied": (lambda project: write(OUT / "thumbnails/coffee.webp", b""), ["coffee"]),
    "the page edited": (lambda project: write(OUT / "index.html", "mine"), SLUGS),
    "the page deleted": (lambda project: (OUT / "index.html").unlink(), SLUGS),
    "the table edited": (lambda project: write(OUT / "catalog.csv", "mine"), SLUGS),
    "the database edited": (lambda project: write(OUT / "catalog.sqlite", "mine"), SLUGS),
    "the feed edited": (lambda project: write(OUT / "feed.xml", "mine"), SLUGS),
    "the snapshot torn": (lambda project: write(OUT / "records/.published", b'{"context": ['), SLUGS),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_FILES)
def test_after_a_change_of_files_it_is_as_from_nothing(project, monkeypatch, name):
    change, read = OF_FILES[name]
    change(project)
    assert publish(project, monkeypatch) == read


OF_TOPICS = {
    "with a setting behind one": (
        TOPICS.replace("slug=coffee", "slug=coffee audio.length_scale=1.2"),
        ["coffee"],
    ),
    "added at the end": (TOPICS + "Zebras\n", ["zebras"]),
    "added at the top": ("Zebras\n" + TOPICS, ["zebras"]),
    "taken out": (TOPICS.replace("Coffee & tea | slug=coffee\n", ""), []),
    "put in another order": ("Wind\nThe sea\nBread\nCoffee & tea | slug=coffee\n", []),
    "one taken out, one added, in another order": ("Wind\nZebras\nBread\nThe sea\n", ["zebras"]),
    "moved by a comment": ("# Mine\n\n" + TOPICS, []),
    "renamed": (TOPICS.replace("Coffee & tea", "Coffee <b>"), ["coffee"]),
    "of another voice": (TOPICS.replace("slug=coffee", "slug=coffee voice=bert"), ["coffee"]),
}


@pytest.mark.parametrize("name", OF_TOPICS)
def test_after_a_change_of_topics_it_is_as_from_nothing(project, monkeypatch, name):
    topics, read = OF_TOPICS[name]
    assert publish(load(topics), monkeypatch) == read
    assert list(cards()) == list(load(topics).topics)


def test_a_new_template_makes_every_topic_stale(project, monkeypatch):
    Path("config/own.j2").write_text("Tell of {{ topic }}.")
    changed = load()
    template._compiled.cache_clear()  # a run reads it once
    assert publish(changed, monkeypatch) == SLUGS
    assert {card["state"] for card in cards().values()} == {"stale", "failed"}


def test_a_new_template_that_asks_for_the_same_leaves_what_is_current_unread(project, monkeypatch):
    current = UpToDateTopics(project)
    for slug in SLUGS[:3]:
        known = {stage: record.load(project.record(stage, slug)) for stage in project.stages}
        current.add(slug, {stage: one.request for stage, one in known.items()})
    current.store()
    more = "{% if topic == 'Bread' %} Tell much.{% endif %}"
    Path("config/own.j2").write_text("Write about {{ topic }}." + more)
    changed = load()
    template._compiled.cache_clear()
    assert publish(changed, monkeypatch) == ["bread", "wind"]
    assert cards()["bread"]["state"] == "stale"
    assert publish(changed, monkeypatch) == []


def test_another_setting_makes_all_anew(project, monkeypatch):
    assert publish(load(gallery={"title": "Ours"}), monkeypatch) == SLUGS


def test_without_pictures_an_old_thumbnail_is_not_shown(project, monkeypatch):
    assert cards()["coffee"]["thumbnail"] == "thumbnails/coffee.webp"
    assert publish(load(image={"engine": "none"}), monkeypatch) == SLUGS
    assert {card["thumbnail"] for card in cards().values()} == {""}
    assert b"itunes:image" not in (OUT / "feed.xml").read_bytes()


def test_a_failure_is_shown_and_goes_when_it_is_mended(project, monkeypatch):
    fail(project)
    publication.make(project)
    assert cards()["coffee"]["reason"] == "recording: Piper is away"
    finished_project.fail(project, "audio", "coffee", "Piper has no such voice")
    publication.make(project)
    assert cards()["coffee"]["reason"] == "recording: Piper has no such voice"
    make(project, "coffee")
    assert publish(project, monkeypatch) == ["coffee"]
    assert cards()["coffee"]["state"] == "made"


def test_what_changed_a_moment_ago_is_read_again(project, monkeypatch):
    monkeypatch.setattr(topic_cache, "_TICK_NS", 10**18)
    publication.make(project)
    assert publish(project, monkeypatch) == SLUGS


def test_many_changes_one_after_another_add_no_fault(project, monkeypatch):
    for topics in ("Wind\nBread\nZebras\n", TOPICS, "Bread\n", TOPICS + "Zebras\n"):
        publication.make(load(topics))
    make(load(TOPICS + "Zebras\n"), "zebras")
    publication.make(load(TOPICS + "Zebras\n"))
    assert publish(load(TOPICS + "Zebras\n"), monkeypatch) == []


def test_rows_are_those_of_the_table_in_their_order(project):
    make(project, "coffee", "Another text.")
    publication.make(project)
    with open(OUT / "catalog.csv", encoding="utf-8-sig", newline="") as file:
        listed = [(row["slug"], row["stage"]) for row in csv.DictReader(file)]
    with sqlite3.connect(OUT / "catalog.sqlite") as database:
        assert database.execute("SELECT slug, stage FROM files ORDER BY rowid").fetchall() == listed
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
