"""Topics that a plan skips, because nothing that their result depends on has changed."""

import os
import time

import pytest
from audio_pipeline import project as projects
from audio_pipeline.core import template
from audio_pipeline.planning import topic_cache, up_to_date
from audio_pipeline.planning.up_to_date import UpToDateTopics
from direct import STAGES

SLUG = "alpha-waves"
DRAWN = {"engine": "stable-diffusion"}  # an engine that uses the template's text
TEMPLATE = "config/own.j2"


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Project with a topic that has old files and records."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(topic_cache, "_TICK_NS", 0)
    (tmp_path / "data/input/sources").mkdir(parents=True)
    (tmp_path / "data/input/topics.txt").write_text("Alpha waves\n")
    (tmp_path / "data/input/sources/alpha-waves.md").write_text("some facts")
    found = projects.load([], {})
    for stage in found.stages:
        for path in (*found.files(stage, SLUG), found.record(stage, SLUG)):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write("some text")
    look(found)
    return found


def look(project) -> None:
    """Plan as when everything is current."""
    found = UpToDateTopics(project)
    found.add(SLUG, {stage: project.request(stage, SLUG) for stage in project.stages})
    found.store()


def test_a_topic_that_was_found_current_is_known(project):
    assert UpToDateTopics(project).knows(SLUG)


def test_topics_that_were_not_found_current_are_strangers(project):
    assert UpToDateTopics(project).unseen_slugs() == []
    with open("data/input/topics.txt", "a") as file:
        file.write("Beta decay\n")
    assert UpToDateTopics(projects.load([], {})).unseen_slugs() == ["beta-decay"]


@pytest.mark.parametrize("kind", ["file", "record"])
@pytest.mark.parametrize("stage", STAGES)
def test_a_file_that_was_written_again_is_not_known(project, stage, kind):
    path = getattr(project, kind)(stage, SLUG)
    before = os.stat(path)
    time.sleep(0.02)
    with open(path, "w") as file:
        file.write("same size")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))  # restore the old time
    assert os.stat(path).st_size == before.st_size
    assert not UpToDateTopics(project).knows(SLUG)


def test_a_topic_with_another_source_is_not_known(project):
    path = "data/input/sources/alpha-waves.md"
    time.sleep(0.02)
    with open(path, "w") as file:
        file.write("more facts")
    assert not UpToDateTopics(project).knows(SLUG)

    os.unlink(path)
    assert not UpToDateTopics(projects.load([], {})).knows(SLUG)


def test_new_music_in_a_topics_own_folder_is_seen(project):
    os.makedirs("music")
    open("music/a.mp3", "w").close()
    with open("data/input/topics.txt", "w") as file:
        file.write("Alpha waves | video.music=music\n")
    look(projects.load([], {}))
    assert UpToDateTopics(projects.load([], {})).knows(SLUG)

    open("music/b.mp3", "w").close()
    assert not UpToDateTopics(projects.load([], {})).knows(SLUG)


def test_a_picture_of_a_scene_that_is_new_changed_or_gone_is_not_known(project):
    folder = f"{project.output}/scenes/{SLUG}"
    os.makedirs(folder)
    for change in (
        lambda path: open(path, "w").close(),
        lambda path: open(path, "w").write("changed"),
        os.unlink,
    ):
        assert UpToDateTopics(project).knows(SLUG)
        time.sleep(0.02)
        change(f"{folder}/one.png")
        assert not UpToDateTopics(project).knows(SLUG)
        look(project)


def test_a_file_that_is_gone_is_not_known(project):
    os.unlink(project.file("audio", SLUG))
    assert not UpToDateTopics(project).knows(SLUG)


def test_another_configuration_knows_nothing(project):
    other = projects.load([("--config", {"script": {"max_tokens": 99}})], {})
    assert not UpToDateTopics(other).knows(SLUG)


@pytest.fixture
def with_template(project, tmp_path):
    """Return the project with this text as the template of a section."""

    def of(section: str, text: str):
        (tmp_path / "config").mkdir(exist_ok=True)
        (tmp_path / TEMPLATE).write_text(text)
        template._compiled.cache_clear()  # as in a new process
        own = {"template": TEMPLATE, **(DRAWN if section == "image" else {})}
        return projects.load([("--config", {section: own})], {})

    yield of
    template._compiled.cache_clear()


@pytest.mark.parametrize("section", ["script", "image"])
@pytest.mark.parametrize(
    "before, after, known",
    [
        ("{{ topic }}", "{# the same #}{{ topic }}", True),
        ("{{ topic }}", "{{ topic }}{% if 'Beta' in topic %}!{% endif %}", True),
        ("{{ topic }}", "{{ topic }}{% if 'Alpha' in topic %}!{% endif %}", False),
        ("{{ topic }}", "{{ topik }}", False),
    ],
)
def test_after_a_change_of_a_template_what_asks_the_same_is_known(
    with_template, section, before, after, known
):
    look(with_template(section, before))
    assert UpToDateTopics(with_template(section, after)).knows(SLUG) is known


def test_another_template_knows_nothing(with_template):
    look(with_template("image", "{{ topic }}"))
    assert UpToDateTopics(with_template("image", "{{ topic }}")).knows(SLUG)
    assert not UpToDateTopics(with_template("image", "{{ topic }}!")).knows(SLUG)


@pytest.mark.parametrize("known", [True, False])
def test_what_was_known_after_a_change_is_known_the_next_time(with_template, known):
    look(with_template("script", "{{ topic }}"))
    changed = with_template("script", "{{ topic }}" + ("{# #}" if known else "!"))
    second = UpToDateTopics(changed)
    assert second.knows(SLUG) is known
    second.store()
    assert UpToDateTopics(changed).knows(SLUG) is known


def test_a_template_that_is_taken_back_finds_what_it_knew(with_template):
    look(with_template("script", "{{ topic }}"))
    assert not UpToDateTopics(with_template("script", "{{ topic }}!")).knows(SLUG)  # as with -n
    assert UpToDateTopics(with_template("script", "{{ topic }}")).knows(SLUG)


def test_a_change_of_one_stage_needs_no_record_of_another(with_template, monkeypatch):
    look(with_template("script", "{{ topic }}"))
    built, build = [], projects.build
    monkeypatch.setattr(projects, "build", lambda *of: built.append(of[0].name) or build(*of))
    assert UpToDateTopics(with_template("script", "{{ topic }}{# #}")).knows(SLUG)
    assert built == ["script"]


@pytest.mark.parametrize(
    "stage, key, value", [("subtitles", "line_characters", 26), ("video", "zoom", 0.2)]
)
def test_what_works_from_media_is_judged_anew_when_its_settings_change(project, stage, key, value):
    other = projects.load([("--config", {stage: {key: value}})], {})
    assert not UpToDateTopics(other).knows(SLUG)


def test_another_version_of_the_package_knows_nothing(project, monkeypatch):
    monkeypatch.setattr(up_to_date, "context_of_package", lambda *_: "other code")
    assert not UpToDateTopics(project).knows(SLUG)


def test_fewer_stages_know_nothing(project):
    other = projects.load([("--config", {"video": {"enabled": False}})], {})
    assert not UpToDateTopics(other).knows(SLUG)


def test_another_topic_of_the_same_slug_is_not_known(project, tmp_path):
    (tmp_path / "data/input/topics.txt").write_text("Alpha waves | seed=5\n")
    assert not UpToDateTopics(projects.load([], {})).knows(SLUG)


def test_what_changed_a_moment_ago_is_not_taken_as_known(project, monkeypatch):
    monkeypatch.setattr(topic_cache, "_TICK_NS", 10**18)
    os.unlink("data/output/records/.current")
    look(project)
    assert not UpToDateTopics(project).knows(SLUG)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"context": 1}', b"\xff", b"{"])
def test_a_snapshot_that_cannot_be_read_is_none(project, content):
    with open("data/output/records/.current", "wb") as file:
        file.write(content)
    assert not UpToDateTopics(project).knows(SLUG)
