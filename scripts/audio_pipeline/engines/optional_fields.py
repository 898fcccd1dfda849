"""Optional fields of OpenAI's protocol: requests are retried without those that a server refuses.

Azure and Mistral refuse `seed`, reasoning models any `temperature` but their default and the name `max_tokens`,
gpt-image-1 and others `response_format`. The refusal is a 400 or 422 that names the field.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from audio_pipeline.errors import RequestRefused
from audio_pipeline.http.client import Client
from audio_pipeline.run import server_quirks

T = TypeVar("T")
Changes = dict[str, str | None]  # field → its name on this server, or None to leave it out

_RENAMED = {"max_tokens": "max_completion_tokens"}
_UNIMPORTANT = ("n", "response_format", "seed", "stream")  # no note to the user


def post(
    service: Client,
    path: str,
    payload: dict[str, Any],
    optional: tuple[str, ...],
    send: Callable[[dict[str, Any]], T],
) -> tuple[T, list[str]]:
    """Send the payload without the fields that the server refuses, and return the answer and their names.

    optional: fields that may be left out. They stay left out for the rest of the run. Raises errors of `send`.
    """
    subject = f"fields {path} {payload['model']}"
    changes: Changes = server_quirks.recall(service.url, subject) or {}
    count = len(changes)
    while True:
        try:
            answer = send(_apply(changes, payload))
        except RequestRefused as error:
            field = _refused_field(error, payload, optional, changes)
            if field is None:
                raise
            changes = {**changes, field: _RENAMED.get(field)}
            continue
        if len(changes) > count:
            server_quirks.remember(service.url, subject, changes)
            _report(service, payload, list(changes)[count:])
        return answer, [field for field, name in changes.items() if name is None]


def _apply(changes: Changes, payload: dict[str, Any]) -> dict[str, Any]:
    names = {field: changes.get(field, field) for field in payload}
    return {name: payload[field] for field, name in names.items() if name is not None}


def _refused_field(
    error: RequestRefused, payload: dict[str, Any], optional: tuple[str, ...], changes: Changes
) -> str | None:
    """Return the field that the refusal names, if it can be left out or renamed, else None."""
    if error.status not in (400, 422):
        return None
    for field in payload:
        if field in changes or not re.search(rf"(?<!\w){field}(?!\w)", error.reason):
            continue
        if field in optional or (field in _RENAMED and _RENAMED[field] in error.reason):
            return field
    return None


def _report(service: Client, payload: dict[str, Any], fields: list[str]) -> None:
    for field in fields:
        if field not in _RENAMED and field not in _UNIMPORTANT:
            print(f"note: {service.place} does not accept {field} ({payload[field]}): omitted")
