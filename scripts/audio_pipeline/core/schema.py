"""The schema of the configuration: config/schemas/config.schema.yaml."""

import contextlib
import functools
import re
from collections.abc import Mapping
from typing import Any

import yaml

from audio_pipeline.files import WORKFLOW

PATH = WORKFLOW / "config" / "schemas" / "config.schema.yaml"


@functools.cache
def configuration() -> dict[str, Any]:
    """Return the schema of the complete configuration."""
    with open(PATH, encoding="utf-8") as file:
        # The C loader saves 50 ms at each start of Snakemake; not every PyYAML has it.
        schema: dict[str, Any] = yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return schema


def types(schema: Mapping[str, Any]) -> list[str]:
    types = schema.get("type", [])
    return types if isinstance(types, list) else [types]


def errors(values: Any, entry: Mapping[str, Any] | None = None) -> list[Any]:
    """Return jsonschema's errors in a configuration, or in the value of a key. entry: its part of the schema."""
    checked = configuration() if entry is None else {**entry, "$defs": configuration()["$defs"]}
    found = _validator()(checked).iter_errors(values)
    return sorted(found, key=lambda error: list(map(str, error.absolute_path)))


@functools.cache
def _validator() -> Any:
    """Return the class that validates; unlike JSON schema, it does not accept 42.0 as an integer."""
    from jsonschema import Draft202012Validator, validators  # slow to import

    strict = Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    )
    extend: Any = validators.extend  # its stub has no types
    return extend(Draft202012Validator, type_checker=strict)


def typed(values: Mapping[str, Any], schema: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Convert values of the command line, where numbers are texts, to the types of the schema."""
    schema = configuration() if schema is None else schema
    result = {}
    for key, value in values.items():
        entry = resolved(schema.get("properties", {}).get(key, {}))
        result[key] = (
            typed(value, entry) if isinstance(value, Mapping) else typed_value(value, entry)
        )
    return result


def typed_value(value: Any, entry: Mapping[str, Any]) -> Any:
    """Convert a text to the type of a key that is no text. entry: its part of the schema."""
    is_plain = isinstance(value, str) and not re.match(r"\s*[\[{&*!|>'\"]", value)
    if is_plain and {"number", "integer", "boolean"} & set(types(entry)):
        with contextlib.suppress(yaml.YAMLError, ValueError):  # the schema will reject it
            return yaml.safe_load(value)
    return value


def resolved(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a part of the schema, or the definition that it refers to."""
    found: Mapping[str, Any] = configuration()["$defs"].get(
        entry.get("$ref", "").rpartition("/")[2], entry
    )
    return found


def expected(error: Any) -> str:
    """Return what is allowed, in words. error: one of jsonschema's."""
    schema = error.schema
    if error.validator == "maxLength":
        return f"at most {schema['maxLength']} characters"
    if "expected" in schema:
        return str(schema["expected"])
    if "enum" in schema:
        return "one of " + ", ".join(map(str, schema["enum"]))
    kind = " or ".join(types(schema))
    kind = {
        "integer": "a whole number",
        "number": "a number",
        "string": "a text (in quotes)",
        "object": "keys and values",
    }.get(kind, kind)
    if "minimum" in schema and "maximum" in schema:
        return f"{kind} from {schema['minimum']} to {schema['maximum']}"
    return kind
