"""Frames of a video: sizes, colours, cuts to the frame, cross-fades and movement; and chapters."""

import functools
import itertools

import numpy as np
import pytest
from audio_pipeline.errors import InputError
from audio_pipeline.sound.alignment import Word
from audio_pipeline.video import chapters, cuts, film, scene_list
from audio_pipeline.video.film import Shot
from audio_pipeline.video.scene_list import Shown
from PIL import Image

SIZE = (64, 36)


def plain(colour: str, size: tuple[int, int]) -> Image.Image:
    return Image.new("RGB", size, colour)


def shot(colour: str, first: int, end: int, move: str = "in") -> Shot:
    return Shot(functools.partial(plain, colour), first, end, move)


def luma(frame: bytes) -> np.ndarray:
    return np.frombuffer(frame, np.uint8)[: SIZE[0] * SIZE[1]].reshape(SIZE[::-1])


@pytest.mark.parametrize(
    ("colour", "levels"),  # ITU-R BT.709-6, in 8 bits
    [("black", (16, 128, 128)), ("white", (235, 128, 128)), ("#ff0000", (63, 102, 240)),
     ("#00ff00", (173, 42, 26)), ("#0000ff", (32, 240, 118))],
)  # fmt: skip
def test_colours_are_those_of_the_standard(colour, levels):
    planes = film.planes(plain(colour, (16, 16)))

    assert [plane.getpixel((5, 5)) for plane in planes] == pytest.approx(levels, abs=1)


def test_there_is_a_frame_of_the_right_size_for_each_moment():
    shots = [shot("black", 0, 10), shot("white", 10, 30, "left")]
    frames = list(film.frames(shots, SIZE, zoom=0.1, fade=4))

    assert len(frames) == 30
    assert {len(frame) for frame in frames} == {SIZE[0] * SIZE[1] * 3 // 2}


def test_a_cross_fade_lies_around_the_cut_and_nowhere_else():
    shots = [shot("black", 0, 10), shot("white", 10, 30), shot("black", 30, 40)]
    levels = [luma(frame).mean() for frame in film.frames(shots, SIZE, zoom=0, fade=4)]

    assert levels[:8] == [16] * 8 and levels[12:28] == [235] * 16 and levels[32:] == [16] * 8
    assert all(a < b for a, b in itertools.pairwise(levels[7:13]))
    assert levels[9] + levels[10] == pytest.approx(16 + 235, abs=1)


def test_without_a_fade_the_picture_changes_at_the_cut():
    shots = [shot("black", 0, 10), shot("white", 10, 20)]
    levels = [luma(frame).mean() for frame in film.frames(shots, SIZE, zoom=0, fade=0)]

    assert levels == [16] * 10 + [235] * 10


def test_short_shots_have_short_fades():
    shots = [shot("black", 0, 2), shot("white", 2, 3), shot("black", 3, 30)]
    levels = [luma(frame).mean() for frame in film.frames(shots, SIZE, zoom=0.1, fade=8)]

    assert levels[0] == 16 and levels[2] == 235 and levels[4:] == [16] * 26


def ramp(size: tuple[int, int]) -> Image.Image:
    row = np.linspace(0, 255, size[0]).astype(np.uint8)
    return Image.fromarray(np.broadcast_to(row, size[::-1])).convert("RGB")


@pytest.mark.parametrize("move", film.MOVES)
def test_pictures_move_evenly(move):
    """The middle and the range of a ramp show what part of it is seen."""
    frames = [
        luma(frame).astype(float) for frame in film.frames([Shot(ramp, 0, 50, move)], SIZE, 0.2, 0)
    ]
    middle = np.array([frame.mean() for frame in frames])
    width = np.array([np.ptp(frame) for frame in frames])

    assert np.abs(np.diff(np.diff(middle))).max() < 0.6
    expected = {"in": (0, -1), "out": (0, 1), "right": (1, 0), "left": (-1, 0)}[move]
    changes = (middle[-1] - middle[0], width[-1] - width[0])
    assert [round(change / 15) for change in changes] == [
        pytest.approx(2 * sign, abs=1) if sign else 0 for sign in expected
    ]


# Cuts


def words(*items: tuple[str, float, float]) -> list[Word]:
    return [Word(text, True, 0.0, begin, end) for text, begin, end in items]


def test_a_cut_is_in_the_middle_of_the_silence_between_two_sentences():
    spoken = words(
        ("Tea", 0.1, 0.4),
        ("began.", 0.5, 1.0),
        ("It", 1.4, 1.6),
        ("grew.", 1.7, 2.0),
        ("So.", 3, 3.2),
    )

    assert cuts.cuts_s(["Tea began.", "It grew.", "So."], spoken) == [1.2, 2.5]
    assert cuts.cuts_s(["Tea began. It grew.", "So."], spoken) == [2.5]
    assert cuts.cuts_s(["Tea began. It grew. So."], spoken) == []


def test_scenes_must_say_the_whole_text():
    cuts.check(["Tea  began.", "It grew!"], "“Tea began”, it grew.".replace("it", "It"), "x.yaml")
    with pytest.raises(InputError, match=r"^x\.yaml: scene 2 says 'It grew\.', which the script"):
        cuts.check(["Tea began.", "It grew."], "Tea began. So. It grew.", "x.yaml")
    with pytest.raises(InputError, match=r"^x\.yaml: its scenes end before the script does"):
        cuts.check(["Tea began."], "Tea began. So.", "x.yaml")


# Lists of scenes


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"scenes": []}', '{"scenes": [{"say": 1}]}', '{"scenes": [{"said": "a"}]}',
     '{"scenes": [{"say": "a", "file": "../../secret.png", "sha256": ""}]}',
     '{"scenes": [{"say": "a", "file": "/etc/x.png", "sha256": ""}]}',
     '{"scenes": [{"say": "a", "file": "x/a.png"}]}', "[" * 5000],
)  # fmt: skip
def test_an_invalid_list_is_an_error_of_one_line(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"x\.json: is not a list of scenes; delete it"):
        scene_list.load(path)


def test_a_list_is_read_as_it_was_written(tmp_path):
    scenes = [Shown("Tea ☕."), Shown("B.", "x/b.png", "0" * 64, True)]
    (tmp_path / "x.json").write_bytes(scene_list.dump(scenes))

    assert scene_list.load(tmp_path / "x.json") == scenes


# Chapters


def test_chapters_last_ten_seconds_or_more():
    shots = [
        Shot(ramp, 25 * s, 25 * e, title=f"T{s}")
        for s, e in [(0, 4), (4, 12), (12, 15), (15, 25), (25, 34)]
    ]

    found = chapters.of(shots, 25)
    assert [(each.begin_s, each.end_s, each.title) for each in found] == []
    shots[-1] = Shot(ramp, 25 * 25, 25 * 36, title="T25")
    found = chapters.of(shots, 25)
    assert [(each.begin_s, each.end_s, each.title) for each in found] == [
        (0, 12, "T0"), (12, 25, "T12"), (25, 36, "T25"),
    ]  # fmt: skip


def test_titles_of_chapters_are_only_text():
    text = chapters.ffmetadata([chapters.Chapter(0, 1.5, "a=b; #c\\\n[CHAPTER]")])

    assert text.splitlines()[1:] == [
        "[CHAPTER]", "TIMEBASE=1/1000", "START=0", "END=1500", r"title=a\=b\; \#c\\ [CHAPTER]",
    ]  # fmt: skip
