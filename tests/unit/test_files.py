"""Files in folders that another user can write to."""

import os
import shutil

import pytest
from audio_pipeline import files


@pytest.mark.parametrize("kind", ["fifo", "device", "folder", "missing", "large"])
def test_only_a_regular_file_is_read(tmp_path, kind):
    path = tmp_path / "a"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    elif kind == "large":
        path.write_bytes(b"12345")

    with pytest.raises(OSError):
        files.read_bytes(path, most=4)


def test_a_file_is_read_as_it_is(tmp_path):
    (tmp_path / "a").write_bytes("café\n".encode())

    assert files.read_bytes(tmp_path / "a") == "café\n".encode()
    assert files.read_text(tmp_path / "a") == "café\n"


@pytest.mark.parametrize("alone", [True, False])
def test_a_link_in_the_place_of_a_temporary_file_is_not_followed(tmp_path, alone):
    """In a folder that another user can write to, the link could lead to any file of the user's."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    for name in (".a.txt.tmp", f".a.txt.{os.getpid()}.tmp"):
        (tmp_path / name).symlink_to(victim)

    files.replace_file(tmp_path / "a.txt", b"new", alone=alone)

    assert victim.read_bytes() == b"precious" and (tmp_path / "a.txt").read_bytes() == b"new"
    assert not (tmp_path / "a.txt").is_symlink()


def test_what_others_write_to_the_temporary_path_does_not_follow_a_link_either(tmp_path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / f".a.{os.getpid()}.tmp").symlink_to(victim)

    with files.replacing(tmp_path / "a") as temporary:
        temporary.write_bytes(b"new")

    assert victim.read_bytes() == b"precious" and (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize(("free_bytes", "full"), [(0, True), (2**15, True), (2**20, False)])
def test_a_disk_without_room_for_a_message_is_named(tmp_path, monkeypatch, free_bytes, full):
    usage = shutil.disk_usage(tmp_path)._replace(free=free_bytes)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: usage)

    told = f"{tmp_path}: the disk is full; free some space and run again"
    assert files.full_disk(tmp_path) == (told if full else None)


@pytest.mark.parametrize("kind", ["link", "loop", "fifo", "folder"])
def test_a_file_to_be_locked_is_a_file_of_its_own(tmp_path, kind):
    """A link in a folder from an archive could lead to any file of the user's, which would be emptied."""
    path, victim = tmp_path / "a", tmp_path / "victim"
    victim.write_bytes(b"precious")
    {
        "link": lambda: path.symlink_to(victim),
        "loop": lambda: path.symlink_to(path),
        "fifo": lambda: os.mkfifo(path),
        "folder": path.mkdir,
    }[kind]()

    with pytest.raises(OSError, match=r"a link is in the way|not a regular file|directory"):
        files.open_or_create(path)
    assert victim.read_bytes() == b"precious"


def test_a_file_to_be_locked_is_made_and_keeps_what_is_in_it(tmp_path):
    for _ in range(2):
        with files.open_or_create(tmp_path / "a") as file:
            said = file.read()
            file.write(b"x")
    assert said == b"x" and (tmp_path / "a").read_bytes() == b"xx"
