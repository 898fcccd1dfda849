"""Cached SHA-256 of files."""

import os

from audio_pipeline import files


def test_a_file_is_read_once_while_its_size_and_time_stay(tmp_path, monkeypatch):
    path = tmp_path / "a.wav"
    path.write_bytes(b"sound")
    before = files.fingerprint(path)
    monkeypatch.setattr(files, "sha256_of", None)

    assert files.fingerprint(path, before) == before


def test_a_file_of_another_size_or_time_is_read_again(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"sound")
    before = files.fingerprint(path)
    path.write_bytes(b"other")
    os.utime(path, ns=(1, before["mtime_ns"] + 1))

    assert files.fingerprint(path, before)["sha256"] == files.sha256_of(path) != before["sha256"]


def test_a_touched_file_has_the_same_content(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(b"sound")
    before = files.fingerprint(path)
    os.utime(path, ns=(1, 1))

    assert files.fingerprint(path, before)["sha256"] == before["sha256"]
