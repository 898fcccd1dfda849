"""Duplicate scripts and pictures, detected by the index as jobs use it."""

import random
from pathlib import Path

import pytest
from audio_pipeline.core.production import Artifact, produce
from audio_pipeline.core.record import Record, store
from audio_pipeline.pictures import picture_checks
from audio_pipeline.similarity import index as similarity_index
from audio_pipeline.text import script_checks
from audio_pipeline.text.script_checks import Case, check_near_duplicate
from direct import CONFIG, SCRIPT, TOPIC, build, maker, settings
from service_stubs import OllamaStub, StableDiffusionStub

# Scripts


class Scripts:
    """Scripts made by jobs that share one index."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.records = folder / "scripts", folder / "records" / "script"

    def check(self, slug: str, text: str) -> str | None:
        output = self.folder / f"{slug}.txt"
        return check_near_duplicate(
            text, Case("en", output=output, index=self.records / similarity_index.NAME)
        )

    def make(self, slug: str, text: str) -> str | None:
        """Return the finding of the check before the file is stored."""
        output, index = self.folder / f"{slug}.txt", self.records / similarity_index.NAME
        found = []

        def ask(request, seed) -> Artifact:
            found.append(self.check(slug, text))
            added = script_checks.others_of(output, index).add
            return Artifact(f"{text}\n".encode(), "m", [], on_stored=lambda: added(output.name))

        request = {"engine": "ollama", "prompt": text}
        produce("script", output, self.records / f"{slug}.json", request, ask, attempts=1, wait_s=1)
        return found[0]


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scripts:
    monkeypatch.setattr(similarity_index, "SCAN_EVERY_S", 3600)
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
    monkeypatch.setattr(similarity_index, "SCAN_EVERY_S", 0)

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
    monkeypatch.setattr(similarity_index, "SCAN_EVERY_S", 0)
    (tmp_path / "card.json").write_text("{}")
    assert picture_checks._repeat("0123456789abcdef", tmp_path / "tea.json") == ""
    opened = []
    monkeypatch.setattr(picture_checks.records, "load", opened.append)

    assert picture_checks._repeat("0123456789abcdef", tmp_path / "tea.json") == ""
    assert opened == []


# Through the stages' own makers


def asked(stage: str, slug: str, folder: Path, level: str = "warn") -> Artifact:
    """Return the result of a job of the stage after storing its file and record."""
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
    monkeypatch.setattr(similarity_index, "SCAN_EVERY_S", 3600)
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
    assert asked(stage, "tea", tmp_path, "off").on_stored is None
    assert not list(tmp_path.rglob(".neighbours*"))
