"""catalog.csv and catalog.sqlite match the records; the queries of config/README.md give the right numbers."""

import csv
import re
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import finished_project
import pytest
from audio_pipeline.planning import inventory
from audio_pipeline.publishing import catalogue, publication
from audio_pipeline.video.storyboard import Scene

README = Path(__file__).parents[2] / "config/README.md"
TOPICS = "Bread\nCoffee | language=pt-BR voice=pt_BR-faber-medium\nThe sea\n"
# Answers to the questions of the README, in its order.
ANSWERS = [
    [("audio", 2, 0, 5.0), ("image", 2, 0, 5.0), ("script", 2, 200, 5.0)],
    [("en", 1, 0.0), ("pt-BR", 1, 0.1)],
    [("image", "bread", "edited", ""), ("script", "the-sea", "failed", "the model is away")],
    [("coffee", "Coffee", 6.0), ("bread", "Bread", 2.0)],
    [("2026-11-20", 2), ("2026-11-21", 2), ("2026-11-22", 2)],
]


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    project = finished_project.load(tmp_path, TOPICS)
    finished_project.make(project, "bread", seconds=2)
    finished_project.make(project, "coffee", seconds=6)
    finished_project.fail(project, "script", "the-sea", "the model is away")
    return project


def rows(project) -> list[dict[str, str]]:
    catalogue.write(inventory.read(project), project.output)
    with open("data/output/catalog.csv", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def asked(query: str) -> list[tuple]:
    with sqlite3.connect("data/output/catalog.sqlite") as database:
        return database.execute(query).fetchall()


def queries() -> list[str]:
    section = README.read_text(encoding="utf-8").split("## Catalogue")[1].split("\n## ")[0]
    return re.findall(r"```sql\n(.*?)```", section, re.DOTALL)


def test_the_five_queries_of_the_readme_give_the_right_answers(project):
    edited = Path("data/output/images/bread.png")
    edited.write_bytes(b"drawn by hand")
    finished_project.make(project, "bread", seconds=2)
    changed = finished_project.load(Path.cwd(), TOPICS, image={"seed": 7})
    edited.write_bytes(b"drawn by hand")
    Path("data/output/records/image/coffee.json").write_text(
        Path("data/output/records/image/coffee.json").read_text().replace('"seed": 42', '"seed": 7')
    )
    catalogue.write(inventory.read(changed), changed.output)
    assert [asked(query) for query in queries()] == ANSWERS


def test_a_file_has_a_row_with_what_its_record_says(project):
    (row,) = [r for r in rows(project) if (r["slug"], r["stage"]) == ("coffee", "audio")]
    assert row["path"] == "audio/coffee.wav"
    assert (row["title"], row["language"], row["voice"]) == (
        "Coffee",
        "pt-BR",
        "pt_BR-faber-medium",
    )
    assert (row["engine"], row["take"], row["seconds"], row["state"]) == (
        "piper",
        "0",
        "2.5",
        "made",
    )
    assert row["bytes"] == str(Path("data/output/audio/coffee.wav").stat().st_size)


def test_csv_and_sqlite_hold_the_same_files(project):
    listed = [(row["slug"], row["stage"], row["state"], row["sha256"]) for row in rows(project)]
    stored = asked("SELECT slug, stage, state, coalesce(sha256, '') FROM files ORDER BY rowid")
    assert listed == stored and len(listed) == 9


def test_a_topic_has_its_worst_state_its_words_and_its_length(project):
    rows(project)
    assert asked("SELECT slug, position, state, words, duration_s, made FROM topics") == [
        ("bread", 1, "made", 9, 2.0, "2026-11-22T10:00:00Z"),
        ("coffee", 2, "made", 9, 6.0, "2026-11-22T10:00:00Z"),
        ("the-sea", 3, "failed", 0, None, None),
    ]


def test_a_file_edited_or_placed_by_hand_is_told(project):
    Path("data/output/images/bread.png").write_bytes(b"drawn by hand")
    Path("data/output/records/image/bread.json").unlink()
    changed = finished_project.load(
        Path.cwd(), TOPICS, audio={**finished_project.CONFIG["audio"], "voice": "en_US-bert"}
    )
    states = {(row["slug"], row["stage"]): row["state"] for row in rows(changed)}
    assert states["bread", "image"] == "edited"
    assert states["bread", "audio"] == "stale"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_a_cell_of_the_csv_is_no_formula(start):
    assert catalogue.escape_formula(f"{start}1+1") == f"'{start}1+1"


def test_a_topic_that_is_a_formula_is_text_in_the_csv(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    project = finished_project.load(tmp_path, '=HYPERLINK("http://127.0.0.1/?"&A1,"Click")\n')
    assert {row["title"][0] for row in rows(project)} == {"'"}
    ((title,),) = asked("SELECT title FROM topics")
    assert title.startswith("=HYPERLINK")


def test_a_query_that_is_open_while_the_catalogue_is_made_again_goes_on(project):
    catalogue.write(inventory.read(project), project.output)
    with sqlite3.connect("data/output/catalog.sqlite") as reader:
        cursor = reader.execute("SELECT slug FROM topics")
        cursor.fetchone()
        catalogue.write([], project.output)
        assert len(cursor.fetchall()) == 2
    assert asked("SELECT count(*) FROM topics") == [(0,)]


def test_making_all_of_it_leaves_no_temporary_file(project):
    publication.make(project)
    assert not list(Path("data/output").rglob("*.tmp"))


@pytest.mark.parametrize("said", [4.5, None])
def test_a_recording_that_wave_cannot_read_has_the_length_of_its_record(tmp_path, said):
    (tmp_path / "a.wav").write_bytes(b"fLaC and no WAV")
    record = SimpleNamespace(service={} if said is None else {"duration_s": said})
    file = SimpleNamespace(size=15, record=record)
    assert inventory._duration_s(str(tmp_path / "a.wav"), file) == said


def test_scenes_have_a_table_which_follows_the_storyboard(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    on = {"enabled": True}
    project = finished_project.load(tmp_path, "Tea\n", video=on, scenes=on)
    finished_project.make(project, "tea")
    finished_project.add_scenes(
        project, "tea", [Scene("All about tea."), Scene("It is hot.", "A cup")]
    )
    finished_project.store(project, "video", "tea", b"film", scenes=[0.0, 1.5])
    publication.make(project)
    query = "SELECT number, say, show, picture, begin_s, failed FROM scenes ORDER BY number"
    with sqlite3.connect("data/output/catalog.sqlite") as database:
        (first, second) = database.execute(query).fetchall()
    assert first == (1, "All about tea.", "", "images/tea.png", 0.0, "")
    assert (second[:3], second[4:]) == ((2, "It is hot.", "A cup"), (1.5, ""))
    assert Path("data/output", second[3]).is_file()

    Path("data/output/scenes/tea.json").write_text("broken")
    publication.make(project)
    with sqlite3.connect("data/output/catalog.sqlite") as database:
        assert database.execute(query).fetchall() == []
