"""Clients against a real Ollama and a real Stable Diffusion server, if the environment names one.

OLLAMA_BASE_URL, OLLAMA_MODEL: the model to use; by default, the first that the server has.
SD_SERVER_URL: any server with /sdapi/v1; the pictures requested are small, in two steps.
"""

import io
import os

import pytest
from audio_pipeline.engines import ollama, stable_diffusion
from audio_pipeline.errors import BadAnswer, RequestRefused
from audio_pipeline.settings import Server
from direct import HTTP, ask, settings
from PIL import Image

OLLAMA, SD = os.environ.get("OLLAMA_BASE_URL", ""), os.environ.get("SD_SERVER_URL", "")
needs_ollama = pytest.mark.skipif(not OLLAMA, reason="OLLAMA_BASE_URL names no Ollama")
needs_sd = pytest.mark.skipif(not SD, reason="SD_SERVER_URL names no Stable Diffusion server")
SHORT = {"system_prompt": "", "temperature": 0, "timeout_s": 300}
PROMPT = "Why is the sky blue? Tell me in one short paragraph."
SMALL = {"width": 256, "height": 256, "steps": 2, "cfg_scale": 1, "timeout_s": 300}


@pytest.fixture(scope="module")
def model():
    client = ollama.client(Server("ollama", OLLAMA, 10), HTTP)
    return os.environ.get("OLLAMA_MODEL") or next(iter(ollama.models(client)))


def script(model, **changes):
    return ask("script", "ollama", OLLAMA, **{**SHORT, "model": model, "prompt": PROMPT, **changes})


@needs_ollama
def test_a_real_ollama_writes_a_script(model):
    made = script(model)

    assert len(made.data.split()) > 10 and made.model == model
    assert len(made.service["digest"]) == 64 and made.service["version"]
    assert made.service["prompt_eval_count"] > 10 and made.service["eval_count"] > 10


@needs_ollama
@pytest.mark.parametrize("keep_alive", ["5m", "-1", "0"])
def test_a_real_ollama_takes_every_form_of_keep_alive(model, keep_alive):
    assert script(model, keep_alive=keep_alive).data


@needs_ollama
def test_a_real_ollama_counts_a_prompt_that_is_too_long(model):
    with pytest.raises(
        RequestRefused, match=r"it has (\d+|too many) tokens, and script\.context_tokens is 512"
    ):
        script(model, prompt="a b c, " * 150, context_tokens=512)


@needs_ollama
def test_a_real_ollama_cuts_off_and_says_so(model):
    with pytest.raises(BadAnswer, match=r"cut off \(length\) after max_tokens, 16"):
        script(model, max_tokens=16, prompt="Write a very long story about the sea.")


@needs_ollama
def test_a_real_ollama_without_the_model_is_told_with_the_command():
    with pytest.raises(RequestRefused, match="run 'ollama pull no-such-model:1b'"):
        script("no-such-model:1b")


@needs_ollama
def test_a_real_ollama_that_cannot_pull_says_why():
    client = ollama.client(Server("ollama", OLLAMA, 10), HTTP)

    with pytest.raises(
        RequestRefused, match="could not pull 'no-such-model:1b': pull model manifest"
    ):
        ollama.pull(client, "no-such-model:1b", lambda _: None)


def draw(**changes):
    return ask("image", "stable-diffusion", SD, **{**SMALL, **changes})


@needs_sd
def test_a_real_server_draws_a_picture():
    made = draw()

    image = Image.open(io.BytesIO(made.data))
    assert (image.format, image.size) == ("PNG", (256, 256))
    assert "Steps: 2" in image.text["parameters"] and made.checks == [
        "decodes",
        "size",
        "flat",
        "repeat",
    ]


@needs_sd
def test_a_real_server_draws_with_the_checkpoint_that_it_has():
    client = stable_diffusion.client(settings("image", "stable-diffusion", SD), HTTP)
    name = stable_diffusion.checkpoints(client)[0]["model_name"]

    assert draw(checkpoint=name).model == name


@needs_sd
@pytest.mark.parametrize("key", ["checkpoint", "sampler", "scheduler"])
def test_a_real_server_does_not_draw_with_something_else(key):
    with pytest.raises(RequestRefused, match=f"has no {key} 'no-such-one'"):
        draw(**{key: "no-such-one"})


@needs_sd
def test_a_size_that_a_real_server_rounds_is_fitted():
    made = draw(width=300, height=260)

    assert Image.open(io.BytesIO(made.data)).size == (300, 260)
