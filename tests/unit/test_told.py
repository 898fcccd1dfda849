"""What a server has told of itself is kept for the jobs that come right after, and no longer."""

from pathlib import Path

import pytest
from audio_pipeline.embedded import RUN_VARIABLE
from audio_pipeline.errors import ServiceUnavailable
from audio_pipeline.told import KEPT_S, Told
from audio_pipeline.transport import Client
from stubs import PiperStub

URL = "http://127.0.0.1:1"
HTTP = {"connect_timeout_s": 2, "tries": 1, "first_pause_s": 0.01, "max_pause_s": 0.05}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(RUN_VARIABLE, str(tmp_path))
    return tmp_path


def test_what_was_told_is_recalled_as_it_was(run):
    Told(URL).keep("/info", b"\x00\xff", "text/plain", "server")
    assert Told(URL).recall("/info") == [b"\x00\xff", "text/plain", "server"]


def test_that_there_is_no_such_path_is_recalled_too(run):
    Told(URL).keep("/info", None)
    assert Told(URL).recall("/info") == [None]


def test_nothing_is_recalled_of_another_path_or_server(run):
    Told(URL).keep("/info", b"1")
    assert Told(URL).recall("/voices") is None
    assert Told(URL + "1").recall("/info") is None


@pytest.mark.parametrize("seconds", [KEPT_S + 0.1, -60])
def test_it_is_forgotten_soon_and_when_the_clock_is_set_back(run, seconds):
    now = Told(URL)
    now.keep("/info", b"1")
    made = next(run.glob("told-*")).stat().st_mtime
    assert Told(URL, clock=lambda: made + 1).recall("/info") == [b"1"]
    assert Told(URL, clock=lambda: made + seconds).recall("/info") is None


def test_a_broken_memory_is_none(run):
    Told(URL).keep("/info", b"1")
    next(run.glob("told-*")).write_text("[")
    assert Told(URL).recall("/info") is None


def test_outside_of_a_run_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.delenv(RUN_VARIABLE, raising=False)
    Told(URL).keep("/info", b"1")
    assert Told(URL).recall("/info") is None


def client(url: str, **more) -> Client:
    return Client("Piper", url, timeout_s=5, http={**HTTP, **more})


def test_a_server_is_asked_once_by_jobs_of_a_run(run):
    with PiperStub() as piper:
        first = client(piper.url, recall=True).has("/voices")
        assert client(piper.url, recall=True).has("/voices") == first
        assert [each.path for each in piper.requests] == ["/voices"]


def test_who_wants_to_know_how_it_is_now_asks(run):
    with PiperStub() as piper:
        client(piper.url, recall=True).has("/voices")
        client(piper.url).has("/voices")
        assert len(piper.requests) == 2


def test_that_nobody_answers_is_not_kept(run):
    with pytest.raises(ServiceUnavailable):
        client(URL, recall=True).has("/voices")
    assert not list(run.glob("told-*"))
