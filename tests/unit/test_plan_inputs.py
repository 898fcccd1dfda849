"""Every change of a request is seen by the plan, which would otherwise report a stale file as current."""

import copy
import dataclasses
import sys
from pathlib import Path

import comfyui_stub
import pytest
import yaml
from audio_pipeline import project as projects
from audio_pipeline.core import reads, template
from audio_pipeline.engines import comfyui_workflow
from audio_pipeline.planning.topic_cache import StageContexts, TopicCache
from audio_pipeline.settings import Configuration
from audio_pipeline.stages import registry
from direct import ROOT

SLUG = "cha"
SERVICES = yaml.safe_load((ROOT / "config/services.yaml").read_text(encoding="utf-8"))
CONFIGURATIONS = {
    "embedded": {},
    "embedded, with scenes": {"scenes": {"enabled": True}},
    "services": SERVICES,
    "services, with scenes": {**SERVICES, "scenes": {"enabled": True}},
    "services, prompts and scenes by the language model": {
        **SERVICES, "image": {**SERVICES["image"], "prompt": "llm"}, "scenes": {"enabled": True},
    },
    "services, scripts in sections": {**SERVICES, "script": {**SERVICES["script"], "sections": 3}},
    "comfyui": {**SERVICES, "image": comfyui_stub.SETTINGS},
    "openai": {
        stage: {"engine": "openai", "url": "http://127.0.0.1:1/v1", "model": "m"}
        for stage in ("script", "audio", "image")
    },
}  # fmt: skip
opened: list[str] | None = None


def note_opened(event: str, arguments: tuple) -> None:
    # A number is the descriptor of a file already opened by path.
    if event == "open" and opened is not None and not isinstance(arguments[0], int):
        opened.append(str(arguments[0]))


sys.addaudithook(note_opened)


@pytest.fixture(params=CONFIGURATIONS)
def project(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data/input").mkdir(parents=True)
    line = "Chá | slug=cha seed=3" + ("" if "embedded" in request.param else " language=pt-BR")
    Path("data/input/topics.txt").write_text(f"{line}\n", encoding="utf-8")
    template._compiled.cache_clear()
    comfyui_workflow._loaded.cache_clear()
    found = projects.load([("test", CONFIGURATIONS[request.param])], {})
    for stage in found.stages:
        path = Path(found.file(stage, SLUG))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Some words.")
    return found


def requests_of(project) -> dict:
    return {stage: project.request(stage, SLUG) for stage in project.stages}


def leaves(value, path=()):
    """Yield every key of the configuration without further keys, and its value."""
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from leaves(one, (*path, key))
    else:
        yield path, value


def others(value):
    """Return other values for a key of the configuration."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value + 1, value * 2 + 3]
    if isinstance(value, str):
        return [value + "x", "card", "none"]
    return [7, "x", {"a": 1}]


def changed(project, path: tuple, value):
    """Return the project with another value in its configuration."""
    values = copy.deepcopy(project.config.values)
    at = values
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return projects.Project(Configuration.of(values), project.topics)


def test_every_setting_that_changes_a_request_is_seen(project) -> None:
    before = requests_of(project)
    stored = StageContexts(project, None).stored()
    assert StageContexts(project, stored).changed == []
    seen = 0
    for path, value in leaves(project.config.values):
        if path[0] in ("topics", "output"):
            continue  # other files
        for other in others(value):
            try:
                now = changed(project, path, other)
                after = requests_of(now)
            except Exception:
                continue  # invalid for this setting
            for stage in before.keys() & after.keys():
                # With other stages, all contexts are unknown: context_of_package.
                if after[stage] != before[stage] and list(now.stages) == list(project.stages):
                    assert stage in StageContexts(now, stored).changed, (path, other)
                    seen += 1
    assert seen >= 20


def test_every_file_that_a_request_opens_is_noted(project) -> None:
    global opened
    template._compiled.cache_clear()
    comfyui_workflow._loaded.cache_clear()
    for stage in project.stages:
        inputs = {project.file(one, SLUG) for one in project.inputs(stage, SLUG).values()}
        with reads.recorded() as noted:
            opened = []
            project.request(stage, SLUG)
        read, opened = set(opened), None
        assert {path for path in read if not path.endswith((".py", ".pyc"))} <= noted | inputs, (
            stage
        )


def test_a_change_of_a_file_that_a_request_was_built_from_is_seen(project, tmp_path) -> None:
    own = tmp_path / "own.j2"
    own.write_text("{{ topic }}")
    in_sections = project.config.script.sections > 1
    key = "section_template" if in_sections else "template"
    now = changed(project, ("script", key), str(own))
    requests_of(now)
    stored = StageContexts(now, None).stored()
    assert StageContexts(now, stored).changed == []
    own.write_text("{{ topic }}!")
    assert "script" in StageContexts(now, stored).changed


@pytest.mark.parametrize(
    "field, value", [("text", "Tea"), ("seed", 4), ("language", "en"), ("voice", "x")]
)
def test_every_change_of_a_topic_is_seen(project, field, value) -> None:
    snapshot = TopicCache(project, ".x", "")
    snapshot.add(SLUG, True)
    before = snapshot._state(SLUG)[0]
    project.topics[SLUG] = dataclasses.replace(project.topics[SLUG], **{field: value})
    assert snapshot._state(SLUG)[0] != before


def test_every_stage_was_looked_at() -> None:
    names = set()
    for config in CONFIGURATIONS.values():
        loaded = projects.load_config([("test", config)], {})
        names |= {name for name, one in registry.every().items() if one.is_enabled(loaded)}
    assert names == set(registry.every())
