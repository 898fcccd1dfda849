"""Stub servers of language models."""

import pytest
from audio_pipeline.run import server_quirks
from service_stubs import OllamaStub, OpenAIStub


@pytest.fixture
def server():
    with OllamaStub() as stub:
        yield stub


@pytest.fixture
def hosted():
    server_quirks._in_process.clear()
    with OpenAIStub() as stub:
        yield stub
