"""Configuration layers, invalid values, and the messages about them."""

import copy
import re

import direct
import pytest
from audio_pipeline.core import configuration
from audio_pipeline.core.schema import typed
from audio_pipeline.core.topics import Topic
from audio_pipeline.core.yaml_files import read_layer
from audio_pipeline.errors import InputError
from audio_pipeline.stages.script import STAGE
from layers import CONFIG, DEFAULTS, ROOT, SCHEMA, faults, resolved

NAN = float("nan")


# Values of the command line


def test_numbers_from_the_command_line_get_their_types():
    given = {"script": {"seed": "7", "temperature": "0.5", "keep_alive": "-1"}}

    assert typed(given) == {"script": {"seed": 7, "temperature": 0.5, "keep_alive": -1}}


def test_texts_from_the_command_line_stay_texts():
    given = {"language": "no", "script": {"model": "7", "keep_alive": "5m", "url": "null"}}

    assert typed(given) == given


def test_null_from_the_command_line_is_null_where_it_may_be():
    assert typed({"audio": {"speaker": "null"}}) == {"audio": {"speaker": None}}


@pytest.mark.parametrize("value", ["[", "{", "2020-13-45", "x", "yes", "", "1,5", "*a", "!!int x"])
def test_what_is_no_number_on_the_command_line_is_refused(value):
    (line,) = faults(typed({"script": {"seed": value}}))

    assert re.fullmatch(
        r"one: script\.seed is .*; expected a whole number from 0 to 2000000000", line
    )


def test_values_with_types_are_left_alone():
    given = {"script": {"seed": 7}, "unknown": {"a": "1"}, "topics": 5}

    assert typed(given) == given


# Layers


def test_a_later_layer_wins_key_by_key():
    config = resolved({"script": {"seed": 1, "attempts": 9}}, {"script": {"seed": 2}})

    assert (config["script"]["seed"], config["script"]["attempts"]) == (2, 9)
    assert config["script"]["model"] == DEFAULTS["script"]["model"]


def test_the_layers_themselves_are_not_changed():
    before, own = copy.deepcopy(DEFAULTS), {"script": {"engine": "ollama"}}

    resolved(own, {"script": {"seed": 9}}, environment={"OLLAMA_BASE_URL": "http://there"})

    assert before == DEFAULTS
    assert own == {"script": {"engine": "ollama"}}


def test_the_defaults_are_valid():
    assert resolved()["script"]["seed"] == DEFAULTS["script"]["seed"]


def test_the_own_services_are_valid_on_top_of_the_defaults():
    config = resolved(read_layer(CONFIG / "services.yaml")[1])

    assert [config[stage]["engine"] for stage in ("script", "audio", "image")] == [
        "ollama",
        "piper",
        "stable-diffusion",
    ]
    assert config["script"]["model"] == "gemma3:4b"
    assert (config["script"]["temperature"], config["script"]["max_tokens"]) == (0.7, 150)
    assert config["audio"]["voice"] == "pt_BR-faber-medium"
    assert (config["audio"]["length_scale"], config["audio"]["noise_scale"]) == (1.0, 0.667)


# Faults


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"sript": {}}, "unknown key 'sript'; did you mean 'script'?"),
        ({"script": {"modle": "x"}}, "unknown key 'script.modle'; did you mean 'model'?"),
        ({"image": {"cfgscale": 7}}, "unknown key 'image.cfgscale'; did you mean 'cfg_scale'?"),
        ({"caps": {"gpu": 1}}, "unknown key 'caps.gpu'; expected one of llm, tts, sd"),
        ({True: 1}, f"unknown key 'True'; expected one of {', '.join(SCHEMA['properties'])}"),
    ],
)
def test_an_unknown_key_is_told_with_its_layer_and_a_suggestion(own, told):
    assert faults(own) == [f"one: {told}"]


def test_every_unknown_key_is_told():
    assert len(faults({"script": {"a1": 1, "b2": 2}, "audio": {"c3": 3}, "d4": 4})) == 4


def test_a_fault_is_told_with_the_layer_that_brought_it():
    lines = faults(
        {"script": {"seed": -1}}, {"audio": {"attempts": 99}}, {"script": {"model": "x"}}
    )

    assert [line.partition(":")[0] for line in lines] == ["two", "one"]


def test_a_fault_that_a_later_layer_mends_is_none():
    assert resolved({"script": {"seed": -1}}, {"script": {"seed": 1}})["script"]["seed"] == 1


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (
            {"audio": {"length_scale": 0}},
            "audio.length_scale is 0; expected a number from 0.1 to 10",
        ),
        (
            {"script": {"seed": -1}},
            "script.seed is -1; expected a whole number from 0 to 2000000000",
        ),
        ({"script": {"seed": 2**31}}, "script.seed is 2147483648; expected a whole number from"),
        ({"script": {"seed": 42.0}}, "script.seed is 42.0; expected a whole number from"),
        ({"image": {"width": 1280.0}}, "image.width is 1280.0; expected a whole number from"),
        ({"script": {"seed": True}}, "script.seed is True; expected a whole number from"),
        ({"audio": {"noise_scale": True}}, "audio.noise_scale is True; expected a number from"),
        ({"script": {"keep_alive": True}}, "script.keep_alive is True; expected a duration like"),
        ({"script": {"keep_alive": "5 min"}}, "script.keep_alive is '5 min'; expected a duration"),
        ({"script": {"seed": "42"}}, "script.seed is '42'; expected a whole number from"),
        ({"script": {"seed": None}}, "script.seed is None; expected a whole number from"),
        ({"script": {"seed": NAN}}, "script.seed is nan; expected"),
        ({"script": {"temperature": NAN}}, "script.temperature is nan; expected a finite number"),
        ({"script": {"timeout_s": float("inf")}}, "script.timeout_s is inf; expected"),
        ({"audio": {"length_scale": float("-inf")}}, "audio.length_scale is -inf; expected"),
        ({"language": False}, "language is False; expected a language code in quotes"),
        ({"language": "portuguese"}, "language is 'portuguese'; expected a language code"),
        ({"language": "en\n"}, "language is 'en\\n'; expected a language code"),
        ({"script": {"engine": "llama"}}, "expected one of embedded, ollama, openai"),
        ({"image": {"engine": None}}, "image.engine is None; expected one of card"),
        ({"script": None}, "script is None; expected keys and values"),
        ({"script": "ollama"}, "script is 'ollama'; expected keys and values"),
        ({"script": []}, "script is []; expected keys and values"),
        ({"topics": ""}, "topics is ''; expected a path, not empty"),
        ({"topics": "x" * 1001}, "expected at most 1000 characters"),
        ({"output": "out{slug}"}, "expected a path without braces and control characters"),
        ({"output": "a\nb"}, "output is 'a\\nb'; expected a path without braces and control"),
        ({"output": "a\0b"}, "expected a path without braces and control characters"),
        ({"output": 5}, "output is 5; expected a path, not empty"),
        ({"audio": {"voice": "../joe"}}, "audio.voice is '../joe'; expected the name of a voice"),
        ({"audio": {"speaker": -1}}, "expected a whole number from 0 to 10000, or null"),
        ({"image": {"sampler": 5}}, "image.sampler is 5; expected a text (in quotes)"),
        ({"caps": {"llm": 0}}, "caps.llm is 0; expected a whole number from 1 to 1000"),
        (
            {"script": {"min_words": 50, "max_words": 40}},
            "script.min_words is 50; expected at most max_words, 40",
        ),
    ],
)
def test_a_value_out_of_range_is_told_with_what_is_allowed(own, told):
    line = faults(own)[0]

    assert line.startswith("one: ")
    assert told in line


def test_all_faults_are_told_at_once():
    assert len(faults({"script": {"seed": -1, "attempts": 0}, "audio": {"noise_scale": 3}})) == 3


def test_a_long_value_is_cut():
    (line,) = faults({"audio": {"voice": "v" * 150}})

    assert len(line) < 200


# Templates


def test_templates_are_looked_for_in_the_order_of_the_folders(tmp_path):
    for folder, names in (("mine", ["a.j2"]), ("theirs", ["a.j2", "b.j2"])):
        (tmp_path / folder).mkdir()
        for name in names:
            (tmp_path / folder / name).touch()
    image = {"template": "b.j2", "prompt_template": "a.j2"}
    scenes = {"prompt_template": "a.j2"}
    script = {"template": "a.j2", "outline_template": "a.j2", "section_template": "a.j2"}
    own = {"script": script, "image": image, "scenes": scenes}
    own["translation"] = {"template": "a.j2"}

    config = resolved(own, folders=[tmp_path / "mine", tmp_path / "theirs"])

    assert config["script"]["template"] == str(tmp_path / "mine" / "a.j2")
    assert config["image"]["template"] == str(tmp_path / "theirs" / "b.j2")


def test_a_template_is_absolute_wherever_the_folder_is_given_from(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT.parent)

    config = resolved(folders=[ROOT.name])

    assert config["script"]["template"] == str(ROOT / DEFAULTS["script"]["template"])


@pytest.mark.parametrize("name", ["none.j2", "", ".", "config", "a\0b"])
def test_a_template_that_is_no_file_is_refused(name):
    (line,) = faults({"script": {"template": name}})

    assert line.startswith("one: script.template is ")


def test_an_absolute_template_is_used_as_it_is(tmp_path):
    (tmp_path / "a.j2").touch()

    config = resolved({"script": {"template": str(tmp_path / "a.j2")}})

    assert config["script"]["template"] == str(tmp_path / "a.j2")


# Languages

EMBEDDED = {
    "script": {"engine": "embedded", "model": "qwen2.5-coder-1.5b-instruct"},
    "audio": {"engine": "embedded"},
}

OWN = {"script": {"engine": "ollama", "model": "gemma3:4b"}, "audio": {"engine": "piper"}}


def check_languages(config: dict, place: str, languages: dict[str, str]) -> None:
    settings = STAGE.settings(direct.configuration(script=config["script"]))
    for slug, language in languages.items():
        STAGE.check_topic(settings, Topic(slug, slug, language=language), place)


@pytest.mark.parametrize("language", ["en", "en-GB", "EN", "en-us"])
def test_embedded_engines_can_do_english(language):
    check_languages(EMBEDDED, "topics.txt", {"tea": language})


@pytest.mark.parametrize("language", ["pt-BR", "e", "eng", "fr", "enx-en"])
def test_embedded_engines_can_do_nothing_else(language):
    with pytest.raises(InputError) as caught:
        check_languages(EMBEDDED, "topics.txt", {"tea": "en", "cha": language})

    assert str(caught.value) == (
        f"topics.txt: the topic 'cha' is in {language!r}, but script.engine: embedded can only do "
        "English; use your own Ollama and Piper: --configfile config/services.yaml"
    )


def test_a_voice_is_checked_elsewhere_than_the_language_model():
    check_languages({**OWN, "audio": EMBEDDED["audio"]}, "topics.txt", {"cha": "pt"})


def test_a_model_of_ones_own_may_do_any_language():
    script = {"engine": "embedded", "model": "/models/own.gguf"}
    check_languages({**OWN, "script": script}, "topics.txt", {"cha": "pt"})


def test_own_services_can_do_every_language():
    check_languages(OWN, "topics.txt", {"cha": "pt-BR"})


# --config of the programs


def test_the_programs_take_config_as_snakemake_does():
    name, values = configuration.from_command_line(
        [
            "language=en",
            "script={seed: 7, extra_body: {top_p: 0.5}}",
            "output=data/x",
            "caps={llm: '4'}",
        ]
    )

    assert name == "--config"
    assert values == {
        "language": "en", "script": {"seed": 7, "extra_body": {"top_p": 0.5}}, "output": "data/x", "caps": {"llm": 4},
    }  # fmt: skip


@pytest.mark.parametrize("item", ["language", "=en", "a-b=1", "script.seed=7", ""])
def test_what_is_no_key_and_value_is_refused(item):
    with pytest.raises(InputError, match="expected KEY=VALUE"):
        configuration.from_command_line([item])


@pytest.mark.parametrize("output", ["data/\u202eout", "a\x9b2J", "a\nb", "{x}", "\u2028"])
def test_an_output_that_a_terminal_would_obey_is_refused(output):
    assert "expected a path without braces and control characters" in faults({"output": output})[0]
