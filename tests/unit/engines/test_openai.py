"""OpenAI's protocol: requests, and the script in an answer."""

import json

import bad_replies
import pytest
from audio_pipeline.errors import BadAnswer, PipelineError, RequestRefused
from script_requests import CUT_OFF, TEXT, chat


def test_so_it_is_with_the_protocol_of_openai(hosted):
    hosted.finish_reason, hosted.text = "length", CUT_OFF

    assert chat(hosted).data.decode() == TEXT + "\n"


def test_openai_is_sent_exactly_this(hosted, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    chat(hosted, seed=7, prompt="Why?", system_prompt="")

    (request,) = hosted.asked()
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    assert request.headers["Authorization"] == "Bearer sk-1"
    assert request.body == {
        "model": "a-model",
        "messages": [{"role": "user", "content": "Why?"}],
        "temperature": 0.3,
        "max_tokens": 200,
        "seed": 7,
    }


def test_the_record_gets_the_tokens(hosted):
    assert {"prompt_tokens", "completion_tokens"} == set(chat(hosted).service)


@pytest.mark.parametrize(
    ("reason", "message"),
    [("length", "cut off"), ("content_filter", "for the reason 'content_filter'")],
)
def test_only_stop_is_the_end_of_a_script(hosted, reason, message):
    hosted.finish_reason, hosted.text = reason, "The sky is blue because"

    with pytest.raises(BadAnswer, match=message):
        chat(hosted)


def test_a_model_that_knows_the_limit_by_another_name_gets_that(hosted):
    said = b'{"error": {"message": "Unsupported parameter: \'max_tokens\'. Use \'max_completion_tokens\' instead."}}'
    hosted.fault, hosted.fault_times = bad_replies.status(400, said), 1

    chat(hosted)

    body = hosted.asked()[1].body
    assert body["max_completion_tokens"] == 200 and "max_tokens" not in body


def test_a_wrong_key_is_told_without_showing_it(hosted, monkeypatch):
    hosted.key = "sk-right"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")

    with pytest.raises(
        RequestRefused, match=r"Incorrect API key.*OPENAI_API_KEY was not"
    ) as caught:
        chat(hosted)

    assert "sk-wrong" not in str(caught.value)


def test_an_unknown_model_is_told(hosted):
    with pytest.raises(RequestRefused, match="The model `other` does not exist"):
        chat(hosted, model="other")


@pytest.mark.parametrize(
    "body",
    [
        {}, [], {"choices": []}, {"choices": [{}]}, {"choices": [{"message": {"content": None}}]},
        {"choices": [{"message": {"content": ["x"]}}]}, {"choices": "x"}, {"error": "Unexpected endpoint"},
        {"choices": [{"message": {"content": "\ud800"}, "finish_reason": "stop"}]},
        {"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}], "model": 5, "usage": "\ud800"},
    ],
)  # fmt: skip
def test_odd_answers_are_bad_answers_or_scripts_and_never_tracebacks(hosted, body):
    hosted.fault = bad_replies.status(200, json.dumps(body).encode())

    try:
        made = chat(hosted)
    except PipelineError as error:
        assert str(error)
    else:
        assert made.model == "a-model"
