"""Requests: everything that shapes a file, and nothing that does not.

The plan and the job build them in the same way (core/stage.py), from the topic, the stage's settings and its inputs. A
file whose record has an equal request is current. A request does not include addresses, time-outs, attempts,
credentials or the take.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

Request = dict[str, Any]


def digest(request: Request) -> str:
    """Return the SHA-256 of the request as canonical JSON, in hexadecimal."""
    return hashlib.sha256(_canonical(request).encode()).hexdigest()


def digests(request: Request, key: str, values: Iterable[int]) -> Iterator[str]:
    """Yield the digest of the request with each of these numbers at the key, faster than one by one."""
    before = _canonical({name: value for name, value in request.items() if name < key})[1:-1]
    after = _canonical({name: value for name, value in request.items() if name > key})[1:-1]
    begun = hashlib.sha256(f'{{{before}{"," * bool(before)}"{key}":'.encode())
    end = f"{',' * bool(after)}{after}}}"
    for value in values:
        result = begun.copy()
        result.update(f"{value}{end}".encode())
        yield result.hexdigest()


def _canonical(request: Request) -> str:
    return json.dumps(request, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def differences(old: Request, new: Request) -> list[str]:
    """Return the keys whose values differ, in the order of the new request."""
    return [key for key in {**new, **old} if old.get(key) != new.get(key)]
