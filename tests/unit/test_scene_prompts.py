"""Prompts of scenes by the language model: what is asked, which answers are accepted, and what becomes of them."""

import json

import pytest
from audio_pipeline.errors import BadAnswer
from audio_pipeline.stages import scene_prompts
from direct import TOPIC, artifact, build, configuration, maker
from service_stubs import OllamaStub, OpenAIStub

TEXT = "Tea began in China. Farmers boiled its leaves in water. Ships brought it to Europe."
SHOWS = [
    "An old tea garden on a hill in China at dawn",
    "Two farmers boil leaves in an iron pot of water",
    "A wooden ship enters a harbour of Europe at noon",
]


def answer(shows=SHOWS) -> str:
    return json.dumps({"scenes": [{"scene": n, "show": show} for n, show in enumerate(shows, 1)]})


def written(text: str, engine: str = "ollama", attempts: int = 1):
    """Return the stub and what is made of the model's answer."""
    kind, model = (OllamaStub, "gemma3:4b") if engine == "ollama" else (OpenAIStub, "a-model")
    with kind() as stub:
        stub.text = lambda prompt, seed: text
        config = configuration(
            script={
                "engine": engine,
                "url": stub.url,
                "model": model,
                "attempts": attempts,
                "timeout_s": 10,
            },
            scenes={"enabled": True, "seconds": 2},
            image={"engine": "stable-diffusion", "prompt": "llm"},
        )
        values = scene_prompts.STAGE.settings(config)
        request = build("scene_prompts", TOPIC, values, TEXT)
        made = artifact(maker("scene_prompts", values), request, 42)
        return stub.asked()[0].body, made


@pytest.mark.parametrize(
    "text",
    [
        answer(),
        f"Here you are:\n```json\n{answer()}\n```\nDone.",
        "\n".join(f"{n}. {show}" for n, show in enumerate(SHOWS, 1)),
        "\n\n".join(f"Scene {n}: {show}" for n, show in enumerate(SHOWS, 1)),
        answer()
        .replace('"scene": 3', '"scene": 4')
        .replace('"scene": 2', '"scene": 3')
        .replace('"scene": 1', '"scene": 2'),  # as a real model did
    ],
)
def test_an_answer_becomes_a_line_for_each_scene(text):
    _, made = written(text)

    assert made.data.decode().splitlines() == SHOWS


@pytest.mark.parametrize("engine", ["ollama", "openai"])
def test_all_scenes_are_asked_for_at_once_with_a_schema(engine):
    body, _ = written(answer(), engine)

    prompt = body["messages"][-1]["content"]
    assert "1. Tea began in China.\n2. Farmers boiled its leaves in water.\n3. Ships" in prompt
    schema = (
        body["format"] if engine == "ollama" else body["response_format"]["json_schema"]["schema"]
    )
    assert (
        schema["properties"]["scenes"]["minItems"],
        schema["properties"]["scenes"]["maxItems"],
    ) == (3, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (answer(SHOWS[:2]), "wrote prompts for the scenes 1, 2; expected 1 to 3"),
        (answer([*SHOWS, "One too many of them"]), "scenes 1, 2, 3, 4; expected 1 to 3"),
        ("I'm sorry, but I can't.", "scenes none; expected 1 to 3"),
        (answer().replace('"scene": 2', '"scene": 3'), "scenes 1, 3, 3; expected 1 to 3"),
        (answer([SHOWS[0], SHOWS[0], SHOWS[2]]), "the same prompt for two scenes"),
        (answer([SHOWS[0], "Tea", SHOWS[2]]), "a prompt of 1 words for scene 2; expected 3 to 80"),
        (answer([SHOWS[0], "tea " * 99, SHOWS[2]]), "a prompt of 99 words for scene 2"),
        (answer([SHOWS[1], SHOWS[2], "A cup on a table at noon"]), "for the wrong scenes"),
        ('{"scenes": [{"scene": {}, "show": 1}]}', "scenes none"),
        ("{" * 5000, "scenes none"),
        ("1. a b c\n" * 30_000, "wrote 270000 characters; expected 3 prompts"),
    ],
)
def test_an_answer_that_is_not_one_prompt_for_each_scene_is_rejected(text, message):
    with pytest.raises(BadAnswer, match=message):
        written(text)


def test_a_cut_off_answer_is_rejected():
    with pytest.raises(BadAnswer, match="wrote prompts for the scenes"):
        written(answer()[:-40])
