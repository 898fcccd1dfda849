"""Topics files with the content given by a test."""

from pathlib import Path

import pytest
from audio_pipeline.core.topics import read_topics
from audio_pipeline.errors import InputError


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Return a function that reads a topics file with the given content."""
    monkeypatch.chdir(tmp_path)  # a long path would shorten messages

    def of(content: bytes | str):
        path = Path("topics.txt")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_topics(path)

    return of


@pytest.fixture
def faults(read):
    """Return a function for the messages about a topics file, without its name."""

    def of(content: bytes | str) -> list[str]:
        with pytest.raises(InputError) as caught:
            read(content)
        return [line.partition("topics.txt:")[2] for line in str(caught.value).splitlines()]

    return of
