"""Flat pictures, and duplicates of another topic's picture."""

import json

import pytest
from audio_pipeline.errors import BadAnswer
from audio_pipeline.pictures import picture_checks
from PIL import Image
from sample_media import picture

ON = {"flat": "error", "repeat": "error"}


def drawn(prompt, size=(256, 256)):
    import io

    return Image.open(io.BytesIO(picture(prompt, 1, *size))).convert("RGB")


def neighbour(folder, slug, image):
    """Write the record of another topic's picture."""
    record = {
        "request": {},
        "request_sha256": "",
        "sha256": "",
        "engine": "stable-diffusion",
        "model": "m",
        "seed": 1,
        "take": 0,
        "attempts": 1,
        "seconds": 1.0,
        "checks": [],
        "time": "2026-11-22T09:00:00Z",
        "service": {"fingerprint": picture_checks.difference_hash(image)},
    }
    (folder / f"{slug}.json").write_text(json.dumps(record))


def test_a_picture_of_its_own_passes_both(tmp_path):
    neighbour(tmp_path, "tea", drawn("tea"))

    passed, warnings, _ = picture_checks.run(drawn("bread"), ON, tmp_path / "bread.json")

    assert (passed, warnings) == (["flat", "repeat"], [])


def test_the_picture_of_another_topic_is_refused_even_at_another_size(tmp_path):
    image = drawn("tea")
    neighbour(tmp_path, "tea", image.resize((128, 128)))

    with pytest.raises(BadAnswer, match=r"repeats that of tea;.*image.checks.repeat"):
        picture_checks.run(image, ON, tmp_path / "bread.json")


def test_its_own_record_is_no_other_topic(tmp_path):
    image = drawn("tea")
    neighbour(tmp_path, "tea", image)

    assert picture_checks.run(image, ON, tmp_path / "tea.json")[1] == []


@pytest.mark.parametrize("level", ["warn", "off"])
def test_a_finding_can_be_a_warning_or_not_looked_for(tmp_path, level):
    _, warnings, _ = picture_checks.run(
        Image.new("RGB", (64, 64)), {**ON, "flat": level}, tmp_path / "tea.json"
    )

    assert len(warnings) == (level == "warn")


def test_a_black_picture_is_refused():
    with pytest.raises(BadAnswer, match=r"image\.checks\.flat"):
        picture_checks.run(Image.new("RGB", (64, 64)), ON, None)
