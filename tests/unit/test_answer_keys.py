"""Keys of answers: what changes the request that is sent changes the key, and nothing else does."""

import json

import pytest
from audio_pipeline.core.answer_cache import AnswerCache
from audio_pipeline.core.attempts import Attempt, numbered
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.request import Request, digest
from audio_pipeline.core.topics import Topic
from audio_pipeline.stages import registry
from comfyui_stub import NODES, WORKFLOW, ComfyUIStub
from direct import CONFIG, SCRIPT, TOPIC, ask, build, settings
from service_stubs import OllamaStub, OpenAIStub, PiperStub, StableDiffusionStub

STUBS = {
    ("script", "ollama"): lambda: OllamaStub({"m1:1b": "1" * 64, "m2:1b": "2" * 64}),
    ("script", "openai"): lambda: OpenAIStub(["m1:1b", "m2:1b"]),
    ("audio", "piper"): lambda: speaking(),
    ("audio", "openai"): lambda: OpenAIStub(["tts-1", "tts-2"]),
    ("image", "stable-diffusion"): lambda: StableDiffusionStub(["first", "second"]),
    ("image", "comfyui"): lambda: ComfyUIStub(["tiny.safetensors", "second"]),
    ("image", "openai"): lambda: OpenAIStub(["gpt-image-1", "gpt-image-2"]),
}


def speaking() -> PiperStub:
    stub = PiperStub(voices=["anna", "bert"])
    for voice in stub.voices.values():
        voice["num_speakers"] = 3
    return stub


OTHER_WORKFLOW = str(WORKFLOW.with_name("comfyui_workflow_karras.json"))
SAME = {"attempts": 5, "timeout_s": 99}
CHANGES = {
    "script": {
        "model": "m2:1b", "system_prompt": "You are a poet.", "temperature": 0.9, "max_tokens": 300, "seed": 7,
        "context_tokens": 8192, "extra_body": {"top_p": 0.5}, "min_words": 4, "max_words": 500, "pull": True, **SAME,
    },
    "audio": {
        "model": "tts-2", "voice": "bert", "speaker": 2, "length_scale": 1.25, "noise_scale": 0.5, "noise_w_scale": 0.5,
        "split": "sentence", "max_characters": 400, "sentence_pause_s": 1.0, "paragraph_pause_s": 1.5,
        "rate_hz": 44_100, "loudness_lufs": -20, "lexicon": {"en": {"never said": "x"}}, "heard_model": "small",
        "heard_word_error_rate": 0.2, **SAME,
    },
    "image": {
        "model": "gpt-image-2", "negative_prompt": "cats", "width": 320, "height": 320, "steps": 9, "cfg_scale": 5,
        "sampler": "DPM++ 2M", "scheduler": "Karras", "checkpoint": "second", "style": "silk", "seed": 7,
        "workflow": OTHER_WORKFLOW, "nodes": {**NODES, "negative_prompt": ""}, **SAME,
    },
}  # fmt: skip
FIRST = {"script": {"model": "m1:1b"}, "audio": {"voice": "anna"}, "image": {}}
# Sent to Ollama, but not for the sake of the text.
WITHOUT_EFFECT = {"keep_alive"}
CASES = [(*pair, key) for pair in STUBS for key in CHANGES[pair[0]]]


def sent_and_key(stage: str, engine: str, **changes) -> tuple[str, str]:
    """Return the body that is sent to a service, and the key of its answer."""
    values = {**FIRST[stage], **changes}
    with STUBS[stage, engine]() as stub:
        ask(stage, engine, stub.url, **values)
        body = {**stub.asked()[0].body, "prompt_id": ""}  # random at ComfyUI
    request = build(stage, TOPIC, settings(stage, engine, "http://elsewhere:1", **values), SCRIPT)
    (unit,) = units(stage, request)
    return json.dumps(body, sort_keys=True), digest(numbered(unit, 0))


def units(stage: str, request: Request) -> list[Request]:
    """Return what shapes the answers of a file, without their numbers."""
    index = CacheIndex(AnswerCache(None))
    return [
        wanted.unit for wanted in registry.every()[stage].answers(request, Attempt(None), index)
    ]


@pytest.fixture(scope="module")
def usual():
    return {pair: sent_and_key(*pair) for pair in STUBS}


@pytest.mark.parametrize(("stage", "engine", "key"), CASES)
def test_the_key_changes_exactly_when_the_request_does(usual, stage, engine, key):
    body, changed = sent_and_key(stage, engine, **{key: CHANGES[stage][key]})
    usual_body, usual_key = usual[stage, engine]

    assert (changed != usual_key) == (body != usual_body)


def test_every_setting_is_tried_or_has_another_test():
    elsewhere = {
        "engine",
        "url",
        "template",
        "prompt",
        "prompt_template",
        "sections",  # these three: test_sections.py
        "outline_template",
        "section_template",
        "look",
        "checks",
        "forbidden",
        "digest",
    }
    for stage, changes in CHANGES.items():
        assert set(CONFIG[stage]) <= {*changes, *elsewhere, *WITHOUT_EFFECT}


def test_how_long_a_model_stays_loaded_is_no_part_of_the_key(usual):
    assert sent_and_key("script", "ollama", keep_alive="1h")[1] == usual["script", "ollama"][1]


def test_a_pinned_digest_is_part_of_the_key():
    keys = {sent_and_key("script", "ollama", digest=value)[1] for value in ("", "1" * 12)}

    assert len(keys) == 2


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (1536, 1024)])
def test_sizes_for_which_the_same_picture_is_requested_share_the_answer(size):
    width, height = size
    keys = {
        sent_and_key("image", "openai", model="gpt-image-1", width=w, height=h)[1]
        for w, h in ((width, height), (1536, 864))
    }

    assert len(keys) == 1


@pytest.mark.parametrize("pair", STUBS, ids="-".join)
def test_slug_and_address_are_no_part_of_the_key(pair):
    stage, engine = pair
    values = settings(stage, engine, "http://one:1", **FIRST[stage])
    other = settings(stage, engine, "http://two:2", **FIRST[stage])
    requests = [
        build(stage, topic, chosen, SCRIPT)
        for topic, chosen in ((TOPIC, values), (Topic(TOPIC.text, "another-slug"), other))
    ]

    assert units(stage, requests[0]) == units(stage, requests[1])


def test_the_seed_that_is_sent_is_part_of_the_key_and_not_how_it_came_about():
    first = build("script", Topic("Tea", "tea", seed=43), settings("script", "ollama"), "")
    second = build("script", Topic("Tea", "tea", seed=42), settings("script", "ollama"), "")

    assert numbered(first, 0) == numbered(second, 1) != numbered(second, 0)


def test_answers_without_a_seed_differ_by_their_take():
    request = build("audio", TOPIC, settings("audio", "piper", voice="anna"), SCRIPT)
    (unit,) = units("audio", request)

    assert len({digest(numbered(unit, take)) for take in (0, 1, 1000)}) == 3
