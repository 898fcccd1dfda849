"""Requests received and replies to be sent."""

import json
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """Request received. path: with its query; body: parsed JSON, else the bytes."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Reply:
    """Reply to be sent. body: a list is sent in pieces (chunked)."""

    status: int = 200
    body: bytes | list[bytes] = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    def whole(self) -> bytes:
        return b"".join(self.body) if isinstance(self.body, list) else self.body


def json_reply(value: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode())


def json_line(value: Any) -> bytes:
    return json.dumps(value).encode() + b"\n"
