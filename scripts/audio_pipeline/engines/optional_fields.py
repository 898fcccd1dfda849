"""Fields of OpenAI's protocol that some servers refuse: sent again without them, and left out for the rest of the run.

Azure and Mistral refuse `seed`, reasoning models every `temperature` but their own and `max_tokens` under that name,
gpt-image-1 and others `response_format`. The refusal is a 400 or 422 that names the field.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from audio_pipeline.errors import RequestRefused
from audio_pipeline.http.client import Client
from audio_pipeline.run import server_quirks

T = TypeVar("T")
Changes = dict[str, str | None]  # field → its name on this server, or None: it is left out

_RENAMED = {"max_tokens": "max_completion_tokens"}
_SHAPES_NOTHING = (
    "n",
    "response_format",
    "seed",
    "stream",
)  # leaving these out needs no word to the user


def post(
    service: Client,
    path: str,
    payload: dict[str, Any],
    optional: tuple[str, ...],
    send: Callable[[dict[str, Any]], T],
) -> tuple[T, list[str]]:
    """What `send` makes of the payload without the fields that this server refuses, and the names of those left out.

    optional: fields that the request can do without. Raises what `send` raises.
    """
    subject = f"fields {path} {payload['model']}"
    changes: Changes = server_quirks.recall(service.url, subject) or {}
    known = len(changes)
    while True:
        try:
            answer = send(_changed(payload, changes))
        except RequestRefused as error:
            field = _refused_field(error, payload, optional, changes)
            if field is None:
                raise
            changes = {**changes, field: _RENAMED.get(field)}
            continue
        if len(changes) > known:
            server_quirks.remember(service.url, subject, changes)
            _tell(service, payload, list(changes)[known:])
        return answer, [field for field, name in changes.items() if name is None]


def _changed(payload: dict[str, Any], changes: Changes) -> dict[str, Any]:
    names = {field: changes.get(field, field) for field in payload}
    return {name: payload[field] for field, name in names.items() if name is not None}


def _refused_field(
    error: RequestRefused, payload: dict[str, Any], optional: tuple[str, ...], changes: Changes
) -> str | None:
    """The field that the refusal names, of those that can go or have another name. Returns None if there is none."""
    if error.status not in (400, 422):
        return None
    for field in payload:
        if field in changes or not re.search(rf"(?<!\w){field}(?!\w)", error.reason):
            continue
        if field in optional or (field in _RENAMED and _RENAMED[field] in error.reason):
            return field
    return None


def _tell(service: Client, payload: dict[str, Any], fields: list[str]) -> None:
    for field in fields:
        if field not in _RENAMED and field not in _SHAPES_NOTHING:
            print(f"note: {service.place} does not take {field} ({payload[field]}): omitted")
