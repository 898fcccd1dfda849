"""HTTP to the services: what is tried again, what never, and what is never said."""

import gzip
import json
import os
import ssl
import subprocess
import time
import tracemalloc
from dataclasses import replace
from email.utils import formatdate

import bad_replies
import pytest
import requests
import urllib3
from audio_pipeline import address
from audio_pipeline.errors import (
    BadAnswer,
    InputError,
    PipelineError,
    RequestRefused,
    ServiceUnavailable,
)
from audio_pipeline.http import credentials
from audio_pipeline.http import errors as http_errors
from audio_pipeline.http.client import Client
from audio_pipeline.http.error_body import reason_of, retry_after_s
from audio_pipeline.http_policy import HttpPolicy
from audio_pipeline.run.circuit_breaker import OPEN_S, CircuitBreaker
from audio_pipeline.run.folder import RUN_VARIABLE
from replies import Reply, json_reply
from service_stubs import FortyTwo as Service

HTTP = HttpPolicy(connect_timeout_s=1, tries=4, first_pause_s=0.5, max_pause_s=30)


@pytest.fixture
def service():
    with Service() as stub:
        yield stub


def client(url: str, timeout_s: float = 5, pauses: list | None = None, **more) -> Client:
    sleep = (lambda _: None) if pauses is None else pauses.append
    return Client("Thing", url, timeout_s=timeout_s, http=HTTP, sleep=sleep, **more)


# What is tried again


@pytest.mark.parametrize("fault", ["reset", "408", "425", "429", "500_json", "502", "503", "504"])
def test_what_may_pass_is_sent_again(service, fault):
    code = int(fault[:3]) if fault[0].isdigit() else 0
    service.fault = bad_replies.FAULTS.get(fault) or bad_replies.status(code)
    service.fault_times = 3

    assert client(service.url).get_json("/x") == 42
    assert len(service.requests) == 4


def test_a_turn_is_taken_for_what_makes_something_with_all_its_tries(service):
    """Not for what a server tells of itself, nor for what comes before and after a request."""
    told = []

    class Turn:
        def __enter__(self):
            told.append(("begins", len(service.requests)))

        def __exit__(self, *_):
            told.append(("ends", len(service.requests)))

    asking = Client(
        "Thing", service.url, timeout_s=5, http=replace(HTTP, lease=Turn()), sleep=lambda _: None
    )
    assert asking.get_json("/list") == 42 and asking.has("/version")
    assert told == []
    service.fault, service.fault_times = bad_replies.status(503), 1
    assert asking.post_json("/make", {}) == 42
    assert told == [("begins", 2), ("ends", 4)]
    assert asking.post("/make").body == b"42"
    assert asking.post_lines("/make", {}, list) == [42]
    assert told[2:] == [("begins", 4), ("ends", 5), ("begins", 5), ("ends", 6)]


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 405, 410, 413, 418, 422, 501, 505])
def test_what_will_not_pass_is_sent_once(service, code):
    service.fault = bad_replies.status(code, b'{"error": "no"}')

    with pytest.raises(RequestRefused, match=f"HTTP {code}: no") as caught:
        client(service.url).get_json("/x")

    assert caught.value.status == code and len(service.requests) == 1


def test_the_pauses_grow_and_have_a_limit(service):
    service.fault, pauses = "503", []
    http = replace(HTTP, tries=20, max_pause_s=4)
    thing = Client("Thing", service.url, timeout_s=60, http=http, sleep=pauses.append)

    with pytest.raises(ServiceUnavailable):
        thing.get_json("/x")

    assert len(pauses) == 19 and max(pauses) <= 4
    assert all(pause <= 0.5 * 2**number for number, pause in enumerate(pauses))
    assert len(set(pauses)) > 10  # jitter: a hundred clients do not come back at once


def test_a_server_says_how_long_to_wait(service):
    service.fault, service.fault_times, pauses = "429_retry_after", 1, []

    assert client(service.url, pauses=pauses).get_json("/x") == 42
    assert pauses == [2]


def test_a_server_that_asks_for_more_patience_than_there_is_ends_it_at_once(service):
    service.fault, pauses = "429_far", []

    with pytest.raises(
        ServiceUnavailable, match=r"asks for 86400 s of patience, more than timeout_s, 5"
    ):
        client(service.url, pauses=pauses).get_json("/x")

    assert len(service.requests) == 1 and not pauses


def test_an_empty_account_is_not_asked_again(service):
    """OpenAI's 429 with insufficient_quota passes only when somebody pays."""
    body = b'{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}'
    service.fault = bad_replies.status(429, body)

    with pytest.raises(RequestRefused, match="You exceeded your quota"):
        client(service.url).get_json("/x")

    assert len(service.requests) == 1


def test_all_tries_together_have_an_end(service):
    service.fault = "hang"
    http = replace(HTTP, tries=20)
    now = [0.0]

    def sleep(_: float) -> None:
        now[0] += 0.15

    with pytest.raises(ServiceUnavailable, match=r"was silent for 0\.2 s; raise timeout_s"):
        Client(
            "Thing", service.url, timeout_s=0.2, http=http, sleep=sleep, clock=lambda: now[0]
        ).get_json("/x")

    assert len(service.requests) == 4  # 0.45 s after the first


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(None, None), ("", None), ("7", 7), ("0", 0), ("-3", 0), ("soon", None), (formatdate(0), 0)],
)
def test_retry_after_is_a_number_or_a_date(value, seconds):
    assert retry_after_s(value) == seconds


def test_retry_after_as_a_date_in_the_future():
    assert 3000 < retry_after_s(formatdate(time.time() + 3600, usegmt=True)) <= 3600


# What an answer may be


def test_an_answer_that_says_it_is_too_long_is_not_read(service):
    service.fault = "huge"

    with pytest.raises(BadAnswer, match="sent more than 16 MB; expected far less"):
        client(service.url).get_json("/x")

    assert service.sent_bytes < 50 * 2**20


def test_an_answer_that_grows_too_long_is_broken_off(service):
    service.fault = "huge_unannounced"

    with pytest.raises(BadAnswer, match="sent more than 16 MB"):
        client(service.url).get_json("/x")

    assert service.sent_bytes < 50 * 2**20


def test_nothing_packed_is_asked_for_and_nothing_packed_is_read(service):
    service.fault = "gzip_bomb"

    with pytest.raises(BadAnswer, match=r"sent its answer packed \(gzip\)"):
        client(service.url).get_json("/x")

    assert service.requests[0].headers["Accept-Encoding"] == "identity"


def test_a_body_that_comes_in_drops_has_an_end(service):
    service.fault = "slow_drip"
    service.answer = lambda _: json_reply("x" * 1000)

    with pytest.raises(ServiceUnavailable, match=r"had not sent its whole answer 0\.2 s after"):
        client(service.url, timeout_s=0.2).get_json("/x")


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"\xff\xfe", b"", b"{", b"1e", b"9" * 5000, b"<html>"]
)
def test_what_is_no_json_is_a_bad_answer(service, body):
    service.fault = bad_replies.status(200, body)

    with pytest.raises(BadAnswer, match=r"sent application/json, .*; expected JSON"):
        client(service.url).get_json("/x")


# What an error says


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"error": "model \'x\' not found"}', "model 'x' not found"),
        (b'{"error": {"message": "Rate limit", "type": "t", "code": null}}', "Rate limit"),
        (b'{"error": "server_error", "message": "bad steps"}', "server_error: bad steps"),
        (b'{"error":"OutOfMemoryError","detail":"","body":"","errors":"CUDA out of memory"}',
         "OutOfMemoryError: CUDA out of memory"),
        (b'{"detail": "Not Found"}', "Not Found"),
        (b'{"detail": [{"loc": ["body", "steps"], "msg": "not an int", "type": "t"}]}',
         "body.steps: not an int"),
        (json.dumps({"error": json.dumps({"error": {"code": 400, "message": "too long"}})}).encode(),
         "too long"),
        (b"<html><head><title>502 Bad\nGateway</title></head></html>", "502 Bad Gateway"),
        (b"just text\x00\x1b[31m", "just text [31m"),
        (b'{"error": "\\ud800"}', "?"),
        (b"\xff\xfe\x00", "\ufffd\ufffd"),
        (b"", ""), (b"null", ""), (b"[]", ""), (b"{}", ""),
    ],
)  # fmt: skip
def test_the_reason_is_found_in_every_known_shape(body, reason):
    assert reason_of(body) == reason


def test_a_redirect_names_where_it_goes_and_is_not_followed(service):
    service.fault = bad_replies.status(307, Location="https://user:secret@evil.example/steal?key=1")

    with pytest.raises(RequestRefused, match=r"redirects to https://evil\.example; configure") as e:
        client(service.url, token="abc").post_json("/x", {})

    assert "secret" not in str(e.value) and len(service.requests) == 1


def _every(kind: type) -> set[type]:
    return {kind}.union(*(_every(each) for each in kind.__subclasses__()))


@pytest.mark.parametrize(
    "kind", sorted(_every(requests.exceptions.RequestException), key=lambda kind: kind.__name__)
)
def test_every_error_of_requests_has_a_line_of_ours(kind):
    error = kind.__new__(kind)
    error.args = ("HTTPConnectionPool(host='h', port=1): secret",)
    found = http_errors.explained(error, "Thing at http://h", "; start it", 5, 60)

    assert isinstance(found, PipelineError) and "secret" not in str(found)


@pytest.mark.parametrize(
    "kind",
    [
        urllib3.exceptions.ProtocolError,
        urllib3.exceptions.DecodeError,
        urllib3.exceptions.HTTPError,
    ],
)
def test_errors_of_urllib3_have_a_line_too(kind):
    assert isinstance(http_errors.explained(kind("x"), "T", "", 1, 1), ServiceUnavailable)


# Keys, proxies, certificates


def test_credentials_never_stand_in_a_message(service):
    def echo(handler):
        handler.send(json_reply({"error": f"bad {dict(handler.headers)}"}, 400))

    service.fault = echo
    for given in ({"token": "sk-very-secret"}, {"login": ("me", "pass:wörd")}):
        with pytest.raises(RequestRefused) as caught:
            client(service.url, **given).get_json("/x")
        sent = service.requests[-1].headers["Authorization"].split()[1]
        for secret in ("sk-very-secret", "pass:wörd", sent):
            assert secret not in str(caught.value)


@pytest.mark.parametrize("token", ["a\nb", "schlüssel", " a-key", "a\x00"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(service, token):
    with pytest.raises(InputError, match="KEY_NAME has a character that a key cannot have") as e:
        client(service.url, token=token, secret="KEY_NAME")

    assert token not in str(e.value)


@pytest.mark.parametrize(("token", "said"), [("", "is not set"), ("x", "was not accepted")])
def test_a_missing_or_wrong_key_is_named_by_its_variable(service, token, said):
    service.fault = "401"

    with pytest.raises(RequestRefused, match=f"unauthorized; KEY_NAME {said}"):
        client(service.url, token=token, secret="KEY_NAME").get_json("/x")


def test_no_proxy_is_used_for_this_machine(service, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert client(service.url).get_json("/x") == 42


def test_the_proxy_of_the_environment_is_used_for_other_machines(service, monkeypatch):
    monkeypatch.setenv("http_proxy", service.url)
    monkeypatch.delenv("no_proxy", raising=False)

    assert client("http://elsewhere.example:11434").get_json("/x") == 42
    assert service.requests[0].path == "http://elsewhere.example:11434/x"


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:1", True), ("http://127.0.0.1", True), ("http://127.8.9.1:5", True),
        ("http://[::1]:11434", True), ("http://ollama.localhost", True), ("http://0.0.0.0:1", True),
        ("http://localhost.evil.example", False), ("http://10.0.0.1", False), ("http://1270.0.0.1", False),
    ],
)  # fmt: skip
def test_what_is_this_machine(url, loopback):
    assert address.is_loopback(url) is loopback


def test_plain_http_to_another_machine_is_told_once(capsys, monkeypatch):
    monkeypatch.delenv(RUN_VARIABLE, raising=False)
    monkeypatch.setattr(credentials, "_warned", set())
    for url in (
        "http://box.example:1",
        "http://box.example:1",
        "https://box.example",
        "http://127.0.0.1:1",
    ):
        client(url)

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "warning: Thing at http://box.example:1: texts and keys go there unprotected"
    )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of our own for 127.0.0.1, and its file."""
    folder = tmp_path_factory.mktemp("ca")
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
            "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, str(folder / "cert.pem")


def test_a_certificate_of_nobody_known_is_refused(certificate):
    with Service(tls=certificate[0]) as stub:
        with pytest.raises(
            RequestRefused, match=r"certificate was not accepted.*REQUESTS_CA_BUNDLE"
        ):
            client(stub.url).get_json("/x")
        assert not stub.requests


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_private_ca_is_named_in_the_environment(certificate, variable, monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, certificate[1])
    with Service(tls=certificate[0]) as stub:
        assert client(stub.url).get_json("/x") == 42


def test_a_ca_file_that_is_not_there_is_named(service, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such.pem")

    with pytest.raises(InputError, match=r"REQUESTS_CA_BUNDLE is '/no/such\.pem'; no such file"):
        client(service.url)


def test_https_to_a_server_without_it_is_told(service):
    with pytest.raises(RequestRefused, match="speaks plain http, not https"):
        client(service.url.replace("http:", "https:")).get_json("/x")


# A service that is down


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
    assert circuit.reason() == "it is down"

    now[0] += OPEN_S + 1

    assert circuit.reason() is None


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

    assert circuit.reason() is None and CircuitBreaker(dead_url).reason() is None


# Proxies


@pytest.mark.parametrize("variable", ["ALL_PROXY", "HTTP_PROXY"])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "socks4a"])
def test_a_socks_proxy_says_what_it_needs(monkeypatch, variable, scheme):
    monkeypatch.setenv(variable, f"{scheme}://127.0.0.1:1080")

    with pytest.raises(RequestRefused, match="is a SOCKS proxy, which needs pysocks: python -m"):
        client("http://service.example").get_json("/x")


@pytest.mark.parametrize("proxy", ["http://:3128", "http://[::1", "nonsense://proxy", "http://"])
def test_a_proxy_that_is_no_address_is_a_line(monkeypatch, proxy):
    monkeypatch.setenv("ALL_PROXY", proxy)

    with pytest.raises(PipelineError) as caught:
        client("http://service.example").get_json("/x")
    assert "Proxy(" not in str(caught.value) and "ALL_PROXY" in str(caught.value)


# What a hostile answer does to memory and time


def test_the_body_of_a_redirect_is_read_no_further_than_any_other(service):
    """requests would read all of it, unpacked, and decode the address as UTF-8."""
    packed = gzip.compress(b" " * 2**26)
    service.fault = bad_replies.status(
        302, packed, **{"Content-Encoding": "gzip", "Location": "http://\xff\xfe/"}
    )

    tracemalloc.start()
    with pytest.raises(RequestRefused, match="HTTP 302: redirects to"):
        client(service.url).get_json("/x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**24


def test_json_with_millions_of_values_is_not_parsed(service):
    """Each would take 30 times its length in memory."""
    service.fault = bad_replies.status(200, b"[" + b"[]," * 6_000_000 + b"[]]")

    with pytest.raises(BadAnswer, match="sent more than 1048576 values; expected few"):
        client(service.url).post_json("/x", {})


def test_a_line_that_comes_in_many_pieces_is_put_together_once(service):
    """Not once more with each piece: 16 MB took a minute."""
    pieces = [b"x" * 100] * 40_000

    def work(number: int) -> float:
        service.fault = lambda handler: handler.send(Reply(200, [b'"', *pieces[:number], b'"\n']))
        begun = time.process_time()
        assert len(client(service.url).post_lines("/x", {}, list)[0]) == 100 * number
        return time.process_time() - begun

    assert work(40_000) < 4 * work(20_000)


@pytest.mark.parametrize("place", [None, 5, True, "abc", {"a": 1}, [[]], [5, None]])
def test_an_error_whose_place_is_of_another_type_is_told(place):
    assert reason_of(json.dumps({"detail": [{"loc": place, "msg": "wrong"}]}).encode())
