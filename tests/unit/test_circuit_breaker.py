"""Circuit breaker: one request per run to a service that is down."""

import os
import time

import pytest
from audio_pipeline.errors import PipelineError, ServiceUnavailable
from audio_pipeline.run.circuit_breaker import OPEN_S, CircuitBreaker
from audio_pipeline.run.folder import RUN_VARIABLE
from http_clients import HTTP, client
from service_stubs import FortyTwo as Service


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv(RUN_VARIABLE, str(tmp_path))
    return tmp_path


@pytest.fixture
def dead_url():
    with Service() as stub:
        pass
    return stub.url


def test_the_second_job_of_a_run_does_not_ask_a_service_that_is_down(run, dead_url):
    with pytest.raises(ServiceUnavailable, match=r"^Thing at .* refused the connection; start it$"):
        client(dead_url, advice="start it").get_json("/x")
    pauses = []

    with pytest.raises(ServiceUnavailable, match=r"^not asked: Thing at .* refused the connection"):
        client(dead_url, pauses=pauses).get_json("/x")

    assert not pauses


def test_without_a_run_every_job_asks(dead_url, monkeypatch):
    monkeypatch.delenv(RUN_VARIABLE, raising=False)
    for _ in range(2):
        with pytest.raises(ServiceUnavailable, match=r"^Thing at"):
            client(dead_url).get_json("/x")


def test_another_service_is_still_asked(run, dead_url, service):
    with pytest.raises(ServiceUnavailable):
        client(dead_url).get_json("/x")

    assert client(service.url).get_json("/x") == 42


@pytest.mark.parametrize("fault", ["500_json", "503", "reset", "401", "429"])
def test_a_service_that_answers_is_not_down(run, service, fault):
    service.fault, service.fault_times = fault, 4
    with pytest.raises(PipelineError):
        client(service.url).get_json("/x")
    service.fault = None

    assert client(service.url).get_json("/x") == 42


@pytest.mark.parametrize("fault", ["502", "504"])
def test_a_gateway_with_nothing_behind_it_is_down(run, service, fault):
    service.fault = fault
    for said in ("^Thing at", "^not asked: Thing at"):
        with pytest.raises(ServiceUnavailable, match=said):
            client(service.url).get_json("/x")

    assert len(service.requests) == HTTP.tries


def test_half_a_minute_later_it_is_asked_again(run, dead_url):
    now = [time.time()]
    circuit = CircuitBreaker(dead_url, clock=lambda: now[0])
    circuit.open("it is down")
    assert circuit.current_reason() == "it is down"

    now[0] += OPEN_S + 1

    assert circuit.current_reason() is None


def test_an_answer_closes_the_circuit(run, service):
    circuit = CircuitBreaker(service.url)
    circuit.open("it was down")
    (file,) = run.iterdir()
    os.utime(file, (1, 1))

    client(service.url).get_json("/x")

    assert list(run.iterdir()) == []


def test_a_run_whose_folder_is_gone_does_no_harm(run, dead_url):
    circuit = CircuitBreaker(dead_url)
    run.rmdir()

    circuit.open("x")
    circuit.close()

    assert circuit.current_reason() is None and CircuitBreaker(dead_url).current_reason() is None
