"""ComfyUI's server on the loopback interface, as in ComfyUI 0.3.64: validation, queue, history and files.

`looks`: how many times the history is read before a prompt has ended; so many that it never does with NEVER.
"""

import itertools
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import sample_media
from replies import Asked, Reply, json_reply
from stub_server import Stub

NEVER = 10**9
WORKFLOW = Path(__file__).with_name("comfyui_workflow.json")
NODES = {
    "prompt": "Positive",
    "negative_prompt": "Negative",
    "size": "Size",
    "seed": "Sampler",
    "checkpoint": "Model",
    "output": "",
}
SETTINGS = {"engine": "comfyui", "workflow": str(WORKFLOW), "nodes": NODES}
_SIDE = ["INT", {"default": 512, "min": 16, "max": 16384, "step": 8}]
_SAMPLER = {
    "model": ["MODEL", {}],
    "seed": ["INT", {"default": 0, "min": 0, "max": 2**64 - 1}],
    "steps": ["INT", {"default": 20, "min": 1, "max": 10000}],
    "cfg": ["FLOAT", {"default": 8.0, "min": 0.0, "max": 100.0}],
    "sampler_name": [["euler", "dpmpp_2m"], {}],
    "scheduler": [["normal", "karras"], {}],
    "positive": ["CONDITIONING", {}],
    "negative": ["CONDITIONING", {}],
    "latent_image": ["LATENT", {}],
    "denoise": ["FLOAT", {"default": 1.0, "min": 0.0, "max": 1.0}],
}
_NUMBERS = {"INT": int, "FLOAT": float}


class ComfyUIStub(Stub):
    """ComfyUI.

    ahead: prompts of others, which never end; failure: an event and its data that end each prompt; takes_ids: False as
    on older servers, which choose the ID of a prompt themselves.
    """

    generation = frozenset({("POST", "/prompt")})

    def __init__(self, checkpoints: list[str] | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.checkpoints = checkpoints or ["tiny.safetensors", "first", "second"]
        self.looks, self.ahead = 0, 0
        self.failure: tuple[str, dict[str, Any]] | None = None
        self.version = "0.3.64"
        self.kind, self.takes_ids = "PNG", True
        self.interrupted: list[str] = []
        self.freed = 0
        self.restart()
        self._numbers = itertools.count()

    def restart(self) -> None:
        """Lose the queue and the history, which are in memory, but not the files."""
        self.queue: dict[str, dict[str, Any]] = {}
        self.history: dict[str, dict[str, Any]] = {}
        self._left: dict[str, int] = {}
        self._good: dict[str, list[str]] = {}  # nodes that save, without those at fault

    def classes(self) -> dict[str, Any]:
        """Return class → its inputs."""
        return {
            "CheckpointLoaderSimple": {"ckpt_name": [self.checkpoints, {"tooltip": "The model."}]},
            "CLIPTextEncode": {"text": ["STRING", {"multiline": True}], "clip": ["CLIP", {}]},
            "EmptyLatentImage": {
                "width": _SIDE, "height": _SIDE, "batch_size": ["INT", {"default": 1, "min": 1, "max": 4096}],
            },
            "KSampler": _SAMPLER,
            "VAEDecode": {"samples": ["LATENT", {}], "vae": ["VAE", {}]},
            "SaveImage": {"images": ["IMAGE", {}], "filename_prefix": ["STRING", {"default": "ComfyUI"}]},
            "PreviewImage": {"images": ["IMAGE", {}]},
        }  # fmt: skip

    def answer(self, request: Asked) -> Reply:
        method, path, _, body = request
        parts = urlsplit(path)
        match method, *parts.path.strip("/").split("/", 1):
            case "GET", "system_stats":
                return json_reply({"system": {"os": "posix", "comfyui_version": self.version}})
            case "GET", "object_info", kind:
                return json_reply(self._description(unquote(kind)))
            case "POST", "prompt":
                return self._put(body)
            case "GET", "history", prompt_id:
                self._work()
                found = self.history.get(unquote(prompt_id))
                return json_reply({unquote(prompt_id): found} if found else {})
            case "GET", "queue":
                return json_reply(self._queue())
            case "POST", "queue":
                for prompt_id in body["delete"]:
                    if prompt_id != self._running():
                        self.queue.pop(prompt_id, None)
                return Reply()
            case "POST", "interrupt":
                if body["prompt_id"] == self._running():
                    self.interrupted.append(body["prompt_id"])
                    data = {"prompt_id": body["prompt_id"], "node_id": "3", "executed": []}
                    self._end(body["prompt_id"], ("execution_interrupted", data))
                return Reply()
            case "POST", "free":
                self.freed += 1
                return Reply()
            case "GET", "view":
                return self._view({key: values[0] for key, values in parse_qs(parts.query).items()})
        return Reply(404, kind="application/octet-stream")

    def _description(self, kind: str) -> dict[str, Any]:
        inputs = self.classes().get(kind)
        if inputs is None:
            return {}
        saves = kind in ("SaveImage", "PreviewImage")
        return {kind: {"input": {"required": inputs}, "output_node": saves, "name": kind}}

    # The queue

    def _put(self, body: Any) -> Reply:
        nodes = body["prompt"]
        error, node_errors, good = self._faults(nodes)
        if error:
            return json_reply({"error": error, "node_errors": node_errors}, 400)
        number = next(self._numbers)
        prompt_id = str(body.get("prompt_id", uuid.uuid4()))
        if not self.takes_ids:
            prompt_id = str(uuid.uuid4())
        self.queue[prompt_id] = nodes
        self._left[prompt_id] = self.looks
        self._good[prompt_id] = good
        return json_reply({"prompt_id": prompt_id, "number": number, "node_errors": node_errors})

    def _running(self) -> str | None:
        return None if self.ahead else next(iter(self.queue), None)

    def _queue(self) -> dict[str, Any]:
        items = [
            [number, prompt_id, nodes, {"client_id": "audio-pipeline"}, ["9"]]
            for number, (prompt_id, nodes) in enumerate(self.queue.items())
        ]
        others = [[-1, f"other-{number}", {}, {}, ["9"]] for number in range(self.ahead)]
        items = [*others, *items]
        return {"queue_running": items[:1], "queue_pending": items[1:]}

    def _work(self) -> None:
        """Do a part of the work at the prompt that runs."""
        prompt_id = self._running()
        if prompt_id is None:
            return
        if self._left[prompt_id]:
            self._left[prompt_id] -= 1
        else:
            self._end(prompt_id, self.failure)

    def _end(self, prompt_id: str, failure: tuple[str, dict[str, Any]] | None) -> None:
        nodes = self.queue.pop(prompt_id)
        messages: list[Any] = [["execution_start", {"prompt_id": prompt_id, "timestamp": 1}]]
        messages.append(["execution_cached", {"nodes": [], "prompt_id": prompt_id, "timestamp": 2}])
        event, data = failure or ("execution_success", {})
        messages.append([event, {"prompt_id": prompt_id, **data, "timestamp": 3}])
        self.history[prompt_id] = {
            "prompt": [0, prompt_id, nodes, {"client_id": "audio-pipeline"}, ["9"]],
            "outputs": {} if failure else self._outputs(prompt_id, nodes),
            "status": {
                "status_str": "error" if failure else "success",
                "completed": not failure,
                "messages": messages,
            },
            "meta": {},
        }

    def _outputs(self, prompt_id: str, nodes: dict[str, Any]) -> dict[str, Any]:
        types = {"SaveImage": "output", "PreviewImage": "temp"}
        return {
            node: {"images": [{"filename": f"{prompt_id[:8]}_{node}_.png", "subfolder": "", "type": types[kind]}]}
            for node, content in nodes.items()
            if (kind := content["class_type"]) in types and node in self._good[prompt_id]
        }  # fmt: skip

    def _view(self, query: dict[str, str]) -> Reply:
        name = query.get("filename", "")
        if name.startswith("/") or ".." in name:
            return Reply(400)
        if ".." in query.get("subfolder", ""):
            return Reply(403)
        for entry in self.history.values():
            for node, output in entry["outputs"].items():
                if output["images"][0]["filename"] == name:
                    data = self._picture(entry["prompt"][2], node)
                    return Reply(200, data, f"image/{self.kind.lower()}")
        return Reply(404)

    def _picture(self, nodes: dict[str, Any], node: str) -> bytes:
        """Draw what the nodes above a node that saves have been given."""
        decoder = nodes[nodes[node]["inputs"]["images"][0]]
        sampler = nodes[decoder["inputs"]["samples"][0]]["inputs"]
        positive, size = (nodes[sampler[key][0]]["inputs"] for key in ("positive", "latent_image"))
        width, height = (size[side] // 8 * 8 for side in ("width", "height"))
        return sample_media.picture(positive["text"], sampler["seed"], width, height, self.kind)

    # Validation, in ComfyUI's words

    def _faults(
        self, nodes: dict[str, Any]
    ) -> tuple[dict[str, Any] | None, dict[str, Any], list[str]]:
        """Return an error or None, the errors of nodes, and the outputs that can be made without those."""
        known = self.classes()
        for node, content in nodes.items():
            kind = content["class_type"]
            if kind not in known:
                text = f"Cannot execute because node {kind} does not exist."
                return _error("invalid_prompt", text, f"Node ID '#{node}'", {}), {}, []
        saving = [n for n, c in nodes.items() if c["class_type"] in ("SaveImage", "PreviewImage")]
        if not saving:
            return _error("prompt_no_outputs", "Prompt has no outputs", "", {}), {}, []
        node_errors = {}
        for node in set().union(*(_above(nodes, output) for output in saving)):
            content = nodes[node]
            errors = [
                error
                for name, (kind, options) in known[content["class_type"]].items()
                if (error := _input_error(name, kind, options, content["inputs"]))
            ]
            if errors:
                node_errors[node] = {
                    "errors": errors,
                    "dependent_outputs": [o for o in saving if node in _above(nodes, o)],
                    "class_type": content["class_type"],
                }
        good = [output for output in saving if not _above(nodes, output) & node_errors.keys()]
        if good:
            return None, node_errors, good
        reasons = [e for entry in node_errors.values() for e in entry["errors"]]
        details = "\n".join(f"{error['message']}: {error['details']}" for error in reasons)
        text = "Prompt outputs failed validation"
        return _error("prompt_outputs_failed_validation", text, details, {}), node_errors, []


def _input_error(name: str, kind: Any, options: dict[str, Any], inputs: dict[str, Any]) -> Any:
    """Return the first fault of an input, and convert its value, as the server does."""
    extra: dict[str, Any] = {"input_name": name}
    if name not in inputs:
        return _error("required_input_missing", "Required input is missing", name, extra)
    value = inputs[name]
    if isinstance(value, list):
        return None
    extra |= {"input_config": [kind, options], "received_value": value}
    if isinstance(kind, str) and kind in _NUMBERS:
        try:
            value = inputs[name] = _NUMBERS[kind](value)
        except (TypeError, ValueError) as error:
            text = f"Failed to convert an input value to a {kind} value"
            return _error("invalid_input_type", text, f"{name}, {value}, {error}", extra)
        for limit, kind_of_error, word in (("min", "smaller", "min"), ("max", "bigger", "max")):
            if limit in options and (
                value < options[limit] if limit == "min" else value > options[limit]
            ):
                text = f"Value {value} {kind_of_error} than {word} of {options[limit]}"
                return _error(f"value_{kind_of_error}_than_{word}", text, name, extra)
    if isinstance(kind, list) and value not in kind:
        choices = kind if len(kind) <= 20 else f"(list of length {len(kind)})"
        details = f"{name}: '{value}' not in {choices}"
        return _error("value_not_in_list", "Value not in list", details, extra)
    return None


def _above(nodes: dict[str, Any], node: str) -> set[str]:
    """Return a node and all that it depends on."""
    links = [value for value in nodes[node]["inputs"].values() if isinstance(value, list)]
    return {node}.union(*(_above(nodes, link[0]) for link in links))


def _error(kind: str, message: str, details: str, extra: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": extra}


def workflow(**inputs: Any) -> dict[str, Any]:
    """Return the nodes of the workflow for tests; inputs: TITLE__INPUT=value."""
    nodes = json.loads(WORKFLOW.read_text(encoding="utf-8"))
    for name, value in inputs.items():
        title, _, key = name.partition("__")
        (node,) = (node for node in nodes.values() if node["_meta"]["title"] == title)
        node["inputs"][key] = value
    return nodes


def own(folder: Path, nodes: dict[str, Any], **bindings: str) -> dict[str, Any]:
    """Return settings with a workflow of these nodes."""
    path = folder / "own.json"
    path.write_text(json.dumps(nodes))
    return {"workflow": str(path), "nodes": {**NODES, **bindings}}


def replaced(server: Stub, path: str, change: Callable[[Reply], Reply]) -> None:
    """Have the stub answer GET requests to a path with `change` of its usual answer."""
    normal = server.answer

    def answer(request):
        reply = normal(request)
        if request.method == "GET" and request.path.startswith(path):
            return change(reply)
        return reply

    server.answer = answer


def with_entry(server: Stub, **parts: Any) -> None:
    """Change the history of every prompt that has ended."""

    def change(reply):
        history = json.loads(reply.body)
        return json_reply({key: {**entry, **parts} for key, entry in history.items()})

    replaced(server, "/history/", change)
