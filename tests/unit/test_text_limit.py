"""Refusals of a text for its length, and other refusals."""

import pytest
from audio_pipeline.engines import text_limit
from audio_pipeline.errors import RequestRefused, ServiceUnavailable

PLACE = "The speech service at http://127.0.0.1:8880/v1"
LENGTH = 500  # characters that were sent


def of(said: str, status: int = 400, length: int = LENGTH) -> int | None:
    return text_limit.from_refusal(
        RequestRefused(f"{PLACE}: HTTP {status}: {said}", status), length
    )


@pytest.mark.parametrize(
    ("said", "most"),
    [
        ("input should have at most 200 characters", 200),
        ("body.input: String should have at most 200 characters", 200),
        ("Invalid 'input': string too long. Expected a string with maximum length 409", 409),
        ("Text too long (500 > 300 characters)", 300),
        ("Input text exceeds the limit: 500/250", 250),
        ("text is 812 bytes long, and at most 300 characters are allowed", 250),
        ("max_length is 333, text has 500 characters", 333),
        ("The length of the text must be less than 450", 450),
        ("文本长度不能超过300", 300),
        ("テキストが長すぎます（上限 140 文字）", 140),
        ("Text muss höchstens 100 Zeichen haben, Text ist zu lang", 100),
    ],
)
def test_a_limit_that_is_named_is_taken(said, most):
    assert of(said) == most


@pytest.mark.parametrize(
    "said",
    [
        "text too long",
        "Input too large",
        "maximum of 400 tokens",
        "at most 50 words at once",
        "input has more than 4,096 characters",
        "Text exceeds 4096 bytes",
        "text is longer than 512 phonemes",
    ],
)
def test_where_none_in_characters_is_named_half_is_tried(said):
    assert of(said) == LENGTH // 2


def test_a_number_with_a_comma_is_one_number():
    assert of("at most 4,096 characters", length=5000) == 4096


def test_what_is_too_large_is_told_by_its_status_too():
    assert of("Request Entity Too Large", 413) == 250


def test_a_server_that_fails_on_a_long_text_says_so_too():
    said = f"{PLACE}: HTTP 500: XTTS can only generate text with a maximum of 400 tokens."

    assert text_limit.from_refusal(ServiceUnavailable(said), LENGTH) == 250


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("The model `tts-9` does not exist", 404),
        ("Invalid voice 'alloy'", 400),
        ("body.speed: Input should be less than or equal to 4", 422),
        ("body.voice: String should have at most 64 characters", 422),
        ("speed must be at most 4.0", 400),
        ("Rate limit exceeded: too many characters this minute", 400),
        ("quota exceeded: 10000 characters", 400),
        ("input should have at most 200 characters", 401),
        ("not an int", 422),
        ("", 400),
    ],
)
def test_other_refusals_are_no_limit(said, status):
    assert of(said, status) is None


@pytest.mark.parametrize(
    "said",
    [
        "HTTP 500: Internal Server Error; see Piper's own log for the reason (memory? a text in another script "
        "than the voice's?)",
        "HTTP 503: server busy, please try again.  maximum pending requests exceeded",
        "refused the connection",
    ],
)
def test_other_failures_are_no_limit(said):
    assert text_limit.from_refusal(ServiceUnavailable(f"{PLACE}: {said}"), LENGTH) is None


def test_a_few_characters_are_never_too_many():
    assert of("text too long", length=30) is None
