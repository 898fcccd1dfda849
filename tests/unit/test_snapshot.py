"""What a plan may skip, because nothing that its verdict depends on has changed."""

import os
import time

import pytest
from audio_pipeline import project as projects
from audio_pipeline import snapshot
from audio_pipeline.snapshot import Snapshot

SLUG = "alpha-waves"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A topic whose files and records are there, and known since long ago."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(snapshot, "_TICK_NS", 0)
    (tmp_path / "data/input").mkdir(parents=True)
    (tmp_path / "data/input/topics.txt").write_text("Alpha waves\n")
    found = projects.load([], {})
    for stage in found.stages:
        for path in (*found.files(stage, SLUG), found.record(stage, SLUG)):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write("some text")
    first = Snapshot(found)
    first.add(SLUG)
    first.store()
    return found


def test_a_topic_that_was_found_current_is_known(project):
    assert Snapshot(project).knows(SLUG)


@pytest.mark.parametrize("kind", ["file", "record"])
@pytest.mark.parametrize("stage", ["script", "audio", "image", "subtitles", "video"])
def test_a_file_that_was_written_again_is_not_known(project, stage, kind):
    path = getattr(project, kind)(stage, SLUG)
    before = os.stat(path)
    time.sleep(0.02)
    with open(path, "w") as file:
        file.write("same size")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # its time set back
    assert os.stat(path).st_size == before.st_size
    assert not Snapshot(project).knows(SLUG)


def test_a_file_that_is_gone_is_not_known(project):
    os.unlink(project.file("audio", SLUG))
    assert not Snapshot(project).knows(SLUG)


def test_another_configuration_knows_nothing(project):
    other = projects.load([("--config", {"script": {"max_tokens": 99}})], {})
    assert not Snapshot(other).knows(SLUG)


def test_another_template_knows_nothing(project, tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config/own.j2").write_text("{{ topic }}")
    own = [("--config", {"image": {"template": "config/own.j2"}})]
    first = Snapshot(projects.load(own, {}))
    first.add(SLUG)
    first.store()
    assert Snapshot(projects.load(own, {})).knows(SLUG)
    (tmp_path / "config/own.j2").write_text("{{ topic }}!")
    assert not Snapshot(projects.load(own, {})).knows(SLUG)


def test_another_topic_of_the_same_slug_is_not_known(project, tmp_path):
    (tmp_path / "data/input/topics.txt").write_text("Alpha waves | seed=5\n")
    assert not Snapshot(projects.load([], {})).knows(SLUG)


def test_what_changed_a_moment_ago_is_not_taken_as_known(project, monkeypatch):
    monkeypatch.setattr(snapshot, "_TICK_NS", 10**18)
    os.unlink("data/output/records/.current")
    again = Snapshot(project)
    again.add(SLUG)
    again.store()
    assert not Snapshot(project).knows(SLUG)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"context": 1}', b"\xff", b"{"])
def test_a_snapshot_that_cannot_be_read_is_none(project, content):
    with open("data/output/records/.current", "wb") as file:
        file.write(content)
    assert not Snapshot(project).knows(SLUG)
