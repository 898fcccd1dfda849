"""Settings behind a topic, and presets: which are accepted, what they override, what is told of those that are not."""

import pytest
from audio_pipeline import project
from audio_pipeline.core import topic_settings
from audio_pipeline.core.topics import Topic, parse_line
from audio_pipeline.errors import InputError


def settings_of(topics) -> dict:
    ((topic,), _) = topics
    return dict(topic.settings)


def test_settings_stand_behind_a_topic_in_their_types(read):
    line = (
        "Tea | script.max_tokens=300 audio.length_scale=1.1 video.burn_subtitles=true "
        'image.negative_prompt="blurry, a text" script.checks.sentence=off audio.rate_hz=null'
    )

    assert settings_of(read(line)) == {
        "script.max_tokens": 300,
        "audio.length_scale": 1.1,
        "video.burn_subtitles": True,
        "image.negative_prompt": "blurry, a text",
        "script.checks.sentence": "off",
        "audio.rate_hz": None,
    }


@pytest.mark.parametrize(
    "value", ["flat", "a b", 'say "no"', "a|b", "<b>", "back\\slash", r"\u003c", "300", "café", ""]
)
def test_a_line_of_a_job_gives_the_same_settings(value):
    settings = (("image.negative_prompt", value), ("script.max_tokens", 300))
    topic = Topic("Tea <b> | or coffee", "tea", preset="shorts", settings=settings)

    assert parse_line(topic.line_text) == topic
    assert "<" not in topic.line_text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("audio.loudness_lufs", None),
        ("audio.rate_hz", None),
        ("script.temperature", 0.00001),
        ("script.temperature", 1e-7),
        ("video.zoom", 0.05),
        ("video.burn_subtitles", True),
        ("video.burn_subtitles", False),
        ("script.system_prompt", "One.\nTwo.\tThree \u00a0 four"),
    ],
)
def test_a_job_gets_settings_of_every_type(name, value):
    topic = Topic("Tea", "tea", settings=((name, value),))

    assert parse_line(topic.line_text) == topic


@pytest.mark.parametrize("value", ["a\\u0000b", "a\\ud800b", "a\\u2028b", "a\x7fb"])
def test_what_no_program_can_be_given_is_refused(faults, value):
    assert "has the c" in faults(f'Tea | image.look="{value}"')[0]


@pytest.mark.parametrize("value", ["[" * 3000, "&a [x]", "{a: b}"])
def test_hostile_values_are_told_and_not_parsed(faults, value):
    expected = "expected a whole number from 16 to 8192"
    assert expected in faults(f"Tea | script.max_tokens={value.replace(' ', '')}")[0]


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (
            "script.max_token=300",
            "1: has the unknown key 'script.max_token'; did you mean script.max_tokens? (column 7)",
        ),
        (
            "seed=7 script.max_tokens=9",
            "1: has script.max_tokens=9; expected a whole number from 16 to 8192 (column 14)",
        ),
        (
            "video.aspect=4:3",
            "1: has video.aspect='4:3'; expected one of 16:9, 1:1, 9:16 (column 7)",
        ),
        (
            "script.engine=ollama",
            "1: has script.engine, which holds for all topics; set it in the configuration (column 7)",
        ),
        ("audio.voice=joe", "1: has audio.voice; give the topic voice=… instead (column 7)"),
        (
            "http.tries=3",
            "1: has http.tries, which holds for all topics; set it in the configuration (column 7)",
        ),
        ("script.checks=off", "1: has the unknown key 'script.checks'; "),
        (
            "script.temperature=.nan",
            "1: has script.temperature=nan; expected a single value (column 7)",
        ),
        ("image.nodes.prompt=x", "1: has image.nodes.prompt, which holds for all topics"),
        ('image.look="flat', "1: has image.look='\"flat'; expected a text between two quotes"),
        ("script.max_tokens=99 script.max_tokens=98", "1: gives script.max_tokens twice"),
    ],
)
def test_a_fault_is_told_with_its_column(faults, attributes, message):
    (fault,) = faults(f"Tea | {attributes}")

    assert fault.startswith(message)


def test_only_what_is_named_differs():
    values = {
        "script": {"max_tokens": 200, "checks": {"words": "error"}},
        "audio": {"split": "none"},
    }

    merged = topic_settings.merged(values, [("script.checks.words", "off")])

    assert merged["script"] == {"max_tokens": 200, "checks": {"words": "off"}}
    assert values["script"]["checks"]["words"] == "error" and merged["audio"] is values["audio"]


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Return a function that loads a project with these topics and values."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/input").mkdir(parents=True)

    def of(topics: str, **values) -> project.Project:
        (tmp_path / "data/input/topics.txt").write_text(topics)
        return project.load([("test", values)], {})

    return of


def test_a_preset_is_overridden_by_what_stands_behind_the_topic(load):
    made = load(
        "Tea | preset=long\nCoffee | preset=long script.max_tokens=99\nMilk\n",
        presets={"long": {"script": {"max_tokens": 900, "max_words": 700}}},
    )

    tokens = {slug: made.settings_of("script", slug).max_tokens for slug in made.topics}
    assert tokens == {"tea": 900, "coffee": 99, "milk": 200}
    assert made.settings_of("script", "coffee").max_words == 700
    assert made.settings_of("script").max_tokens == 200


def test_a_preset_may_have_names_as_behind_a_topic(load):
    made = load("Tea | preset=x\n", presets={"x": {"video.aspect": "1:1"}})

    assert made.settings_of("video", "tea").aspect == "1:1"


def test_the_presets_of_the_workflow_are_valid(load):
    made = load("Tea | preset=shorts\n")

    assert made.settings_of("video", "tea").aspect == "9:16"


@pytest.mark.parametrize(
    ("topics", "values", "message"),
    [
        (
            "Tea | preset=long",
            {},
            "data/input/topics.txt:1: has preset=long; expected one of shorts",
        ),
        (
            "\nTea | script.min_words=500",
            {},
            "data/input/topics.txt:2: script.min_words is 500; expected at most max_words, 400",
        ),
        (
            "Tea | script.template=none.j2",
            {},
            "data/input/topics.txt:1: script.template is 'none.j2'; no such file in ",
        ),
        (
            "Tea | script.model=other",
            {},
            "data/input/topics.txt:1: has script.model, but script.engine: embedded runs one model",
        ),
        (
            "Tea",
            {"presets": {"x": {"script": {"max_tokens": 1}}}},
            "test: the preset x has script.max_tokens=1; expected a whole number from 16 to 8192",
        ),
        (
            "Tea",
            {"presets": {"x": {"http": {"tries": 1}}}},
            "test: the preset x has http.tries, which holds for all topics",
        ),
        ("Tea", {"presets": {"x": 7}}, "test: presets.x is 7; expected sections with keys"),
        (
            "Tea",
            {"presets": {2024: {}}},
            "test: presets has the key 2024, which YAML does not read",
        ),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_made(load, topics, values, message):
    with pytest.raises(InputError) as caught:
        load(topics, **values)

    assert str(caught.value).startswith(message)


def test_a_pace_behind_a_topic_counts_more_than_that_of_its_language(load):
    from audio_pipeline.core.voices import voice_settings

    made = load(
        "Tee | language=de audio.length_scale=1.1\nBrot | language=de\n",
        script={"engine": "ollama"},
        audio={"engine": "piper"},
        voices={"de": {"voice": "de_DE-x", "length_scale": 1.3}},
    )

    paces = {
        slug: voice_settings(topic, made.settings_of("audio", slug))["length_scale"]
        for slug, topic in made.topics.items()
    }
    assert paces == {"tee": 1.1, "brot": 1.3}
