"""Index of a stage's files: it finds every file, whatever happens to the index and the files."""

import multiprocessing
import os
import time
from pathlib import Path

import pytest
from audio_pipeline.similarity import index as similarity_index
from audio_pipeline.similarity.index import Index

FORK = multiprocessing.get_context("fork")
WIDTH = 8


class Folder:
    """Files with a sketch of their first eight letters, and a list of the files opened for it."""

    def __init__(self, folder: Path, index: bool = True) -> None:
        self.files, self.opened = folder / "files", []
        self.path = folder / "records" / similarity_index.NAME
        self.files.mkdir(exist_ok=True)
        self.index = Index(self.path if index else None, self.files, ".txt", WIDTH, self.sketch)

    def sketch(self, path: Path) -> bytes | None:
        self.opened.append(path.name)
        return path.read_bytes()[:WIDTH] if path.exists() else None

    def put(self, name: str, letters: str) -> None:
        (self.files / name).write_text(letters * WIDTH)

    def found(self) -> dict[str, str]:
        """Return name → the letter of its newest sketch."""
        sketches = self.index.read()
        return {
            name: chr(sketches.letters[row][0])
            for row in range(len(sketches.letters))
            for name in sketches.names([row])
        }


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    for name, letter in (("tea.txt", "t"), ("bread.txt", "b")):
        folder.put(name, letter)
    return folder


@pytest.fixture
def look_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similarity_index, "SCAN_EVERY_S", 0)


@pytest.fixture
def look_never(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable further scans, unless something is wrong with the index."""
    folder.found()
    folder.opened.clear()
    monkeypatch.setattr(similarity_index, "SCAN_EVERY_S", 3600)


BOTH = {"tea.txt": "t", "bread.txt": "b"}


def test_without_an_index_all_files_are_found_and_the_next_job_opens_none(folder, look_never):
    assert folder.found() == BOTH
    assert folder.opened == []


def test_a_folder_that_is_not_there_has_no_files(tmp_path):
    index = Index(tmp_path / "records" / "x", tmp_path / "none", ".txt", WIDTH, lambda path: None)

    assert index.read().letters.shape == (0, WIDTH)


def test_what_a_job_adds_is_found_at_once_and_without_a_look(folder, look_never):
    folder.put("milk.txt", "m")
    folder.index.add("milk.txt")

    assert folder.found() == {**BOTH, "milk.txt": "m"}
    assert folder.opened == ["milk.txt"]


def test_the_next_look_opens_only_what_was_changed_or_placed_by_hand(folder, look_always):
    folder.found()
    folder.put("milk.txt", "m")
    folder.index.add("milk.txt")
    folder.opened.clear()
    folder.put("tea.txt", "T")
    os.utime(folder.files / "tea.txt", (1, 1))  # restored, with its old time
    folder.put("water.txt", "w")

    assert folder.found() == {"tea.txt": "T", "bread.txt": "b", "milk.txt": "m", "water.txt": "w"}
    assert sorted(folder.opened) == ["tea.txt", "water.txt"]


def test_a_look_is_due_after_5_ms_for_each_file(folder, monkeypatch):
    begun = time.time()
    folder.found()
    folder.put("milk.txt", "m")

    monkeypatch.setattr(time, "time", lambda: begun + 0.009)
    assert folder.found() == BOTH
    monkeypatch.setattr(time, "time", lambda: begun + 60)
    assert "milk.txt" in folder.found()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: os.truncate(path, 40),
        lambda path: os.truncate(path, path.stat().st_size - 4),
        lambda path: path.write_bytes(path.read_bytes().replace(b"neighbours 1", b"neighbours 0")),
        lambda path: path.write_bytes(os.urandom(5000)),
        lambda path: path.write_bytes(path.read_bytes() + b"\nlooked 99999999999.0 2\n"),
    ],
    ids=["lost", "empty", "cut off", "torn", "older", "garbage", "of tomorrow"],
)
def test_an_index_that_is_spoilt_is_made_good_once(spoil, folder, look_never):
    spoil(folder.path)

    assert folder.found() == BOTH
    folder.opened.clear()
    if b"99999999999" not in folder.path.read_bytes():
        assert folder.found() == BOTH and folder.opened == []


def test_a_line_that_was_torn_spoils_no_other(folder, look_never):
    with open(folder.path, "ab") as file:
        file.write(b"mmmmmmmm 64 17")
    for name in ("milk.txt", "water.txt"):
        folder.put(name, name[0])
        folder.index.add(name)

    assert folder.found() == {**BOTH, "milk.txt": "m", "water.txt": "w"}


def test_where_no_index_can_be_written_all_files_are_opened(tmp_path):
    (tmp_path / "records").write_text("a file is in the way of the folder")
    folder = Folder(tmp_path)
    folder.put("tea.txt", "t")
    folder.index.add("tea.txt")

    assert folder.found() == folder.found() == {"tea.txt": "t"}


def test_lines_of_files_that_are_gone_or_others_do_not_pile_up(folder, look_always):
    for number in range(300):
        folder.put("tea.txt", "xy"[number % 2])
        os.utime(folder.files / "tea.txt", (number, number))
        folder.found()

    assert len(folder.path.read_bytes().split()) < 500
    assert folder.found() == {"tea.txt": "y", "bread.txt": "b"}


def test_hidden_files_and_others_are_not_of_the_stage(folder, look_always):
    for name in (".milk.txt.12.tmp", ".milk.txt", "milk.md", "line\nbreak.txt"):
        folder.put(name, "m")

    assert folder.found() == BOTH


def test_a_name_with_spaces_in_any_script_is_found(folder, look_always):
    folder.put("茶 und Brot.txt", "m")

    assert folder.found()["茶 und Brot.txt"] == "m"


def add_many(folder: Path, first: int) -> None:
    mine = Folder(folder)
    for number in range(first, first + 100):
        mine.put(f"{number}.txt", "x")
        mine.index.add(f"{number}.txt")
        mine.index.read()


def at_once(target, *arguments) -> None:
    processes = [FORK.Process(target=target, args=each) for each in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * len(processes)


@pytest.mark.parametrize("every_s", [0, 3600])
def test_what_many_jobs_add_at_once_is_all_found(every_s, tmp_path, monkeypatch):
    monkeypatch.setattr(similarity_index, "SCAN_EVERY_S", every_s)
    Folder(tmp_path).index.read()
    at_once(add_many, *((tmp_path, first) for first in (0, 100, 200, 300)))

    assert sorted(Folder(tmp_path).found()) == sorted(f"{number}.txt" for number in range(400))


def look_slowly(folder: Path, opened) -> None:
    mine = Folder(folder)
    quick = mine.sketch

    def sketch(path: Path) -> bytes | None:
        time.sleep(0.05)
        with opened.get_lock():
            opened.value += 1
        return quick(path)

    mine.index._sketch = sketch
    assert set(mine.found()) == set(BOTH)


def test_of_jobs_that_find_no_index_one_makes_it_and_the_others_wait(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(similarity_index, "SCAN_EVERY_S", 3600)
    opened = FORK.Value("i", 0)
    at_once(look_slowly, *[(tmp_path, opened)] * 4)

    assert opened.value == 2
