"""The request: what a service would be sent for a file. Everything that shapes the result, and nothing that does not.

The plan and the job build it in the same way (core/stage.py), from the topic, the stage's settings and its inputs. A
file whose record holds an equal request is current. Addresses, time-outs, attempts and credentials are no part of it;
nor is the take, which says how often the user wanted another result for the same request.
"""

import hashlib
import json
from typing import Any

Request = dict[str, Any]


def digest(request: Request) -> str:
    """SHA-256 of the request as canonical JSON, in hexadecimal."""
    text = json.dumps(request, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def differences(had: Request, wanted: Request) -> list[str]:
    """Names of what differs, in the order of the wanted request."""
    return [key for key in {**wanted, **had} if had.get(key) != wanted.get(key)]
