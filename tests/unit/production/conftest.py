"""A bench for each test, without waiting for the disk."""

import pytest
from audio_pipeline import files
from production_bench import Bench


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr(files.os, "fsync", lambda _: None)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)
