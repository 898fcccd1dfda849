import copy
from pathlib import Path

import pytest
from scenes_project import SENTENCES, SLUG, SMALL, TEXT, prompts
from stub_project import EVERY, Studio
from stub_sentences import INTRO, TAIL, Sentences


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """Build a project of three topics and check that it is up to date."""
    studio = Studio(tmp_path_factory.mktemp("built") / "work")
    studio.succeed()
    assert studio.asked() == (EVERY, EVERY, EVERY)
    assert studio.run().nothing_to_do
    assert studio.asked() == (set(), set(), set())
    studio.close()
    return studio


@pytest.fixture
def studio(built_once: Studio, tmp_path: Path):
    """Copy the built project: everything is up to date."""
    studio = Studio.copy(built_once, tmp_path / "work")
    yield studio
    studio.close()


@pytest.fixture
def empty(tmp_path: Path):
    """Return a project with three topics and no files."""
    studio = Studio(tmp_path / "work")
    yield studio
    studio.close()


@pytest.fixture(scope="session")
def sentences_once(tmp_path_factory):
    studio = Sentences(tmp_path_factory.mktemp("sentences") / "work")
    studio.succeed()
    texts, spoken, pictures = studio.requests()
    assert (texts, pictures) == (3, 3)
    assert spoken.count(INTRO) == spoken.count(TAIL) == 1 and len(spoken) == 2 + 3 * 2
    studio.close()
    return studio


@pytest.fixture
def sentences(sentences_once, tmp_path):
    studio = Sentences.copy(sentences_once, tmp_path / "work")
    studio.config["audio"]["split"] = "sentence"
    yield studio
    studio.close()


@pytest.fixture(scope="session")
def shown_once(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """Make the video of one topic with four scenes."""
    studio = Studio(tmp_path_factory.mktemp("scenes") / "work", "Alpha waves\n")
    (studio.folder / "config/image.j2").write_text("{{ first_sentence }}")
    studio.config["video"] = dict(SMALL)
    studio.config["scenes"] = {"enabled": True, "seconds": 3}
    studio.path("script", SLUG).parent.mkdir(parents=True)
    studio.path("script", SLUG).write_text(TEXT + "\n")
    studio.succeed()
    assert sorted(prompts(studio)) == sorted(SENTENCES)
    assert studio.run().nothing_to_do
    studio.close()
    return studio


@pytest.fixture
def shown(shown_once: Studio, tmp_path: Path):
    studio = Studio.copy(shown_once, tmp_path / "work")
    studio.config = copy.deepcopy(studio.config)
    studio.point_to_servers()
    yield studio
    studio.close()
