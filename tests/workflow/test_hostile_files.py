"""Records, links, FIFOs and folders placed in the output folder, and unusable files."""

import json
import os
import subprocess
import sys

import pytest
from project import REPOSITORY
from stub_project import Studio
from waiting import LONGEST_S


def test_a_folder_in_the_way_of_a_file_is_one_line_for_that_file(empty: Studio) -> None:
    empty.file("audio", "alpha").mkdir(parents=True)
    run = empty.run()
    assert run.code == 1 and "Traceback" not in run.output, run.output
    assert "audio/alpha-waves.wav" in run.output and "in the way" in run.output
    assert empty.file("audio", "beta").is_file()
    assert empty.file("audio", "alpha").is_dir()


def test_a_script_that_is_not_utf8_fails_alone(studio: Studio) -> None:
    studio.file("script", "alpha").write_bytes("café Alpha, über".encode("latin-1"))
    run = studio.run()
    assert run.code == 1 and "Traceback" not in run.output, run.output
    assert "UTF-8" in run.output and "alpha-waves" in run.output


@pytest.mark.parametrize("arguments", [["-n"], []])
def test_a_record_of_a_stranger_writes_nothing_outside_of_the_output_folder(
    arguments: list[str], studio: Studio
) -> None:
    path = studio.folder / "data/output/records/script/alpha-waves.json"
    record = json.loads(path.read_text())
    record["request"]["../../../../../evil"] = record["request"][
        "/" + str(studio.folder)[1:] + "/evil"
    ] = 1
    path.write_text(json.dumps(record))
    run = studio.run(*arguments)
    assert run.code == 0 and "Traceback" not in run.output
    assert "script: request changed" in run.output or not arguments
    found = {each.name for each in studio.folder.rglob("*evil*")} | {
        each.name for each in studio.folder.parent.glob("*evil*")
    }
    assert found == set()


@pytest.mark.parametrize("arguments", [["-n"], []])
def test_a_link_of_a_stranger_is_not_written_through(arguments: list[str], studio: Studio) -> None:
    victim = studio.folder / "victim"
    victim.write_text("precious")
    records = studio.folder / "data/output/records"
    (records / ".stale").mkdir(exist_ok=True)
    (records / ".stale/image: steps changed").symlink_to(victim)
    (records / ".run").unlink()
    (records / ".run").symlink_to(victim)
    studio.config["image"]["steps"] = 6
    run = studio.run(*arguments)
    assert run.code == 1 and "a link is in the way" in run.output, run.output
    assert victim.read_text() == "precious" and "Traceback" not in run.output


def test_a_folder_or_a_fifo_in_the_place_of_a_file_is_no_file(studio: Studio) -> None:
    path = studio.file("image", "alpha")
    path.unlink()
    path.mkdir()
    run = studio.run()
    assert run.code == 1 and f"{path.name}: a folder is in the way of the file" in run.output
    path.rmdir()
    os.mkfifo(path)
    run = studio.run()
    assert run.code == 1 and f"{path.name}: is a FIFO or a device" in run.output
    assert "Traceback" not in run.output
    path.unlink()
    for name in (".current", ".published"):
        (studio.folder / "data/output/records" / name).unlink(missing_ok=True)
        os.mkfifo(studio.folder / "data/output/records" / name)
    assert studio.run().code == 0 and studio.file("image", "alpha").is_file()


def test_odd_records_are_shown_as_such_and_spoil_no_table(studio: Studio) -> None:
    for slug, change in (
        ("alpha-waves", {"service": {"total_tokens": 10**40}}),
        ("beta-decay", {"model": {}, "time": 5, "take": "x"}),
        ("gamma-rays", {"model": "\ud800", "time": "yesterday", "service": {"total_tokens": [1]}}),
    ):
        path = studio.folder / f"data/output/records/script/{slug}.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | change))
    run = studio.run()
    assert run.code == 0 and "Traceback" not in run.output, run.output
    for program in ("make_gallery.py", "status.py", "plan.py", "prune.py"):
        command = [sys.executable, REPOSITORY / "scripts" / program, "--directory", studio.folder]
        ended = subprocess.run(command, capture_output=True, text=True)
        assert ended.returncode == 0 and "Traceback" not in ended.stderr, ended.stderr
    page = (studio.folder / "data/output/index.html").read_text()
    assert all(slug in page for slug in ("alpha-waves", "beta-decay", "gamma-rays"))


def test_a_fifo_in_the_place_of_a_script_is_not_waited_for(studio: Studio) -> None:
    path = studio.folder / "data/output/scripts/alpha-waves.txt"
    path.unlink()
    os.mkfifo(path)
    for program in ("plan.py", "status.py", "make_gallery.py"):
        command = [sys.executable, REPOSITORY / "scripts" / program, "--directory", studio.folder]
        subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=True)
    run = studio.run("-n", timeout_s=60)
    assert run.code == 1 and f"{path.name}: is a FIFO or a device; move it elsewhere" in run.output
    path.unlink()
    path.write_text("A text placed by hand.")
    record = studio.folder / "data/output/records/audio/beta-decay.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"service": {"inputs": 5}}))
    assert studio.run("-n", timeout_s=60).code == 0
