"""Waiting for a service that was up a moment ago, with a clock controlled by the test."""

import bad_replies
import pytest
from audio_pipeline.errors import ServiceUnavailable
from audio_pipeline.http.client import Client
from audio_pipeline.http.errors import Down
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.run import outages
from audio_pipeline.run.folder import RUN_VARIABLE
from service_stubs import FortyTwo as Service

URL = "http://127.0.0.1:9"
HTTP = HttpPolicy(1, tries=3, first_pause_s=0.5, max_pause_s=30, patience_s=60)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Return the folder of a run."""
    monkeypatch.setenv(RUN_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def now(monkeypatch):
    seconds = [1000.0]
    monkeypatch.setattr(outages.time, "time", lambda: seconds[0])
    return seconds


def of(url: str, now, patience_s: float = 60) -> outages.Outage:
    return outages.Outage(url, patience_s, clock=lambda: now[0])


def test_only_a_service_that_has_answered_is_waited_for(run, now):
    service = of(URL, now)
    assert not service.should_wait("it is away")
    service.answered()
    assert service.should_wait("it is away")
    assert [(one.reason, one.until) for one in outages.waited_for(run)] == [("it is away", 1060)]


def test_all_jobs_wait_until_the_same_moment(run, now):
    of(URL, now).answered()
    assert of(URL, now).should_wait("it is away")
    now[0] += 59
    assert of(URL, now).should_wait("it is still away")
    now[0] += 1
    assert not of(URL, now).should_wait("it is still away")


def test_one_that_is_back_may_go_away_again(run, now):
    service = of(URL, now)
    service.answered()
    assert service.should_wait("away")
    service.answered()
    assert outages.waited_for(run) == [] and outages.is_there(run, patience_key(run))
    now[0] += 500
    assert service.should_wait("away again")


def patience_key(run) -> str:
    return next(run.glob("there-*")).name.removeprefix("there-")


def test_one_that_was_given_up_is_not_waited_for_again(run, now):
    service = of(URL, now)
    service.answered()
    assert service.should_wait("away")
    service.give_up()
    assert outages.waited_for(run) == [] and not service.should_wait("away")


def test_there_is_no_waiting_without_a_run_or_with_no_patience(run, now, monkeypatch):
    none = of(URL, now, patience_s=0)
    none.answered()
    assert not none.should_wait("away")
    monkeypatch.delenv(RUN_VARIABLE)
    service = of(URL, now)
    service.answered()
    assert not service.should_wait("away")


def client(url: str, sleep) -> Client:
    return Client("Thing", url, timeout_s=5, http=HTTP, sleep=sleep)


def test_a_request_goes_on_when_the_service_is_back(run, now, capsys):
    started = []
    with Service() as first:
        assert client(first.url, None).get_json("/x") == 42

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] >= 1020 and not started:
            started.append(Service(port=first.port).__enter__())

    assert client(first.url, sleep).get_json("/x") == 42
    started[0].__exit__()
    assert now[0] == 1020 and outages.waited_for(run) == []


def test_it_gives_up_in_the_end_and_the_other_jobs_do_not_wait(run, now):
    with Service() as first:
        assert client(first.url, None).get_json("/x") == 42

    def sleep(seconds: float) -> None:
        now[0] += seconds

    with pytest.raises(Down, match="refused the connection"):
        client(first.url, sleep).get_json("/x")
    assert now[0] == 1060
    with pytest.raises(ServiceUnavailable, match="not asked: "):
        client(first.url, sleep).get_json("/x")
    assert now[0] == 1060


def test_a_service_that_loads_its_model_is_waited_for(run, now):
    body = b'{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}'
    with Service() as service:
        assert client(service.url, None).get_json("/x") == 42
        service.fault, service.fault_times = bad_replies.status(503, body), 20

        def sleep(seconds: float) -> None:
            now[0] += seconds

        assert client(service.url, sleep).get_json("/x") == 42


@pytest.mark.parametrize("fault", ["reset", "500_json", "503", "429"])
def test_one_that_answers_otherwise_gets_its_usual_tries(run, now, fault):
    with Service() as service:
        assert client(service.url, None).get_json("/x") == 42
        service.fault, service.requests[:] = fault, []
        with pytest.raises(ServiceUnavailable):
            client(service.url, lambda _: None).get_json("/x")
        assert len(service.requests) == HTTP.tries


def test_a_run_that_has_ended_waits_for_nothing(tmp_path):
    assert outages.waited_for(tmp_path / "gone") == []
