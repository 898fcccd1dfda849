"""ComfyUI's workflows: which nodes the bindings name, what shapes a request, and faults of files and bindings."""

import copy
import json

import pytest
from audio_pipeline.core.request import differences
from audio_pipeline.engines import comfyui_workflow
from audio_pipeline.errors import InputError
from audio_pipeline.makers import drawing
from comfyui_stub import NODES, SETTINGS, workflow
from direct import SCRIPT, TOPIC, build, settings
from layers import ROOT, faults, resolved

NUMBER = iter(range(10**6))


@pytest.fixture
def load(tmp_path):
    """Return a function that loads nodes, or a file's text, with bindings of their own."""

    def load(content, **bindings):
        path = tmp_path / f"{next(NUMBER)}.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return comfyui_workflow.load(str(path), {**dict.fromkeys(NODES, ""), **bindings})

    return load


@pytest.fixture
def request_of(tmp_path):
    """Return a function that builds the request for nodes."""

    def request_of(nodes, bindings=NODES, **changes):
        path = tmp_path / f"{next(NUMBER)}.json"
        path.write_text(json.dumps(nodes))
        values = settings("image", "comfyui", workflow=str(path), nodes=bindings, **changes)
        return build("image", TOPIC, values, SCRIPT)

    return request_of


def fault(load, content, **bindings) -> str:
    """Return the fault without the file's path."""
    with pytest.raises(InputError) as caught:
        load(content, **bindings)
    path, _, text = str(caught.value).partition(".json: ")
    assert path.startswith("/") and "\n" not in text
    return text


# Bindings


def test_a_title_means_the_usual_inputs_of_its_node(load):
    bound = load(workflow(), **{**NODES, "output": "Save"})

    assert bound.bound == {
        "prompt": ("6", "text"), "negative_prompt": ("7", "text"), "width": ("5", "width"), "height": ("5", "height"),
        "seed": ("3", "seed"), "checkpoint": ("4", "ckpt_name"),
    }  # fmt: skip
    assert bound.output == "9"


@pytest.mark.parametrize(("binding", "name"), [("seed", "noise_seed"), ("checkpoint", "unet_name")])
def test_seed_and_checkpoint_have_a_second_usual_name(load, binding, name):
    nodes = {"1": {"class_type": "X", "inputs": {name: 1}, "_meta": {"title": "It"}}}

    assert load(nodes, **{binding: "It"}).bound == {binding: ("1", name)}


def test_an_input_can_be_named(load):
    assert load(workflow(), prompt="Save.filename_prefix").bound == {
        "prompt": ("9", "filename_prefix")
    }


@pytest.mark.parametrize("binding", ["SDXL 1.0", "SDXL 1.0.text"])
def test_a_title_may_have_dots(load, binding):
    nodes = workflow()
    nodes["6"]["_meta"]["title"] = "SDXL 1.0"

    assert load(nodes, prompt=binding).bound == {"prompt": ("6", "text")}


def test_a_complete_title_goes_before_a_title_and_an_input(load):
    nodes = workflow()
    nodes["6"]["_meta"]["title"] = "Negative.text"

    assert load(nodes, prompt="Negative.text").bound == {"prompt": ("6", "text")}


def test_the_values_are_put_into_the_bound_inputs_and_nowhere_else(load):
    loaded = load(workflow(), **NODES)
    filled = loaded.filled({"prompt": "tea", "width": 64})

    assert filled == workflow(Positive__text="tea", Size__width=64)
    assert loaded.nodes == workflow()


@pytest.mark.parametrize(
    ("bindings", "text"),
    [
        (
            {"prompt": "Nope"},
            "image.nodes.prompt is 'Nope', but no node has that title; the titles are Decoder, Model, Negative, "
            "Positive, Sampler, Save, Size",
        ),
        ({"output": "Nope"}, "image.nodes.output is 'Nope', but no node has that title; the titles are Dec"),
        (
            {"prompt": "Sampler"},
            "image.nodes.prompt is 'Sampler', but that node has no input 'text'; it has seed, steps, cfg, "
            "sampler_name, scheduler, denoise, model, positive, negative, latent_image: name one, as in "
            "'Sampler.INPUT'",
        ),
        ({"seed": "Size"}, "but that node has no input 'seed' or 'noise_seed'; it has width, height, batch_size"),
        ({"seed": "Sampler.sed"}, "image.nodes.seed is 'Sampler.sed', but that node has no input 'sed'; it has seed"),
        ({"size": "Size.width"}, "but a size has no input of its own; expected the title of a node with width and"),
        (
            {"prompt": "Positive.clip"},
            "image.nodes.prompt is 'Positive.clip', but its input 'clip' comes from another node; bind that one: Model",
        ),
        (
            {"prompt": "Positive", "negative_prompt": "Positive.text"},
            "image.nodes.negative_prompt is 'Positive.text', but another value is bound to that input too",
        ),
    ],
)  # fmt: skip
def test_a_binding_that_fits_no_node_is_told_with_what_there_is(load, bindings, text):
    assert text in fault(load, workflow(), **bindings)


def test_a_title_that_several_nodes_have_is_refused(load):
    nodes = workflow()
    nodes["7"]["_meta"]["title"] = "Positive"

    assert fault(load, nodes, prompt="Positive.text") == (
        "image.nodes.prompt is 'Positive.text', but 2 nodes have the title 'Positive'; give each its own, "
        "and export it from ComfyUI with Export (API)"
    )


def test_several_nodes_that_save_need_a_choice(load):
    nodes = workflow()
    nodes["10"] = {"class_type": "PreviewImage", "inputs": {"images": ["8", 0]}}

    assert fault(load, nodes) == (
        "several nodes give pictures: Save, 10; set image.nodes.output to the title of one"
    )
    assert load(nodes, output="Save").output == "9"


# Files


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", "is not JSON (Expecting value"),
        ("{", "is not JSON"),
        ('{"1": NaN}', "is not JSON"),
        ('{"1": 1e999}', "is not JSON"),
        ("[" * 10**5, "is not JSON"),
        ('{"nodes": [], "links": []}', "is a workflow as ComfyUI saves it, not in API format; export it"),
        ("{}", "is not a workflow in API format, where each node has class_type and inputs; export it"),
        ("[]", "is not a workflow in API format"),
        ("5", "is not a workflow in API format"),
        ('{"1": 5}', "is not a workflow in API format"),
        ('{"prompt": {"1": {"class_type": "X", "inputs": {}}}}', "is not a workflow in API format"),
        ('{"1": {"class_type": 5, "inputs": {}}}', "is not a workflow in API format"),
        ('{"1": {"class_type": "X", "inputs": []}}', "is not a workflow in API format"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_workflow_is_told_with_what_to_do(load, content, text):
    assert fault(load, content).startswith(text)


@pytest.mark.parametrize("meta", [None, 5, [], {}, {"title": None}, {"title": ["x"]}])
def test_a_node_without_a_title_cannot_be_bound(load, meta):
    nodes = workflow()
    nodes["6"]["_meta"] = meta

    assert "no node has that title" in fault(load, nodes, prompt="Positive")


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    with pytest.raises(InputError, match=r"gone\.json: cannot be read \(No such file"):
        comfyui_workflow.load(str(tmp_path / "gone.json"), {})


def test_a_byte_order_mark_is_fine(load):
    assert load("\ufeff" + json.dumps(workflow()), prompt="Positive").bound


# Requests


def test_the_request_has_what_is_bound(request_of):
    request = request_of(workflow(), seed=7, negative_prompt="cats", prompt="template")
    digest = request.pop("workflow")

    assert len(digest) == 64 and request.pop("prompt").startswith("Why the sky is blue")
    assert request == {
        "engine": "comfyui", "width": 256, "height": 256, "negative_prompt": "cats", "seed": 7,
        "checkpoint": "tiny.safetensors",
        "nodes": ["prompt", "negative_prompt", "width", "height", "checkpoint", "seed"],
    }  # fmt: skip


def test_the_request_has_nothing_that_is_not_bound(request_of):
    request = request_of(workflow(), {**dict.fromkeys(NODES, ""), "prompt": "Positive"})

    assert set(request) == {"engine", "width", "height", "prompt", "nodes", "workflow"}


@pytest.mark.parametrize("key", ["steps", "cfg_scale", "sampler", "scheduler", "style", "model"])
def test_what_is_the_workflows_own_business_is_no_part_of_the_request(request_of, key):
    assert request_of(workflow(), **{key: "another"}) == request_of(workflow())


@pytest.mark.parametrize(
    "inputs",
    [{"Positive__text": "x"}, {"Negative__text": "x"}, {"Size__width": 64}, {"Sampler__seed": 99}],
)
def test_an_example_at_a_bound_input_does_not_count(request_of, inputs):
    assert request_of(workflow(**inputs)) == request_of(workflow())


@pytest.mark.parametrize(
    "inputs", [{"Sampler__steps": 9}, {"Size__batch_size": 2}, {"Sampler__cfg": 4.5}]
)
def test_every_other_value_of_the_workflow_counts(request_of, inputs):
    before, after = request_of(workflow()), request_of(workflow(**inputs))

    assert differences(before, after) == ["workflow"]


def test_a_value_that_is_no_longer_bound_counts(request_of):
    bindings = {**NODES, "seed": ""}
    before, after = (request_of(workflow(Sampler__seed=n), bindings) for n in (1, 2))

    assert differences(before, after) == ["workflow"]


def test_titles_and_the_order_of_nodes_do_not_count(request_of):
    renamed = dict(reversed(copy.deepcopy(workflow()).items()))
    renamed["6"]["_meta"] = {"title": "What to draw", "more": 1}

    assert request_of(renamed, {**NODES, "prompt": "What to draw"}) == request_of(workflow())


def test_the_node_whose_picture_is_taken_counts(request_of):
    nodes = workflow()
    nodes["10"] = {
        "class_type": "SaveImage",
        "inputs": nodes["9"]["inputs"],
        "_meta": {"title": "B"},
    }
    one, other = (request_of(nodes, {**NODES, "output": title}) for title in ("Save", "B"))

    assert differences(one, other) == ["workflow"]


def test_the_checkpoint_of_the_workflow_and_of_the_configuration_are_the_same(request_of):
    own = request_of(workflow(Model__ckpt_name="first"))
    set_here = request_of(workflow(), checkpoint="first")

    assert own == set_here and own["checkpoint"] == "first"


@pytest.mark.parametrize(("size", "shapes"), [("Size", True), ("", False)])
def test_a_size_that_is_not_bound_does_not_shape_the_answer(request_of, size, shapes):
    bindings = {**NODES, "size": size}
    wide, high = (
        request_of(workflow(), bindings, width=w, height=h) for w, h in ((512, 256), (256, 512))
    )

    assert (drawing.unit(wide) != drawing.unit(high)) is shapes and wide != high


# Configuration


def test_comfyui_needs_a_workflow_and_a_node_for_the_prompt():
    assert faults({"image": {"engine": "comfyui"}}) == [
        "defaults: image.workflow is empty; expected the path of a ComfyUI workflow in API format",
        "defaults: image.nodes.prompt is empty; expected the title of the node that gets the prompt",
    ]


def test_a_checkpoint_without_a_node_is_refused_instead_of_ignored():
    own = {**SETTINGS, "nodes": {**NODES, "checkpoint": ""}, "checkpoint": "x"}

    assert faults({"image": own}) == [
        "one: image.checkpoint is 'x'; expected the title of its node in image.nodes.checkpoint"
    ]


def test_a_workflow_is_looked_for_where_templates_are(tmp_path):
    (tmp_path / "own.json").write_text("{}")
    own = {"image": {"engine": "comfyui", "workflow": "own.json", "nodes": {"prompt": "P"}}}

    config = resolved(own, folders=[tmp_path, ROOT])
    assert config["image"]["workflow"] == str(tmp_path / "own.json")
    own["image"]["workflow"] = "gone.json"
    assert faults(own, folders=[tmp_path, ROOT]) == [
        f"one: image.workflow is 'gone.json'; no such file in {tmp_path} or {ROOT}"
    ]


@pytest.mark.parametrize(
    ("nodes", "text"),
    [
        ({"promt": "P"}, "unknown key 'image.nodes.promt'; did you mean 'prompt'?"),
        ({"prompt": 5}, "image.nodes.prompt is 5; expected a text (in quotes)"),
        ("P", "image.nodes is 'P'; expected keys and values"),
    ],
)
def test_an_invalid_binding_is_told_with_its_key(nodes, text):
    assert faults({"image": {"nodes": nodes}}) == [f"one: {text}"]
