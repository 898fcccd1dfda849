"""Files of YAML or JSON, read with care: keys that are given twice, bombs and deep nesting are errors."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from audio_pipeline.errors import InputError

_MOST_NODES = 100_000  # values in a file, its aliases followed
_MOST_DEPTH = 30

Layer = tuple[str, Mapping[str, Any]]  # name of the file for messages, and what it holds


class _Loader(yaml.SafeLoader):
    """Refuses a key that is given twice; PyYAML would drop the first one silently."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value!r} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return node


def read_layer(path: str | Path) -> Layer:
    """One YAML file, with its name for messages. Raises InputError: not readable, not YAML, not a mapping."""
    try:
        with open(path, encoding="utf-8") as file:
            # JSON may be indented by tabs, which YAML does not allow.
            values = json.load(file) if str(path).endswith(".json") else loaded(file)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8; save it as UTF-8") from None
    except RecursionError:
        raise InputError(f"{path}: is nested too deeply; expected keys like 'script:'") from None
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}: is not JSON: {error.msg}") from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date like 2020-13-45
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        raise InputError(
            f"{path}{where}: is not YAML: {getattr(error, 'problem', None) or error}; check quotes and indentation"
        ) from None
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise InputError(f"{path}: holds {shown(values)}; expected keys like 'script:'")
    return str(path), values


def loaded(text: Any) -> Any:
    """The value of YAML text or of a file. Raises YAMLError: also where it is a bomb; ValueError, RecursionError."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is not None and _size(node, {}, 0) > _MOST_NODES:
            raise yaml.MarkedYAMLError(
                problem="its aliases (*name) make it far too large", problem_mark=node.start_mark
            )
        return None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def _size(node: yaml.Node, known: dict[int, int], depth: int) -> int:
    """How many values a node stands for once its aliases are followed. known: by identity, those looked at."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = _MOST_NODES + 1  # while within itself: without end
    if depth > _MOST_DEPTH:
        raise yaml.MarkedYAMLError(problem="it is nested too deeply", problem_mark=node.start_mark)
    parts: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        parts = [part for pair in node.value for part in pair]
    elif isinstance(node, yaml.SequenceNode):
        parts = node.value
    size = 1 + sum(_size(part, known, depth + 1) for part in parts)
    known[id(node)] = min(size, _MOST_NODES + 1)
    return known[id(node)]


def shown(value: Any) -> str:
    """A value for a message, at most 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
