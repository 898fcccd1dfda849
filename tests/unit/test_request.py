import hashlib
import json
from dataclasses import replace
from pathlib import Path

import direct
import pytest
import yaml
from audio_pipeline.core.request import differences, digest
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import InputError
from audio_pipeline.makers.picture_requests import first_sentence, keywords
from audio_pipeline.settings import StageSettings
from audio_pipeline.stages import registry
from audio_pipeline.stages.audio import STAGE as AUDIO
from direct import build

ROOT = Path(__file__).parents[2]
TOPIC = Topic("Why the sky is blue", "why-the-sky-is-blue")
SCRIPT = "The sky is blue. It scatters light.\n"
# Keys with no effect on the result, or only on whether it is kept.
NEUTRAL = {"url", "timeout_s", "attempts", "checks", "forbidden", "enabled"}
NEUTRAL |= {"heard_model", "heard_word_error_rate"}
ENGINES = {
    "script": ["embedded", "ollama", "openai"],
    "audio": ["embedded", "piper", "openai"],
    "image": ["card", "stable-diffusion", "comfyui", "openai"],
    "subtitles": ["cues"],
    "video": ["ffmpeg"],
}
EVERY = [(stage, engine) for stage, engines in ENGINES.items() for engine in engines]


def settings(stage: str, engine: str, **changes) -> StageSettings:
    """Return the default settings of a stage as a job gets them."""
    above = {key: changes.pop(key) for key in ("language", "voices", "lexicon") if key in changes}
    config = direct.configuration(**above, **{stage: {"engine": engine, **changes}})
    return registry.every()[stage].settings(config)


def of(stage: str, engine: str, topic: Topic = TOPIC, script: str = SCRIPT, **changes) -> dict:
    return build(stage, topic, settings(stage, engine, **changes), script)


@pytest.mark.parametrize(("stage", "engine"), EVERY)
def test_the_same_settings_give_the_same_request(stage, engine):
    assert of(stage, engine) == of(stage, engine)


@pytest.mark.parametrize(("stage", "engine"), EVERY)
def test_a_request_survives_being_written_as_json(stage, engine):
    request = of(stage, engine)

    assert json.loads(json.dumps(request)) == request


@pytest.mark.parametrize(("stage", "engine"), EVERY)
def test_a_request_names_its_engine(stage, engine):
    assert of(stage, engine)["engine"] == engine


UNUSED = NEUTRAL | {"keep_alive", "pull", "min_words", "max_words"}


@pytest.mark.parametrize(
    ("stage", "engine", "key"),
    [(*pair, key) for pair in EVERY for key in sorted(UNUSED & set(direct.CONFIG[pair[0]]))],
)
def test_what_shapes_no_result_is_no_part_of_a_request(stage, engine, key):
    assert of(stage, engine, **{key: "another"}) == of(stage, engine)


OF_SOUND = "split max_characters sentence_pause_s paragraph_pause_s rate_hz loudness_lufs"
SHAPING = {
    ("script", "embedded"): "model system_prompt temperature max_tokens seed extra_body",
    (
        "script",
        "ollama",
    ): "model system_prompt temperature max_tokens seed extra_body context_tokens digest",
    ("script", "openai"): "model system_prompt temperature max_tokens seed extra_body",
    ("audio", "embedded"): "voice speaker length_scale noise_scale noise_w_scale " + OF_SOUND,
    ("audio", "piper"): "voice speaker length_scale noise_scale noise_w_scale " + OF_SOUND,
    ("audio", "openai"): "model voice " + OF_SOUND,
    ("image", "card"): "width height style seed",
    ("image", "stable-diffusion"): "width height negative_prompt steps cfg_scale sampler"
    " scheduler checkpoint seed",
    ("image", "comfyui"): "width height negative_prompt checkpoint seed",
    ("image", "openai"): "model width height",
    ("subtitles", "cues"): "line_characters",
    ("video", "ffmpeg"): "aspect short_side frame_rate zoom burn_subtitles",
}


@pytest.mark.parametrize(
    ("stage", "engine", "key"), [(*pair, k) for pair, keys in SHAPING.items() for k in keys.split()]
)
def test_what_shapes_the_result_is_part_of_a_request(stage, engine, key):
    changed = of(stage, engine, **{key: "another"})

    assert differences(of(stage, engine), changed) == [key]


def test_a_limit_of_characters_is_no_part_of_a_request_until_it_is_set():
    """Files made before the key existed stay current."""
    assert "max_characters" not in of("audio", "piper", max_characters=None)
    assert of("audio", "piper", max_characters=200)["max_characters"] == 200


def test_every_setting_either_shapes_a_result_or_is_known_not_to():
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    for stage, engines in ENGINES.items():
        shaping = {key for engine in engines for key in SHAPING[stage, engine].split()}
        other = NEUTRAL | {"engine", "template", "keep_alive", "pull", "min_words", "max_words"}
        other |= {"look", "prompt", "prompt_template", "music"}  # by the prompt, by its content
        other |= {"subtitle_style", "end_card"}  # with burn_subtitles, with a seed
        other |= {"workflow", "nodes"}  # test_comfyui_workflow.py
        other |= {"sections", "outline_template", "section_template"}  # test_sections.py
        other |= {"names"}  # test_speakers.py

        assert set(config[stage]) <= shaping | other


def test_music_shapes_a_video_by_its_content(tmp_path):
    for name, data in (("one.mp3", b"1"), ("same.mp3", b"1"), ("two.mp3", b"2")):
        (tmp_path / name).write_bytes(data)
    without = build("video", TOPIC, settings("video", "ffmpeg"))
    one, same, two = (
        build("video", TOPIC, settings("video", "ffmpeg", music=str(tmp_path / f"{name}.mp3")))
        for name in ("one", "same", "two")
    )

    assert "music" not in without and "loudness_lufs" not in without
    assert one == same
    assert differences(one, two) == ["music"]


@pytest.mark.parametrize(
    ("stage", "engine", "one", "other"),
    [
        ("audio", "piper", "noise_scale", "noise_w_scale"),
        ("image", "stable-diffusion", "width", "height"),
        ("image", "stable-diffusion", "sampler", "scheduler"),
        ("image", "stable-diffusion", "negative_prompt", "checkpoint"),
        ("script", "openai", "model", "system_prompt"),
    ],
)
def test_swapping_two_values_changes_the_request_and_its_digest(stage, engine, one, other):
    before = settings(stage, engine)
    after = replace(before, **{one: getattr(before, other), other: getattr(before, one)})
    had, wanted = (build(stage, TOPIC, values, SCRIPT) for values in (before, after))

    assert had != wanted
    assert digest(had) != digest(wanted)


def test_moving_text_from_one_field_to_the_next_changes_the_digest():
    assert digest({"a": "xy", "b": "z"}) != digest({"a": "x", "b": "yz"})


def test_the_digest_is_that_of_canonical_json():
    expected = hashlib.sha256('{"a":"é","b":[1,2.5,null]}'.encode()).hexdigest()

    assert digest({"b": [1, 2.5, None], "a": "é"}) == expected


def test_the_topic_text_shapes_a_script_but_its_slug_does_not():
    renamed = Topic(TOPIC.text, "another-name")
    other = Topic("Why the sea is blue", TOPIC.slug)

    assert of("script", "ollama", renamed) == of("script", "ollama")
    assert differences(of("script", "ollama"), of("script", "ollama", other)) == ["prompt"]


def test_a_seed_of_the_topic_goes_before_that_of_the_settings():
    assert of("script", "ollama", Topic("Tea", "tea", seed=7))["seed"] == 7


def test_a_seed_of_zero_of_the_topic_counts():
    assert of("image", "card", Topic("Tea", "tea", seed=0))["seed"] == 0


def test_a_voice_of_the_topic_goes_before_that_of_the_settings():
    assert of("audio", "piper", Topic("Tea", "tea", voice="v2"))["voice"] == "v2"


def test_a_language_of_the_topic_goes_before_that_of_the_settings():
    topic = Topic("Chá", "cha", language="pt-BR")

    assert AUDIO.language(settings("audio", "piper"), topic) == "pt-BR"
    assert "pt-BR" in of("script", "ollama", topic)["prompt"]


def test_the_seed_can_be_used_in_the_template_of_a_script(tmp_path):
    (tmp_path / "p.j2").write_text("{{ topic }} {{ language }} {{ seed }}")
    values = settings("script", "ollama", template=str(tmp_path / "p.j2"))

    assert build("script", TOPIC, values)["prompt"] == "Why the sky is blue en 42"


def test_an_image_template_gets_the_script_and_its_first_sentence(tmp_path):
    (tmp_path / "p.j2").write_text("{{ topic }}|{{ language }}|{{ script }}|{{ first_sentence }}")
    values = settings("image", "stable-diffusion", template=str(tmp_path / "p.j2"))

    assert build("image", TOPIC, values, SCRIPT)["prompt"] == (
        "Why the sky is blue|en|The sky is blue. It scatters light.|The sky is blue."
    )


def test_a_changed_template_changes_the_request(tmp_path):
    for name, text in (("a", "About {{ topic }}"), ("b", "On {{ topic }}")):
        (tmp_path / name).write_text(text)
    had, wanted = (
        build("script", TOPIC, settings("script", "ollama", template=str(tmp_path / name)))
        for name in "ab"
    )

    assert differences(had, wanted) == ["prompt"]


def test_the_same_template_in_another_folder_gives_the_same_request(tmp_path):
    copy = tmp_path / "copy.j2"
    copy.write_bytes((ROOT / "config/prompts/script.txt.j2").read_bytes())
    values = settings("script", "ollama", template=str(copy))

    assert build("script", TOPIC, values) == of("script", "ollama")


@pytest.mark.parametrize("folder", ["/models/", "/elsewhere/deep/", "C:\\models\\"])
def test_an_embedded_model_is_the_same_wherever_its_file_lies(folder):
    assert of("script", "embedded", model=f"{folder}m.gguf")["model"] == "m.gguf"


def test_the_name_of_a_served_model_keeps_its_slashes():
    assert of("script", "ollama", model="hf.co/org/m:Q4")["model"] == "hf.co/org/m:Q4"


@pytest.mark.parametrize("ends", ["\r\n", "\n\n", " \n", ""])
def test_white_space_at_the_ends_of_a_script_makes_no_sound(ends):
    assert of("audio", "piper", script="Tea." + ends)["text"] == "Tea."


def test_a_byte_order_mark_in_an_edited_script_is_not_spoken():
    assert of("audio", "piper", script="\ufeffTea.\n")["text"] == "Tea."


def test_a_changed_script_changes_the_sound_but_not_the_title_card():
    assert differences(of("audio", "piper"), of("audio", "piper", script="Tea.")) == ["text"]
    assert of("image", "card") == of("image", "card", script="Tea.")


def test_the_pace_is_a_speed_for_openai():
    assert of("audio", "openai", length_scale=1.25)["speed"] == 0.8


def test_a_hostile_topic_reaches_the_request_as_it_is():
    topic = Topic('{{ 7*7 }} $(rm -rf /) "x" %s', "x")

    assert topic.text in of("script", "ollama", topic)["prompt"]
    assert of("image", "card", topic)["title"] == topic.text


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("Tea is hot. It cools.", "Tea is hot."),
        ("Is tea\nhot? Yes!", "Is tea hot?"),
        ("It costs 3.50 today. Yes.", "It costs 3.50 today."),
        ("茶は熱い。冷める。", "茶は熱い。"),
        ("No end", "No end"),
        ("", ""),
        ("  \n ", ""),
    ],
)
def test_the_first_sentence_ends_with_the_first_full_stop(script, expected):
    assert first_sentence(script) == expected


def test_differences_are_named_in_the_order_of_the_wanted_request():
    assert differences({"a": 1, "b": 2, "gone": 3}, {"b": 3, "a": 2, "new": 1}) == [
        "b",
        "a",
        "new",
        "gone",
    ]


# Prompts of pictures


def test_the_look_shapes_the_prompt():
    assert differences(of("image", "openai"), of("image", "openai", look="photo")) == ["prompt"]


def test_an_unknown_look_is_told_with_the_template():
    with pytest.raises(InputError, match=r"image\.txt\.j2"):
        of("image", "openai", look="nope")


def test_keywords_are_the_words_that_come_most_often():
    text = (
        "Yeast makes bubbles. Bubbles lift the bread, and bubbles stay. Fermentation takes hours."
    )

    assert keywords(text, 2) == "bubbles, fermentation"


def test_a_prompt_of_the_language_models_is_the_pictures_prompt():
    request = of("image", "openai", script="A loaf on a table.\n", prompt="llm")

    assert request["prompt"] == "A loaf on a table."


# Subtitles and videos


@pytest.mark.parametrize("stage", ["subtitles", "video"])
def test_what_is_made_of_files_asks_for_them_by_their_content(stage):
    had, wanted = (
        build(stage, TOPIC, settings(stage, "x"), SCRIPT, {"audio": digest}) for digest in "ab"
    )

    assert differences(had, wanted) == ["audio"]


def test_the_words_shape_the_subtitles_and_the_title_the_video():
    other = Topic("Another title", TOPIC.slug)

    assert differences(of("subtitles", "cues"), of("subtitles", "cues", script="Tea.")) == ["text"]
    assert differences(of("video", "ffmpeg"), of("video", "ffmpeg", other)) == ["title"]
    assert of("video", "ffmpeg") == of("video", "ffmpeg", script="Tea.")
