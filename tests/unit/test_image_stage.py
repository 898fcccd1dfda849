"""Requests to the picture services, and the PNG made of their answers."""

import io
import json

import bad_replies
import pytest
import sample_media
from audio_pipeline.errors import BadAnswer, RequestRefused, ServiceUnavailable
from audio_pipeline.pictures import picture_checks
from direct import ask
from PIL import Image
from replies import json_reply
from service_stubs import OpenAIStub, StableDiffusionStub


@pytest.fixture
def server():
    with StableDiffusionStub() as stub:
        yield stub


def draw(server, **changes):
    return ask("image", "stable-diffusion", server.url, **changes)


def opened(made) -> Image.Image:
    return Image.open(io.BytesIO(made.data))


# Requests


def test_stable_diffusion_is_sent_exactly_this(server):
    draw(server, prompt="a sky", negative_prompt="text", steps=20, cfg_scale=6.5, seed=9)

    (request,) = server.asked()
    assert (request.method, request.path) == ("POST", "/sdapi/v1/txt2img")
    assert request.body == {
        "prompt": "a sky", "negative_prompt": "text", "width": 256, "height": 256, "steps": 20,
        "cfg_scale": 6.5, "seed": 9, "batch_size": 1, "n_iter": 1, "send_images": True, "save_images": False,
        "sampler_name": "Euler a",
    }  # fmt: skip


def test_a_checkpoint_and_a_scheduler_are_sent_when_they_are_set(server):
    server.answer = with_schedulers(server)
    draw(server, checkpoint="dreamshaper_8", scheduler="karras")

    body = server.asked()[0].body
    assert body["override_settings"] == {"sd_model_checkpoint": "dreamshaper_8"}
    assert body["override_settings_restore_afterwards"] is False
    assert body["scheduler"] == "karras"


def test_openai_is_sent_exactly_this():
    with OpenAIStub() as stub:
        made = ask("image", "openai", stub.url, prompt="a sky")

        (request,) = stub.asked()
    assert request.path == "/v1/images/generations"
    assert request.body == {"model": "gpt-image-1", "prompt": "a sky", "size": "1024x1024", "n": 1}
    assert opened(made).size == (256, 256)


def test_basic_authentication_comes_from_the_environment(server, monkeypatch):
    server.login = "me:secret"
    with pytest.raises(
        RequestRefused, match="Incorrect username or password; SD_SERVER_AUTH is not set"
    ):
        draw(server)
    monkeypatch.setenv("SD_SERVER_AUTH", "me:secret")

    assert draw(server).data


# Checkpoint, sampler, scheduler


@pytest.mark.parametrize(
    "name",
    [
        "dreamshaper_8",
        "dreamshaper_8.safetensors [879db523c3]",
        "dreamshaper_8.safetensors",
        "879db523c3",
    ],
)
def test_a_checkpoint_goes_by_every_name_that_the_server_has_for_it(server, name):
    server.checkpoints = ["dreamshaper_8"]

    assert draw(server, checkpoint=name).model == name


def test_an_unknown_checkpoint_is_an_error_before_anything_is_drawn(server):
    with pytest.raises(
        RequestRefused, match=r"has no checkpoint 'x'; it has dreamshaper_8, sd_xl_base_1\.0"
    ):
        draw(server, checkpoint="x")

    assert not server.asked()


def test_a_picture_of_another_checkpoint_is_refused(server):
    def other(handler):
        answer = json.loads(handler.normal().body)
        answer["info"] = json.dumps({"sd_model_name": "sd_xl_base_1.0"})
        handler.send(json_reply(answer))

    server.fault = other

    with pytest.raises(
        RequestRefused, match=r"drew with the checkpoint 'sd_xl_base_1\.0', not 'dreamsh"
    ):
        draw(server, checkpoint="dreamshaper_8")


def test_without_a_checkpoint_the_record_names_the_one_that_was_loaded(server):
    assert draw(server).model == "dreamshaper_8"
    server.info = False  # as on stable-diffusion.cpp

    assert draw(server).model == "dreamshaper_8.safetensors [879db523c3]"


def test_the_record_gets_version_and_hash(server):
    service = draw(server, checkpoint="dreamshaper_8").service

    assert len(service.pop("fingerprint")) == 16
    assert service == {
        "checkpoint_sha256": "8" * 64,
        "checkpoint_hash": "879db523c3",
        "version": "v1.10.1",
    }


def test_an_unknown_sampler_is_an_error_before_anything_is_drawn(server):
    """stable-diffusion.cpp would silently use another one."""
    with pytest.raises(
        RequestRefused, match=r"has no sampler 'X'; it has Euler a, Euler, DPM\+\+ 2M: set image"
    ):
        draw(server, sampler="X")

    assert not server.asked()


@pytest.mark.parametrize(
    ("listed", "wanted", "sent"),
    [
        ("euler_a", "Euler a", "euler_a"),
        ("Euler a", "k_euler_a", "Euler a"),
        ("dpm++2m", "DPM++ 2M", "dpm++2m"),
    ],
)
def test_a_sampler_is_sent_as_the_server_spells_it(server, listed, wanted, sent):
    server.samplers = [listed]
    draw(server, sampler=wanted)

    assert server.asked()[0].body["sampler_name"] == sent


def test_a_scheduler_in_the_samplers_name_is_taken_apart(server):
    server.answer = with_schedulers(server)
    draw(server, sampler="DPM++ 2M Karras")

    body = server.asked()[0].body
    assert (body["sampler_name"], body["scheduler"]) == ("DPM++ 2M", "Karras")


def with_schedulers(server):
    normal = server.answer

    def answer(request):
        if request.path == "/sdapi/v1/schedulers":
            return json_reply(
                [{"name": "karras", "label": "Karras"}, {"name": "simple", "label": "Simple"}]
            )
        return normal(request)

    return answer


# Errors


@pytest.mark.parametrize(
    ("code", "body", "message"),
    [
        (404, {"detail": "Not Found"}, "AUTOMATIC1111 and Forge must be started with --api"),
        (
            404,
            {"detail": "Sampler not found"},
            "Sampler not found: set image.sampler, now 'Euler a'",
        ),
        (400, {"detail": "Invalid sampler"}, "Invalid sampler: set image.sampler"),
        (
            422,
            {"detail": [{"loc": ["body", "steps"], "msg": "too big", "type": "t"}]},
            "body.steps: too big",
        ),
    ],
)
def test_what_will_not_pass_is_told_in_the_servers_words(server, code, body, message):
    server.fault = bad_replies.status(code, json.dumps(body).encode())

    with pytest.raises(RequestRefused) as caught:
        draw(server)

    assert message in str(caught.value) and len(server.asked()) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"error": "OutOfMemoryError", "detail": "", "body": "", "errors": "CUDA out of memory."},
        {"error": "OutOfMemoryError", "detail": "", "body": "", "message": "CUDA out of memory."},
        {"detail": "CUDA out of memory. Tried to allocate 2 GiB"},
        {"error": "server_error", "message": "ggml: out of memory"},
    ],
)
def test_out_of_memory_is_told_in_every_shape(server, body):
    server.fault = bad_replies.status(500, json.dumps(body).encode())

    with pytest.raises(
        ServiceUnavailable, match=r"no memory for 256x256; set a smaller image\.width"
    ):
        draw(server)


def test_a_missing_interface_is_named_when_the_checkpoint_is_looked_up(server):
    server.api = False

    with pytest.raises(RequestRefused, match="must be started with --api"):
        draw(server, checkpoint="dreamshaper_8")


# Answers


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_another_format_becomes_a_png(server, kind):
    server.kind = kind
    made = draw(server)

    assert opened(made).format == "PNG" and made.service["sent_as"] == kind


def test_a_data_prefix_and_line_breaks_are_fine(server):
    def wrapped(handler):
        answer = json.loads(handler.normal().body)
        text = answer["images"][0]
        answer["images"] = ["data:image/png;base64," + "\n".join([text[:70], text[70:]])]
        handler.send(json_reply(answer))

    server.fault = wrapped

    assert opened(draw(server)).size == (256, 256)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([""], "empty picture; it may be out of memory"),
        ([], "expected a picture in 'images'"),
        (None, "expected a picture in 'images'"),
        ([5], "expected a picture in 'images'"),
        (["%%%"], "cannot be decoded"),
        (["aGVsbG8="], "cannot be decoded"),
        ([sample_media.base64_of(sample_media.picture("x", 1, 64, 64)[:200])], "cannot be decoded"),
        ([sample_media.base64_of(sample_media.flat_picture(256, 256))], "the picture is black"),
        (
            [sample_media.base64_of(sample_media.flat_picture(256, 256, (99, 9, 9)))],
            r"flat, all of it about \(99",
        ),
    ],
)
def test_what_is_no_picture_is_a_bad_answer(server, images, message):
    server.fault = bad_replies.status(200, json.dumps({"images": images, "info": ""}).encode())

    with pytest.raises(BadAnswer, match=message):
        draw(server)


def test_a_picture_of_another_size_is_fitted_and_that_is_said(server, capsys):
    server.size_step = 64
    made = draw(server, width=300, height=260)

    assert opened(made).size == (300, 260)
    assert made.service["resized_from"] == "320x320"
    assert "the picture came as 320x320; fitted to 300x260" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("mode", "colour"), [("L", 30), ("RGBA", (1, 2, 3, 255)), ("P", 3), ("I;16", 9)]
)
def test_a_flat_picture_is_flat_in_every_mode(mode, colour):
    with pytest.raises(BadAnswer):
        picture_checks.check_not_flat(Image.new(mode, (64, 64), colour).convert("RGB"))


def test_noise_below_the_threshold_is_flat_and_a_soft_sky_is_not():
    soft = Image.linear_gradient("L").convert("RGB")
    faint = soft.point(lambda value: value * 5 // 255)

    picture_checks.check_not_flat(soft)
    with pytest.raises(BadAnswer, match="black"):
        picture_checks.check_not_flat(faint)


# Metadata


def test_the_parameters_stand_in_the_png_as_automatic1111_writes_them(server):
    made = draw(server, prompt="a sky, blue", negative_prompt="text", steps=20, cfg_scale=7, seed=9)

    assert opened(made).text["parameters"] == (
        "a sky, blue\nNegative prompt: text\n"
        "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 9, Size: 256x256, "
        "Model hash: 879db523c3, Model: dreamshaper_8"
    )


def test_the_servers_own_parameters_go_before_ours(server):
    def telling(handler):
        answer = json.loads(handler.normal().body)
        answer["info"] = json.dumps({"infotexts": ["a sky\nSteps: 20, Version: v1.10.1"]})
        handler.send(json_reply(answer))

    server.fault = telling

    assert opened(draw(server)).text["parameters"] == "a sky\nSteps: 20, Version: v1.10.1"


def test_a_prompt_in_any_script_survives_in_the_png(server):
    made = draw(server, prompt="天空 и небо ☀")

    text = opened(made).text
    assert text["parameters"].startswith("天空 и небо ☀\n") and text["Title"] == "天空 и небо ☀"


@pytest.mark.parametrize(
    ("listed", "sent"),
    [
        ({"label": "euler_a"}, "Euler a"),
        ({"name": None, "label": "euler_a"}, "Euler a"),
        ({"name": {"a": 1}, "aliases": ["Euler a"]}, "Euler a"),
    ],
)
def test_a_sampler_without_a_name_is_sent_as_it_is_wanted(server, listed, sent):
    normal = server.answer
    server.answer = lambda request: (
        json_reply([listed]) if request.path.endswith("/samplers") else normal(request)
    )
    server.samplers = [sent]
    draw(server, sampler="Euler a")

    assert server.asked()[0].body["sampler_name"] == sent


@pytest.mark.parametrize(
    ("named", "model"),
    [("\ud800", "stable-diffusion"), ("x\x1b[2J\nerror: y", "x [2J error: y"), ("x" * 10**6, "x" * 200 + "…")],
)  # fmt: skip
def test_the_name_of_a_model_is_a_short_line(server, named, model):
    normal = server.answer

    def renamed(request):
        reply = normal(request)
        if request.path != "/sdapi/v1/txt2img":
            return reply
        answer = json.loads(reply.body)
        info = json.loads(answer["info"]) | {"sd_model_name": named, "infotexts": []}
        return json_reply(answer | {"info": json.dumps(info)})

    server.answer = renamed
    made = draw(server)

    assert made.model == model and len(made.data) < 10**5
