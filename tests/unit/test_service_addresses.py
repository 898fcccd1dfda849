"""Addresses of services: defaults, the environment, and refusals that show no secret."""

import comfyui_stub
import pytest
from layers import faults, resolved


@pytest.mark.parametrize(
    ("stage", "engine", "url"),
    [
        ("script", "ollama", "http://127.0.0.1:11434"),
        ("audio", "piper", "http://127.0.0.1:5000"),
        ("image", "stable-diffusion", "http://127.0.0.1:7860"),
        ("image", "comfyui", "http://127.0.0.1:8188"),
        ("script", "embedded", ""),
        ("audio", "embedded", ""),
        ("image", "card", ""),
        ("image", "none", ""),
    ],
)
def test_an_empty_address_is_the_usual_one_of_the_engine(stage, engine, url):
    more = comfyui_stub.SETTINGS if engine == "comfyui" else {}

    assert resolved({stage: {**more, "engine": engine}})[stage]["url"] == url


@pytest.mark.parametrize(
    ("stage", "engine", "variable"),
    [
        ("script", "ollama", "OLLAMA_BASE_URL"),
        ("audio", "piper", "TTS_SERVER_URL"),
        ("image", "stable-diffusion", "SD_SERVER_URL"),
        ("image", "comfyui", "SD_SERVER_URL"),
    ],
)
def test_the_environment_overrides_the_address_of_its_engine(stage, engine, variable):
    more = comfyui_stub.SETTINGS if engine == "comfyui" else {}
    own = {stage: {**more, "engine": engine, "url": "http://own"}}
    environment = {variable: "https://there:8443/"}

    assert resolved(own, environment=environment)[stage]["url"] == "https://there:8443"
    assert resolved(own, environment={variable: ""})[stage]["url"] == "http://own"


@pytest.mark.parametrize("stage", ["script", "audio", "image"])
def test_the_environment_overrides_no_address_of_another_engine(stage):
    own = {stage: {"engine": "openai", "url": "http://own/v1"}}
    environment = dict.fromkeys(
        ("OLLAMA_BASE_URL", "TTS_SERVER_URL", "SD_SERVER_URL"), "http://there"
    )

    config = resolved(own, environment=environment)

    assert config[stage]["url"] == "http://own/v1"
    assert {config[other]["url"] for other in ("script", "audio", "image") if other != stage} == {
        ""
    }


@pytest.mark.parametrize("stage", ["script", "audio", "image"])
def test_openai_needs_an_address(stage):
    assert faults({stage: {"engine": "openai"}}) == [
        f"defaults: {stage}.url is empty; expected the address of the server, like http://127.0.0.1:8080/v1"
    ]


@pytest.mark.parametrize(
    "url", ["http://h", "https://h:1", "http://[::1]:80", "http://h/base/", "HTTP://H:65535"]
)
def test_an_address_may_have_a_port_and_a_path(url):
    config = resolved({"script": {"engine": "ollama", "url": url}})

    assert config["script"]["url"] == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "localhost:11434",
        "127.0.0.1",
        "ftp://h",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "http://:80",
        "http://h:0",
        "http://h:99999",
        "http://h:port",
        "http://[::1",
        "http://h?x=1",
        "http://h#x",
        "http://h h",
        "http://h\n",
        " http://h",
        "http://h/\tx",
        "$(reboot)",
        " ",
    ],
)
def test_what_is_no_address_is_refused(url):
    (line,) = faults({"script": {"engine": "ollama", "url": url}})

    assert line.startswith("one: script.url is ")
    assert line.endswith("; expected http://host:port or https://host")


@pytest.mark.parametrize(
    "url",
    [
        "http://user:hunter2@h",
        "http://hunter2@h",
        "http://:hunter2@h",
        "https://user:hunter2@h:443/x",
        "ftp://user:hunter2@h",
        "user:hunter2@h",
        "http://user:hunter2@",
        "http://user:hunter2@h:port",
        "http://us@er:hunter2@h",
        "http://user:hun?hunter2@h",
        "http://h?api_key=hunter2",
        "http://h/x?a=b@c&key=hunter2",
        "http://h#hunter2",
        "http://user:hunter2@" + "h" * 600,
    ],
)
@pytest.mark.parametrize("of_environment", [False, True])
def test_a_secret_in_an_address_is_refused_and_not_shown(url, of_environment):
    if of_environment:
        own, environment = {"script": {"engine": "ollama"}}, {"OLLAMA_BASE_URL": url}
    else:
        own, environment = {"script": {"engine": "ollama", "url": url}}, {}

    lines = faults(own, environment=environment)

    assert "hunter2" not in "\n".join(lines)


def test_credentials_in_an_address_belong_into_the_environment():
    (line,) = faults(
        {"image": {"engine": "stable-diffusion"}}, environment={"SD_SERVER_URL": "http://u:p@h"}
    )

    assert line == (
        "SD_SERVER_URL holds a user name or password; remove it and set it in the environment "
        "(OLLAMA_API_KEY, OPENAI_API_KEY, SD_SERVER_AUTH=user:password)"
    )


def test_a_fault_of_the_environment_is_told_with_the_name_of_the_variable():
    (line,) = faults({"audio": {"engine": "piper"}}, environment={"TTS_SERVER_URL": "piper:5000"})

    assert line.startswith("TTS_SERVER_URL is 'piper:5000'; ")
