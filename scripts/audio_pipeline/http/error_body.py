"""Parse the reason for a refusal from the body of a service's answer."""

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

from audio_pipeline.sanitize import excerpt

_STATUSES = {str(status) for status in range(400, 600)}
# Statuses of errors without one, by their type, code and message; the first match counts.
_STATUS_WORDS = {
    402: r"insufficient_quota|billing",
    429: r"rate.?limit|too.?many.?requests|resource.?exhausted",
    503: r"overloaded|unavailable|capacity|busy|try again",
    401: r"authentication|invalid.?api.?key|unauthorized",
    403: r"permission",
    404: r"not.?found|does not exist|unexpected endpoint",
    400: r"invalid.?request|unsupported|bad.?request",
}
_PAGE_BYTES = 64 * 2**10  # searched for the title
_MAX_DEPTH = 4  # Ollama wraps errors of its engine as JSON in a string in JSON


def reason_of(body: bytes) -> str:
    """Return the reason in an error's body on one line, or "".

    Known shapes: {"error": text} (Ollama), {"error": {"message"}} (OpenAI), {"error", "detail", "errors" or "message"}
    (AUTOMATIC1111, stable-diffusion.cpp), {"detail": [{"loc", "msg"}]} (FastAPI), a page of HTML (Piper), text.
    """
    try:
        return excerpt(_text(json.loads(body), _MAX_DEPTH).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return excerpt(_title(body) or body)


def _text(error: Any, depth: int) -> str:
    if isinstance(error, list):
        error = error[0] if error else ""
    if isinstance(error, str) and error.startswith("{") and depth:
        try:
            return _text(json.loads(error), depth - 1)
        except ValueError:
            return error
    if not isinstance(error, dict) or not depth:
        return "" if error is None else str(error)
    if "msg" in error:
        location = error.get("loc")
        parts = location if isinstance(location, list) else []
        return f"{'.'.join(map(str, parts))}: {error['msg']}"
    texts = [_text(error.get(key), depth - 1) for key in ("error", "message", "detail", "errors")]
    text = ": ".join(dict.fromkeys(filter(None, texts)))
    field = error.get("param")
    return f"{text} ({field})" if isinstance(field, str) and field not in text else text


def _title(page: bytes) -> bytes:
    """Return the first <title> of an HTML page, or b""."""
    small = page[:_PAGE_BYTES].lower()
    start = small.find(b"<title>")
    end = small.find(b"</title>", start)
    return page[start + len(b"<title>") : end].strip() if 0 <= start < end else b""


def error_within(answer: Any) -> tuple[int, str] | None:
    """Return the status and reason of an error that came under HTTP 200. Returns None if the answer has no error.

    OpenRouter and other gateways: {"error": {"code": 429, "message"}}, or the same in choices.0; vLLM, Mistral:
    {"object": "error", "message", "code"}; LM Studio: {"error": text}. A missing status follows from the words, or is
    500.
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
    reason = excerpt(_text(error, _MAX_DEPTH).encode("utf-8", "replace"))
    for part in (error, answer):
        for key in ("code", "status", "status_code") if isinstance(part, dict) else ():
            if str(part.get(key)) in _STATUSES:
                return int(part[key]), reason
    kinds = (
        [error.get(key) for key in ("type", "code", "status")] if isinstance(error, dict) else []
    )
    words = " ".join([*(kind for kind in kinds if isinstance(kind, str)), reason])
    matches = (status for status, regex in _STATUS_WORDS.items() if re.search(regex, words, re.I))
    return next(matches, 500), reason


def retry_after_s(value: str | None) -> float | None:
    """Return the seconds of a Retry-After header, which is a number or a date. Returns None if it is invalid."""
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
