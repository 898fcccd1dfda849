"""Requests: everything that shapes a file, and nothing that does not.

The plan and the job build them in the same way (core/stage.py), from the topic, the stage's settings and its inputs. A
file whose record has an equal request is current. A request does not include addresses, time-outs, attempts,
credentials or the take.
"""

import hashlib
import json
from typing import Any

Request = dict[str, Any]


def digest(request: Request) -> str:
    """Return the SHA-256 of the request as canonical JSON, in hexadecimal."""
    text = json.dumps(request, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def differences(old: Request, new: Request) -> list[str]:
    """Return the keys whose values differ, in the order of the new request."""
    return [key for key in {**new, **old} if old.get(key) != new.get(key)]
