"""Arbitrary input from users and services: a right result or a one-line error, soon, and never a traceback.

In CI the same examples each time, about a minute in all. By hand, for as long as you like, with new ones each time:
FUZZ_EXAMPLES=20000 python -m pytest -c tests/pytest.ini tests/fuzz
"""

import io
import json
import os
import struct
import wave
from pathlib import Path

import direct
import pytest
import sample_media
import yaml
from audio_pipeline.core import configuration, record, yaml_files
from audio_pipeline.core.topics import read_topics
from audio_pipeline.errors import PipelineError
from audio_pipeline.http.error_body import error_within, reason_of
from audio_pipeline.pictures import picture_formats
from audio_pipeline.sound import decoding
from audio_pipeline.text import sentences, spoken_form
from audio_pipeline.text.cleaning import spoken_words
from audio_pipeline.text.script_checks import run as check_script
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from PIL import Image
from snakemake.io import PeriodicityDetector

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "500"))
fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
    database=None,
)

PIECES = [
    "<think>", "</think>", "<|im_end|>", "<|im_start|>user\n", "**", "* ", "# ", "1. ", "- ", "> ", "|", "---", "```",
    "[", "](", "http://a.b/", "{{", "}}", "&amp;", "Sure! Here is", ":", "Narrator: ", "[music]", "\n\n", "\n", '"',
    "I'm sorry, but I can't", "“", "”", "…", ".", "?", " Mr. ", " z.B. ", "$5-10", "24/7", "3/4", "1.5M", "10:30", "IV",
    "der 2. Weltkrieg", "+1 555-1234", "\u202e", "\u200d", "\u0301", "\U000e0041", "\ufe0f", "🙂", "字。", "น", "م",
    "\x00", "\ud800", "Tea is hot. ",
]  # fmt: skip
texts = some.lists(some.one_of(some.sampled_from(PIECES), some.text(max_size=20)), max_size=60).map(
    "".join
)
languages = some.sampled_from(
    ["en", "de", "pt-BR", "es", "fr", "it", "ru", "tr", "zh", "ar", "ja", "sv"]
)
values = some.recursive(
    some.one_of(
        some.none(),
        some.booleans(),
        some.integers(-(10**50), 10**50),
        some.floats(),
        some.text(max_size=20),
    ),
    lambda inner: some.one_of(
        some.lists(inner, max_size=4), some.dictionaries(some.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=15,
)


@fuzzed
@given(texts, languages)
def test_a_text_is_cleaned_checked_and_spoken(text, language):
    cleaned = spoken_words(text, language)
    assert spoken_words(cleaned, language) == cleaned
    try:
        check_script(cleaned, language, direct.settings("script"))
    except PipelineError as error:
        assert "\n" not in str(error)
    for sentence in (
        part for paragraph in sentences.paragraphs(cleaned, language) for part in paragraph
    ):
        assert isinstance(spoken_form.spoken(sentence, language), str)


@fuzzed
@given(
    some.one_of(
        texts.map(lambda text: text.encode("utf-8", "surrogatepass")), some.binary(max_size=300)
    )
)
def test_a_list_of_topics_is_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "topics.txt"
    path.write_bytes(data)
    try:
        topics, _ = read_topics(path)
    except PipelineError as error:
        assert all(line.isprintable() for line in str(error).splitlines())
        return
    for topic in topics:
        assert len(topic.slug) <= 80 and not PeriodicityDetector().is_periodic(topic.slug)


def changed(data: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    """Return the bytes with some of them replaced."""
    for place, new in changes:
        at = place % (len(data) + 1)
        data = data[:at] + new + data[at + len(new) :]
    return data


changes = some.lists(
    some.tuples(some.integers(0, 4000), some.binary(min_size=1, max_size=6)), max_size=4
)
TONE = sample_media.tone("a", seconds=0.1)
_HEAD = struct.pack(
    "<4sI4s4sIHHIIHH", b"RIFF", 436, b"WAVE", b"fmt ", 16, 3, 1, 22050, 88200, 4, 32
)
FLOATS = _HEAD + struct.pack("<4sI", b"data", 400) + bytes(400)


@fuzzed
@given(
    some.sampled_from([TONE, TONE + TONE, FLOATS, b"", b"ID3", b"OggS", b"fLaC"]),
    changes,
    some.integers(0, 5000),
)
def test_a_sound_is_decoded_or_refused(data, changes, length):
    try:
        decoded, _ = decoding.decoded(changed(data, changes)[: length or None])
    except PipelineError as error:
        assert "\n" not in str(error)
        return
    with wave.open(io.BytesIO(decoded)) as sound:
        assert sound.getsampwidth() == 2


FIELDS = ["request", "sha256", "take", "model", "service", "time", "previous", "seconds"]


def picture(kind: str, mode: str) -> bytes:
    return sample_media.encoded(Image.linear_gradient("L").resize((64, 64)).convert(mode), kind)


PICTURES = [
    picture("PNG", "RGBA"),
    picture("PNG", "P"),
    picture("JPEG", "RGB"),
    picture("WEBP", "RGB"),
    b"",
    b"GIF89a",
]


@fuzzed
@given(some.sampled_from(PICTURES), changes, some.integers(0, 3000))
def test_a_picture_is_decoded_or_refused(data, changes, length):
    try:
        found = picture_formats.decoded(
            "the service", changed(data, changes)[: length or None], (64, 64), {}
        )
    except PipelineError as error:
        assert "\n" not in str(error)
        return
    assert found.mode == "RGB"


@fuzzed
@given(
    some.dictionaries(
        some.sampled_from(["request", "sha256", "take", "model", "service", "time", "previous"]),
        values,
    )
)
def test_a_record_is_read_or_counts_as_none(tmp_path_factory, changes):
    path = tmp_path_factory.getbasetemp() / "a.json"
    usual = {"request": {}, "request_sha256": "", "sha256": "", "engine": "e", "model": "m"}
    usual |= {
        "seed": None,
        "take": 0,
        "attempts": 1,
        "seconds": 1.0,
        "checks": [],
        "time": "2026-11-22T09:00:00Z",
    }
    path.write_text(json.dumps(usual | changes))
    known = record.load(path)
    assert known is None or (isinstance(known.model, str) and isinstance(known.warnings, list))


@fuzzed
@given(values)
def test_an_error_of_a_service_is_a_line(answer):
    for said in (answer, {"error": answer}, {"choices": [{"error": answer}]}):
        found = error_within(said)
        assert found is None or (400 <= found[0] < 600 and found[1].isprintable())
        assert reason_of(json.dumps(said).encode()).isprintable()


@fuzzed
@given(
    some.sampled_from(sorted(CONFIG)),
    some.one_of(
        values, some.dictionaries(some.sampled_from(sorted(CONFIG["script"])), values, max_size=3)
    ),
)
def test_a_configuration_is_taken_or_refused(key, value):
    layers = [("config/config.yaml", CONFIG), ("own.yaml", {key: value})]
    try:
        configuration.resolve(layers, {}, [ROOT])
    except PipelineError as error:
        assert str(error)


LAUGHS = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))


@pytest.mark.parametrize(
    "text",
    [
        f"a0: &a0 [x, x]\n{LAUGHS}", "a: " + "[" * 5000, "a: " + "{a: " * 2000, "a: &a {x: *a}\n", "? " * 3000,
        "- " * 3000, f"script: {'{a: ' * 40}1{'}' * 40}",
    ],
)  # fmt: skip
def test_a_bomb_in_yaml_is_a_line(tmp_path, text):
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises(PipelineError) as error:
        layer = yaml_files.read_layer(tmp_path / "own.yaml")
        configuration.resolve([("config/config.yaml", CONFIG), layer], {}, [ROOT])
    assert len(str(error.value)) < 5000
