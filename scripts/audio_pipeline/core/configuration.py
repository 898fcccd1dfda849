"""The configuration: layers of YAML merged, overridden by the environment, checked against the schema.

Layers, the later one wins: config/config.yaml of the workflow, config/config.yaml of the working directory,
--configfile, --config. Secret keys are in none of them: the clients read those from the environment.
"""

import copy
import difflib
import functools
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from audio_pipeline import address, sanitize
from audio_pipeline.core import schema, topic_settings
from audio_pipeline.core.yaml_files import Layer, parse, short_repr
from audio_pipeline.errors import InputError

# The defaults of Ollama, Piper, AUTOMATIC1111 and ComfyUI.
_DEFAULT_URL = {
    "ollama": "http://127.0.0.1:11434",
    "piper": "http://127.0.0.1:5000",
    "stable-diffusion": "http://127.0.0.1:7860",
    "comfyui": "http://127.0.0.1:8188",
}
_URL_VARIABLE = {
    "ollama": "OLLAMA_BASE_URL",
    "piper": "TTS_SERVER_URL",
    "stable-diffusion": "SD_SERVER_URL",
    "comfyui": "SD_SERVER_URL",
}


def from_command_line(items: list[str]) -> Layer:
    """Return the layer of --config KEY=VALUE …, with values as YAML. Raises InputError: an item is not KEY=VALUE."""
    values: dict[str, Any] = {}
    for item in _joined(items):
        key, equals, text = item.partition("=")
        if not equals or not re.fullmatch(r"[A-Za-z_]\w*", key):
            raise InputError(
                f"--config {short_repr(item)}: expected KEY=VALUE, as in language=en or 'script={{seed: 7}}'"
            )
        try:
            values[key] = parse(text)
        except (yaml.YAMLError, ValueError, RecursionError):
            values[key] = text  # checked against the schema later
    return "--config", schema.typed(values)


def _joined(items: list[str]) -> Iterator[str]:
    """Yield the items; those that the shell has divided within braces, as in audio={voice: x}, are joined again."""
    parts: list[str] = []
    for item in items:
        parts.append(item)
        joined = " ".join(parts)
        if sum(map(joined.count, "{[")) <= sum(map(joined.count, "}]")):
            yield joined
            parts = []
    yield from parts  # the braces are never closed


def resolve(
    layers: list[Layer], environment: Mapping[str, str], folders: list[str | Path]
) -> dict[str, Any]:
    """Merge and check the layers, and return the complete configuration.

    layers: the defaults first, the strongest last; environment: may hold OLLAMA_BASE_URL, TTS_SERVER_URL and
    SD_SERVER_URL; folders: searched for templates and workflows in this order; the result has absolute paths.
    Raises InputError: with one line for each fault.
    """
    config: dict[str, Any] = {}
    for _, values in layers:
        _forget_embedded_voices(config, values)
        _merge(config, values)
    _spell_off(config)
    if faults := list(_not_text(layers, config)):  # the schema can only compare texts
        raise ConfigurationFaulty(faults)
    faults = [line for error in schema.errors(config) for line in _messages(layers, error)]
    faults += _not_finite(layers, config)
    faults = faults or [*_beyond_the_schema(layers, config), *_presets(layers, config)]
    if faults:
        raise ConfigurationFaulty(faults)
    for name, section in _sections(config):
        if "url" in section:
            section["url"] = _url(layers, name, section, environment)
        for key in section:
            section[key] = _resolved(layers, name, key, section[key], folders)
    return config


def of_topic(
    values: Mapping[str, Any],
    preset: str | None,
    settings: Iterable[tuple[str, Any]],
    place: str,
    folders: list[str | Path],
) -> dict[str, Any]:
    """Return the complete configuration of a topic. preset, settings: its own; place: of the topic, for messages.

    Raises InputError: there is no such preset or file, or the settings contradict each other.
    """
    own: dict[str, Any] = {}
    if preset is not None:
        if preset not in values["presets"]:
            known = ", ".join(values["presets"]) or "none; add it to config/presets.yaml"
            raise InputError(f"{place}: has preset={preset}; expected one of {known}")
        own |= values["presets"][preset]
    own |= settings
    config = topic_settings.merged(values, own.items())
    layers: list[Layer] = [(place, config)]
    for name in own:
        section, _, key = name.partition(".")
        if key in config[section]:
            config[section][key] = _resolved(layers, section, key, config[section][key], folders)
    faults = list(_beyond_the_schema(layers, config))
    if "script.model" in own and config["script"]["engine"] == "embedded":
        faults.append(
            f"{place}: has script.model, but script.engine: embedded runs one model for all topics"
        )
    if faults:
        raise ConfigurationFaulty(faults)
    return config


def _presets(layers: list[Layer], config: Mapping[str, Any]) -> Iterator[str]:
    """Check the presets, and make each a mapping of names like script.max_tokens to values of the right types."""
    for preset, sections in config["presets"].items():
        names: dict[str, Any] = {}
        for name, value in topic_settings.flat(sections):
            try:
                names[name] = topic_settings.checked(name, value)
            except InputError as error:
                where = _origin(layers, ("presets", preset, *name.split(".")))
                yield f"{where}: the preset {preset} {error}"
        config["presets"][preset] = names


class ConfigurationFaulty(InputError):
    """Invalid keys or values. The message has one line for each."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__(*lines)

    def __str__(self) -> str:
        return "\n".join(map(sanitize.line, self.lines))


def _merge(base: dict[str, Any], over: Mapping[str, Any]) -> None:
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            _merge(base[key], value)
        else:
            base[key] = copy.deepcopy(value)


def _forget_embedded_voices(base: Mapping[str, Any], over: Mapping[str, Any]) -> None:
    """Remove the embedded engine's voice of each language for which a stronger layer names just one voice."""
    voices, known = over.get("voices"), base.get("voices")
    for language, entry in voices.items() if isinstance(voices, Mapping) else ():
        names_one = isinstance(entry, Mapping) and "voice" in entry and "embedded" not in entry
        if names_one and isinstance(known, dict) and isinstance(known.get(language), dict):
            known[language].pop("embedded", None)


def _spell_off(config: Mapping[str, Any]) -> None:
    """Restore `off`, which YAML reads as false unless it is quoted."""
    for _, section in _sections(config):
        checks = section.get("checks")
        if isinstance(checks, dict):
            checks |= {name: "off" for name, level in checks.items() if level is False}


def _sections(config: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(name, value) for name, value in config.items() if isinstance(value, dict)]


def _not_finite(layers: list[Layer], values: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Find NaN, which passes all bounds of JSON schema, and infinities."""
    if isinstance(values, Mapping | list):
        parts = values.items() if isinstance(values, Mapping) else enumerate(values)
        for key, value in parts:
            yield from _not_finite(layers, value, (*path, str(key)))
    elif isinstance(values, float) and not math.isfinite(values):
        yield f"{_origin(layers, path)}: {'.'.join(path)} is {values}; expected a finite number"


def _not_text(layers: list[Layer], config: Mapping[str, Any]) -> Iterator[str]:
    """Find names that YAML does not read as text, like no: and 1984:."""
    for section in ("voices", "cast", "lexicon", "presets"):
        names: list[tuple[str, ...]] = [(section,)]
        while names:
            path = names.pop()
            node: Any = functools.reduce(lambda values, key: values[key], path, config)
            for key in node if isinstance(node, Mapping) else ():
                if isinstance(key, str):
                    names.append((*path, key))
                    continue
                yield (
                    f"{_origin(layers, (*path, str(key)))}: {'.'.join(path)} has the key {key!r}, "
                    "which YAML does not read as text; put it in quotes"
                )


def _beyond_the_schema(layers: list[Layer], config: Mapping[str, Any]) -> Iterator[str]:
    least, most = config["script"]["min_words"], config["script"]["max_words"]
    if least > most:
        where = _origin(layers, ("script", "min_words"))
        yield f"{where}: script.min_words is {least}; expected at most max_words, {most}"
    extra_body = config["script"]["extra_body"]
    try:
        json.dumps(extra_body)
    except (TypeError, ValueError, RecursionError):  # YAML allows dates, sets and cycles
        where = _origin(layers, ("script", "extra_body"))
        yield f"{where}: script.extra_body is {short_repr(extra_body)}; expected JSON values: put dates in quotes"
    yield from _not_bound(layers, config["image"])
    if config["video"]["burn_subtitles"] and not config["subtitles"]["enabled"]:
        where = _origin(layers, ("video", "burn_subtitles"))
        yield f"{where}: video.burn_subtitles is True; expected False, as subtitles.enabled is"
    output = config["output"]  # Snakemake takes braces for wildcards
    if re.search(r"[{}]", output) or not output.isprintable():
        where = _origin(layers, ("output",))
        yield f"{where}: output is {short_repr(output)}; expected a path without braces and control characters"


def _not_bound(layers: list[Layer], image: Mapping[str, Any]) -> Iterator[str]:
    """Find what ComfyUI needs and is not set, and a checkpoint that has no node."""
    if image["engine"] != "comfyui":
        return
    if not image["workflow"]:
        where = _origin(layers, ("image", "workflow"))
        yield f"{where}: image.workflow is empty; expected the path of a ComfyUI workflow in API format"
    if not image["nodes"]["prompt"]:
        where = _origin(layers, ("image", "nodes", "prompt"))
        yield f"{where}: image.nodes.prompt is empty; expected the title of the node that gets the prompt"
    if image["checkpoint"] and not image["nodes"]["checkpoint"]:
        where = _origin(layers, ("image", "checkpoint"))
        shown = short_repr(image["checkpoint"])
        yield f"{where}: image.checkpoint is {shown}; expected the title of its node in image.nodes.checkpoint"


def _messages(layers: list[Layer], error: Any) -> Iterator[str]:
    """Yield one line for each fault."""
    path = tuple(map(str, error.absolute_path))
    name = ".".join(path)
    if error.validator == "additionalProperties":
        keys = list(error.schema.get("properties", {}))
        patterns = error.schema.get("patternProperties", {})
        for key in map(str, error.instance):
            if key in keys or any(re.search(pattern, key) for pattern in patterns):
                continue
            near = difflib.get_close_matches(key, keys, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(keys)}"
            if not keys:
                hint = f"expected {schema.expected(error)}"
            full = ".".join((*path, key))
            yield f"{_origin(layers, (*path, key))}: unknown key {short_repr(full)}; {hint}"
    elif error.validator == "required":
        missing = next(key for key in error.validator_value if key not in error.instance)
        yield f"{_origin(layers, path)}: {name or 'the configuration'} has no {missing!r}; add it"
    else:
        value = error.instance
        if "url" in path:
            value = _without_all_credentials(value)
        fault = f"{name} is {short_repr(value)}" if name else f"holds {short_repr(value)}"
        yield f"{_origin(layers, path)}: {fault}; expected {schema.expected(error)}"


def _origin(layers: list[Layer], path: tuple[str, ...]) -> str:
    """Return the name of the strongest layer that has the key."""
    for name, values in reversed(layers):
        node: Any = values
        for key in path:
            node = {str(k): v for k, v in node.items()} if isinstance(node, Mapping) else {}
            if key not in node:
                break
            node = node[key]
        else:
            return name
    return layers[0][0]


def _url(
    layers: list[Layer], stage: str, settings: Mapping[str, Any], environment: Mapping[str, str]
) -> str | list[str]:
    """Return one address, a list of several, or "" for an engine that needs none."""
    engine = settings["engine"]
    variable = _URL_VARIABLE.get(engine, "")
    url = environment.get(variable) or settings["url"] or _DEFAULT_URL.get(engine, "")
    where = f"{_origin(layers, (stage, 'url'))}: {stage}.url"
    if environment.get(variable):
        where, url = variable, [part.strip() for part in url.split(",")]
    if not url:
        if engine == "openai":
            raise InputError(
                f"{where} is empty; expected the address of the server, like http://127.0.0.1:8080/v1"
            )
        return ""
    urls = [_check_url(server, where) for server in address.as_list(url)]
    for number, server in enumerate(urls):
        if server in urls[:number]:
            raise InputError(f"{where} names {server} twice; expected different servers")
    return urls if len(urls) > 1 else urls[0]


def _check_url(url: str, where: str) -> str:
    """Return the address without a final slash. Raises InputError: it is invalid, or holds a secret."""
    try:
        parts = urlsplit(url)
        port_ok = parts.port != 0
    except ValueError:
        parts, port_ok = urlsplit(""), False
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or not port_ok
        or re.search(r"\s", url)
        or parts.query
        or parts.fragment
    ):
        raise InputError(
            f"{where} is {short_repr(_without_credentials(url))}; expected http://host:port or https://host"
        )
    if parts.username is not None or parts.password is not None:
        raise InputError(
            f"{where} holds a user name or password; remove it and set it in the environment "
            "(OLLAMA_API_KEY, OPENAI_API_KEY, SD_SERVER_AUTH=user:password)"
        )
    return url.rstrip("/")


def _without_all_credentials(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_all_credentials(item) for item in value]
    return _without_credentials(value) if isinstance(value, str) else value


def _without_credentials(url: str) -> str:
    """Hide user, password and query of an address, also of a malformed one."""
    _, at, tail = url.rpartition("@")
    if at:
        host = re.match(r"[\w.:\[\]-]*", tail)
        return "…@" + (host[0] if host else "")
    return re.sub(r"([?#]).*", r"\1…", url, flags=re.DOTALL)


def _resolved(
    layers: list[Layer], stage: str, key: str, value: Any, folders: list[str | Path]
) -> Any:
    """Return the absolute path of a template or workflow, and any other value as it is."""
    if not value or not (key in ("template", "workflow") or key.endswith("_template")):
        return value
    for folder in folders:
        path = Path(folder, value).absolute()
        if path.is_file():
            return str(path)
    where = _origin(layers, (stage, key))
    searched = " or ".join(map(str, folders))
    raise InputError(f"{where}: {stage}.{key} is {short_repr(value)}; no such file in {searched}")
