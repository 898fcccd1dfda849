"""Download of a voice from a local server with the layout of the official one, and its lookup."""

import functools
import gzip
import hashlib
import http.server
import json
import threading

import bad_replies
import pytest
from audio_pipeline.engines import models, piper_voices
from audio_pipeline.engines.piper_voices import fetch
from audio_pipeline.errors import BadAnswer, EngineError, InputError
from service_stubs import FortyTwo

NAME = "pt_BR-faber-medium"
FOLDER = "pt/pt_BR/faber/medium"
CONTENT = {f"{NAME}.onnx": b"a voice" * 1000, f"{NAME}.onnx.json": b'{"audio": {}}'}


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return the folder that is served, and its address."""
    monkeypatch.setenv("AUDIO_PIPELINE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "site"
    (folder / FOLDER).mkdir(parents=True)
    files = {}
    for name, data in CONTENT.items():
        (folder / FOLDER / name).write_bytes(data)
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        files[f"{FOLDER}/{name}"] = {"size_bytes": len(data), "md5_digest": digest}
    files[f"{FOLDER}/MODEL_CARD"] = {"size_bytes": 1, "md5_digest": "0"}
    (folder / "voices.json").write_text(json.dumps({NAME: {"files": files}}))
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log nothing."""


def test_a_voice_is_fetched_with_its_configuration_and_then_found(site):
    _, url = site

    path = fetch(NAME, url, lambda _: None)

    assert path == models.voice(NAME)
    assert path.read_bytes() == CONTENT[f"{NAME}.onnx"]
    assert path.with_name(f"{NAME}.onnx.json").read_bytes() == CONTENT[f"{NAME}.onnx.json"]


def test_a_voice_that_is_there_is_not_fetched_again(site):
    folder, url = site
    fetch(NAME, url, lambda _: None)
    (folder / "voices.json").unlink()

    assert fetch(NAME, url, lambda _: None).is_file()


@pytest.mark.parametrize("data", [b"another" * 1000, b"a voice" * 999, b"a voice" * 2000])
def test_a_file_of_another_size_or_hash_is_thrown_away(site, data):
    folder, url = site
    (folder / FOLDER / f"{NAME}.onnx").write_bytes(data)

    with pytest.raises(BadAnswer, match="it was deleted"):
        fetch(NAME, url, lambda _: None)

    assert not models.voice_path(NAME).exists()
    assert not list(models.cache().rglob("*.tmp"))


def test_a_voice_that_is_not_published_is_told_with_those_of_its_language(site):
    with pytest.raises(
        InputError, match=r"no voice 'pt_BR-edresson-low'; .* it has pt_BR-faber-medium"
    ):
        fetch("pt_BR-edresson-low", site[1], lambda _: None)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "pt_BR", "pt_BR-faber-medium/..", "a b"])
def test_what_is_no_name_of_a_voice_is_refused_before_anything_is_asked(name):
    with pytest.raises(InputError, match="is not the name of a Piper voice"):
        fetch(name, "http://127.0.0.1:9", lambda _: None)


def test_without_a_network_there_is_one_clear_line(monkeypatch, tmp_path):
    monkeypatch.setenv("AUDIO_PIPELINE_CACHE", str(tmp_path))

    with pytest.raises(EngineError, match="fetching a voice needs the internet"):
        fetch(NAME, "http://127.0.0.1:9", lambda _: None)


@pytest.mark.parametrize(
    "fault",
    [
        bad_replies.status(200, b"[" * 100_000),
        bad_replies.status(200, gzip.compress(b" " * 2**25), **{"Content-Encoding": "gzip"}),
        bad_replies.status(200, b" " * 2**25),
        bad_replies.status(
            200, json.dumps({NAME: {"files": {f"{NAME}.onnx": {"size_bytes": 1e400}}}}).encode()
        ),
        bad_replies.reset_in_body,
        bad_replies.close_in_body,
    ],
)
def test_a_hostile_list_of_voices_is_a_line(tmp_path, monkeypatch, fault):
    monkeypatch.setenv("AUDIO_PIPELINE_CACHE", str(tmp_path))
    with FortyTwo(fault=fault) as stub, pytest.raises((BadAnswer, EngineError), match=stub.url):
        fetch(NAME, stub.url, lambda _: None)


def test_a_list_that_never_ends_is_given_up(tmp_path, monkeypatch):
    def drip(handler):
        handler.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not handler.stub.closing.wait(0.05):
            handler.connection.sendall(b" ")

    monkeypatch.setenv("AUDIO_PIPELINE_CACHE", str(tmp_path))
    monkeypatch.setattr(piper_voices, "_LIST_S", 0.5)
    with FortyTwo(fault=drip) as stub, pytest.raises(EngineError, match="cannot be fetched"):
        fetch(NAME, stub.url, lambda _: None)


def test_an_address_with_a_password_is_refused_unseen(site):
    with pytest.raises(InputError) as caught:
        fetch(NAME, "http://me:secret@127.0.0.1:9", lambda _: None)
    assert "secret" not in str(caught.value)


def test_another_voice_is_refused_with_what_is_possible(monkeypatch, tmp_path):
    monkeypatch.setenv("AUDIO_PIPELINE_CACHE", str(tmp_path))

    with pytest.raises(EngineError, match="run 'make voice V=pt_BR-faber-medium'"):
        models.voice("pt_BR-faber-medium")


def test_a_voice_that_was_fetched_is_found(monkeypatch, tmp_path):
    monkeypatch.setenv("AUDIO_PIPELINE_CACHE", str(tmp_path))
    path = models.voice_path("pt_BR-faber-medium")
    path.parent.mkdir()
    path.touch()

    assert models.voice("pt_BR-faber-medium") == path


def test_a_voice_that_is_not_installed_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(models.importlib.util, "find_spec", lambda _: None)

    with pytest.raises(EngineError, match="is not installed; run 'make setup'"):
        models.voice(models.VOICE)


def test_the_installed_voice_is_the_published_one(monkeypatch, tmp_path):
    monkeypatch.setenv("AUDIO_PIPELINE_CACHE", str(tmp_path))

    assert models.voice(models.VOICE).is_file()
