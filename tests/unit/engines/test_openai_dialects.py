"""OpenAI's protocol on other servers: their reported answers, and the results."""

import json

import bad_replies
import pytest
from audio_pipeline.errors import BadAnswer, RequestRefused, ServiceUnavailable
from audio_pipeline.run.folder import RUN_VARIABLE
from direct import ask
from replies import json_reply
from script_requests import TEXT, chat


def answer(hosted, *, message=None, choice=None, **body) -> None:
    """Set the server's answer to this message, choice and body."""
    message = {"role": "assistant", "content": TEXT} | (message or {})
    choice = {"index": 0, "message": message, "finish_reason": "stop"} | (choice or {})
    hosted.fault = bad_replies.status(200, json.dumps({"choices": [choice], **body}).encode())


# Finish reasons


@pytest.mark.parametrize(
    "reason", ["eos", "eos_token", "end_turn", "STOP", "", None, "stop_sequence", "completed"]
)
def test_a_text_that_ended_by_itself_is_kept(hosted, reason):
    answer(hosted, choice={"finish_reason": reason})

    made = chat(hosted)

    assert made.data.decode() == TEXT + "\n" and "cut_off" not in made.service


@pytest.mark.parametrize(
    "reason", ["length", "max_tokens", "MAX_TOKENS", "model_length", "max_output_tokens"]
)
def test_a_text_that_was_cut_off_is_kept_up_to_its_last_sentence(hosted, reason):
    answer(hosted, message={"content": f"{TEXT} It is black at"}, choice={"finish_reason": reason})

    made = chat(hosted)

    assert made.data.decode() == TEXT + "\n" and made.service["cut_off"] is True


@pytest.mark.parametrize(
    "reason", ["content_filter", "error", "tool_calls", "function_call", "SAFETY", 5, {}, []]
)
def test_what_is_no_text_of_the_model_is_refused(hosted, reason):
    answer(hosted, choice={"finish_reason": reason})

    with pytest.raises(BadAnswer, match="ended the script for the reason"):
        chat(hosted)


# Location of the text


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": TEXT}],
        [{"type": "text", "text": TEXT[:20]}, {"type": "text", "text": TEXT[20:]}],
        [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": TEXT}],
        [{"type": "output_text", "text": TEXT}, {"type": "image_url"}],
        [TEXT],
        [{"text": TEXT}, 5, None],
    ],
)  # fmt: skip
def test_text_parts_are_joined(hosted, content):
    answer(hosted, message={"content": content})

    assert chat(hosted).data.decode() == TEXT + "\n"


@pytest.mark.parametrize("content", [None, "", "  \n", []])
@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_thoughts_alone_are_told_after_one_try(hosted, content, name):
    message = {"content": content, name: "The user wants a script."}
    answer(
        hosted,
        message=message,
        choice={"finish_reason": "length"},
        usage={"completion_tokens": 200},
    )

    with pytest.raises(
        RequestRefused,
        match=r"all 200 tokens went into thinking; raise script\.max_tokens, or switch",
    ):
        chat(hosted)
    assert len(hosted.asked()) == 1


def test_thoughts_beside_a_text_are_not_spoken(hosted):
    answer(hosted, message={"reasoning_content": "The user wants a script."})

    assert chat(hosted).data.decode() == TEXT + "\n"


def test_a_refusal_in_a_field_of_its_own_is_told(hosted):
    answer(hosted, message={"content": None, "refusal": "I can't help with that."})

    with pytest.raises(BadAnswer, match="refused: I can't help with that"):
        chat(hosted)


def test_fields_of_ones_own_are_sent(hosted):
    chat(hosted, extra_body={"chat_template_kwargs": {"enable_thinking": False}, "top_p": 0.9})

    body = hosted.asked()[0].body
    assert body["chat_template_kwargs"] == {"enable_thinking": False} and body["top_p"] == 0.9


# Fields refused by a server


def refusing(
    hosted, *fields: str, code: int = 400, words: str = "Unsupported parameter: '{}'"
) -> None:
    """Let the server refuse requests that contain one of these fields."""
    normal = hosted.answer

    def refuse(request):
        found = [name for name in fields if isinstance(request.body, dict) and name in request.body]
        if not found:
            return normal(request)
        return json_reply({"error": {"message": words.format(found[0])}}, code)

    hosted.answer = refuse


AZURE = "Unrecognized request argument supplied: {}"

GPT_5 = "Unsupported value: '{}' does not support 0.3 with this model. Only the default (1) value is supported."


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        (["seed"], 400, AZURE),
        (["temperature"], 400, GPT_5),
        (["seed"], 422, "body.{}: Extra inputs are not permitted"),
        (["seed", "temperature"], 400, "unknown field `{}`"),
    ],
)
def test_an_optional_field_that_is_refused_is_left_out(hosted, fields, code, words):
    refusing(hosted, *fields, code=code, words=words)

    made = chat(hosted)

    bodies = [request.body for request in hosted.asked()]
    assert len(bodies) == 1 + len(fields)
    assert not set(fields) & set(bodies[-1]) and bodies[-1]["max_tokens"] == 200
    assert sorted(made.service["left_out"]) == sorted(fields)


@pytest.mark.parametrize(
    "body",
    [
        {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]},
        {"object": "error", "message": {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs"}]}},
        {"error": {"message": "Unknown parameter.", "param": "seed"}},
        {"message": "property 'seed' is unsupported"},
    ],
)  # fmt: skip
def test_the_field_is_found_in_every_shape_of_error(hosted, body):
    normal = hosted.answer
    hosted.answer = lambda request: (
        json_reply(body, 422) if "seed" in (request.body or {}) else normal(request)
    )

    assert chat(hosted).service["left_out"] == ["seed"]


def test_the_other_jobs_of_the_run_leave_it_out_at_once(hosted, monkeypatch, tmp_path):
    monkeypatch.setenv(RUN_VARIABLE, str(tmp_path))
    refusing(
        hosted, "seed", "max_tokens", words="'{}' is not supported; use 'max_completion_tokens'"
    )

    chat(hosted)
    asked = len(hosted.asked())
    chat(hosted)

    assert len(hosted.asked()) == asked + 1
    assert hosted.asked()[-1].body["max_completion_tokens"] == 200


def test_a_field_that_shapes_the_text_is_told(hosted, capsys):
    refusing(hosted, "temperature", words=GPT_5)

    chat(hosted)
    chat(hosted)

    assert capsys.readouterr().out.count("does not accept temperature (0.3): omitted") == 1


@pytest.mark.parametrize("words", ["invalid model", "messages: too many", "the seedling failed"])
def test_another_fault_is_not_taken_for_a_refused_field(hosted, words):
    hosted.fault = bad_replies.status(400, json.dumps({"error": words}).encode())

    with pytest.raises(RequestRefused, match=words):
        chat(hosted)
    assert len(hosted.asked()) == 1


def test_a_server_that_names_a_field_for_ever_is_asked_a_few_times_only(hosted):
    hosted.fault = bad_replies.status(400, b'{"error": "seed, temperature and max_tokens are bad"}')

    with pytest.raises(RequestRefused, match="are bad"):
        chat(hosted)
    assert len(hosted.asked()) == 3


def test_speech_is_asked_for_without_what_the_server_refuses(hosted):
    refusing(hosted, "response_format", "speed")

    assert ask("audio", "openai", hosted.url).data[:4] == b"RIFF"
    assert set(hosted.asked()[-1].body) == {"model", "voice", "input"}


def test_another_pace_is_not_dropped(hosted):
    refusing(hosted, "speed")

    with pytest.raises(RequestRefused, match="Unsupported parameter: 'speed'"):
        ask("audio", "openai", hosted.url, length_scale=1.25)


# Errors under HTTP 200


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": 429, "message": "Rate limit exceeded"}, "choices": None},
        {"error": {"code": "429", "message": "slow down"}},
        {"error": {"type": "rate_limit_error", "message": "slow down"}},
        {"error": {"code": 502, "message": "Provider returned error"}},
        {"error": {"message": "Internal error"}, "status": 500},
        {"error": "Model is overloaded, try again later"},
        {"object": "error", "message": "engine died", "code": 500},
        {"choices": None},
        {"choices": []},
        {"choices": [{"error": {"code": 503, "message": "provider down"}, "message": {"content": ""}}]},
    ],
)  # fmt: skip
def test_what_may_pass_is_tried_again_and_told_in_the_servers_words(hosted, body):
    hosted.fault, hosted.fault_times = bad_replies.status(200, json.dumps(body).encode()), 1
    assert chat(hosted).data
    assert len(hosted.asked()) == 2

    hosted.fault_times = None
    said = body.get("error", body)
    said = said.get("message", "no choices") if isinstance(said, dict) else said
    with pytest.raises(ServiceUnavailable) as caught:
        chat(hosted)
    assert said in str(caught.value) or "provider down" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"error": {"code": 402, "message": "Insufficient credits"}}, 402),
        ({"error": {"code": "insufficient_quota", "message": "You exceeded your quota"}}, 402),
        ({"error": {"code": 401, "message": "No auth"}}, 401),
        ({"error": {"type": "invalid_request_error", "message": "Bad prompt"}}, 400),
        ({"error": "Unexpected endpoint or method. (POST /chat/completions)"}, 404),
    ],
)
def test_what_will_not_pass_is_told_after_one_try(hosted, body, status):
    hosted.fault = bad_replies.status(200, json.dumps(body).encode())

    with pytest.raises(RequestRefused, match=f"error {status} under HTTP 200") as caught:
        chat(hosted)
    assert caught.value.status == status and len(hosted.asked()) == 1


@pytest.mark.parametrize("error", [None, "", {}, False, 0])
def test_an_empty_error_beside_a_text_is_none(hosted, error):
    answer(hosted, error=error)

    assert chat(hosted).data


@pytest.mark.parametrize(
    "error", [5, [], ["x"], {"code": {}}, {"code": [429]}, {"message": {"a": {}}}, "\ud800"]
)
def test_an_odd_error_is_a_line(hosted, error):
    hosted.fault = bad_replies.status(200, json.dumps({"error": error, "choices": 3}).encode())

    with pytest.raises((BadAnswer, ServiceUnavailable)):
        chat(hosted)
