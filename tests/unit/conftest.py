"""Stub servers that several modules use."""

import pytest
from service_stubs import FortyTwo as Service


@pytest.fixture
def service():
    with Service() as stub:
        yield stub
