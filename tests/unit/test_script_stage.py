"""What Ollama and OpenAI's protocol are sent, and what of their answers becomes a script."""

import dataclasses
import json

import bad_replies
import pytest
from audio_pipeline.core.topics import Topic
from audio_pipeline.engines import ollama
from audio_pipeline.errors import (
    BadAnswer,
    InputError,
    PipelineError,
    RequestRefused,
    ServiceUnavailable,
)
from audio_pipeline.http.deadline import Deadline
from audio_pipeline.settings import Server
from audio_pipeline.text.script_checks import CHECKS
from direct import HTTP, ask, build, maker, settings
from service_stubs import OllamaStub, OpenAIStub

OLLAMA = {"model": "gemma3:4b", "system_prompt": ""}
TEXT = "The sky is blue because air scatters blue light more than red light."


@pytest.fixture
def server():
    with OllamaStub() as stub:
        yield stub


@pytest.fixture
def hosted():
    with OpenAIStub() as stub:
        yield stub


def script(server, **changes):
    return ask("script", "ollama", server.url, **{**OLLAMA, **changes})


def chat(hosted, **changes):
    return ask("script", "openai", hosted.url, **{"model": "a-model", **changes})


# Ollama: what is sent


def test_ollama_is_sent_exactly_this(server):
    script(server, seed=7, prompt="Why?", temperature=0.7, max_tokens=150, context_tokens=2048)

    (request,) = server.asked()
    assert (request.method, request.path) == ("POST", "/api/chat")
    assert request.body == {
        "model": "gemma3:4b",
        "messages": [{"role": "user", "content": "Why?"}],
        "stream": True,
        "think": False,
        "truncate": False,
        "keep_alive": "5m",
        "options": {"temperature": 0.7, "num_predict": 150, "num_ctx": 2048, "seed": 7},
    }


def test_a_system_prompt_goes_first(server):
    script(server, system_prompt="Be brief.", prompt="Why?")

    roles = [message["role"] for message in server.asked()[0].body["messages"]]
    assert roles == ["system", "user"]


@pytest.mark.parametrize(
    ("given", "sent"), [("5m", "5m"), ("0", 0), ("-1", -1), (-1, -1), (300, 300), ("1.5", 1.5)]
)
def test_a_bare_number_is_sent_as_a_number(server, given, sent):
    """As a text, Ollama wants a unit: "-1" is a 400."""
    script(server, keep_alive=given)

    assert server.asked()[0].body["keep_alive"] == sent


def test_the_key_goes_as_a_bearer_token(server, monkeypatch):
    monkeypatch.setenv("OLLAMA_API_KEY", "abc")
    script(server)

    assert server.asked()[0].headers["Authorization"] == "Bearer abc"


# Ollama: what comes back


def test_the_pieces_of_the_stream_become_the_script(server):
    server.text = TEXT

    made = script(server)

    assert made.data == (TEXT + "\n").encode()
    assert made.checks == list(CHECKS)


def test_the_record_gets_tokens_durations_digest_and_version(server):
    made = script(server)

    assert made.model == "gemma3:4b"
    assert made.service["digest"] == "a" * 64 and made.service["version"] == "0.33.0"
    assert made.service["eval_count"] > 0 and made.service["load_duration"] == 500_000_000


def test_a_script_is_not_lost_for_want_of_a_version(server):
    normal = server.answer
    server.answer = lambda request: (
        normal(request) if request.path == "/api/chat" else stub_reply_500()
    )

    assert "version" not in script(server).service


def stub_reply_500():
    from replies import Reply

    return Reply(500)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<think>hm, blue</think>\n\n" + TEXT, TEXT),
        ("<THINK>a</THINK><think>b</think> " + TEXT, TEXT),
        ("The user wants a script.</think>" + TEXT, TEXT),
        ("<thinking>x</thinking>" + TEXT, TEXT),
        (f"<think></think>{TEXT}<|endoftext|><|im_start|>user\nMore!</think>other", TEXT),
        (f"<|channel>thought\nhm<channel|>{TEXT}<turn|>", TEXT),
        (f"<answer>{TEXT}</answer>", TEXT),
        (TEXT, TEXT),
    ],
)
def test_what_a_model_wrote_to_itself_is_taken_out(server, text, left):
    server.text = text

    assert script(server).data.decode() == left + "\n"


@pytest.mark.parametrize("text", ["", "   ", "<think>only thoughts</think>"])
def test_an_empty_script_is_a_bad_answer(server, text):
    server.text = text

    with pytest.raises(BadAnswer, match="wrote nothing; expected a script"):
        script(server)


def test_thoughts_without_an_end_are_a_bad_answer(server):
    server.text = "<think>and so on and so on"

    with pytest.raises(BadAnswer, match="thinking"):
        script(server)


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("length", r"cut off \(length\) after max_tokens, 200"),
        ("load", "only loaded the model"),
        ("unload", "ended the script for the reason 'unload'"),
    ],
)
def test_an_answer_that_did_not_end_by_itself_is_no_script(server, reason, message):
    server.done_reason, server.text = reason, "The sky is blue because"

    with pytest.raises(BadAnswer, match=message):
        script(server)


CUT_OFF = f"**Narrator:** {TEXT} It is black at night, because"


def test_a_script_that_was_cut_off_is_kept_up_to_its_last_whole_sentence(server):
    server.done_reason, server.text = "length", CUT_OFF

    made = script(server)

    assert made.data.decode() == TEXT + "\n"
    assert made.service["cut_off"] is True


def test_so_it_is_with_the_protocol_of_openai(hosted):
    hosted.finish_reason, hosted.text = "length", CUT_OFF

    assert chat(hosted).data.decode() == TEXT + "\n"


def test_less_than_half_of_a_script_is_not_kept(server):
    server.done_reason, server.text = "length", "Tea is hot. " + "It is also " * 10

    with pytest.raises(BadAnswer, match="cut off"):
        script(server)


def test_only_the_words_to_be_spoken_are_kept(server):
    server.text = f'Sure! Here is a script:\n\n# Sky\n\n[VISUAL: sky]\n\n**Narrator:** "{TEXT}" 🌞'

    assert script(server).data.decode() == f"Sky\n\n{TEXT}\n"


def test_the_name_of_the_check_that_failed_is_told(server):
    server.text = "I'm sorry, but I can't help with that."

    with pytest.raises(BadAnswer, match=r"is a refusal, .* \(script\.checks\.refusal\)$"):
        script(server)


def test_a_warning_is_told_and_stands_in_the_record(server, capsys):
    server.text = "Tea is hot. It was"
    levels = {**settings("script", "ollama").checks, "sentence": "warn"}

    made = script(server, checks=levels)

    assert "sentence" not in made.checks and "words" in made.checks
    assert made.service["warnings"][0].startswith("the script ends in mid-sentence")
    assert capsys.readouterr().out == f"warning: {made.service['warnings'][0]}\n"


def test_a_file_of_forbidden_terms_that_is_not_there_costs_no_answer(server):
    with pytest.raises(InputError, match=r"script\.forbidden: none\.txt cannot be read"):
        script(server, forbidden="none.txt")

    assert server.asked() == []


def test_the_script_is_in_the_language_of_the_topic_and_not_that_of_another(server, tmp_path):
    values = settings("script", "ollama", server.url, **OLLAMA)
    (tmp_path / "another.txt").write_text(server.text("x: Tea. ", None))
    server.text = (tmp_path / "another.txt").read_text()
    request = build("script", Topic("Chá", "cha", language="pt"), values)
    asking = maker("script", values, Topic("Tea", "tea"), output=tmp_path / "tea.txt")

    assert "another.txt" in asking(request, 1).service["warnings"][0]
    with pytest.raises(BadAnswer, match=r"expected 'pt' \(script\.checks\.language\)"):
        maker("script", values, Topic("Chá", "cha", language="pt"))(request, 1)


def test_an_error_in_mid_stream_is_tried_again(server):
    server.fault, server.fault_times = "mid_stream_error", 1

    assert script(server).data
    assert len(server.asked()) == 2


def test_an_error_in_mid_stream_that_stays_is_told(server):
    server.fault = "mid_stream_error"

    with pytest.raises(
        ServiceUnavailable, match="an error was encountered while running the model"
    ):
        script(server)


def test_a_stream_without_its_last_line_is_not_a_script(server):
    server.fault = "no_end"

    with pytest.raises(ServiceUnavailable, match="its last line did not come"):
        script(server)


def test_loading_is_waiting_and_a_stall_is_not(server, monkeypatch):
    """Within the text, a fifth of timeout_s may pass without a word; before it, all of timeout_s."""

    def late(handler):
        handler.stub.closing.wait(0.6)
        handler.send(handler.normal())

    def stalling(handler):
        reply = handler.normal()
        handler.head(200, reply.kind, {"Transfer-Encoding": "chunked"})
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(reply.body[0]), reply.body[0]))
        handler.wfile.flush()
        bad_replies.hang(handler)

    server.fault, server.fault_times = late, 1
    assert script(server, timeout_s=2).data

    waits, usual = [], Deadline.wait_s
    monkeypatch.setattr(Deadline, "wait_s", lambda self: waits.append(usual(self)) or waits[-1])
    server.fault, server.fault_times = stalling, None
    with pytest.raises(ServiceUnavailable, match="fell silent in the middle of its answer"):
        script(server, timeout_s=2)
    assert waits[-1] <= 0.4 < waits[0]


# Ollama: prompts that are too long


def test_a_prompt_with_more_words_than_room_is_not_even_sent(server):
    with pytest.raises(
        RequestRefused, match=r"it has 600 words, and script\.context_tokens is 512"
    ):
        script(server, prompt="word " * 600, context_tokens=512)

    assert not server.asked()


def test_a_prompt_that_the_server_counts_as_too_long_is_refused(server):
    def count(handler):
        inner = {
            "error": {
                "message": "request (610 tokens) exceeds the available context size (512 tokens)"
            }
        }
        bad_replies.status(400, json.dumps({"error": json.dumps(inner)}).encode())(handler)

    server.fault = count

    with pytest.raises(
        RequestRefused, match=r"it has 610 tokens, and script\.context_tokens is 512"
    ):
        script(server, context_tokens=512)

    assert len(server.asked()) == 1


def test_so_is_one_that_an_older_server_calls_too_long(server):
    """Seen with 0.17.4."""
    said = b'{"error":"the input length exceeds the context length"}'
    server.fault = bad_replies.status(400, said)

    with pytest.raises(
        RequestRefused, match=r"it has too many tokens, and script\.context_tokens is 512"
    ):
        script(server, context_tokens=512)


@pytest.mark.parametrize(
    "counts",
    [
        {
            "prompt_eval_count": 30
        },  # without what the prompt cache held: 0.30.0, and before July 2024
        {"prompt_eval_count": 0, "eval_count": 0},
        {"prompt_eval_count": None, "eval_count": "many"},
        {"prompt_eval_count": 10**9, "eval_count": -1},
        {"prompt_eval_count": 30, "prompt_eval_cached_count": 70},
    ],
)
def test_a_count_is_never_a_reason_to_refuse_a_text(server, counts):
    server.fault = end_with(**counts)

    assert script(server, prompt="word " * 100).data


def end_with(**changes):
    """The last line of Ollama's stream with other values."""

    def fault(handler):
        reply = handler.normal()
        end = json.dumps(json.loads(reply.body[-1]) | changes).encode() + b"\n"
        handler.send(dataclasses.replace(reply, body=[*reply.body[:-1], end]))

    return fault


@pytest.mark.parametrize("reason", ["stop", "eos", "", None, "STOP", "end_turn"])
def test_a_text_that_ended_by_itself_is_kept(server, reason):
    server.fault = end_with(done_reason=reason)

    assert "cut_off" not in script(server).service


def test_thoughts_alone_are_told_after_one_try(server):
    """gpt-oss thinks whatever `think` says."""
    server.text, server.thinking = "", "The user wants a script. "

    with pytest.raises(
        RequestRefused, match=r"tokens went into thinking; raise script\.max_tokens"
    ):
        script(server)
    assert len(server.asked()) == 1


def test_thoughts_beside_a_text_are_not_spoken(server):
    server.text, server.thinking = TEXT, "The user wants a script. "

    assert script(server).data.decode() == TEXT + "\n"


def test_fields_of_ones_own_are_sent_and_go_into_options(server):
    script(server, extra_body={"think": "low", "options": {"top_p": 0.9}})

    body = server.asked()[0].body
    assert body["think"] == "low"
    assert body["options"]["top_p"] == 0.9 and body["options"]["num_predict"] == 200


# Ollama: the model


def test_a_missing_model_is_told_with_the_command_that_gets_it(server):
    with pytest.raises(RequestRefused, match="has no model 'mistral': run 'ollama pull mistral'"):
        script(server, model="mistral")

    assert len(server.asked()) == 1


@pytest.mark.parametrize(
    ("model", "full"),
    [
        ("a", "a:latest"),
        ("a:4b", "a:4b"),
        ("hf.co/x/y", "hf.co/x/y:latest"),
        ("h:5/x/y", "h:5/x/y:latest"),
    ],
)
def test_a_name_without_a_tag_means_latest(model, full):
    assert ollama.full_name(model) == full


@pytest.mark.parametrize("digest", ["a" * 12, "a" * 64])
def test_a_digest_that_fits_is_fine(server, digest):
    assert script(server, digest=digest).data


def test_another_model_under_the_same_name_is_refused(server):
    with pytest.raises(
        RequestRefused, match=r"has the digest aaaaaaaaaaaa, and script\.digest is bbbbbbbbbbbb"
    ):
        script(server, digest="b" * 12)

    assert not server.asked()


def test_a_model_is_pulled_with_progress(server):
    client = ollama.client(Server("ollama", server.url, 10), HTTP)
    told = []

    ollama.pull(client, "new:1b", told.append)

    assert told == [
        "pulling new:1b: pulling manifest",
        "pulling new:1b: pulling bbbb 0 %",
        "pulling new:1b: pulling bbbb 50 %",
        "pulling new:1b: pulling bbbb 100 %",
        "pulling new:1b: success",
    ]
    assert "new:1b" in ollama.models(client)


def test_a_model_that_cannot_be_pulled_is_told_once(server):
    client = ollama.client(Server("ollama", server.url, 10), HTTP)

    with pytest.raises(
        RequestRefused, match="could not pull 'nope': pull model manifest: file does"
    ):
        ollama.pull(client, "nope", lambda _: None)

    assert [request.path for request in server.requests] == ["/api/pull"]


# OpenAI's protocol


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
