"""Parsing of configuration files: YAML, encodings, and values that YAML converts to another type."""

import pytest
from audio_pipeline.core.yaml_files import read_layer
from audio_pipeline.errors import InputError
from layers import faults, resolved


@pytest.fixture
def layer(tmp_path):
    """Return a function that writes a layer and reads it."""

    def of(content: bytes | str):
        path = tmp_path / "own.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_layer(path)[1]

    return of


def test_a_layer_is_read_with_its_name(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("script: {seed: 1}")

    assert read_layer(path) == (str(path), {"script": {"seed": 1}})


@pytest.mark.parametrize("content", ["", "\n", "# only a comment\n", "---\n", "null\n"])
def test_an_empty_file_changes_nothing(layer, content):
    assert layer(content) == {}


@pytest.mark.parametrize("content", ["[]", "- script", "0", "false", "script", '""', "1.5"])
def test_a_file_that_holds_no_keys_is_refused(layer, content):
    with pytest.raises(InputError, match=r"own\.yaml: holds .*; expected keys like 'script:'"):
        layer(content)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(layer):
    assert layer(b"\xef\xbb\xbfscript:\r\n  seed: 1\r\n") == {"script": {"seed": 1}}


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        ("script:\n\tseed: 1\n", 2, "cannot start any token"),
        ("script:\n  seed: [1\n", 3, "expected"),
        ("script:\n  seed: 1\n model: x\n", 3, "expected <block end>"),
        ("a: *b\n", 1, "undefined alias"),
        ("a: !!python/object:os.system x\n", 1, "could not determine a constructor"),
        ("script:\n  seed: 1\nscript:\n  model: x\n", 3, "the key 'script' is given twice"),
        ("script: {seed: 1,\n  seed: 2}\n", 2, "the key 'seed' is given twice"),
    ],
)
def test_bad_yaml_is_told_with_its_line(layer, content, line, problem):
    with pytest.raises(InputError, match=rf"own\.yaml:{line}: is not YAML: .*{problem}"):
        layer(content)


@pytest.mark.parametrize("content", ["a: 2020-13-45\n", "a: !!int x\n", "a: \0\n", "? [a]\n: 1\n"])
def test_yaml_that_python_cannot_take_is_no_traceback(layer, content):
    with pytest.raises(InputError, match=r"own\.yaml.* is not YAML"):
        layer(content)


@pytest.mark.parametrize(
    "key", ["model", "messages", "stream", "seed", "max_tokens", "temperature"]
)
def test_extra_fields_do_not_replace_those_with_a_key_of_their_own(layer, key):
    with pytest.raises(InputError, match=rf"extra_body is '{key}'; expected a field without a key"):
        resolved(layer(f"script: {{extra_body: {{{key}: 1}}}}\n"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{a: 2026-01-01}", "expected JSON values"),
        ("{a: !!set {x}}", "expected JSON values"),
        ("{a: [1, .nan]}", "a finite number"),
        ("[a]", "fields and values"),
        ("text", "fields and values"),
    ],
)
def test_extra_fields_that_cannot_be_sent_are_refused(layer, value, expected):
    with pytest.raises(InputError, match=expected):
        resolved(layer(f"script: {{extra_body: {value}}}\n"))


def test_off_without_quotes_is_off_for_a_check(layer):
    config = resolved(layer("audio: {checks: {pace: off, gap: error}}\n"))

    assert (config["audio"]["checks"]["pace"], config["audio"]["checks"]["gap"]) == ("off", "error")


def test_merge_keys_may_be_overridden(layer):
    assert layer("a: &a {x: 1, y: 1}\nb: {<<: *a, y: 2}\n")["b"] == {"x": 1, "y": 2}


def test_another_encoding_is_refused(layer):
    with pytest.raises(InputError, match=r"own\.yaml: is not UTF-8; save it as UTF-8"):
        layer(b"language: \xe9\n")


@pytest.mark.parametrize(("name", "why"), [("none.yaml", "No such file"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name, why):
    with pytest.raises(InputError, match=rf"cannot be read \({why}"):
        read_layer(tmp_path / name)


@pytest.mark.parametrize(
    ("line", "found"),
    [("language: no", "False"), ("script: {seed: on}", "True"), ("script: {seed: ~}", "None")],
)
def test_words_that_yaml_takes_for_something_else_are_refused(layer, line, found):
    assert f" is {found}; expected " in faults(layer(line))[0]
