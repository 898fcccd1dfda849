"""ComfyUI's workflows in API format, and the inputs in them that the configuration binds to values of a request.

A binding names a node by its title, or one of its inputs: "Positive" or "Positive.text". Nothing is guessed: a title
that no node or several nodes have is an error, and so is an input that the node lacks or gets from another node.
Source: comfyanonymous/ComfyUI 0.3.64, script_examples/basic_api_example.py, and execution.py, validate_prompt.
"""

import copy
import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audio_pipeline import files
from audio_pipeline.core import reads
from audio_pipeline.errors import InputError
from audio_pipeline.sanitize import excerpt, names

_MAX_BYTES = 16 * 2**20
# Binding → the values that it takes, each with the usual names of its input; the first that the node has counts.
_INPUTS: dict[str, dict[str, tuple[str, ...]]] = {
    "prompt": {"prompt": ("text",)},
    "negative_prompt": {"negative_prompt": ("text",)},
    "size": {"width": ("width",), "height": ("height",)},
    "seed": {"seed": ("seed", "noise_seed")},
    "checkpoint": {"checkpoint": ("ckpt_name", "unet_name")},
}
_SAVING = (
    "SaveImage",
    "PreviewImage",
)  # other nodes that give pictures are known only once they have run
_EXPORT = "export it from ComfyUI with Export (API)"

Input = tuple[str, str]  # ID of a node, name of its input


@dataclass(frozen=True)
class Workflow:
    """A workflow. nodes: ID → node; bound: value of a request → its input; output: node of the picture, "" for any."""

    path: str
    nodes: Mapping[str, Any]
    bound: Mapping[str, Input]
    output: str

    @property
    def name(self) -> str:
        return Path(self.path).name

    def title(self, node: str) -> str:
        """Return a node's title and class for a message, or its ID."""
        if node not in self.nodes:
            return f"the node {excerpt(node, 60)}"
        title, kind = _title(self.nodes[node]), excerpt(self.nodes[node]["class_type"], 60)
        return f"the node {excerpt(title or node, 60)!r} ({kind})"

    def current(self, value: str) -> Any:
        """Return what the file has at the input of a bound value."""
        node, name = self.bound[value]
        return self.nodes[node]["inputs"][name]

    def filled(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the nodes to be sent, with these values of a request in their inputs."""
        nodes = copy.deepcopy(dict(self.nodes))
        for value, content in values.items():
            node, name = self.bound[value]
            nodes[node]["inputs"][name] = content
        return nodes

    def digest(self, values: list[str]) -> str:
        """Return the SHA-256 of all that shapes a picture, except for these values, whatever the file has for them.

        Titles and positions in the editor do not count.
        """
        nodes = self.filled({value: {"image.nodes": value} for value in values})
        shaping = {
            node: {"class_type": content["class_type"], "inputs": content["inputs"]}
            for node, content in nodes.items()
        }
        text = json.dumps([shaping, self.output], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def load(path: str, bindings: Mapping[str, str]) -> Workflow:
    """Read a workflow and resolve the bindings of image.nodes; those that are "" are left out. Raises InputError."""
    reads.note(path)
    return _loaded(path, tuple(bindings.items()))


@functools.cache
def _loaded(path: str, bindings: tuple[tuple[str, str], ...]) -> Workflow:
    nodes = _read(path)
    bound: dict[str, Input] = {}
    output = ""
    for binding, text in bindings:
        if binding == "output" and text:
            output = _node(path, nodes, binding, text)
        elif text:
            for value, target in _bind(path, nodes, binding, text).items():
                if target in bound.values():
                    raise _fault(path, binding, text, "another value is bound to that input too")
                bound[value] = target
    saving = [node for node, content in nodes.items() if content["class_type"] in _SAVING]
    if not output and len(saving) > 1:
        titles = names(_title(nodes[node]) or node for node in saving)
        raise InputError(
            f"{path}: several nodes give pictures: {titles}; set image.nodes.output to the title of one"
        )
    return Workflow(path, nodes, bound, output)


def _read(path: str) -> dict[str, Any]:
    """Read the file's nodes. Raises InputError: it is not a workflow in API format."""
    try:
        nodes = json.loads(files.read_bytes(path, _MAX_BYTES))
        json.dumps(nodes, allow_nan=False)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not JSON ({excerpt(str(error), 80)}); {_EXPORT}") from None
    if isinstance(nodes, dict) and isinstance(nodes.get("nodes"), list):
        raise InputError(f"{path}: is a workflow as ComfyUI saves it, not in API format; {_EXPORT}")
    if not nodes or not isinstance(nodes, dict) or not all(map(_is_node, nodes.values())):
        raise InputError(
            f"{path}: is not a workflow in API format, where each node has class_type and inputs; {_EXPORT}"
        )
    return nodes


def _is_node(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("class_type"), str)
        and isinstance(value.get("inputs"), dict)
    )


def _title(node: Mapping[str, Any]) -> str:
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    return title if isinstance(title, str) else ""


def _titled(nodes: Mapping[str, Any], title: str) -> list[str]:
    return [node for node, content in nodes.items() if title and _title(content) == title]


def _node(path: str, nodes: Mapping[str, Any], binding: str, title: str, text: str = "") -> str:
    """Return the ID of the node with this title. text: the complete binding. Raises InputError."""
    found = _titled(nodes, title)
    if len(found) == 1:
        return found[0]
    if found:
        problem = f"{len(found)} nodes have the title {title!r}; give each its own, and {_EXPORT}"
    else:
        titles = names(sorted(filter(None, {_title(content) for content in nodes.values()})), 40)
        problem = f"no node has that title; the titles are {titles}"
    raise _fault(path, binding, text or title, problem)


def _bind(path: str, nodes: Mapping[str, Any], binding: str, text: str) -> dict[str, Input]:
    """Return value → input for a binding. Raises InputError."""
    title, dot, name = text.rpartition(".")
    if _titled(nodes, text) or not dot or not _titled(nodes, title):
        title, name = text, ""
    node = _node(path, nodes, binding, title, text)
    inputs = nodes[node]["inputs"]
    if name and binding == "size":
        problem = (
            "a size has no input of its own; expected the title of a node with width and height"
        )
        raise _fault(path, binding, text, problem)
    bound = {}
    for value, usual in _INPUTS[binding].items():
        candidates = (name,) if name else usual
        chosen = next((one for one in candidates if one in inputs), None)
        if chosen is None:
            expected = " or ".join(map(repr, candidates))
            problem = f"that node has no input {expected}; it has {names(inputs)}"
            raise _fault(path, binding, text, f"{problem}: name one, as in {title + '.INPUT'!r}")
        if isinstance(inputs[chosen], list):
            source = nodes.get(str(next(iter(inputs[chosen]), "")), {})
            problem = f"its input {chosen!r} comes from another node; bind that one"
            raise _fault(path, binding, text, f"{problem}: {_title(source) or 'it has no title'}")
        bound[value] = node, chosen
    return bound


def _fault(path: str, binding: str, text: str, problem: str) -> InputError:
    return InputError(f"{path}: image.nodes.{binding} is {excerpt(text)!r}, but {problem}")
