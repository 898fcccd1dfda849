"""Data of the page, its thumbnails, and the conditions for rebuilding it."""

import base64
import hashlib
import json
import os
import re
from pathlib import Path

import finished_project
import pytest
import sample_media
from audio_pipeline.pictures import thumbnails
from audio_pipeline.publishing import publication
from PIL import Image

TOPICS = "Bread\nCoffee\n"
HOSTILE = "</script><script>alert(1)</script><!-- {{ 7 * 7 }} & \u2028"


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    project = finished_project.load(tmp_path, TOPICS)
    finished_project.make(project, "bread")
    finished_project.make(project, "coffee")
    publication.make(project)
    return project


def page() -> str:
    return Path("data/output/index.html").read_text(encoding="utf-8")


def data() -> list[dict]:
    return json.loads(re.search(r'id="data">(.*?)</script>', page(), re.DOTALL)[1])


def test_a_card_has_all_that_is_known_of_its_topic(project):
    card = data()[0]
    assert (card["slug"], card["title"], card["state"], card["words"]) == (
        "bread",
        "Bread",
        "made",
        9,
    )
    assert (card["duration"], card["voice"], card["language"]) == (1.0, "en_US-anna", "en")
    script = card["files"][0]
    assert (script["engine"], script["model"], script["take"]) == ("ollama", "m1:1b", 0)
    assert all(
        Path("data/output", path).is_file() for one in card["files"] for path in one["paths"]
    )


def test_hostile_texts_are_data_and_nothing_else(project):
    finished_project.make(project, "bread", script=HOSTILE)
    finished_project.fail(project, "script", "coffee", HOSTILE)
    Path(project.file("script", "coffee")).unlink()
    before = page()
    publication.make(project)
    tags = re.compile(r"<(?=[!/a-zA-Z])")
    assert len(tags.findall(page())) == len(tags.findall(before))
    assert data()[0]["script"] == HOSTILE.strip()
    assert data()[1]["state"] == "failed" and "alert(1)" in data()[1]["reason"]


def test_the_policy_lets_only_the_pages_own_program_and_style_run(project):
    policy = re.search(r'Security-Policy" content="([^"]*)"', page())[1]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    for tag in ("style", "script"):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", page(), re.DOTALL)[1]
        sha256 = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{sha256}'" in policy


def test_the_page_names_no_other_host(project):
    urls = set(re.findall(r"https?://[^\s\"'%<)]+", page()))
    assert urls <= {"http://www.w3.org/2000/svg"}


def test_a_thumbnail_is_small_and_made_again_with_its_picture(project):
    thumbnail = Path("data/output/thumbnails/bread.webp")
    before = thumbnail.read_bytes()
    publication.make(project)
    assert thumbnail.read_bytes() == before
    Path("data/output/images/bread.png").write_bytes(sample_media.picture("x", 9, 1280, 720))
    publication.make(project)
    with Image.open(thumbnail) as image:
        assert image.size == (640, 360)


def test_a_thumbnail_knows_its_picture_whatever_its_times_are(tmp_path):
    picture, thumbnail = tmp_path / "a.png", tmp_path / "thumbnails/a.webp"
    picture.write_bytes(sample_media.picture("x", 9, 64, 64))
    assert thumbnails.make(picture, thumbnail)
    os.utime(picture)
    assert thumbnails.matches(thumbnail, picture)
    picture.write_bytes(sample_media.picture("y", 8, 64, 64))
    assert not thumbnails.matches(thumbnail, picture)
    assert thumbnails.make(picture, thumbnail)
    assert thumbnails.matches(thumbnail, picture)
    picture.write_bytes(b"no picture")
    assert not thumbnails.make(picture, thumbnail)


@pytest.mark.parametrize("bad", [b"", b"no picture", sample_media.picture("x", 1, 64, 64)[:-40]])
def test_a_picture_that_cannot_be_read_has_no_thumbnail(project, bad):
    Path("data/output/images/bread.png").write_bytes(bad)
    publication.make(project)
    assert data()[0]["thumbnail"] == "" and data()[1]["thumbnail"] != ""


def test_the_reason_of_a_failure_is_shown(project):
    Path(project.file("audio", "bread")).unlink()
    finished_project.fail(project, "audio", "bread", "Piper at http://127.0.0.1:5000 is away")
    publication.make(project)
    assert data()[0]["reason"] == "recording: Piper at http://127.0.0.1:5000 is away"


CHANGES = {
    "a topic more": lambda folder: (folder / "data/input/topics.txt").write_text(TOPICS + "Sea\n"),
    "a topic less": lambda folder: (folder / "data/input/topics.txt").write_text("Bread\n"),
    "a file deleted": lambda folder: (folder / "data/output/audio/bread.wav").unlink(),
    "a file edited": lambda folder: (folder / "data/output/images/bread.png").write_bytes(b"x"),
    "the catalogue deleted": lambda folder: (folder / "data/output/catalog.csv").unlink(),
    "the page deleted": lambda folder: (folder / "data/output/index.html").unlink(),
    "a record replaced": lambda folder: os.utime(folder / "data/output/records/script", (1, 1)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_page_is_current_until_something_changes(project, tmp_path, name):
    assert publication.is_current(project)
    CHANGES[name](tmp_path)
    topics = (tmp_path / "data/input/topics.txt").read_text()
    assert not publication.is_current(finished_project.load(tmp_path, topics))


def test_another_title_makes_another_page(project, tmp_path):
    assert not publication.is_current(
        finished_project.load(tmp_path, TOPICS, gallery={"title": "Ours"})
    )
