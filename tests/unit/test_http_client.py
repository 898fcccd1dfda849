"""HTTP to the services: retries, errors without a retry, and limits of an answer."""

import gzip
import time
import tracemalloc
from dataclasses import replace
from email.utils import formatdate

import bad_replies
import pytest
from audio_pipeline.errors import BadAnswer, RequestRefused, ServiceUnavailable
from audio_pipeline.http.client import Client
from audio_pipeline.http.error_body import retry_after_s
from http_clients import HTTP, client
from replies import Reply, json_reply

# Retries


@pytest.mark.parametrize("fault", ["reset", "408", "425", "429", "500_json", "502", "503", "504"])
def test_what_may_pass_is_sent_again(service, fault):
    code = int(fault[:3]) if fault[0].isdigit() else 0
    service.fault = bad_replies.FAULTS.get(fault) or bad_replies.status(code)
    service.fault_times = 3

    assert client(service.url).get_json("/x") == 42
    assert len(service.requests) == 4


def test_a_turn_is_taken_for_what_makes_something_with_all_its_tries(service):
    """One lease covers a generation request with its retries, not probes and queries before or after it."""
    told = []

    class Turn:
        def __enter__(self):
            told.append(("begins", len(service.requests)))

        def __exit__(self, *_):
            told.append(("ends", len(service.requests)))

    asking = Client(
        "Thing", service.url, timeout_s=5, http=replace(HTTP, lease=Turn()), sleep=lambda _: None
    )
    assert asking.get_json("/list") == 42 and asking.probe("/version")
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
    assert len(set(pauses)) > 10  # jitter: a hundred clients do not retry in step


def test_a_server_says_how_long_to_wait(service):
    service.fault, service.fault_times, pauses = "429_retry_after", 1, []

    assert client(service.url, pauses=pauses).get_json("/x") == 42
    assert pauses == [2]


def test_a_server_that_asks_for_more_patience_than_there_is_ends_it_at_once(service):
    service.fault, pauses = "429_far", []

    with pytest.raises(
        ServiceUnavailable, match=r"asks for a pause of 86400 s, longer than timeout_s, 5"
    ):
        client(service.url, pauses=pauses).get_json("/x")

    assert len(service.requests) == 1 and not pauses


def test_an_empty_account_is_not_asked_again(service):
    """OpenAI's 429 with insufficient_quota lasts until the account is topped up."""
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


# Valid answers


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

    with pytest.raises(BadAnswer, match=r"sent its answer compressed \(gzip\)"):
        client(service.url).get_json("/x")

    assert service.requests[0].headers["Accept-Encoding"] == "identity"


def test_a_body_that_comes_in_drops_has_an_end(service):
    service.fault = "slow_drip"
    service.answer = lambda _: json_reply("x" * 1000)

    with pytest.raises(ServiceUnavailable, match=r"did not complete its answer within 0\.2 s"):
        client(service.url, timeout_s=0.2).get_json("/x")


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b"\xff\xfe", b"", b"{", b"1e", b"9" * 5000, b"<html>"]
)
def test_what_is_no_json_is_a_bad_answer(service, body):
    service.fault = bad_replies.status(200, body)

    with pytest.raises(BadAnswer, match=r"sent application/json, .*; expected JSON"):
        client(service.url).get_json("/x")


# Memory and time used by a hostile answer


def test_the_body_of_a_redirect_is_read_no_further_than_any_other(service):
    """requests would read and unpack all of it, and decode the address as UTF-8."""
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
    """Each value would take 30 times its length in memory."""
    service.fault = bad_replies.status(200, b"[" + b"[]," * 6_000_000 + b"[]]")

    with pytest.raises(BadAnswer, match="sent more than 1048576 values; expected few"):
        client(service.url).post_json("/x", {})


def test_a_line_that_comes_in_many_pieces_is_put_together_once(service):
    """Joining again with each piece took a minute for 16 MB."""
    pieces = [b"x" * 100] * 40_000

    def work(number: int) -> float:
        service.fault = lambda handler: handler.send(Reply(200, [b'"', *pieces[:number], b'"\n']))
        begun = time.process_time()
        assert len(client(service.url).post_lines("/x", {}, list)[0]) == 100 * number
        return time.process_time() - begun

    assert work(40_000) < 4 * work(20_000)
