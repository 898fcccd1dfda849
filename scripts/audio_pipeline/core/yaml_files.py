"""Strict reading of YAML and JSON files: duplicate keys, alias bombs and deep nesting are errors."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from audio_pipeline.errors import InputError

_MAX_NODES = 100_000  # values in a file after aliases are resolved
_MAX_DEPTH = 30

Layer = tuple[str, Mapping[str, Any]]  # name of the file for messages, and its values


class _Loader(yaml.SafeLoader):
    """Loader that refuses duplicate keys; PyYAML would drop the first one silently."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        names = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in names:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key.value!r} is given twice", problem_mark=key.start_mark
                )
            names.add(key.value)
        return node


def read_layer(path: str | Path) -> Layer:
    """Read a YAML or JSON file as a layer. Raises InputError: not readable, not YAML, not a mapping."""
    try:
        with open(path, encoding="utf-8") as file:
            # JSON may be indented by tabs, which YAML does not allow.
            values = json.load(file) if str(path).endswith(".json") else parse(file)
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
        raise InputError(f"{path}: holds {short_repr(values)}; expected keys like 'script:'")
    return str(path), values


def parse(text: Any) -> Any:
    """Parse YAML from a text or file. Raises YAMLError: also for an alias bomb; ValueError, RecursionError."""
    text = text if isinstance(text, str) else text.read()
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        most = max(_MAX_NODES, len(text))  # without aliases, a value has at least a character
        if node is not None and _size(node, {}, 0, most) > most:
            raise yaml.MarkedYAMLError(
                problem="its aliases (*name) make it far too large", problem_mark=node.start_mark
            )
        return None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def parse_items(text: str) -> list[tuple[int, Any]] | None:
    """Parse a list in YAML, and return its items with their lines. Returns None if it is no list. Raises as `parse`."""
    values = parse(text)
    if not isinstance(values, list):
        return None
    loader = _Loader(text)
    try:
        node: Any = loader.get_single_node()
    finally:
        loader.dispose()
    lines = [item.start_mark.line + 1 for item in node.value]
    return list(zip(lines, values, strict=True))


def _size(node: yaml.Node, sizes: dict[int, int], depth: int, most: int) -> int:
    """Count the values of a node after aliases are resolved. sizes: of visited nodes, by identity."""
    if id(node) in sizes:
        return sizes[id(node)]
    sizes[id(node)] = most + 1  # a node within itself is infinite
    if depth > _MAX_DEPTH:
        raise yaml.MarkedYAMLError(problem="it is nested too deeply", problem_mark=node.start_mark)
    parts: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        parts = [part for pair in node.value for part in pair]
    elif isinstance(node, yaml.SequenceNode):
        parts = node.value
    size = 1 + sum(_size(part, sizes, depth + 1, most) for part in parts)
    sizes[id(node)] = min(size, most + 1)
    return sizes[id(node)]


def short_repr(value: Any) -> str:
    """Return the repr of a value for a message, at most 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
