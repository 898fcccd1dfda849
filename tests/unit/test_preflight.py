"""Preflight: the lines about each service, and the detection of the commonest mistakes."""

import contextlib
import dataclasses
import json

import pytest
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import EngineError, ServiceError
from audio_pipeline.planning import preflight
from audio_pipeline.project import Project
from audio_pipeline.settings import Configuration
from audio_pipeline.sound import recogniser
from comfyui_stub import SETTINGS as COMFYUI
from comfyui_stub import ComfyUIStub
from direct import configuration
from replies import Reply, json_line
from service_stubs import JOE, OllamaStub, OpenAIStub, PiperStub, StableDiffusionStub, piper_voice

TOPICS = [Topic("Why the sky is blue", "sky"), Topic("How bread rises", "bread")]
NOT_INSIDE = ()


def project(tmp_path, script=None, audio=None, image=None, topics=TOPICS) -> Project:
    stages = {"script": script, "audio": audio, "image": image}
    stages = {stage: {"engine": "none", **(changes or {})} for stage, changes in stages.items()}
    config = configuration(
        output=str(tmp_path / "out"), voices={"pt-BR": {"voice": "pt_BR-faber-medium"}}, **stages
    )
    return Project(config, {topic.slug: topic for topic in topics})


def changed(of: Project, section: str, **changes) -> Project:
    """Return the project with other values in a section of its configuration."""
    values = {**of.config.values, section: {**of.config.values[section], **changes}}
    return Project(Configuration.of(values), of.topics)


def check(of: Project, marks=NOT_INSIDE) -> list[preflight.Line]:
    return preflight.check(of, of.stages, marks)


def told(of: Project, marks=NOT_INSIDE) -> str:
    """Return the lines that report a problem."""
    return "\n".join(line.text for line in check(of, marks) if not line.ok)


@contextlib.contextmanager
def all_three(tmp_path, **more):
    with OllamaStub() as ollama, PiperStub() as piper, StableDiffusionStub() as sd:
        yield (
            project(
                tmp_path,
                {"engine": "ollama", "url": ollama.url, "model": "gemma3:4b"},
                {"engine": "piper", "url": piper.url},
                {"engine": "stable-diffusion", "url": sd.url},
                **more,
            ),
            (ollama, piper, sd),
        )


def test_when_all_is_well_there_is_a_line_for_each_and_nothing_is_made(tmp_path):
    with all_three(tmp_path) as (of, stubs):
        lines = check(of)

        assert [line.ok for line in lines] == [True] * 5
        assert lines[0].text.endswith("version 0.33.0, has gemma3:4b (aaaaaaaaaaaa)")
        assert lines[1].text.endswith(f"version 1.5 or later, has {JOE}")
        assert lines[2].text.endswith(
            "AUTOMATIC1111 or Forge, has dreamshaper_8.safetensors [879db523c3]"
        )
        assert lines[3].text.startswith("video: ffmpeg ")
        assert lines[4].text.startswith("disk: ")
        assert [stub.asked() for stub in stubs] == [[], [], []]
        assert sum(len(stub.requests) for stub in stubs) < 14


def test_only_the_stages_of_the_plan_are_looked_at(tmp_path):
    with all_three(tmp_path) as (of, (ollama, piper, sd)):
        preflight.check(of, ["audio"], NOT_INSIDE)

        assert piper.requests and not ollama.requests and not sd.requests


def test_each_service_that_is_not_there_is_told_with_what_to_do(tmp_path):
    with all_three(tmp_path) as (of, _):
        pass
    lines = [line.text for line in check(of) if not line.ok]

    assert [line.split(":")[0] for line in lines] == ["script", "audio", "image"]
    assert "start it with 'ollama serve'" in lines[0]
    assert "start it with 'python -m piper.http_server'" in lines[1]
    assert "start it with --api" in lines[2]


def test_a_missing_model_is_told(tmp_path):
    with all_three(tmp_path) as (of, _):
        of = changed(of, "script", model="mistral")

        assert "run 'ollama pull mistral'" in told(of)


def test_a_missing_checkpoint_and_sampler_are_told(tmp_path):
    with all_three(tmp_path) as (of, _):
        of = changed(of, "image", checkpoint="x")
        assert "has no checkpoint 'x'" in told(of)
        of = changed(of, "image", checkpoint="", sampler="x")
        of = dataclasses.replace(of)
        assert "has no sampler 'x'" in told(of)


def test_a_voice_of_a_topic_that_is_missing_is_told(tmp_path):
    topics = [*TOPICS, Topic("Tee", "tee", language="de", voice="de_DE-thorsten-medium")]
    with all_three(tmp_path, topics=topics) as (of, _):
        assert "has no voice 'de_DE-thorsten-medium'" in told(of)


def test_a_wrong_key_is_told(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong")
    with OpenAIStub(key="sk-right") as stub:
        of = project(tmp_path, {"engine": "openai", "url": stub.url, "model": "a-model"})

        assert "OPENAI_API_KEY was not accepted" in told(of) and "sk-wrong" not in told(of)


@pytest.mark.parametrize(("model", "fine"), [("a-model", True), ("other", False)])
def test_the_model_is_looked_up_in_the_list(tmp_path, model, fine):
    with OpenAIStub() as stub:
        of = project(tmp_path, {"engine": "openai", "url": stub.url, "model": model})

        assert ("has no model 'other'; it has a-model, gpt-image-1, tts-1" in told(of)) is not fine


def test_a_workflow_and_its_checkpoint_are_looked_up(tmp_path):
    with ComfyUIStub() as stub:
        of = project(tmp_path, image={**COMFYUI, "url": stub.url})
        (line,) = (line for line in check(of) if line.text.startswith("image: "))
        assert line.ok and line.text.endswith(
            "has all nodes of comfyui_workflow.json and tiny.safetensors"
        )

        of = changed(of, "image", checkpoint="x")
        assert "has no checkpoint 'x'; it has tiny.safetensors, first, second" in told(of)
        of = changed(of, "image", nodes={**COMFYUI["nodes"], "prompt": "Nope"})
        assert "image.nodes.prompt is 'Nope', but no node has that title" in told(of)
        assert not stub.asked()


# The three commonest mistakes


def test_automatic1111_without_its_interface_is_recognised(tmp_path):
    with all_three(tmp_path) as (of, (_, _, sd)):
        sd.api = False

        assert "AUTOMATIC1111 and Forge must be started with --api" in told(of)


def test_a_server_on_the_host_is_looked_for_in_a_container(tmp_path):
    mark = tmp_path / ".dockerenv"
    mark.touch()
    with OllamaStub() as stub:
        of = project(tmp_path, {"engine": "ollama", "url": stub.url, "model": "gemma3:4b"})
        assert told(of, (str(mark),)) == ""

    said = told(of, (str(mark),))
    assert "host.docker.internal" in said and "OLLAMA_HOST=0.0.0.0" in said
    assert "host.docker.internal" not in told(of)


@pytest.mark.parametrize(
    ("topic", "message"),
    [
        (Topic("Café", "cafe", "pt-BR", JOE), f"the voice {JOE} speaks en_US, but the topic 'cafe' is in pt-BR"),
        (Topic("Café", "cafe", language="pt-BR"), ""),
        (Topic("Tea", "tea", voice="pt_BR-faber-medium"), "the voice pt_BR-faber-medium speaks pt_BR, but the topic"),
        (Topic("Tea", "tea", language="en-GB", voice=JOE), ""),
        (Topic("Café", "cafe", language="pt-PT", voice="pt_BR-faber-medium"), ""),
    ],
)  # fmt: skip
def test_a_voice_in_another_language_than_its_topic_is_told(tmp_path, topic, message):
    with all_three(tmp_path, topics=[*TOPICS, topic]) as (of, _):
        said = told(of)

    assert said.startswith(f"audio: {message}") if message else said == ""


def test_a_voice_whose_configuration_names_no_language_goes_by_its_name(tmp_path):
    with all_three(tmp_path) as (of, (_, piper, _)):
        piper.voices = {JOE: {"num_speakers": 1}}

        assert told(of) == ""


# Other mistakes


@pytest.mark.parametrize("dialect", ["1.4", "old"])
def test_the_other_pipers_are_recognised(tmp_path, dialect):
    with PiperStub(dialect) as stub:
        of = project(tmp_path, audio={"engine": "piper", "url": stub.url})
        line = check(of)[0]

    assert line.ok and {"1.4": "version 1.3 or 1.4", "old": "rhasspy/piper"}[dialect] in line.text


def test_another_service_is_not_taken_for_the_old_piper(tmp_path):
    with OllamaStub() as stub:
        of = project(tmp_path, audio={"engine": "piper", "url": stub.url})

        assert "is another service ('Ollama is running'); set audio.url" in told(of)


def test_a_speaker_that_the_voice_lacks_is_told(tmp_path):
    with all_three(tmp_path) as (of, (_, piper, _)):
        piper.voices[JOE] = piper_voice(JOE, {"a": 0})
        of = changed(of, "audio", speaker="b")

        assert f"the voice {JOE} has a: set one of them" in told(of)


def test_plain_http_to_another_machine_is_noted(tmp_path):
    of = project(tmp_path, {"engine": "ollama", "url": "http://box.invalid:11434"})
    lines = check(of)

    assert lines[0].ok and "texts and keys go there unprotected" in lines[0].text
    assert not lines[1].ok and "its host name is not known" in lines[1].text


def test_too_little_room_on_the_disk_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(
        preflight.shutil, "disk_usage", lambda _: type("", (), {"free": 10_000_000})
    )
    with all_three(tmp_path) as (of, _):
        assert "disk: 10 MB free" in told(of) and "free some space, or set output" in told(of)


def test_a_model_that_is_not_what_it_was_is_noted(tmp_path):
    with all_three(tmp_path) as (of, (ollama, _, _)):
        record = tmp_path / "out/records/script/sky.json"
        record.parent.mkdir(parents=True)
        record.write_text(
            json.dumps({"request": {"model": "gemma3:4b"}, "service": {"digest": "b" * 64}})
        )
        texts = [line.text for line in check(of)]
        assert any(
            "has changed since it wrote the newest script (bbbbbbbbbbbb)" in t for t in texts
        )

        ollama.models["gemma3:4b"] = "b" * 64
        assert not any("has changed since" in line.text for line in check(of))


@pytest.mark.parametrize(
    "record",
    [
        {"request": {"model": "another"}, "service": {"digest": "b" * 64}},
        {"request": {"model": "gemma3:4b"}, "service": {}},
        {"request": {"model": "gemma3:4b"}, "service": {"digest": 5}},
        {"request": {}, "service": {}},
        {"request": {"model": "gemma3:4b"}, "service": None},
        [],
    ],
)
def test_a_newest_script_that_says_nothing_of_the_model_is_no_fault(tmp_path, record):
    with all_three(tmp_path) as (of, _):
        path = tmp_path / "out/records/script/sky.json"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(record))

        assert all(line.ok for line in check(of))


def test_a_digest_that_is_held_fast_is_checked(tmp_path):
    with all_three(tmp_path) as (of, _):
        of = changed(of, "script", digest="b" * 12)

        assert "script.digest is bbbbbbbbbbbb" in told(of)


# Pulling


def test_a_missing_model_is_pulled_once_before_the_run(tmp_path):
    with all_three(tmp_path) as (of, (ollama, _, _)):
        of = changed(of, "script", model="new:1b", pull=True)
        assert told(of) == ""
        lines = []
        for _ in range(2):
            preflight.prepare(of, ["script"], lines.append)

        assert [r.path for r in ollama.requests].count("/api/pull") == 1
        assert lines[-1] == "pulling new:1b: success" and "has new:1b" in check(of)[0].text


@pytest.mark.parametrize(("stages", "pull"), [(["audio"], True), (["script"], False)])
def test_nothing_is_pulled_unasked(tmp_path, stages, pull):
    with all_three(tmp_path) as (of, (ollama, _, _)):
        of = changed(of, "script", model="new:1b", pull=pull)
        preflight.prepare(of, stages, print)

        assert "/api/pull" not in [request.path for request in ollama.requests]


def test_a_model_that_cannot_be_pulled_ends_the_run(tmp_path):
    with all_three(tmp_path) as (of, _):
        of = changed(of, "script", model="nope", pull=True)

        with pytest.raises(ServiceError, match="could not pull 'nope'"):
            preflight.prepare(of, ["script"], print)


@pytest.mark.parametrize(
    "line",
    [
        {"status": "a", "total": "12"}, {"status": "a", "total": 5, "completed": "12"}, {"status": "a", "total": [1]},
        {"status": "a", "total": 5, "completed": [1]}, {"status": "a", "total": 10**400, "completed": 1}, {}, [], 5,
        {"status": "a", "total": 0.5, "completed": 1e308}, {"error": "x" * 10**6}, {"error": {"a": "\ud800"}},
    ],
)  # fmt: skip
def test_progress_of_another_type_is_no_traceback(tmp_path, line):
    with all_three(tmp_path) as (of, (ollama, *_)):
        of = changed(of, "script", model="new:1b", pull=True)
        of = changed(of, "http", tries=1)
        ollama._pull = lambda _: Reply(body=[json_line(line)])

        with pytest.raises(ServiceError, match=r"could not pull|broke off pulling") as caught:
            preflight.prepare(of, ["script"], print)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(("level", "stops"), [("off", set()), ("warn", {"audio"})])
def test_a_recogniser_that_is_missing_stops_recordings_if_it_is_needed(
    tmp_path, monkeypatch, level, stops
):
    def check_installed(model):
        raise EngineError("faster-whisper is not installed: run 'make verify'")

    monkeypatch.setattr(recogniser, "check_installed", check_installed)
    with all_three(tmp_path) as (wanted, _):
        checks = {**wanted.config.audio.checks, "heard": level}
        lines = check(changed(wanted, "audio", checks=checks))

    assert {line.stops for line in lines if line.stops} == stops
    message = (
        "audio: faster-whisper is not installed: run 'make verify'; or set audio.checks.heard: off"
    )
    assert (message in [line.text for line in lines]) == bool(stops)


def test_a_language_that_cannot_be_heard_is_noted(tmp_path, monkeypatch):
    monkeypatch.setattr(recogniser, "check_installed", lambda model: None)
    topics = [*TOPICS, Topic("La ĉielo", "cielo", language="eo")]
    with all_three(tmp_path, topics=topics) as (wanted, _):
        checks = {**wanted.config.audio.checks, "heard": "warn"}
        wanted = changed(wanted, "audio", checks=checks)
        voices = {**wanted.config.values["voices"], "eo": {"voice": JOE}}
        wanted = Project(
            Configuration.of({**wanted.config.values, "voices": voices}), wanted.topics
        )
        lines = [line.text for line in check(wanted)]

    assert "audio: note: the recogniser does not know 'eo'; recordings in it are not heard" in lines
