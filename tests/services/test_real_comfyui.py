"""Tests against a real ComfyUI, if COMFYUI_URL names one. It needs a checkpoint; the pictures are tiny."""

import io
import json
import os
import threading
import time

import pytest
from audio_pipeline.engines import comfyui, comfyui_workflow
from audio_pipeline.errors import RequestRefused, ServiceUnavailable
from audio_pipeline.settings import Server
from comfyui_stub import NODES, own, workflow
from direct import HTTP, ask
from PIL import Image

URL = os.environ.get("COMFYUI_URL", "")
pytestmark = pytest.mark.skipif(not URL, reason="COMFYUI_URL names no ComfyUI")
SIDE = 64  # pixels


@pytest.fixture(scope="module")
def client():
    return comfyui.client(Server("comfyui", URL, 60), HTTP)


@pytest.fixture(scope="module")
def checkpoint(client):
    description = comfyui._class(client, "CheckpointLoaderSimple")
    return comfyui._choices(description, "ckpt_name")[0]


@pytest.fixture
def nodes(checkpoint):
    return workflow(
        Model__ckpt_name=checkpoint, Sampler__steps=1, Sampler__cfg=1, Size__width=SIDE, Size__height=SIDE,
    )  # fmt: skip


def draw(tmp_path, nodes, **changes):
    changes = {"timeout_s": 300, "checks": {"flat": "off", "repeat": "off"}, **changes}
    bindings = {"size": "", **changes.pop("bindings", {})}
    return ask("image", "comfyui", URL, **own(tmp_path, nodes, **bindings), **changes)


def pixels(made) -> bytes:
    return Image.open(io.BytesIO(made.data)).tobytes()


def test_a_real_server_draws_a_picture(tmp_path, nodes, checkpoint):
    made = draw(tmp_path, nodes, prompt="a red boat")

    assert Image.open(io.BytesIO(made.data)).size == (256, 256)
    assert made.model == checkpoint and made.service["version"]
    assert made.service["resized_from"] == f"{SIDE}x{SIDE}"


def test_a_real_server_draws_in_the_bound_size(tmp_path, nodes):
    assert "resized_from" not in draw(tmp_path, nodes, bindings={"size": "Size"}).service


def test_the_seed_makes_the_picture(tmp_path, nodes):
    one, same, other = (pixels(draw(tmp_path, nodes, seed=seed)) for seed in (5, 5, 6))

    assert one == same != other


def test_the_prompt_makes_the_picture(tmp_path, nodes):
    one, other = (pixels(draw(tmp_path, nodes, prompt=text)) for text in ("a cat", "a blue sea"))

    assert one != other


def test_a_refused_value_is_told_with_the_title_of_its_node(tmp_path, nodes):
    nodes["3"]["inputs"] |= {"steps": 0, "sampler_name": "best"}
    with pytest.raises(RequestRefused) as caught:
        draw(tmp_path, nodes)

    text = str(caught.value)
    assert "the node 'Sampler' (KSampler): Value 0 smaller than min of 1: steps; check own" in text
    assert "the node 'Sampler' (KSampler): Value not in list: sampler_name: 'best' not in" in text


def test_an_unknown_checkpoint_is_told_with_the_key(tmp_path, nodes):
    with pytest.raises(
        RequestRefused,
        match=r"'Model' \(CheckpointLoaderSimple\): Value not in list.*set image\.chec",
    ):
        draw(tmp_path, nodes, checkpoint="x")


def test_an_unknown_class_is_told_with_the_title_of_its_node(tmp_path, nodes):
    nodes["8"]["class_type"] = "BetterDecode"

    with pytest.raises(RequestRefused, match=r"the node 'Decoder' \(BetterDecode\): "):
        draw(tmp_path, nodes)


def test_a_workflow_without_an_output_is_told(tmp_path, nodes):
    del nodes["9"]

    with pytest.raises(RequestRefused, match="Prompt has no outputs"):
        draw(tmp_path, nodes)


def test_an_output_that_is_left_out_is_an_error(tmp_path, nodes):
    nodes["10"] = {
        "class_type": "SaveImage",
        "inputs": {"images": ["8", 0]},
        "_meta": {"title": "B"},
    }

    with pytest.raises(
        RequestRefused, match=r"the node 'B' \(SaveImage\): Required input is missing: file"
    ):
        draw(tmp_path, nodes, bindings={"output": "Save"})


def test_a_node_that_fails_is_told_with_its_title(tmp_path, nodes):
    nodes["5"] |= {"class_type": "EmptySD3LatentImage"}  # 16 channels
    nodes["8"]["inputs"]["samples"] = ["5", 0]

    with pytest.raises(
        RequestRefused, match=r"the node 'Decoder' \(VAEDecode\) failed: Given groups=1"
    ):
        draw(tmp_path, nodes)


def test_a_choice_among_several_pictures_is_followed(tmp_path, nodes):
    nodes["10"] = {
        "class_type": "EmptyImage",
        "inputs": {"width": 32, "height": 32, "batch_size": 1, "color": 255},
    }
    nodes["11"] = {
        "class_type": "PreviewImage",
        "inputs": {"images": ["10", 0]},
        "_meta": {"title": "Blue"},
    }
    made = draw(tmp_path, nodes, bindings={"output": "Blue"})

    assert Image.open(io.BytesIO(made.data)).getpixel((9, 9)) == (0, 0, 255)
    assert made.service["resized_from"] == "32x32"


def test_a_prompt_that_takes_too_long_is_interrupted(tmp_path, nodes, client):
    nodes["3"]["inputs"]["steps"] = 1000
    with pytest.raises(ServiceUnavailable, match=r"within 3 s \(.*raise image\.timeout_s"):
        draw(tmp_path, nodes, timeout_s=3)

    deadline = time.monotonic() + 60
    while any(queue := client.get_json("/queue").values()) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert not any(queue)


def test_prompts_wait_in_the_queue(tmp_path, nodes):
    made = []
    threads = []
    for seed in (101, 102, 103):
        folder = tmp_path / str(seed)
        folder.mkdir()
        threads.append(
            threading.Thread(target=lambda f=folder, s=seed: made.append(draw(f, nodes, seed=s)))
        )
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({pixels(one) for one in made}) == 3


def test_the_check_knows_the_server(tmp_path, nodes, client, checkpoint):
    settings = own(tmp_path, nodes)
    loaded = comfyui_workflow.load(settings["workflow"], settings["nodes"])

    assert "has all nodes of own.json and " in comfyui.check(client, loaded, checkpoint)
    with pytest.raises(
        RequestRefused, match=r"has no checkpoint 'x'; it has .*: set image\.checkpoint"
    ):
        comfyui.check(client, loaded, "x")
    nodes["8"]["class_type"] = "BetterDecode"
    loaded = comfyui_workflow.load(own(tmp_path / "..", nodes)["workflow"], NODES)
    with pytest.raises(
        RequestRefused, match=r"has no class for the node 'Decoder' \(BetterDecode\)"
    ):
        comfyui.check(client, loaded, "")


def test_the_memory_is_freed_and_the_next_picture_drawn(tmp_path, nodes, client):
    comfyui.free_memory(client)

    assert json.loads(json.dumps(draw(tmp_path, nodes, seed=77).service))["version"]
