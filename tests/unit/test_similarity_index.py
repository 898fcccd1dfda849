"""The index of a stage's files: whatever happens to it and to them, what lies there is found."""

import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from audio_pipeline.core.production import Artifact, produce
from audio_pipeline.core.record import Record, store
from audio_pipeline.pictures import picture_checks
from audio_pipeline.similarity import index as similarity_index
from audio_pipeline.similarity import minhash
from audio_pipeline.similarity.index import Index
from audio_pipeline.text import script_checks
from audio_pipeline.text.script_checks import Case, check_near_duplicate
from direct import CONFIG, SCRIPT, TOPIC, build, maker, settings
from service_stubs import OllamaStub, StableDiffusionStub

FORK = multiprocessing.get_context("fork")
WIDTH = 8


class Folder:
    """Files whose first eight letters are their sketch, and which of them were opened for it."""

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
        """Name → the letter of its newest sketch."""
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
    monkeypatch.setattr(similarity_index, "LOOK_EVERY_S", 0)


@pytest.fixture
def look_never(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not again, unless something is wrong with the index."""
    folder.found()
    folder.opened.clear()
    monkeypatch.setattr(similarity_index, "LOOK_EVERY_S", 3600)


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
    monkeypatch.setattr(similarity_index, "LOOK_EVERY_S", every_s)
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
    monkeypatch.setattr(similarity_index, "LOOK_EVERY_S", 3600)
    opened = FORK.Value("i", 0)
    at_once(look_slowly, *[(tmp_path, opened)] * 4)

    assert opened.value == 2


# Sketches of scripts


def pairs(jaccard: float, count: int) -> Iterator[tuple[set[str], set[str]]]:
    """Sets of threes with at least this index, and just so where it can be."""
    dice = random.Random(7)
    for number in range(count):
        size = dice.randint(5, 400)  # of their union
        common = int(-(-jaccard * size // 1))
        shared = {f"in both {number}-{one}" for one in range(common)}
        rest = [f"in one {number}-{one}" for one in range(size - common)]
        half = dice.randint(0, len(rest))
        yield shared | set(rest[:half]), shared | set(rest[half:])


def same(one: set[str], other: set[str]) -> int:
    letters = np.frombuffer(minhash.sketch(one), np.uint8)
    return int(minhash.count_same(letters[None], minhash.sketch(other))[0])


@pytest.mark.parametrize("jaccard", [0.6, 0.65, 0.8, 1.0])
def test_pairs_that_are_alike_enough_are_candidates(jaccard):
    """At 0.6, 0.03 % are missed: 0.3 of these 1000."""
    missed = sum(same(*pair) < minhash.LEAST_SAME for pair in pairs(jaccard, 1000))

    assert missed <= (jaccard == 0.6)


def test_pairs_that_are_not_alike_are_hardly_ever_candidates():
    assert sum(same(*pair) >= minhash.LEAST_SAME for pair in pairs(0.2, 300)) <= 6


def test_sketches_are_the_same_in_every_process_and_version():
    """Otherwise the number in neighbours._FORM must be another one."""
    assert minhash.sketch({"tea is hot", "is hot and"})[:12] == b"7y7y77777yyy"


# Scripts


class Scripts:
    """Made as by jobs, with one index."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.records = folder / "scripts", folder / "records" / "script"

    def check(self, slug: str, text: str) -> str | None:
        output = self.folder / f"{slug}.txt"
        return check_near_duplicate(
            text, Case("en", output=output, index=self.records / similarity_index.NAME)
        )

    def make(self, slug: str, text: str) -> str | None:
        """What is found before the file is in its place, and again when it is to be made anew."""
        output, index = self.folder / f"{slug}.txt", self.records / similarity_index.NAME
        found = []

        def ask(request, seed) -> Artifact:
            found.append(self.check(slug, text))
            added = script_checks.others_of(output, index).add
            return Artifact(f"{text}\n".encode(), "m", [], kept=lambda: added(output.name))

        request = {"engine": "ollama", "prompt": text}
        produce("script", output, self.records / f"{slug}.json", request, ask, attempts=1, wait_s=1)
        return found[0]


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scripts:
    monkeypatch.setattr(similarity_index, "LOOK_EVERY_S", 3600)
    return Scripts(tmp_path)


def prose(seed: int, words: int = 150) -> str:
    dice = random.Random(seed)
    return " ".join("".join(dice.choices("etaoinsrh", k=dice.randint(2, 9))) for _ in range(words))


def test_the_copy_of_a_script_that_another_job_just_made_is_found(scripts):
    assert scripts.make("tea", prose(1)) is None
    assert scripts.make("bread", prose(2)) is None

    assert f"that of {scripts.folder}/tea.txt" in scripts.make("coffee", prose(1) + " more words")


def test_another_take_is_no_copy_of_its_old_self(scripts):
    scripts.make("tea", prose(1))
    (scripts.folder / "tea.txt").unlink()

    assert scripts.make("tea", prose(1)) is None
    assert scripts.check("tea", prose(1)) is None


def test_what_was_deleted_or_made_anew_is_nobodys_copy(scripts):
    scripts.make("tea", prose(1))
    scripts.make("bread", prose(2))
    (scripts.folder / "tea.txt").unlink()
    scripts.make("bread", prose(3))

    assert scripts.check("coffee", prose(1)) is None
    assert scripts.check("coffee", prose(2)) is None
    assert scripts.check("coffee", prose(3))


def test_a_copy_that_a_hand_made_is_found_by_the_next_look(scripts, monkeypatch):
    scripts.make("tea", prose(1))
    scripts.make("bread", prose(2))
    (scripts.folder / "tea.txt").write_text(prose(4))
    (scripts.folder / "placed.txt").write_text(prose(5))
    monkeypatch.setattr(similarity_index, "LOOK_EVERY_S", 0)

    assert "tea.txt" in scripts.check("coffee", prose(4))
    assert "placed.txt" in scripts.check("coffee", prose(5))


def test_many_lines_of_files_that_are_gone_hide_no_copy(scripts):
    for number in range(150):
        scripts.make(f"tea-{number}", prose(1))
        (scripts.folder / f"tea-{number}.txt").unlink()
    scripts.make("tea", prose(1))

    assert "tea.txt" in scripts.check("coffee", prose(1))


def test_the_most_alike_is_told(scripts):
    words = prose(1).split()
    scripts.make("near", " ".join([*words[:130], *prose(2).split()[:20]]))
    scripts.make("nearer", " ".join([*words[:140], *prose(3).split()[:10]]))
    scripts.make("less-near", " ".join([*words[:125], *prose(4).split()[:25]]))

    assert "nearer.txt" in scripts.check("coffee", prose(1))


# Pictures


@pytest.mark.parametrize(("bits", "found"), [(0, True), (3, True), (4, False), (30, False)])
def test_pictures_are_told_apart_by_their_bits_as_before(bits, found, tmp_path):
    dice = random.Random(bits)
    for number in range(20):
        theirs = dice.getrandbits(64)
        mine = theirs
        for bit in dice.sample(range(64), bits):
            mine ^= 1 << bit
        record = tmp_path / str(number) / "tea.json"
        record.parent.mkdir()
        known = Record(
            {},
            "",
            "",
            "",
            "",
            1,
            0,
            1,
            1.0,
            [],
            "2026-11-22T09:00:00Z",
            {"fingerprint": f"{theirs:016x}"},
        )
        store(record, known)
        told = picture_checks._repeat(f"{mine:016x}", record.with_name("bread.json"))

        assert bool(told) == found


def test_records_without_a_fingerprint_are_read_once(tmp_path, monkeypatch):
    monkeypatch.setattr(similarity_index, "LOOK_EVERY_S", 0)
    (tmp_path / "card.json").write_text("{}")
    assert picture_checks._repeat("0123456789abcdef", tmp_path / "tea.json") == ""
    opened = []
    monkeypatch.setattr(picture_checks.records, "load", opened.append)

    assert picture_checks._repeat("0123456789abcdef", tmp_path / "tea.json") == ""
    assert opened == []


# As jobs do it


def asked(stage: str, slug: str, folder: Path, level: str = "warn") -> Artifact:
    """What comes back for a job of the stage, whose file and record are put in their places."""
    check, kind, engine = {
        "script": ("near_duplicate", OllamaStub, "ollama"),
        "image": ("repeat", StableDiffusionStub, "stable-diffusion"),
    }[stage]
    output = folder / f"{stage}s" / (slug + {"script": ".txt", "image": ".png"}[stage])
    record = folder / "records" / stage / f"{slug}.json"
    with kind() as server:
        levels = {**CONFIG[stage]["checks"], check: level}
        values = settings(stage, engine, server.url, model="gemma3:4b", checks=levels)
        ask = maker(stage, values, output=output, record=record)
        made = []

        def once(request, seed) -> Artifact:
            made.append(ask(request, seed))
            return made[0]

        request = build(stage, TOPIC, values, SCRIPT)
        produce(stage, output, record, request, once, attempts=1, wait_s=1)
    return made[0]


@pytest.mark.parametrize("stage", ["script", "image"])
def test_a_job_finds_the_file_of_the_job_before_it_and_not_its_own(stage, tmp_path, monkeypatch):
    monkeypatch.setattr(similarity_index, "LOOK_EVERY_S", 3600)
    asked(stage, "first", tmp_path)
    asked(stage, "tea", tmp_path)

    (warning,) = asked(stage, "bread", tmp_path).service["warnings"]
    assert "first" in warning or "tea" in warning
    (folder,) = tmp_path.glob("records/*/")
    assert (
        f" tea.{'txt' if stage == 'script' else 'json'}\n" in (folder / ".neighbours").read_text()
    )


@pytest.mark.parametrize("stage", ["script", "image"])
def test_where_the_check_is_off_there_is_no_index(stage, tmp_path):
    assert asked(stage, "tea", tmp_path, "off").kept is None
    assert not list(tmp_path.rglob(".neighbours*"))
