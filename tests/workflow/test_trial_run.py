"""A trial makes a few topics with changed settings in a folder of its own; adopting these is then free for them."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sample_media
from project import REPOSITORY
from stub_project import SLUGS
from stub_sentences import Sentences

VOICE = "audio={voice: en_US-bert}"
NOTHING = (0, [], 0)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    studio = Sentences(tmp_path_factory.mktemp("trials") / "work")
    studio.succeed()
    studio.requests()
    studio.close()
    return studio


@pytest.fixture
def studio(made_once, tmp_path):
    studio = Sentences.copy(made_once, tmp_path / "work")
    yield studio
    studio.close()


def command(studio: Sentences, *arguments: str) -> list[str]:
    studio.write_config()
    program = str(REPOSITORY / "scripts/trial.py")
    return [sys.executable, program, "--directory", str(studio.folder), *arguments]


def run_trial(studio: Sentences, *arguments: str) -> subprocess.CompletedProcess[str]:
    words = command(studio, "--cores", "2", *arguments)
    return subprocess.run(words, capture_output=True, text=True, timeout=300)


def succeed(studio: Sentences, *arguments: str) -> str:
    ended = run_trial(studio, *arguments)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended.stdout


def tree(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Return digest, time and mode of each file and folder."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mtime_ns,
            path.stat().st_mode,
        )
        for path in sorted(folder.rglob("*"))
    }


def page(studio: Sentences) -> str:
    return (studio.folder / "data/trial/index.html").read_text(encoding="utf-8")


def test_a_trial_makes_what_the_settings_change_and_adopting_it_requests_the_rest(studio):
    before = tree(studio.folder / "data/output")
    studio.tts.sound = lambda text: sample_media.speech(f"{text} It sounds different.")

    output = succeed(studio, "--number", "2", "--config", VOICE)

    asked = studio.requests()
    assert (asked[0], len(asked[1]), asked[2]) == (0, 2 + 2 * 2, 0)
    assert tree(studio.folder / "data/output") == before
    assert "trying 2 of 3 topics: alpha-waves, gamma-rays" in output
    assert "  audio: 3 to make (3 voice changed): 2 of 8 sentences to request, about " in output
    assert output.splitlines()[-1] == "to look and listen: data/trial/index.html"
    assert "voice" in page(studio) and "en_US-bert" in page(studio)
    trial = studio.folder / "data/trial"
    assert sorted(path.name for path in (trial / "audio").iterdir()) == [
        "alpha-waves.wav",
        "gamma-rays.wav",
    ]
    now = studio.file("audio", "alpha").read_bytes()
    assert (trial / "before/audio/alpha-waves.wav").read_bytes() == now
    tried = (trial / "audio/alpha-waves.wav").read_bytes()
    assert tried != now

    studio.config["audio"]["voice"] = "en_US-bert"
    studio.succeed()

    spoken = studio.requests()
    assert (spoken[0], spoken[2]) == (0, 0)
    assert len(spoken[1]) == 2 and all("Beta" in text for text in spoken[1])
    assert studio.file("audio", "alpha").read_bytes() == tried


def test_adopting_a_trial_of_all_topics_is_free(studio):
    template = studio.folder / "config/other.j2"
    template.write_text("Tell me about {{ topic }}.")
    output = succeed(studio, "--number", "9", "--config", "script={template: config/other.j2}")
    assert studio.requests() == (3, ["It has been told before."], 0)
    assert "script: 3 to make (3 prompt changed): no texts to request" in output
    assert "<ins>" in page(studio) and "been told" in page(studio)

    studio.config["script"]["template"] = "config/other.j2"
    studio.succeed()

    assert studio.requests() == NOTHING


def test_edited_and_placed_files_and_takes_hold_in_the_trial(studio):
    studio.file("audio", "alpha").unlink()
    studio.succeed("audio")
    studio.edit("more to say", "less to say")
    studio.succeed()
    picture = studio.file("image", "alpha")
    shutil.copyfile(studio.file("image", "beta"), picture)
    (studio.folder / "data/output/records/image/alpha-waves.json").unlink()
    studio.requests()
    before = tree(studio.folder / "data/output")
    config = ["script={model: 'm2:1b'}", "audio={loudness_lufs: -20}", "image={steps: 9}"]

    succeed(studio, "--topics", "alpha-waves", "--config", *config)

    assert studio.requests() == NOTHING
    assert tree(studio.folder / "data/output") == before
    trial = studio.folder / "data/trial"
    assert "less to say" in (trial / "scripts/alpha-waves.txt").read_text()
    assert (trial / "images/alpha-waves.png").read_bytes() == picture.read_bytes()
    record = json.loads((trial / "records/audio/alpha-waves.json").read_text())
    assert sorted(take for _, _, take in record["answers"]) == [0, 1, 1, 1]
    assert "placed by hand" in page(studio)


def test_a_new_trial_replaces_the_last_and_nothing_else(studio):
    succeed(studio, "--topics", "alpha-waves", "--config", VOICE)
    succeed(studio, "--topics", "beta-decay", "--config", VOICE)
    trial = studio.folder / "data/trial"
    assert [path.name for path in (trial / "audio").iterdir()] == ["beta-decay.wav"]
    shutil.rmtree(trial)
    trial.mkdir()
    (trial / "precious.txt").write_text("mine")

    ended = run_trial(studio, "--config", VOICE)

    assert ended.returncode == 1
    assert ended.stderr == "error: data/trial: is not the folder of a trial; move it elsewhere\n"
    assert (trial / "precious.txt").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "with these settings every file stays as it is; change one"),
        (["--topics", "delta"], "no topic in data/input/topics.txt has the slug 'delta'"),
        (["--config", "output=data/trial"], "data/trial: trials are made in data/trial"),
        (["--config", "audio={voice: 5, pitch: 1}"], "unknown key 'audio.pitch'"),
        (["--number", "0"], "'0' is not a number of topics, 1 or more"),
    ],
)
def test_what_cannot_be_tried_is_an_error_and_leaves_no_folder(studio, arguments, message):
    ended = run_trial(studio, *arguments)

    assert ended.returncode != 0 and message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (studio.folder / "data/trial").exists()


def test_a_failed_trial_says_what_failed(studio):
    studio.tts.ready = lambda: False
    dead = f"audio={{voice: en_US-bert, url: 'http://127.0.0.1:{free_port()}'}}"
    before = tree(studio.folder / "data/output")

    ended = run_trial(studio, "--topics", "alpha-waves", "--config", dead)

    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert re.search(r"^error: audio alpha-waves: .*refused", ended.stderr, re.MULTILINE)
    assert tree(studio.folder / "data/output") == before
    assert "Failed" in page(studio)


def free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_make_passes_settings_with_spaces(studio):
    """As users type them, without further quotes: the shell divides them at spaces."""
    words = "--number 1 --config audio={voice: en_US-bert, length_scale: 1.1} language=en --cores 2"
    succeed(studio, *words.split())

    (topic,) = (path.stem for path in (studio.folder / "data/trial/audio").iterdir())
    record = json.loads((studio.folder / f"data/trial/records/audio/{topic}.json").read_text())
    assert record["request"]["voice"] == "en_US-bert"
    assert record["request"]["length_scale"] == 1.1


def test_ctrl_c_ends_it_and_the_answers_so_far_are_kept(studio):
    studio.tts.latency_s = 0.7
    process = subprocess.Popen(
        command(studio, "--cores", "1", "--number", "3", "--config", VOICE),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while len(studio.tts.asked()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=60)

    assert process.returncode == 130, output
    assert "Traceback" not in output
    studio.tts.latency_s = 0
    first = studio.tts.asked()[0].body["text"]
    studio.requests()
    succeed(studio, "--number", "3", "--config", VOICE)
    assert first not in studio.requests()[1]
    assert not (studio.folder / "data/trial/audio" / SLUGS["alpha"]).exists()
