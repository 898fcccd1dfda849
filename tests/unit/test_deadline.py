"""One deadline for an answer, whatever consumes the time. Time passes only when the server sends: 1 s a read."""

import itertools

import pytest
from audio_pipeline.errors import PipelineError, ServiceUnavailable
from audio_pipeline.http.client import Client
from audio_pipeline.http_policy import HttpPolicy

HTTP = HttpPolicy(connect_timeout_s=5, tries=1, first_pause_s=0, max_pause_s=0)
OK = b"HTTP/1.1 200 OK\r\n"


def client(url: str, timeout_s: float = 30) -> Client:
    """Return a client with a clock that advances by a second at each reading."""
    return Client("Thing", url, timeout_s=timeout_s, http=HTTP, clock=itertools.count().__next__)


def for_ever(head: bytes, again: bytes, pause_s: float = 0.002):
    """Send the head, and then the same piece until the client disconnects."""

    def fault(handler):
        handler.close_connection = True
        try:
            handler.connection.sendall(head)
            while not handler.stub.closing.wait(pause_s):
                handler.connection.sendall(again)
        except OSError:
            pass  # disconnected

    return fault


@pytest.mark.parametrize(
    ("head", "again"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 ", b"O"),
        (OK, b"X"),
        (OK, b"X: a long header that says nothing at all\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n1", b";x=y"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X-Trailer: a\r\n"),
        (OK + b"Content-Length: 1000000\r\n\r\n", b" "),
        (OK + b"Connection: close\r\n\r\n", b" "),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 1000000\r\n\r\n", b" "),
        (b"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    ],
    ids=lambda part: part.decode()[-24:],
)
@pytest.mark.parametrize("how", ["get_json", "post_json", "post_lines"])
def test_an_answer_that_never_ends_is_given_up(service, head, again, how):
    service.fault = for_ever(head, again)
    thing = client(service.url)
    ask = {
        "get_json": lambda: thing.get_json("/x"),
        "post_json": lambda: thing.post_json("/x", {}),
        "post_lines": lambda: thing.post_lines("/x", {}, list),
    }[how]

    with pytest.raises(PipelineError, match="Thing at "):
        ask()


def test_the_line_says_what_to_raise(service):
    service.fault = for_ever(OK + b"Content-Length: 1000000\r\n\r\n", b" ")

    with pytest.raises(
        ServiceUnavailable,
        match="did not complete its answer within 30 s; raise timeout",
    ):
        client(service.url).get_json("/x")


def test_an_answer_in_time_is_taken(service):
    assert client(service.url).get_json("/x") == 42
    assert client(service.url).post_lines("/x", {}, list) == [42]
