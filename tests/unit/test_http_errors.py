"""Messages of errors: reasons in answers, and errors of requests and urllib3 in plain words."""

import json

import bad_replies
import pytest
import requests
import urllib3
from audio_pipeline.errors import (
    PipelineError,
    RequestRefused,
    ServiceUnavailable,
)
from audio_pipeline.http import errors as http_errors
from audio_pipeline.http.error_body import reason_of
from http_clients import client


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
    found = http_errors.translate(error, "Thing at http://h", "; start it", 5, 60)

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
    assert isinstance(http_errors.translate(kind("x"), "T", "", 1, 1), ServiceUnavailable)


@pytest.mark.parametrize("place", [None, 5, True, "abc", {"a": 1}, [[]], [5, None]])
def test_an_error_whose_place_is_of_another_type_is_told(place):
    assert reason_of(json.dumps({"detail": [{"loc": place, "msg": "wrong"}]}).encode())
