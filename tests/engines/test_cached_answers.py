"""The answer cache with the real llama.cpp and the real Piper: what is paid once is not requested again."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project import REPOSITORY, Project
from test_embedded_engines import new_project
from waiting import LONGEST_S

TOPICS = "How bread rises\nWhy the sky is blue\n"
SLUG = "how-bread-rises"
TEXT = "Bread rises because of yeast. The dough needs an hour. Then it is baked.\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Project:
    project = new_project(tmp_path_factory.mktemp("cached") / "work", TOPICS)
    project.config["image"] = {"engine": "none"}
    succeed(project)
    return project


@pytest.fixture
def project(made, tmp_path) -> Project:
    copy = Project.__new__(Project)
    shutil.copytree(made.folder, tmp_path / "work")
    copy.folder, copy.environment = tmp_path / "work", dict(made.environment)
    copy.config = {key: dict(value) for key, value in made.config.items()}
    return copy


def succeed(project: Project) -> None:
    run = project.run()
    assert run.code == 0, run.output


def requested(project: Project, action) -> dict[str, int]:
    """Return the numbers of answers that a run requests after the action, by kind."""
    before = kept(project)
    action()
    succeed(project)
    return {kind: count - before[kind] for kind, count in kept(project).items()}


def kept(project: Project) -> dict[str, int]:
    """Return the numbers of answers in the cache: one more for each that was requested."""
    cache = Path(project.config.get("cache", {}).get("folder", project.folder / "data/cache"))
    return {kind: len(list((cache / kind).rglob("*.json"))) for kind in ("script", "speech")}


NOTHING = {"script": 0, "speech": 0}


def write(project: Project, text: str) -> None:
    project.path("script", SLUG).write_text(text)


def test_another_pace_and_back_is_spoken_once(project):
    first = project.files()
    again = requested(
        project, lambda: project.config.setdefault("audio", {}).update(length_scale=1.2)
    )
    assert again["speech"] > 2 and again["script"] == 0

    assert requested(project, lambda: project.config["audio"].pop("length_scale")) == NOTHING
    assert project.files() == first


def test_a_prompt_that_is_edited_and_taken_back_is_written_once(project):
    template = project.folder / "config/short.txt.j2"
    text, first = template.read_text(), project.files()
    assert requested(project, lambda: template.write_text(f"{text} Be brief."))["script"] == 2

    assert requested(project, lambda: template.write_text(text)) == NOTHING
    assert project.files() == first


def test_one_word_is_one_sentence_and_a_sentence_moved_or_deleted_is_none(project):
    assert requested(project, lambda: write(project, TEXT))["speech"] == 3
    changed = TEXT.replace("an hour", "two hours")
    assert requested(project, lambda: write(project, changed)) == {"script": 0, "speech": 1}

    moved = "Then it is baked. Bread rises because of yeast.\n"
    assert requested(project, lambda: write(project, moved)) == NOTHING
    paused = moved.replace("baked. ", "baked. [pause 2s] ")
    assert requested(project, lambda: write(project, paused)) == NOTHING


def test_the_output_folder_and_a_second_checkout_cost_nothing(project, tmp_path):
    first = project.files()
    assert requested(project, lambda: shutil.rmtree(project.folder / "data/output")) == NOTHING
    assert project.files() == first

    second = new_project(tmp_path / "second", TOPICS)
    second.config |= {
        "image": {"engine": "none"},
        "cache": {"folder": str(project.folder / "data/cache")},
    }
    assert requested(second, lambda: None) == NOTHING
    assert second.files() == first


def test_another_take_of_a_sentence_and_the_first_one_back(project):
    write(project, TEXT)
    succeed(project)
    first = project.path("audio", SLUG).read_bytes()
    take = [sys.executable, str(REPOSITORY / "scripts/takes.py"), "audio", SLUG, "--sentence", "2"]

    def command(*more: str) -> str:
        return subprocess.run(
            [*take, *more],
            cwd=project.folder,
            check=True,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
        ).stdout

    assert requested(project, lambda: command("--new")) == {"script": 0, "speech": 1}
    second = project.path("audio", SLUG).read_bytes()
    assert second != first
    assert "*1" in command()
    command("--use", "0")
    assert project.path("audio", SLUG).read_bytes() == first
    record = json.loads((project.folder / f"data/output/records/audio/{SLUG}.json").read_text())
    assert [take for _, _, take in record["answers"]] == [0, 0, 0] and record["attempts"] == 0
    assert project.run().nothing_to_do


def test_a_term_of_the_lexicon_speaks_its_sentence_alone(project):
    write(project, TEXT)
    succeed(project)
    lexicon = project.folder / "config/lexicon.yaml"

    assert requested(project, lambda: lexicon.write_text("en:\n  yeast: yiest\n")) == {
        "script": 0,
        "speech": 1,
    }
    assert requested(project, lambda: lexicon.unlink()) == NOTHING
