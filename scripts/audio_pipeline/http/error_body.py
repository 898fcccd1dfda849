"""What a service says when it refuses: the one line in its body that tells why."""

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

from audio_pipeline.sanitize import excerpt

_STATUSES = {str(status) for status in range(400, 600)}
# What an error without a status means, by its type, code and message; the first that fits.
_STATUS_WORDS = {
    402: r"insufficient_quota|billing",
    429: r"rate.?limit|too.?many.?requests|resource.?exhausted",
    503: r"overloaded|unavailable|capacity|busy|try again",
    401: r"authentication|invalid.?api.?key|unauthorized",
    403: r"permission",
    404: r"not.?found|does not exist|unexpected endpoint",
    400: r"invalid.?request|unsupported|bad.?request",
}
_PAGE_BYTES = 64 * 2**10  # where its title must stand
_DEEP = 4  # an error as JSON in a string in JSON: Ollama about its engine


def reason_of(body: bytes) -> str:
    """The reason in an error's body, on one line; empty if there is none.

    Known shapes: {"error": text} (Ollama), {"error": {"message"}} (OpenAI), {"error", "detail", "errors" or "message"}
    (AUTOMATIC1111, stable-diffusion.cpp), {"detail": [{"loc", "msg"}]} (FastAPI), a page of HTML (Piper), text.
    """
    try:
        return excerpt(_text(json.loads(body), _DEEP).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return excerpt(_title(body) or body)


def _text(said: Any, depth: int) -> str:
    if isinstance(said, list):
        said = said[0] if said else ""
    if isinstance(said, str) and said.startswith("{") and depth:
        try:
            return _text(json.loads(said), depth - 1)
        except ValueError:
            return said
    if not isinstance(said, dict) or not depth:
        return "" if said is None else str(said)
    if "msg" in said:
        place = said.get("loc")
        return f"{'.'.join(map(str, place if isinstance(place, list) else []))}: {said['msg']}"
    parts = [_text(said.get(key), depth - 1) for key in ("error", "message", "detail", "errors")]
    text = ": ".join(dict.fromkeys(part for part in parts if part))
    field = said.get("param")
    return f"{text} ({field})" if isinstance(field, str) and field not in text else text


def _title(page: bytes) -> bytes:
    """What stands in the first <title> of a page of HTML; empty where there is none."""
    small = page[:_PAGE_BYTES].lower()
    start = small.find(b"<title>")
    end = small.find(b"</title>", start)
    return page[start + len(b"<title>") : end].strip() if 0 <= start < end else b""


def error_within(answer: Any) -> tuple[int, str] | None:
    """The status and the reason of an error that came under HTTP 200. Returns None if there is no error in the answer.

    OpenRouter and other gateways: {"error": {"code": 429, "message"}}, or the same in choices.0; vLLM, Mistral:
    {"object": "error", "message", "code"}; LM Studio: {"error": text}. Without a status, the words tell it, else 500.
    """
    if not isinstance(answer, dict):
        return None
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    error = answer.get("error") or (isinstance(first, dict) and first.get("error"))
    if not error and answer.get("object") == "error":
        error = answer
    if not error:
        return None
    said = excerpt(_text(error, _DEEP).encode("utf-8", "replace"))
    for part in (error, answer):
        for key in ("code", "status", "status_code") if isinstance(part, dict) else ():
            if str(part.get(key)) in _STATUSES:
                return int(part[key]), said
    kinds = (
        [error.get(key) for key in ("type", "code", "status")] if isinstance(error, dict) else []
    )
    words = " ".join([*(kind for kind in kinds if isinstance(kind, str)), said])
    found = (status for status, known in _STATUS_WORDS.items() if re.search(known, words, re.I))
    return next(found, 500), said


def retry_after_s(value: str | None) -> float | None:
    """Seconds from a Retry-After header: a number, or a date."""
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None
