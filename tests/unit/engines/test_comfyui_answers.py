"""Pictures by ComfyUI: which picture is taken, hostile answers, and the check before a run."""

import json

import bad_replies
import comfyui_stub
import pytest
import sample_media
from audio_pipeline.engines import comfyui, comfyui_workflow, gpu_memory
from audio_pipeline.errors import BadAnswer, RequestRefused, ServiceUnavailable
from audio_pipeline.settings import Server
from audio_pipeline.slot_policy import GpuShare
from comfyui_stub import NODES, ComfyUIStub, own, replaced, with_entry, workflow
from direct import HTTP, ask, configuration
from replies import Reply


@pytest.fixture
def server():
    with ComfyUIStub() as stub:
        yield stub


def draw(server, **changes):
    return ask("image", "comfyui", server.url, **changes)


# Pictures


def with_preview(tmp_path, output: str) -> dict:
    nodes = workflow()
    nodes["10"] = {
        "class_type": "SaveImage",
        "inputs": nodes["9"]["inputs"],
        "_meta": {"title": "B"},
    }
    return own(tmp_path, nodes, output=output)


def test_the_picture_of_the_chosen_node_is_taken(server, tmp_path):
    draw(server, **with_preview(tmp_path, "B"))

    assert "_10_.png" in next(r.path for r in server.requests if r.path.startswith("/view"))


def test_several_pictures_of_unknown_nodes_need_a_choice(server):
    image = {"filename": "x.png", "subfolder": "", "type": "output"}
    with_entry(server, outputs={"9": {"images": [image]}, "77": {"images": [image]}})

    with pytest.raises(
        RequestRefused,
        match=r"several nodes gave pictures: the node 'Save' \(Sa.*the node 77; set im",
    ):
        draw(server)


def test_a_chosen_node_without_a_picture_is_an_error(server):
    with pytest.raises(
        RequestRefused, match=r"the node 'Decoder' \(VAEDecode\) gave no picture; set"
    ):
        draw(server, nodes={**NODES, "output": "Decoder"})


def test_a_run_without_a_picture_is_an_error(server):
    with_entry(server, outputs={})

    with pytest.raises(
        RequestRefused, match=r"ran comfyui_workflow\.json and has no picture; expec"
    ):
        draw(server)


def test_a_picture_that_was_deleted_is_a_bad_answer(server):
    replaced(server, "/view", lambda _: Reply(404))

    with pytest.raises(BadAnswer, match=r"no longer has its file '.*_9_\.png' \(HTTP 404\)"):
        draw(server)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a?b&type=input#c", "a\r\nX: y", "\ud800"]
)
def test_a_hostile_file_name_only_goes_back_to_the_server(server, name):
    with_entry(
        server, outputs={"9": {"images": [{"filename": name, "subfolder": "..", "type": "output"}]}}
    )

    with pytest.raises(BadAnswer, match="no longer has its file"):
        draw(server)
    (view,) = (request.path for request in server.requests if request.path.startswith("/view"))
    assert view.count("?") == 1 and view.count("&") == 2 and view.endswith("&type=output")


@pytest.mark.parametrize(
    "image",
    [
        5,
        None,
        {},
        {"filename": ""},
        {"filename": 5},
        {"filename": "x" * 1000},
        {"filename": "x", "type": []},
    ],
)
def test_a_picture_without_a_file_name_is_a_bad_answer(server, image):
    with_entry(server, outputs={"9": {"images": [image]}})

    with pytest.raises(BadAnswer, match="expected the name of a picture's file"):
        draw(server)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", "cannot be decoded"),
        (b"<html>", "cannot be decoded"),
        (sample_media.picture("x", 1, 64, 64)[:200], "cannot be decoded"),
        (sample_media.flat_picture(256, 256), "the picture is black"),
    ],
)
def test_what_is_no_picture_is_a_bad_answer(server, body, text):
    replaced(server, "/view", lambda _: Reply(body=body, kind="image/png"))

    with pytest.raises(BadAnswer, match=text):
        draw(server)


def test_a_huge_history_is_a_bad_answer(server):
    replaced(server, "/history/", lambda _: Reply(body=b" " * 17 * 2**20))

    with pytest.raises(BadAnswer, match="sent more than 16 MB"):
        draw(server)


@pytest.mark.parametrize("prompt_id", [None, 5, "", "x" * 201, ["x"]])
def test_an_id_that_is_none_is_a_bad_answer(server, prompt_id):
    server.fault = bad_replies.status(200, json.dumps({"prompt_id": prompt_id}).encode())

    with pytest.raises(BadAnswer, match="expected the ID of a prompt"):
        draw(server)


def test_an_id_cannot_lead_to_another_path(server):
    server.fault = bad_replies.status(200, b'{"prompt_id": "../x?y#\\ud800"}')

    with pytest.raises(ServiceUnavailable, match="no longer has the prompt"):
        draw(server)
    assert "/history/..%2Fx%3Fy%23%3F" in [request.path for request in server.requests]


@pytest.mark.parametrize(
    "messages", [None, [], [5], [["execution_error"]], [["execution_error", 5]]]
)
def test_a_failure_without_a_reason_is_told_as_such(server, messages):
    with_entry(server, status={"status_str": "error", "messages": messages})

    with pytest.raises(
        RequestRefused, match=r"could not run comfyui_workflow\.json and gave no rea"
    ):
        draw(server)


# The check before a run, and the GPU


def check(server, name="", **bindings) -> str:
    loaded = comfyui_workflow.load(str(comfyui_stub.WORKFLOW), {**NODES, **bindings})
    return comfyui.check(comfyui.client(Server("comfyui", server.url, 5), HTTP), loaded, name)


def test_the_check_generates_nothing(server):
    assert check(server) == (
        f"ComfyUI at {server.url}, version 0.3.64, has all nodes of comfyui_workflow.json and tiny.safetensors"
    )
    assert not server.asked()


def test_the_check_finds_classes_that_the_server_lacks(server):
    normal = server.classes()
    server.classes = lambda: {kind: normal[kind] for kind in normal if not kind.startswith("VAE")}

    with pytest.raises(
        RequestRefused, match=r"has no class for the node 'Decoder' \(VAEDecode\): in"
    ):
        check(server)


@pytest.mark.parametrize("newer", [False, True])
def test_the_check_finds_a_checkpoint_that_the_server_lacks(server, newer):
    if newer:  # the form of newer nodes
        normal = server.classes()
        normal["CheckpointLoaderSimple"] = {"ckpt_name": ["COMBO", {"options": ["one"]}]}
        server.classes = lambda: normal

    with pytest.raises(
        RequestRefused, match=r"has no checkpoint 'x'; it has .*: set image\.checkp"
    ):
        check(server, "x")
    assert "comfyui_workflow.json" in check(server, "x", checkpoint="")


def test_the_check_recognises_another_service(server):
    replaced(server, "/system_stats", lambda _: Reply(404))

    with pytest.raises(RequestRefused, match="does not answer as ComfyUI does"):
        check(server)


@pytest.mark.parametrize(("user", "freed"), [("llm", 1), ("sd", 0)])
def test_the_memory_of_a_shared_gpu_is_freed_for_the_language_model(server, user, freed):
    config = configuration(
        script={"engine": "openai", "url": "http://127.0.0.1:1/v1"},
        image={"engine": "comfyui", "url": server.url},
    )
    gpu_memory.free(GpuShare(user, config.script, config.image), HTTP)

    assert server.freed == freed
