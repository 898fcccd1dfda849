"""Ollama's protocol: requests, long prompts, models and digests."""

import dataclasses
import json

import bad_replies
import pytest
from audio_pipeline.engines import ollama
from audio_pipeline.errors import RequestRefused
from audio_pipeline.settings import Server
from direct import HTTP
from script_requests import TEXT, script

# Requests


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
    """As a string, Ollama requires a unit: "-1" is a 400."""
    script(server, keep_alive=given)

    assert server.asked()[0].body["keep_alive"] == sent


def test_the_key_goes_as_a_bearer_token(server, monkeypatch):
    monkeypatch.setenv("OLLAMA_API_KEY", "abc")
    script(server)

    assert server.asked()[0].headers["Authorization"] == "Bearer abc"


# Prompts that are too long


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
        },  # excludes tokens in the prompt cache: 0.30.0, and before July 2024
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
    """Return the last line of Ollama's stream with other values."""

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


# Models


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
