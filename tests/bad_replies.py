"""Faults between a client and a service, by name. A fault is a callable that takes the request's handler.

A fault writes bytes itself or sends a Reply with `handler.send(...)`; `handler.normal()` is the correct reply.
"""

import dataclasses
import functools
import json
import socket
import struct
import zlib

from replies import Reply

HTML = b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>Oh no</h1></body></html>"


def status(code: int, body: bytes = b"", kind: str = "application/json", **headers: str):
    def fault(handler):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        handler.send(Reply(code, body, kind, named))

    return fault


def reset(handler):
    """Reset the connection (RST) before anything is sent."""
    option = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
    handler.close_connection = True
    handler.connection.close()


def close(handler):
    """Close the connection in order before anything is sent."""
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def reset_in_body(handler):
    _head_and_half(handler)
    reset(handler)


def close_in_body(handler):
    _head_and_half(handler)
    close(handler)


def hang(handler):
    handler.stub.closing.wait(60)
    handler.close_connection = True


def stall(handler):
    _head_and_half(handler)
    hang(handler)


def slow_drip(handler):
    """Send a byte now and then: never silent for long, never finished."""
    body = _head_and_half(handler)
    for byte in body:
        if handler.stub.closing.wait(0.05):
            break
        handler.wfile.write(bytes([byte]))
    handler.close_connection = True


def truncated(handler):
    """Send half a body with a matching Content-Length: nothing on the wire shows the truncation."""
    reply = handler.normal()
    body = reply.whole()
    handler.send(Reply(200, body[: len(body) // 2], reply.kind))


def huge(handler):
    """Announce 2 GB and send until the client stops reading."""
    handler.head(200, handler.normal().kind, {"Content-Length": str(2 * 2**30)})
    block = handler.normal().whole()[:1] + b" " * (2**20 - 1)
    for _ in range(2048):
        if handler.stub.closing.is_set():
            break
        handler.wfile.write(block)
        handler.stub.sent_bytes += len(block)
    handler.close_connection = True


def huge_unannounced(handler):
    """Send 2 GB without announcing a length."""
    handler.head(200, handler.normal().kind, {"Connection": "close"})
    block = handler.normal().whole()[:1] + b" " * (2**20 - 1)
    for _ in range(2048):
        handler.wfile.write(block)
        handler.stub.sent_bytes += len(block)
    handler.close_connection = True


@functools.cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    return packer.compress(bytes(100 * 2**20)) + packer.flush()


def gzip_bomb(handler):
    """Send 100 MB of zeros in 100 kB of gzip, although no encoding was requested."""
    handler.send(Reply(200, _bomb(), handler.normal().kind, {"Content-Encoding": "gzip"}))


def wrong_content_type(handler):
    """Send the right body with the wrong Content-Type, as Piper does."""
    handler.send(dataclasses.replace(handler.normal(), kind="text/html"))


def mid_stream_error(handler):
    """Start well under HTTP 200, then send an error line. Services without streams: an error object under 200."""
    lines = handler.normal().body
    error = json.dumps({"error": "an error was encountered while running the model: CUDA error"})
    start = lines[:2] if isinstance(lines, list) else []
    handler.send(Reply(200, [*start, error.encode() + b"\n"], "application/x-ndjson"))


def no_end(handler):
    """End a stream in order, but without its last line."""
    reply = handler.normal()
    handler.send(dataclasses.replace(reply, body=reply.body[:-1]))


FAULTS = {
    "reset": reset,
    "close": close,
    "reset_in_body": reset_in_body,
    "close_in_body": close_in_body,
    "hang": hang,
    "stall": stall,
    "slow_drip": slow_drip,
    "400": status(400, b'{"error": "invalid options"}'),
    "401": status(401, b'{"error": "unauthorized"}'),
    "403": status(403),
    "404": status(404, b"404 page not found", "text/plain"),
    "422": status(422, b'{"detail":[{"loc":["body","steps"],"msg":"not an int","type":"int"}]}'),
    "429": status(429, b'{"error": {"message": "Rate limit reached", "type": "requests"}}'),
    "429_retry_after": status(429, b'{"error": "slow down"}', Retry_After="2"),
    "429_far": status(429, b'{"error": "come back tomorrow"}', Retry_After="86400"),
    "500_json": status(500, b'{"error": "llama runner process has terminated"}'),
    "200_with_429": status(200, b'{"error": {"code": 429, "message": "Rate limit exceeded"}, "choices": null}'),
    "500_html": status(500, HTML.replace(b"502 Bad Gateway", b"500 Internal Server Error"), "text/html"),
    "502": status(502, HTML, "text/html"),
    "503": status(503, b'{"error": "server busy, please try again.  maximum pending requests exceeded"}'),
    "504": status(504, b"", "text/plain"),
    "empty": status(200),
    "truncated": truncated,
    "html_200": status(200, HTML.replace(b"502 Bad Gateway", b"Sign in"), "text/html"),
    "wrong_content_type": wrong_content_type,
    "wrong_shape": status(200, b'{"something": ["else"]}'),
    "not_json": status(200, b"undefined"),
    "huge": huge,
    "huge_unannounced": huge_unannounced,
    "gzip_bomb": gzip_bomb,
    "invalid_utf8": status(200, b'{"message": {"content": "\xff\xfe caf\xe9"}, "images": ["\xff"]}'),
    "mid_stream_error": mid_stream_error,
    "no_end": no_end,
    "redirect": status(302, b"", "text/html", Location="http://elsewhere.example/api"),
}  # fmt: skip


def _head_and_half(handler) -> bytes:
    """Send the head and the first half of the right body; return the second half."""
    reply = handler.normal()
    body = reply.whole()
    handler.head(200, reply.kind, {"Content-Length": str(len(body))})
    half = len(body) // 2
    handler.wfile.write(body[:half])
    handler.wfile.flush()
    return body[half:]
