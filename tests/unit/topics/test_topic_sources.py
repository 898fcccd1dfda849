"""Which file is the source of a topic."""

from pathlib import Path

import pytest
from audio_pipeline.core.topic_sources import with_sources
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("data/input/sources")
    path.mkdir(parents=True)
    return path


def test_a_file_named_like_the_topic_is_its_source(folder):
    for name in ("tea.md", "coffee.PDF", "milk.jpg", ".tea.txt.swp"):
        (folder / name).write_text("x")
    topics = [Topic("Tea", "tea"), Topic("Coffee", "coffee"), Topic("Milk", "milk")]

    sources = [topic.source for topic in with_sources(topics, "topics.txt")]

    assert sources == ["data/input/sources/tea.md", "data/input/sources/coffee.PDF", None]


def test_the_topics_of_a_line_share_their_source_unless_one_has_its_own(folder):
    for name in ("tea.md", "tea-fr.md"):
        (folder / name).write_text("x")
    topics = [Topic("Tea", f"tea{end}", text_id="tea") for end in ("", "-de", "-fr")]

    sources = [Path(topic.source).name for topic in with_sources(topics, "topics.txt")]

    assert sources == ["tea.md", "tea.md", "tea-fr.md"]


def test_a_source_behind_the_topic_takes_precedence(folder):
    (folder / "tea.md").write_text("x")
    Path("notes on tea.txt").write_text("x")

    ((topic),) = with_sources([Topic("Tea", "tea", source="notes on tea.txt")], "topics.txt")

    assert topic.source == "notes on tea.txt"


def test_without_a_folder_no_topic_has_a_source(folder):
    folder.rmdir()

    assert with_sources([Topic("Tea", "tea")], "topics.txt") == [Topic("Tea", "tea")]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("/etc/passwd", "topics.txt:3: the source /etc/passwd is outside of the project"),
        ("data/../../x.md", "topics.txt:3: the source data/../../x.md is outside of the project"),
        ("x.jpg", "topics.txt:3: the source x.jpg is of another kind; expected .md, .txt, .docx"),
        ("x.md", "topics.txt:3: the source x.md does not exist; put it there"),
        (
            None,
            "topics.txt:3: has two sources, data/input/sources/tea.md and data/input/sources/tea.txt",
        ),
    ],
)
def test_what_is_no_source_is_told(folder, source, message):
    for name in ("tea.md", "tea.txt"):
        (folder / name).write_text("x")

    with pytest.raises(InputError) as caught:
        with_sources([Topic("Tea", "tea", source=source, line=3)], "topics.txt")

    assert str(caught.value).startswith(message)
