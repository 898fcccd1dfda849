"""What a service says when it refuses: the one line in its body that tells why."""

import json
import re
import time
from email.utils import parsedate_to_datetime
from typing import Any

_DEEP = 4  # an error as JSON in a string in JSON: Ollama about its engine


def reason_of(body: bytes) -> str:
    """The reason in an error's body, on one line; empty if there is none.

    Known shapes: {"error": text} (Ollama), {"error": {"message"}} (OpenAI), {"error", "detail", "errors" or "message"}
    (AUTOMATIC1111, stable-diffusion.cpp), {"detail": [{"loc", "msg"}]} (FastAPI), a page of HTML (Piper), text.
    """
    try:
        return excerpt(_text(json.loads(body), _DEEP).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        title = re.search(rb"<title>(.*?)</title>", body, re.DOTALL | re.IGNORECASE)
        return excerpt(title[1] if title else body)


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
        return f"{'.'.join(map(str, said.get('loc', [])))}: {said['msg']}"
    parts = [_text(said.get(key), depth - 1) for key in ("error", "message", "detail", "errors")]
    return ": ".join(dict.fromkeys(part for part in parts if part))


def excerpt(data: bytes | str, most: int = 200) -> str:
    """The beginning of it on one line, printable."""
    text = data[: 4 * most].decode("utf-8", "replace") if isinstance(data, bytes) else data
    text = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())
    return text if len(text) <= most else text[:most] + "…"


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
