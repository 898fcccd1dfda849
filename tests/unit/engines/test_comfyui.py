"""Pictures by ComfyUI: what is sent, the queue, the errors of nodes, and hostile answers."""

import io
import time

import bad_replies
import pytest
import sample_media
from audio_pipeline.engines import comfyui
from audio_pipeline.errors import RequestRefused, ServiceUnavailable
from comfyui_stub import NEVER, NODES, ComfyUIStub, own, replaced, workflow
from direct import HTTP, ask
from PIL import Image
from replies import Reply, json_reply


@pytest.fixture
def server():
    with ComfyUIStub() as stub:
        yield stub


@pytest.fixture
def instant(monkeypatch):
    """Pass the time of pauses without sleeping."""
    now = [0.0]
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    monkeypatch.setattr(comfyui.time, "monotonic", lambda: now[0])


def draw(server, **changes):
    return ask("image", "comfyui", server.url, **changes)


def paths(server) -> list[str]:
    return [f"{request.method} {request.path.split('?')[0]}" for request in server.requests]


# Requests


def test_the_workflow_is_sent_with_the_values_at_the_bound_nodes(server):
    made = draw(server, prompt="a sky", negative_prompt="text", seed=9, checkpoint="first")

    (request,) = server.asked()
    expected = workflow(
        Positive__text="a sky", Negative__text="text", Size__width=256, Size__height=256, Sampler__seed=9,
        Model__ckpt_name="first",
    )  # fmt: skip
    assert request.body.pop("prompt_id")
    assert request.body == {"prompt": expected, "client_id": "audio-pipeline"}
    assert Image.open(io.BytesIO(made.data)).size == (256, 256)


def test_nothing_else_is_changed_in_the_workflow(server):
    bindings = {**dict.fromkeys(NODES, ""), "prompt": "Positive"}
    made = draw(server, prompt="a sky", nodes=bindings)

    assert server.asked()[0].body["prompt"] == workflow(Positive__text="a sky")
    assert made.service["resized_from"] == "512x512"


def test_the_record_gets_the_version_and_the_checkpoint(server):
    made = draw(server)

    assert made.service.pop("fingerprint")
    assert made.service == {"version": "0.3.64"} and made.model == "tiny.safetensors"


def test_without_a_bound_checkpoint_the_record_names_the_workflow(server):
    assert draw(server, nodes={**NODES, "checkpoint": ""}).model == "comfyui_workflow.json"


def test_the_png_has_the_title_and_the_seed(server):
    text = Image.open(io.BytesIO(draw(server, prompt="a sky", seed=9).data)).text

    assert text == {"Title": "a sky", "Seed": "9", "Software": "Audio Pipeline"}


def test_a_server_without_a_version_draws_all_the_same(server):
    replaced(server, "/system_stats", lambda _: Reply(500))

    assert "version" not in draw(server).service


def test_basic_authentication_comes_from_the_environment(server, monkeypatch):
    monkeypatch.setenv("SD_SERVER_AUTH", "me:secret")
    draw(server)

    expected = f"Basic {sample_media.base64_of(b'me:secret')}"
    assert {request.headers["Authorization"] for request in server.requests} == {expected}


def test_a_path_in_the_address_is_kept(server):
    normal = server.answer
    server.generation = frozenset({("POST", "/comfy/prompt")})
    server.answer = lambda request: normal(
        request._replace(path=request.path.removeprefix("/comfy"))
    )
    ask("image", "comfyui", server.url + "/comfy")

    assert all(request.path.startswith("/comfy/") for request in server.requests)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_another_format_becomes_a_png(server, kind):
    server.kind = kind

    assert draw(server).service["sent_as"] == kind


# The queue


@pytest.mark.usefixtures("instant")
def test_a_prompt_is_waited_for(server):
    server.looks = 20
    draw(server, timeout_s=60)

    assert len(server.asked()) == 1
    assert (
        paths(server).count("GET /queue")
        < 5
        < paths(server).count(f"GET /history/{server.asked()[0].body['prompt_id']}")
    )


def test_an_older_server_that_chooses_the_id_itself_is_fine(server):
    server.takes_ids = False

    assert draw(server).data


@pytest.mark.usefixtures("instant")
def test_a_prompt_that_takes_too_long_is_interrupted(server):
    server.looks = NEVER
    with pytest.raises(ServiceUnavailable) as caught:
        draw(server, timeout_s=30)

    assert str(caught.value) == (
        f"ComfyUI at {server.url} did not draw the picture within 30 s (it was being drawn); "
        "raise image.timeout_s if it is only slow"
    )
    sent = [request.body["prompt_id"] for request in server.asked()]
    assert server.interrupted == sent and not server.queue


@pytest.mark.usefixtures("instant")
def test_a_prompt_that_waits_too_long_is_taken_out_of_the_queue(server):
    server.ahead = 3
    with pytest.raises(ServiceUnavailable, match=r"within 30 s \(3 prompts in its queue\)"):
        draw(server, timeout_s=30)

    assert not server.queue and not server.interrupted
    assert "POST /interrupt" not in paths(server)  # another prompt runs


def test_a_prompt_that_a_restart_has_lost_is_queued_again(server, capsys):
    normal = server.answer

    def restarting(request):
        if request.path.startswith("/history/") and len(server.asked()) == 1:
            server.restart()
        return normal(request)

    server.answer = restarting
    made = draw(server)

    one, other = server.asked()
    assert made.data and one.body["prompt"] == other.body["prompt"]
    assert "no longer has the prompt: it was restarted, or its queue" in capsys.readouterr().out


def test_a_prompt_that_is_always_lost_is_an_error(server):
    replaced(server, "/history/", lambda _: json_reply({}))
    replaced(server, "/queue", lambda _: json_reply({"queue_running": [], "queue_pending": []}))

    with pytest.raises(ServiceUnavailable, match="no longer has the prompt"):
        draw(server)
    assert len(server.asked()) == HTTP.tries


def test_a_prompt_that_ends_between_two_looks_is_not_lost(server):
    server.looks = 1
    replaced(server, "/queue", lambda _: json_reply({"queue_running": [], "queue_pending": []}))

    assert draw(server).data and len(server.asked()) == 1


def test_a_queue_that_is_too_long_to_be_read_is_waited_for(server):
    server.looks = 2
    replaced(server, "/queue", lambda _: Reply(body=b"[" + b" " * 17 * 2**20 + b"]"))

    assert draw(server).data and len(server.asked()) == 1


def test_an_interruption_by_someone_is_followed_by_another_try(server):
    server.failure = ("execution_interrupted", {"node_id": "3", "node_type": "KSampler"})

    with pytest.raises(ServiceUnavailable, match="the prompt was interrupted there"):
        draw(server)
    assert len(server.asked()) == HTTP.tries


def test_a_break_while_waiting_does_not_queue_the_prompt_again(server):
    server.looks, breaks = 2, [Reply(500), Reply(503)]
    replaced(server, "/history/", lambda reply: breaks.pop() if breaks else reply)

    assert draw(server).data and len(server.asked()) == 1


def test_a_prompt_whose_number_never_arrived_is_not_left_in_the_queue(server):
    server.looks = NEVER

    def lost(handler):
        handler.normal()
        server.looks = 0
        bad_replies.reset(handler)

    server.fault, server.fault_times = lost, 1
    draw(server)

    one, other = (request.body["prompt_id"] for request in server.asked())
    assert one != other and server.interrupted == [one]


# Errors of nodes


def test_a_refused_value_is_told_with_the_title_of_its_node(server, tmp_path):
    settings = own(tmp_path, workflow(Sampler__steps=0, Sampler__sampler_name="best"))
    with pytest.raises(RequestRefused) as caught:
        draw(server, **settings)

    assert str(caught.value) == (
        f"ComfyUI at {server.url}: the node 'Sampler' (KSampler): Value 0 smaller than min of 1: steps; "
        "check own.json; the node 'Sampler' (KSampler): Value not in list: "
        "sampler_name: 'best' not in ['euler', 'dpmpp_2m']; check own.json"
    )
    assert len(server.asked()) == 1


def test_an_unknown_checkpoint_is_told_with_the_key(server):
    with pytest.raises(
        RequestRefused, match=r"'Model' \(CheckpointL.*'x' not in .*; set image\.ch"
    ):
        draw(server, checkpoint="x")


def test_an_unknown_class_is_told_with_the_title_of_its_node(server, tmp_path):
    nodes = workflow()
    nodes["8"]["class_type"] = "BetterDecode"
    text = r"the node 'Decoder' \(BetterDecode\): Cannot execute because node BetterDecode does not exist"

    with pytest.raises(RequestRefused, match=text):
        draw(server, **own(tmp_path, nodes))


def test_a_workflow_without_an_output_is_told_in_the_servers_words(server, tmp_path):
    nodes = workflow()
    del nodes["9"]

    with pytest.raises(RequestRefused, match="HTTP 400: Prompt has no outputs"):
        draw(server, **own(tmp_path, nodes))


def test_an_output_that_is_left_out_is_an_error(server, tmp_path):
    """The server runs the outputs that are valid, and reports the others under HTTP 200."""
    nodes = workflow()
    nodes["10"] = {
        "class_type": "SaveImage",
        "inputs": {"images": ["8", 0]},
        "_meta": {"title": "B"},
    }

    with pytest.raises(RequestRefused, match=r"'B' \(SaveImage\): Required input is missing: file"):
        draw(server, **own(tmp_path, nodes, output="Save"))
    assert not server.queue


def test_a_node_that_fails_is_told_with_its_title(server):
    server.failure = ("execution_error", {
        "node_id": "3", "node_type": "KSampler", "exception_message": "mat1 and mat2 shapes\ncannot be multiplied",
        "exception_type": "RuntimeError", "traceback": ["  File …"],
    })  # fmt: skip

    with pytest.raises(RequestRefused) as caught:
        draw(server)
    assert str(caught.value) == (
        f"ComfyUI at {server.url}: the node 'Sampler' (KSampler) failed: mat1 and mat2 shapes cannot be multiplied"
    )
    assert len(server.asked()) == 1


@pytest.mark.parametrize(
    "error",
    [
        {"exception_type": "torch.OutOfMemoryError", "exception_message": "Allocation on device "},
        {"exception_type": "RuntimeError", "exception_message": "CUDA out of memory."},
    ],
)
def test_out_of_memory_is_told_with_what_to_do(server, error):
    server.failure = ("execution_error", {"node_id": "3", **error})

    with pytest.raises(
        ServiceUnavailable, match=r"no memory for 256x256; set a smaller image\.wid"
    ):
        draw(server)


@pytest.mark.parametrize("status", [404, 405])
def test_another_service_is_recognised(server, status):
    server.fault = bad_replies.status(status, b"Not Found", "text/plain")

    with pytest.raises(RequestRefused, match=r"does not answer as ComfyUI does \(HTTP 40"):
        draw(server)
