"""What chat protocols have in common: the text of an answer, how it ended, where the tokens went; extra fields.

Source: OpenAI API reference, "Create chat completion"; Ollama 0.33, llm/server.go (DoneReason); what Together, TGI,
vLLM, Mistral, DeepSeek, LM Studio, OpenRouter and LiteLLM were reported to send.
"""

from typing import Any

from audio_pipeline.core.request import Request
from audio_pipeline.errors import BadAnswer, RequestRefused
from audio_pipeline.sanitize import excerpt

_CUT_OFF = {"length", "max_tokens", "max_length", "max_output_tokens", "model_length", "token_limit"}  # fmt: skip
# What is not the whole text that the model wanted to write. Every other reason means that it ended by itself.
_NOT_A_TEXT = {
    "abort", "cancelled", "connection closed", "content_filter", "content_filtered", "error", "function_call", "load",
    "prohibited_content", "recitation", "refusal", "safety", "tool_calls", "tool_use", "unload",
}  # fmt: skip


def with_extra_body(payload: dict[str, Any], request: Request) -> dict[str, Any]:
    """The payload and the fields of script.extra_body; an object, like Ollama's options, gets those inside of it."""
    merged = dict(payload)
    for name, value in request.get("extra_body", {}).items():
        inside = isinstance(value, dict) and isinstance(payload.get(name), dict)
        merged[name] = {**payload[name], **value} if inside else value
    return merged


def text_of(content: Any) -> str | None:
    """The text of a message's content: a string, or the texts in a list of parts. Returns None if it is neither."""
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
    """True if the text ended at its limit of tokens, False if by itself.

    reason: `finish_reason` or `done_reason`, in any case; None or empty: by itself. Raises BadAnswer: no text.
    """
    name = reason.lower() if isinstance(reason, str) else reason
    if not isinstance(name, str | None) or name in _NOT_A_TEXT:
        raise BadAnswer(f"{place} ended the script for the reason {excerpt(str(reason), 40)!r}")
    return name in _CUT_OFF


def refuse_thoughts_alone(place: str, thoughts: Any, tokens: Any) -> None:
    """For an empty text: the model may have spent all tokens on thinking, and would again.

    thoughts: what the server calls reasoning or thinking; tokens: that were made. Raises RequestRefused if so.
    """
    if text_of(thoughts):
        raise RequestRefused(
            f"{place}: all {tokens} tokens went into thinking; raise script.max_tokens, or switch thinking off "
            "(script.extra_body has the fields of some servers)"
        )
