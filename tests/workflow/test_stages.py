"""Stages that the configuration or the topics add: prompts by the language model, several languages."""

import pytest
from stub_project import EVERY, Studio

NONE = (set(), set(), set())


def count(studio: Studio) -> tuple[int, int, int]:
    numbers = tuple(len(stub.asked()) for stub in (studio.llm, studio.tts, studio.sd))
    for stub in (studio.llm, studio.tts, studio.sd):
        stub.requests.clear()
    return numbers


@pytest.fixture
def described(studio: Studio) -> Studio:
    """Built project with picture prompts written by the language model."""
    (studio.folder / "config/describe.j2").write_text("Describe a picture of: {{ script }}")
    studio.config["image"] |= {"prompt": "llm", "prompt_template": "config/describe.j2"}
    studio.succeed()
    assert count(studio) == (3, 0, 3)
    assert studio.run().nothing_to_do
    return studio


def test_the_prompt_has_a_file_and_a_record_and_is_what_the_picture_is_asked_for(
    described: Studio,
) -> None:
    text = described.path("prompt", "alpha-waves").read_text().strip()
    assert described.record_of("image", "alpha")["request"]["prompt"] == text
    assert described.record_of("prompt", "alpha")["request"]["prompt"].startswith("Describe a pic")


def test_an_edited_prompt_makes_only_its_picture_again(described: Studio) -> None:
    described.path("prompt", "alpha-waves").write_text("Alpha, painted by hand.\n")
    described.succeed()
    assert described.asked() == (set(), set(), {"alpha"})
    assert described.run().nothing_to_do


def test_another_template_of_the_prompts_makes_prompts_and_pictures_again(
    described: Studio,
) -> None:
    (described.folder / "config/describe.j2").write_text("Sketch this: {{ script }}")
    described.succeed()
    assert described.asked() == (EVERY, set(), EVERY)


def test_a_deleted_picture_leaves_its_prompt(described: Studio) -> None:
    described.file("image", "beta").unlink()
    described.succeed()
    assert described.asked() == (set(), set(), {"beta"})


def test_a_topic_in_another_language_leaves_the_first_as_it_is(studio: Studio) -> None:
    studio.topics("Alpha waves | language=en,de\nBeta decay\nGamma rays\n")
    german = "Write about {{ topic }}.{% if language == 'de' %} In German.{% endif %}"
    (studio.folder / "config/script.j2").write_text(german)
    studio.config["voices"] = {"de": {"voice": "en_US-bert", "length_scale": 1.2}}
    studio.succeed()
    assert count(studio) == (1, 1, 1)
    request = studio.record("audio", "alpha-waves-de")["request"]
    assert (request["voice"], request["length_scale"]) == ("en_US-bert", 1.2)


def test_a_language_without_a_voice_fails_in_the_plan_with_topic_and_line(studio: Studio) -> None:
    studio.topics("Alpha waves\nBeta decay | language=xx\nGamma rays\n")
    run = studio.run("-n")
    assert run.code == 1
    assert "data/input/topics.txt: line 2: the topic 'beta-decay' is in 'xx'" in run.output
