"""Agreement of the configuration's defaults, schema, comments and README on every key."""

import re
from dataclasses import fields, is_dataclass

import pytest
from audio_pipeline.core import configuration
from audio_pipeline.core.schema import types
from audio_pipeline.settings import Configuration, StageSettings
from audio_pipeline.stages import registry
from layers import CONFIG, DEFAULTS, ROOT, SCHEMA, faults, resolved


def leaves(node: dict, path: tuple[str, ...] = ()) -> dict[str, object]:
    """Return dotted name → value."""
    found = {}
    for key, value in node.items():
        if isinstance(value, dict) and value:
            found |= leaves(value, (*path, key))
        else:
            found[".".join((*path, key))] = value
    return found


def schema_leaves(node: dict, path: tuple[str, ...] = ()) -> dict[str, dict]:
    """Return dotted name → the schema of the key."""
    if "properties" not in node:
        return {".".join(path): node}
    found = {}
    for key, value in node["properties"].items():
        found |= schema_leaves(value, (*path, key))
    return found


def comments() -> dict[str, str]:
    """Return dotted name → the comment above the key, or that of the key before, which then explains both."""
    found, path, block, fresh = {}, [], "", True
    for line in (CONFIG / "config.yaml").read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("#"):
            block = f"{'' if fresh else block} {text[1:].strip()}"
            fresh = False
        elif text:
            fresh = True
            path = [*path[: (len(line) - len(text)) // 2], text.partition(":")[0]]
            found[".".join(path)] = block
    return found


DEFAULT_LEAVES, SCHEMA_LEAVES, COMMENTS = leaves(DEFAULTS), schema_leaves(SCHEMA), comments()
BOUNDED = sorted(name for name, schema in SCHEMA_LEAVES.items() if "minimum" in schema)


def yaml_word(value: object) -> str:
    """Return a choice as YAML writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_the_schema_has_exactly_the_keys_of_the_defaults_in_the_same_order():
    assert list(SCHEMA_LEAVES) == list(DEFAULT_LEAVES)


def test_every_key_of_the_schema_is_required_and_described():
    def check(node: dict) -> None:
        assert len(node.get("description", "")) > 5
        if "properties" in node:
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
            for child in node["properties"].values():
                check(child)

    check(SCHEMA)


def test_every_number_of_the_schema_has_both_bounds():
    for name, schema in SCHEMA_LEAVES.items():
        numeric = {"integer", "number"} & set(types(schema))
        if numeric and "pattern" not in schema:
            assert "minimum" in schema and "maximum" in schema, name


@pytest.mark.parametrize("name", BOUNDED)
def test_both_bounds_are_allowed_and_nothing_beyond(name):
    schema = SCHEMA_LEAVES[name]
    *sections, key = name.split(".")

    def layer_with(value) -> dict:
        values = {key: value}
        if name == "script.min_words":
            values["max_words"] = schema["maximum"]
        if name == "script.max_words":
            values["min_words"] = schema["minimum"]
        for section in reversed(sections):
            values = {section: values}
        return values

    for bound in (schema["minimum"], schema["maximum"]):
        resolved(layer_with(bound))
    for beyond in (schema["minimum"] - 1, schema["maximum"] + 1):
        assert f"{name} is {beyond}; expected " in faults(layer_with(beyond))[0]


@pytest.mark.parametrize("name", list(DEFAULT_LEAVES))
def test_every_key_has_a_comment(name):
    assert len(COMMENTS[name]) > 20


@pytest.mark.parametrize("name", BOUNDED)
def test_the_comment_gives_the_bounds_of_the_schema(name):
    schema = SCHEMA_LEAVES[name]
    text = re.sub(r" \([^)]*\)", "", COMMENTS[name])

    assert re.search(rf"(?<![\d.]){schema['minimum']} to {schema['maximum']}(?!\d)", text), text


@pytest.mark.parametrize("name", [n for n, schema in SCHEMA_LEAVES.items() if "enum" in schema])
def test_the_comment_names_every_choice(name):
    assert all(yaml_word(choice) in COMMENTS[name] for choice in SCHEMA_LEAVES[name]["enum"])


def section(title: str) -> str:
    text = (CONFIG / "README.md").read_text(encoding="utf-8")
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[1]


def rows() -> dict[str, str]:
    """Return dotted name → its row in the README's table; one row may explain several keys."""
    found = {}
    for row in section("Keys").splitlines():
        for name in re.findall(r"`([a-z_.]+)`", row.split("|")[1]) if row.startswith("|") else []:
            found[name] = row
    return found


def test_the_readme_has_exactly_the_keys_of_the_defaults():
    assert sorted(rows()) == sorted(DEFAULT_LEAVES)


@pytest.mark.parametrize("name", BOUNDED)
def test_the_readme_gives_the_bounds_of_the_schema(name):
    schema = SCHEMA_LEAVES[name]

    assert f"| {schema['minimum']} to {schema['maximum']}" in rows()[name]


@pytest.mark.parametrize("name", [n for n, schema in SCHEMA_LEAVES.items() if "enum" in schema])
def test_the_readme_names_every_choice(name):
    assert all(f"`{yaml_word(choice)}`" in rows()[name] for choice in SCHEMA_LEAVES[name]["enum"])


def test_the_readme_names_every_variable_that_the_package_reads():
    sources = [*ROOT.glob("scripts/**/*.py"), *ROOT.glob("rules/*.smk")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    read = set(re.findall(r"environ(?:\.get\(|\[)\s*\"([A-Z_]+)\"", text))
    read |= set(configuration._URL_VARIABLE.values())

    assert {name for name in read if f"`{name}" not in section("Layers")} == set()


def test_the_typed_configuration_has_exactly_the_keys_of_the_schema():
    from_above = {"language", "voices", "cast", "lexicon"}  # set elsewhere in the configuration
    of_all_stages = {field.name for field in fields(StageSettings)}
    for field in fields(Configuration):
        section = SCHEMA["properties"].get(field.name, {})
        if not is_dataclass(field.type) or "properties" not in section:
            continue
        keys = {each.name for each in fields(field.type)}
        others = from_above | of_all_stages | {"has_fallback", "lease"}
        assert keys - others <= set(section["properties"]) <= keys, field.name
    names = {field.name for field in fields(Configuration)} - {"values"}
    of_stages = {
        "voices",
        "cast",
        "lexicon",
        *registry.every(),
    }  # a further stage's section is in `values`
    assert names | {"voices", "cast", "lexicon"} <= set(SCHEMA["properties"]) <= names | of_stages
