"""Pictures and clips of one's own in scenes: shown as they are, followed when they change, chosen by their captions."""

import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
import yaml
from audio_pipeline import ffmpeg
from PIL import Image
from scenes_project import SENTENCES, SLUG, edit_board, film, prompts
from stub_project import Studio
from waiting import LONGEST_S

pytestmark = pytest.mark.xdist_group("scenes")


@pytest.fixture
def media(shown: Studio) -> Path:
    """Put a red picture and a clip, blue and then green, into the folder of media."""
    folder = shown.folder / "data/input/media"
    folder.mkdir(parents=True)
    Image.new("RGB", (900, 300), "red").save(folder / "needle.jpg")
    command = [ffmpeg.program().path, "-v", "error"]
    for colour in ("blue", "lime"):
        command += ["-f", "lavfi", "-i", f"color={colour}:size=320x180:rate=10:duration=1"]
    command += [
        "-filter_complex",
        "[0][1]concat=n=2:v=1",
        "-pix_fmt",
        "yuv420p",
        str(folder / "eyes.mp4"),
    ]
    subprocess.run(command, check=True, timeout=LONGEST_S)
    return folder


def power_db(studio: Studio, begin_s: float, end_s: float) -> float:
    """Return the power at 3 kHz, in dB, of a part of the video's sound."""
    command = [ffmpeg.program().path, "-v", "error", "-i", str(studio.path("video", SLUG))]
    command += ["-map", "0:a", "-ac", "1", "-ar", "48000", "-f", "s16le", "-"]
    data = subprocess.run(command, check=True, capture_output=True, timeout=LONGEST_S).stdout
    part = np.frombuffer(data, "<i2")[round(begin_s * 48000) : round(end_s * 48000)] / 32768
    turning = np.exp(2j * np.pi * 3000 * np.arange(len(part)) / 48000)
    return float(20 * np.log10(abs(np.mean(part * turning)) + 1e-9))


def frame_at(studio: Studio, seconds: float) -> tuple[int, int, int]:
    """Return the colour in the middle of the video's picture at a time."""
    command = [ffmpeg.program().path, "-v", "error", "-ss", f"{seconds:.3f}"]
    command += [
        "-i",
        str(studio.path("video", SLUG)),
        "-frames:v",
        "1",
        "-f",
        "image2pipe",
        "-c:v",
        "png",
        "-",
    ]
    data = subprocess.run(command, check=True, capture_output=True, timeout=LONGEST_S).stdout
    image = Image.open(io.BytesIO(data)).convert("RGB")
    return image.getpixel((image.width // 2, image.height // 2))


def is_colour(found: tuple[int, int, int], wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 40 for a, b in zip(found, wanted, strict=True))


def test_a_picture_and_a_clip_of_ones_own_are_shown(shown: Studio, media: Path) -> None:
    edit_board(shown, f"show: {SENTENCES[1]}", "show: {file: data/input/media/needle.jpg}")
    edit_board(shown, f"show: {SENTENCES[2]}", "show: {file: data/input/media/eyes.mp4}")
    shown.succeed()
    assert prompts(shown) == []

    begins = shown.record("video", SLUG)["service"]["scenes"]
    assert is_colour(frame_at(shown, begins[1] + 0.5), (255, 0, 0))
    assert is_colour(frame_at(shown, begins[2] + 0.5), (0, 0, 255))
    assert is_colour(frame_at(shown, begins[2] + 1.5), (0, 255, 0))
    assert begins[3] - begins[2] > 2.8
    assert is_colour(frame_at(shown, begins[2] + 2.5), (0, 0, 255))  # again
    assert shown.run().nothing_to_do

    first = film(shown)
    Image.new("RGB", (900, 300), "white").save(media / "needle.jpg")
    shown.succeed()
    assert film(shown) != first
    edit_board(
        shown,
        "file: data/input/media/eyes.mp4",
        "file: data/input/media/eyes.mp4, from: 1.2, loop: false",
    )
    shown.succeed()
    assert is_colour(frame_at(shown, begins[2] + 2.5), (0, 255, 0))  # held
    assert prompts(shown) == []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.jpg", None, "which does not exist in the project; put it there"),
        ("text.jpg", b"no picture", "which is not a readable picture"),
        ("text.mp4", b"no clip", "which cannot be read"),
        ("list.mp4", b"#EXTM3U\nhttp://127.0.0.1/x.ts\n", "which cannot be read"),
    ],
)
def test_a_file_that_cannot_be_shown_is_named(
    shown: Studio, media: Path, name: str, content: bytes | None, message: str
) -> None:
    if content is not None:
        (media / name).write_bytes(content)
    edit_board(shown, f"show: {SENTENCES[1]}", f"show: {{file: data/input/media/{name}}}")
    first = film(shown)
    run = shown.run()

    assert run.code != 0 and "Traceback" not in run.output
    assert "storyboards/alpha-waves.yaml: the scene 'A doctor in Jena" in run.output
    assert message in run.output
    assert film(shown) == first


def test_captions_choose_a_file_where_they_fit(shown: Studio, media: Path) -> None:
    (media / "needle.txt").write_text("A doctor with silver needles in his hand.")
    (media / "eyes.txt").write_text("A lonely harbour at night.")
    shown.config["scenes"]["media"] = "prefer"
    shown.succeed()

    board = yaml.safe_load(shown.path("storyboard", SLUG).read_text())
    assert [scene.get("show") for scene in board["scenes"]] == [
        None,
        {"file": "data/input/media/needle.jpg"},
        SENTENCES[2],
        SENTENCES[3],
    ]
    assert prompts(shown) == []
    assert shown.run().nothing_to_do


def test_a_clip_is_heard_under_the_speech_while_it_is_seen_and_only_if_wanted(
    shown: Studio, media: Path
) -> None:
    command = [ffmpeg.program().path, "-v", "error", "-f", "lavfi", "-i", "sine=3000:duration=1.5"]
    command += ["-i", str(media / "eyes.mp4"), "-shortest", "-c:v", "copy", str(media / "sea.mp4")]
    subprocess.run(command, check=True, timeout=LONGEST_S)
    edit_board(shown, f"show: {SENTENCES[1]}", "show: {file: data/input/media/sea.mp4}")
    shown.succeed()
    begins = shown.record("video", SLUG)["service"]["scenes"]
    silent_db = power_db(shown, begins[1] + 0.3, begins[2] - 0.3)

    edit_board(shown, "sea.mp4", "sea.mp4, sound: true")
    shown.succeed()

    assert power_db(shown, begins[1] + 0.3, begins[2] - 0.3) > silent_db + 12
    assert power_db(shown, begins[2] + 0.3, begins[3] - 0.3) < silent_db + 3
    assert prompts(shown) == []
    assert shown.run().nothing_to_do

    edit_board(shown, "sea.mp4", "eyes.mp4")
    run = shown.run()
    assert run.code != 0 and "eyes.mp4, which cannot be read (it has no sound" in run.output
