"""Keys, proxies and certificates: their use, and their absence from all output."""

import ssl
import subprocess

import pytest
from audio_pipeline import address
from audio_pipeline.errors import InputError, PipelineError, RequestRefused
from audio_pipeline.http import credentials
from audio_pipeline.run.folder import RUN_VARIABLE
from http_clients import client
from replies import json_reply
from service_stubs import FortyTwo as Service

# Keys and certificates


def test_credentials_never_stand_in_a_message(service):
    def echo(handler):
        handler.send(json_reply({"error": f"bad {dict(handler.headers)}"}, 400))

    service.fault = echo
    for given in ({"token": "sk-very-secret"}, {"login": ("me", "pass:wörd")}):
        with pytest.raises(RequestRefused) as caught:
            client(service.url, **given).get_json("/x")
        sent = service.requests[-1].headers["Authorization"].split()[1]
        for secret in ("sk-very-secret", "pass:wörd", sent):
            assert secret not in str(caught.value)


@pytest.mark.parametrize("token", ["a\nb", "schlüssel", " a-key", "a\x00"])
def test_a_key_that_cannot_be_sent_is_refused_without_showing_it(service, token):
    with pytest.raises(InputError, match="KEY_NAME has a character that a key cannot have") as e:
        client(service.url, token=token, secret="KEY_NAME")

    assert token not in str(e.value)


@pytest.mark.parametrize(("token", "said"), [("", "is not set"), ("x", "was not accepted")])
def test_a_missing_or_wrong_key_is_named_by_its_variable(service, token, said):
    service.fault = "401"

    with pytest.raises(RequestRefused, match=f"unauthorized; KEY_NAME {said}"):
        client(service.url, token=token, secret="KEY_NAME").get_json("/x")


def test_no_proxy_is_used_for_this_machine(service, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert client(service.url).get_json("/x") == 42


def test_the_proxy_of_the_environment_is_used_for_other_machines(service, monkeypatch):
    monkeypatch.setenv("http_proxy", service.url)
    monkeypatch.delenv("no_proxy", raising=False)

    assert client("http://elsewhere.example:11434").get_json("/x") == 42
    assert service.requests[0].path == "http://elsewhere.example:11434/x"


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:1", True), ("http://127.0.0.1", True), ("http://127.8.9.1:5", True),
        ("http://[::1]:11434", True), ("http://ollama.localhost", True), ("http://0.0.0.0:1", True),
        ("http://localhost.evil.example", False), ("http://10.0.0.1", False), ("http://1270.0.0.1", False),
    ],
)  # fmt: skip
def test_what_is_this_machine(url, loopback):
    assert address.is_loopback(url) is loopback


def test_plain_http_to_another_machine_is_told_once(capsys, monkeypatch):
    monkeypatch.delenv(RUN_VARIABLE, raising=False)
    monkeypatch.setattr(credentials, "_warned", set())
    for url in (
        "http://box.example:1",
        "http://box.example:1",
        "https://box.example",
        "http://127.0.0.1:1",
    ):
        client(url)

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "warning: Thing at http://box.example:1: texts and keys go there unprotected"
    )


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Create a self-signed certificate for 127.0.0.1; return it and its file."""
    folder = tmp_path_factory.mktemp("ca")
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
            "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, str(folder / "cert.pem")


def test_a_certificate_of_nobody_known_is_refused(certificate):
    with Service(tls=certificate[0]) as stub:
        with pytest.raises(
            RequestRefused, match=r"certificate was not accepted.*REQUESTS_CA_BUNDLE"
        ):
            client(stub.url).get_json("/x")
        assert not stub.requests


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_private_ca_is_named_in_the_environment(certificate, variable, monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, certificate[1])
    with Service(tls=certificate[0]) as stub:
        assert client(stub.url).get_json("/x") == 42


def test_a_ca_file_that_is_not_there_is_named(service, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such.pem")

    with pytest.raises(InputError, match=r"REQUESTS_CA_BUNDLE is '/no/such\.pem'; no such file"):
        client(service.url)


def test_https_to_a_server_without_it_is_told(service):
    with pytest.raises(RequestRefused, match="speaks plain http, not https"):
        client(service.url.replace("http:", "https:")).get_json("/x")


# Proxies


@pytest.mark.parametrize("variable", ["ALL_PROXY", "HTTP_PROXY"])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "socks4a"])
def test_a_socks_proxy_says_what_it_needs(monkeypatch, variable, scheme):
    monkeypatch.setenv(variable, f"{scheme}://127.0.0.1:1080")

    with pytest.raises(RequestRefused, match="is a SOCKS proxy, which needs pysocks: python -m"):
        client("http://service.example").get_json("/x")


@pytest.mark.parametrize("proxy", ["http://:3128", "http://[::1", "nonsense://proxy", "http://"])
def test_a_proxy_that_is_no_address_is_a_line(monkeypatch, proxy):
    monkeypatch.setenv("ALL_PROXY", proxy)

    with pytest.raises(PipelineError) as caught:
        client("http://service.example").get_json("/x")
    assert "Proxy(" not in str(caught.value) and "ALL_PROXY" in str(caught.value)
