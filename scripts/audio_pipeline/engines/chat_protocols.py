"""Common parts of chat protocols: the text of an answer, the reason for its end, thinking tokens and extra fields.

Source: OpenAI API reference, "Create chat completion"; Ollama 0.33, llm/server.go (DoneReason); reports about Together,
TGI, vLLM, Mistral, DeepSeek, LM Studio, OpenRouter and LiteLLM.
"""

from typing import Any

from audio_pipeline.core.request import Request
from audio_pipeline.errors import BadAnswer, RequestRefused
from audio_pipeline.sanitize import excerpt

_CUT_OFF = {"length", "max_tokens", "max_length", "max_output_tokens", "model_length", "token_limit"}  # fmt: skip
# Reasons for an incomplete text. Any other reason means that the model ended it.
_INCOMPLETE = {
    "abort", "cancelled", "connection closed", "content_filter", "content_filtered", "error", "function_call", "load",
    "prohibited_content", "recitation", "refusal", "safety", "tool_calls", "tool_use", "unload",
}  # fmt: skip


def with_extra_body(payload: dict[str, Any], request: Request) -> dict[str, Any]:
    """Add the fields of script.extra_body to a payload. Objects in both, like Ollama's options, are merged."""
    merged = dict(payload)
    for name, value in request.get("extra_body", {}).items():
        are_objects = isinstance(value, dict) and isinstance(payload.get(name), dict)
        merged[name] = {**payload[name], **value} if are_objects else value
    return merged


def text_of(content: Any) -> str | None:
    """Return the text of a message's content: a string or a list of parts. Returns None if it is neither."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return None
    return "".join(_text_of_part(part) for part in content)


def _text_of_part(part: Any) -> str:
    if isinstance(part, dict) and part.get("type", "text") in ("text", "output_text"):
        part = part.get("text")
    return part if isinstance(part, str) else ""


def was_cut_off(place: str, reason: Any) -> bool:
    """True if the text ended at its token limit, False if the model ended it.

    reason: `finish_reason` or `done_reason` in upper or lower case; None or "" if the model ended it.
    Raises BadAnswer: for a reason that makes the text unusable.
    """
    name = reason.lower() if isinstance(reason, str) else reason
    if not isinstance(name, str | None) or name in _INCOMPLETE:
        raise BadAnswer(f"{place} ended the script for the reason {excerpt(str(reason), 40)!r}")
    return name in _CUT_OFF


def refuse_thoughts_alone(place: str, thoughts: Any, tokens: Any) -> None:
    """Check that an empty text is not due to a model that spent all tokens on thinking, and would again.

    thoughts: the answer's reasoning or thinking; tokens: number of generated tokens. Raises RequestRefused: it is.
    """
    if text_of(thoughts):
        raise RequestRefused(
            f"{place}: all {tokens} tokens went into thinking; raise script.max_tokens, or switch thinking off "
            "(script.extra_body has the fields of some servers)"
        )
