"""Keys and passwords: foreign ones are never sent, and those configured never shown, logged or recorded."""

import base64
import contextlib
import html
import json
import socket
from urllib.parse import quote, quote_plus

import bad_replies
import psutil
import pytest
from audio_pipeline import sanitize
from audio_pipeline.core import production, record
from audio_pipeline.engines import models, piper_voices
from audio_pipeline.errors import BadAnswer, EngineError, InputError, PipelineError
from audio_pipeline.http.client import Client
from audio_pipeline.http.credentials import Session
from comfyui_stub import ComfyUIStub
from direct import HTTP, ask
from replies import Reply, json_reply
from service_stubs import OllamaStub, OpenAIStub, PiperStub, StableDiffusionStub
from stub_server import Stub

KEY = "sk-Very5ecret/Key+0123456789=="


class Service(Stub):
    """Server that answers everything with an empty object."""

    def is_generation(self, request) -> bool:
        return True

    def answer(self, request) -> Reply:
        return json_reply({})


@pytest.fixture
def host() -> str:
    """Return an address of this machine that is not loopback: for those, requests reads the environment."""
    addresses = [one for each in psutil.net_if_addrs().values() for one in each]
    for one in addresses:
        if one.family == socket.AF_INET and not one.address.startswith("127."):
            return one.address
    pytest.skip("this machine has no address but loopback: connect it to a network")


@pytest.fixture
def netrc(tmp_path, monkeypatch, host):
    """Write a ~/.netrc with a password for every host."""
    (tmp_path / ".netrc").write_text(
        f"machine {host} login me password of-netrc\ndefault login me password of-netrc\n"
    )
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


# Foreign passwords


@pytest.mark.parametrize(
    "kind", [Service, OllamaStub, OpenAIStub, PiperStub, StableDiffusionStub, ComfyUIStub]
)
def test_no_client_sends_a_password_of_a_netrc_file(netrc, host, kind):
    with kind(host=host) as stub:
        thing = Client("Thing", stub.url, timeout_s=5, http=HTTP)
        for ask_it in (thing.probe, thing.fetch, lambda path: thing.post(path, {})):
            with contextlib.suppress(PipelineError):  # the answer does not matter
                ask_it("/x")

    assert stub.requests and not any("Authorization" in r.headers for r in stub.requests)


def test_a_key_of_ours_goes_before_that_of_a_netrc_file(netrc, host):
    with Service(host=host) as stub:
        Client("Thing", stub.url, timeout_s=5, http=HTTP, token=KEY).get_json("/x")

    assert stub.requests[0].headers["Authorization"] == f"Bearer {KEY}"


def test_downloads_send_none_either_wherever_they_are_redirected_to(
    netrc, host, monkeypatch, tmp_path
):
    with Service(host=host) as stub, Service(host=host) as first:
        first.fault = bad_replies.status(302, Location=f"{stub.url}/there")
        monkeypatch.setattr(models, "OFFICIAL", f"{first.url}/model")
        models._download_official(tmp_path / "part", lambda _: None)
        with pytest.raises((EngineError, PipelineError)):
            piper_voices.fetch("en_US-a-low", first.url, lambda _: None)

    asked = [*first.requests, *stub.requests]
    assert len(asked) == 4 and not any("Authorization" in r.headers for r in asked)


def test_a_redirect_to_another_host_loses_the_key(netrc, host):
    with Service(host=host) as stub, Service() as first:
        first.fault = bad_replies.status(302, Location=f"{stub.url}/there")
        Session().get(first.url, headers={"Authorization": f"Bearer {KEY}"}, timeout=5)

    assert "Authorization" not in stub.requests[0].headers


# Configured secrets, repeated by a service


def chat(stub, **changes):
    return ask("script", "openai", stub.url, model="a-model", **changes)


TEXT = "The sky is blue because air scatters blue light more than red light."


def answered(**changes) -> dict:
    choice = {"message": {"content": TEXT}, "finish_reason": "stop"} | changes.pop("choice", {})
    return {"choices": [choice], "model": "a-model", **changes}


@pytest.mark.parametrize(
    "body",
    [
        {"error": f"bad key {KEY}"},
        {"error": {"message": f"bad key {KEY}", "code": 400}},
        {"error": {"message": "x" * 190 + KEY}},
        {"error": {"message": "x" * 210 + KEY}},
        {"error": {"message": f"{KEY[:3]}{KEY}"}},
        answered(choice={"finish_reason": {KEY: KEY}}),
        answered(choice={"message": {"content": [KEY, {"a": KEY}], "refusal": KEY}}),
        {"choices": [{"message": {"role": KEY}}]},
        {KEY: KEY},
        [KEY],
        KEY,
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_key_that_a_service_repeats_is_not_shown(monkeypatch, capsys, body, status):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with OpenAIStub() as stub:
        for sent in (json.dumps(body).encode(), json.dumps(body).replace("/", "\\/").encode()):
            stub.fault = bad_replies.status(status, sent)
            with pytest.raises(PipelineError) as caught:
                chat(stub)
            _check_hidden(str(caught.value), capsys)


@pytest.mark.parametrize("before", [0, 100, 190, 199, 795, 3000])
@pytest.mark.parametrize("kind", ["text/plain", f"text/{KEY}"])
def test_nor_in_what_is_no_json(monkeypatch, capsys, before, kind):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with OpenAIStub() as stub:
        for status in (200, 404, 503):
            stub.fault = bad_replies.status(status, b"y" * before + KEY.encode(), kind)
            with pytest.raises(PipelineError) as caught:
                chat(stub)
            _check_hidden(str(caught.value), capsys)


SIGNS = "sk-5ecret/+=&<>'\"%\\zz"


@pytest.mark.parametrize(
    "repeated",
    [
        quote(SIGNS), quote(SIGNS, safe=""), quote_plus(SIGNS), "sk-5ecret%2f%2b%3d%26%3c%3e%27%22%25%5czz",
        json.dumps(SIGNS), json.dumps(SIGNS).replace("/", "\\/"), repr(SIGNS), html.escape(SIGNS),
        html.escape(SIGNS, quote=False), base64.b64encode(SIGNS.encode()).decode(),
        r"sk-5ecret/\u002B=\u0026\u003C\u003E\u0027\u0022%\\zz", r"sk-5ecret/+=\u0026\u003c\u003e'\"%\\zz",
    ],
)  # fmt: skip
def test_nor_a_key_in_another_form(monkeypatch, repeated):
    monkeypatch.setenv("OPENAI_API_KEY", SIGNS)
    with OpenAIStub() as stub:
        stub.fault = bad_replies.status(401, f"<p>key {repeated} is wrong".encode(), "text/html")
        with pytest.raises(PipelineError, match=r"key .?….? is wrong"):
            chat(stub)


def test_nor_the_password_of_a_proxy(monkeypatch, host):
    login = base64.b64encode(b"me:pass/w%rd").decode()
    with Service(host=host) as proxy:
        monkeypatch.setenv("http_proxy", f"http://me:pass%2Fw%25rd@{host}:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        proxy.fault = bad_replies.status(407, f"Basic {login}, pass/w%rd, pass%2Fw%25rd".encode())
        with pytest.raises(PipelineError, match="HTTP 407: Basic …, …, …"):
            Client("Thing", "http://thing.example", timeout_s=5, http=HTTP).get_json("/x")


def test_a_login_without_a_password_is_refused_unseen(monkeypatch):
    monkeypatch.setenv("SD_SERVER_AUTH", KEY)
    with StableDiffusionStub() as stub, pytest.raises(InputError) as caught:
        ask("image", "stable-diffusion", stub.url)
    assert str(caught.value) == "SD_SERVER_AUTH has no colon; expected user:password"


def test_a_login_that_is_not_utf_8_is_refused_and_a_proxys_is_no_fault(monkeypatch):
    """Bytes of the environment that are not UTF-8 are read as surrogates."""
    monkeypatch.setenv("HTTPS_PROXY", "http://me:pass\udcffword@proxy.example:1")
    monkeypatch.setenv("SD_SERVER_AUTH", "me:pass\udcffword")
    with (
        StableDiffusionStub() as stub,
        pytest.raises(InputError, match="SD_SERVER_AUTH is not UTF-8"),
    ):
        ask("image", "stable-diffusion", stub.url)
    monkeypatch.delenv("SD_SERVER_AUTH")
    with StableDiffusionStub() as stub:
        assert ask("image", "stable-diffusion", stub.url).data


def _check_hidden(message: str, capsys) -> None:
    said = message + "".join(capsys.readouterr())
    assert not any(KEY[start : start + 12] in said for start in range(len(KEY) - 12))


def test_nor_in_the_record(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with OpenAIStub() as stub:
        stub.fault = bad_replies.status(
            200, json.dumps(answered(model=f"m {KEY}", usage={KEY: 1})).encode()
        )
        request = {"engine": "openai", "seed": 1}
        production.produce(
            "script", tmp_path / "a.txt", tmp_path / "records/script/a.json", request,
            lambda *_: chat(stub), attempts=1, wait_s=1,
        )  # fmt: skip

    known = record.load(tmp_path / "records/script/a.json")
    assert known.model == "m …" and KEY not in (tmp_path / "records/script/a.json").read_text()


def test_nor_in_a_picture(monkeypatch):
    monkeypatch.setenv("SD_SERVER_AUTH", f"me:{KEY}")
    with StableDiffusionStub() as stub:
        normal = stub.answer

        def telling(request):
            reply = normal(request)
            if request.path != "/sdapi/v1/txt2img":
                return reply
            info = {"infotexts": [f"a sky {KEY}"], "version": KEY, "sd_model_name": KEY}
            return json_reply(json.loads(reply.body) | {"info": json.dumps(info)})

        stub.answer = telling
        made = ask("image", "stable-diffusion", stub.url)

    assert KEY.encode() not in made.data and KEY not in str(made.service)


def test_a_script_that_repeats_the_key_is_not_kept(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with OpenAIStub() as stub:
        stub.text = f"{TEXT} Your key is {KEY}. {TEXT}"
        with pytest.raises(BadAnswer, match="repeats the key of the service"):
            chat(stub)


@pytest.mark.parametrize("key", ["ollama", "none", "EMPTY", "dummy", "x", "lm-studio"])
def test_a_word_that_stands_for_no_key_is_no_secret(monkeypatch, key):
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with OpenAIStub() as stub:
        stub.text = f"{TEXT} There is none like it, and {key} is a word."
        assert key in chat(stub).data.decode()
        stub.fault = bad_replies.status(400, f'{{"error": "no {key} here"}}'.encode())
        with pytest.raises(PipelineError, match=f"no {key} here"):
            chat(stub)


# Output


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("a\nb\tc\r\nd", "a b c d"),
        ("\x1b[2J\x1b]0;owned\x07", "[2J ]0;owned"),
        ("\u202egnp.exe\u2066", "gnp.exe"),
        ("\x9b31m \x00", "31m"),
        ("café 東京 🙂", "café 東京 🙂"),
    ],
)
def test_a_line_has_nothing_that_a_terminal_obeys(said, seen):
    assert sanitize.line(said) == seen
    assert str(PipelineError(said)) == seen
