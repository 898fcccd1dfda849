"""feed.xml is RSS 2.0 that podcast readers understand."""

import xml.etree.ElementTree as xml
from pathlib import Path

import feedparser
import finished_project
import pytest
from audio_pipeline.publishing import publication

BASE = "https://example.org/podcast"
FEED = {"base_url": BASE, "author": "A. Author", "description": "About <everything> & more"}
TOPICS = "Bread & <b>butter</b> | slug=bread\nCoffee\nThe sea\n"


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    project = finished_project.load(tmp_path, TOPICS, feed=FEED, gallery={"title": "Short stories"})
    finished_project.make(project, "bread", seconds=2)
    finished_project.make(
        project, "coffee", script="With \x0b a control \ufffe character.\n", seconds=61
    )
    publication.make(project)
    return project


def read() -> feedparser.FeedParserDict:
    return feedparser.parse(Path("data/output/feed.xml").read_bytes())


def test_the_channel_says_what_is_configured(project):
    feed = read()
    assert not feed.bozo and feed.version == "rss20"
    assert (feed.feed.title, feed.feed.author) == ("Short stories", "A. Author")
    assert feed.feed.link == f"{BASE}/index.html"
    assert feed.feed.language == "en"
    description = xml.parse("data/output/feed.xml").findtext("channel/description")
    assert description == FEED["description"]


def test_each_topic_with_a_recording_is_an_item_with_its_enclosure(project):
    items = {item.id.split("#")[1]: item for item in read().entries}
    assert set(items) == {"bread", "coffee"}
    (enclosure,) = items["coffee"].enclosures
    assert enclosure.href == f"{BASE}/audio/coffee.wav"
    assert enclosure.type == "audio/wav"
    assert int(enclosure.length) == Path("data/output/audio/coffee.wav").stat().st_size
    assert items["coffee"].itunes_duration == "61"
    assert items["coffee"].published_parsed[:4] == (2026, 11, 21, 10)


def test_hostile_texts_stay_texts(project):
    titles = [item.findtext("title") for item in xml.parse("data/output/feed.xml").iter("item")]
    assert "Bread & <b>butter</b>" in titles


def test_the_elements_are_those_of_rss_2_0_in_their_number(project):
    """Source: rssboard.org/rss-specification: required elements, and those allowed once."""
    root = xml.parse("data/output/feed.xml").getroot()
    (channel,) = root
    assert (root.tag, root.get("version"), channel.tag) == ("rss", "2.0", "channel")
    for required in ("title", "link", "description"):
        assert len(channel.findall(required)) == 1
    ids = []
    for item in channel.findall("item"):
        names = [child.tag for child in item]
        assert len(names) == len(set(names))
        assert set(item.find("enclosure").keys()) == {"url", "length", "type"}
        assert item.find("guid").get("isPermaLink") == "false"
        ids.append(item.findtext("guid"))
    assert len(ids) == len(set(ids)) == 2


def test_no_address_no_feed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    publication.make(finished_project.load(tmp_path, TOPICS))
    assert not Path("data/output/feed.xml").exists()
