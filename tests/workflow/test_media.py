"""Subtitles and videos: made of the files of other stages, and made again exactly when one of these changes."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sample_media
from audio_pipeline.files import sha256_of
from stub_project import EVERY, SLUGS, THREE, Studio

SMALL = {"enabled": True, "short_side": 256, "frame_rate": 10}
STAGES = ("script", "audio", "image", "subtitles", "video")
Made = dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def filmed_once(built_once: Studio, tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """Add subtitles and small videos to the built project, and check that it is up to date."""
    studio = Studio.copy(built_once, tmp_path_factory.mktemp("filmed") / "work")
    studio.config |= {"subtitles": {"enabled": True}, "video": dict(SMALL)}
    studio.succeed()
    assert studio.asked() == (set(), set(), set())
    assert studio.run().nothing_to_do
    studio.close()
    return studio


@pytest.fixture
def filmed(filmed_once: Studio, tmp_path: Path):
    studio = Studio.copy(filmed_once, tmp_path / "work")
    yield studio
    studio.close()


def made(studio: Studio) -> Made:
    """Return (stage, topic) → time and digests of its record."""
    return {
        (stage, name): f"{record['time']} {record['sha256']} {record['request_sha256']}"
        for stage in STAGES
        for name in EVERY
        for record in [studio.record_of(stage, name)]
    }


def edit_script(studio: Studio) -> None:
    studio.file("script", "alpha").write_text("By hand: about Alpha. It has other words.\n")


def edit_audio(studio: Studio) -> None:
    path = studio.file("audio", "alpha")
    path.write_bytes(path.read_bytes()[:-2000])  # cut at the end, as in an editor


def replace_image(studio: Studio) -> None:
    studio.file("image", "alpha").write_bytes(studio.file("image", "beta").read_bytes())


def edit_subtitles(studio: Studio) -> None:
    path = studio.file("subtitles", "alpha")
    path.write_text(path.read_text().replace("all about", "not about"))
    later = time.time() + 5
    os.utime(path, (later, later))


def setting(section: str, **values) -> Callable[[Studio], None]:
    return lambda studio: studio.config[section].update(values)


def another_voice(studio: Studio) -> None:
    studio.config["audio"]["voice"] = "en_US-bert"
    studio.tts.sound = lambda text: sample_media.tone(text, seconds=0.4 * len(text.split()))


def touch(studio: Studio) -> None:
    for kind in ("scripts", "audio", "images", "subtitles"):
        for path in (studio.folder / "data/output" / kind).iterdir():
            os.utime(path)


ALL_VIDEOS = {("video", name) for name in EVERY}
ALL_SOUNDS = {("audio", name) for name in EVERY}
ALL_TIMES = ALL_SOUNDS | {("subtitles", name) for name in EVERY}
CASES: dict[str, tuple[Callable[[Studio], None], set[tuple[str, str]]]] = {
    "nothing": (lambda studio: None, set()),
    "everything touched": (touch, set()),
    "a script edited by hand": (
        edit_script,
        {(stage, "alpha") for stage in ("audio", "image", "subtitles", "video")},
    ),
    "a recording edited by hand": (edit_audio, {("subtitles", "alpha"), ("video", "alpha")}),
    "a picture replaced by hand": (replace_image, {("video", "alpha")}),
    "subtitles edited by hand": (edit_subtitles, {("video", "alpha")}),
    "voice": (another_voice, ALL_TIMES | ALL_VIDEOS),
    "voice, the same sound comes": (setting("audio", voice="en_US-bert"), ALL_SOUNDS),
    "picture's steps": (
        setting("image", steps=9),
        {("image", name) for name in EVERY} | ALL_VIDEOS,
    ),
    "aspect": (setting("video", aspect="1:1"), ALL_VIDEOS),
    "zoom": (setting("video", zoom=0), ALL_VIDEOS),
    "burnt in": (setting("video", burn_subtitles=True), ALL_VIDEOS),
    "line": (
        setting("subtitles", line_characters=20),
        {("subtitles", name) for name in EVERY} | ALL_VIDEOS,
    ),
    "address": (lambda studio: studio.config["audio"].update(url="http://127.0.0.1:9"), set()),
}


@pytest.mark.parametrize("name", CASES)
def test_after_a_change_exactly_what_is_made_of_it_is_made_again(name: str, filmed: Studio) -> None:
    change, expected = CASES[name]
    before = made(filmed)
    change(filmed)
    filmed.succeed()
    after = made(filmed)
    assert {key for key in after if after[key] != before[key]} == expected
    again = filmed.run()
    assert again.nothing_to_do, again.output


def test_a_new_topic_gets_subtitles_and_a_video_and_nothing_else_is_made(filmed: Studio) -> None:
    before = made(filmed)
    filmed.topics(THREE + "Delta wings\n")
    filmed.succeed()
    assert made(filmed) == before
    for kind, ending in (("subtitles", "srt"), ("subtitles", "vtt"), ("videos", "mp4")):
        assert (filmed.folder / f"data/output/{kind}/delta-wings.{ending}").is_file()
    assert filmed.run().nothing_to_do


def test_an_edited_srt_is_kept_and_its_vtt_follows(filmed: Studio) -> None:
    edit_subtitles(filmed)
    filmed.succeed("subtitles")
    assert "not about" in filmed.file("subtitles", "alpha").read_text()
    assert "not about" in filmed.file("subtitles", "alpha").with_suffix(".vtt").read_text()
    again = filmed.run("subtitles")
    assert again.nothing_to_do, again.output


def test_a_deleted_vtt_is_made_again_and_the_srt_stays(filmed: Studio) -> None:
    vtt = filmed.file("subtitles", "beta").with_suffix(".vtt")
    before, times = made(filmed), vtt.read_text()
    vtt.unlink()
    filmed.succeed()
    assert vtt.read_text() == times and made(filmed) == before
    assert filmed.run().nothing_to_do


def test_a_deleted_video_is_made_again_of_what_is_there(filmed: Studio) -> None:
    filmed.file("video", "gamma").unlink()
    filmed.succeed("videos")
    assert filmed.asked() == (set(), set(), set())
    assert filmed.record_of("video", "gamma")["take"] == 1


def test_the_target_videos_sees_to_the_recordings_first(filmed: Studio) -> None:
    another_voice(filmed)
    filmed.succeed("videos")
    assert filmed.asked() == (set(), EVERY, set())
    for name in EVERY:
        sound = sha256_of(filmed.file("audio", name))
        assert filmed.record_of("video", name)["request"]["audio"] == sound


def test_a_video_without_pictures_is_drawn_and_without_subtitles_has_none(empty: Studio) -> None:
    empty.config |= {"image": {"engine": "none"}, "video": dict(SMALL)}
    empty.succeed()
    request = empty.record_of("video", "alpha")["request"]
    assert "image" not in request and "subtitles" not in request
    assert empty.file("video", "alpha").stat().st_size > 5000
    assert empty.run().nothing_to_do


def test_videos_switched_off_leave_no_trace(empty: Studio) -> None:
    empty.environment["IMAGEIO_FFMPEG_EXE"] = "/nowhere/ffmpeg"
    run = empty.succeed()
    assert "make_video" not in run.output and "make_subtitles" not in run.output
    kinds = {path.name for path in (empty.folder / "data/output").iterdir()}
    page = {"index.html", "thumbnails", "catalog.csv", "catalog.sqlite"}
    assert kinds - page == {"scripts", "audio", "images", "records", "logs"}


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (
            lambda s: s.file("image", "alpha").write_bytes(b"no picture"),
            "is not a readable picture",
        ),
        (lambda s: s.file("subtitles", "alpha").write_text("no times\n"), "00:00:01,000 -->"),
        (lambda s: s.file("audio", "alpha").write_bytes(b"no sound"), "expected a WAV file"),
    ],
)
def test_what_cannot_be_read_is_one_line_and_the_old_video_stays(
    spoil: Callable[[Studio], None], expected: str, filmed: Studio
) -> None:
    before = filmed.file("video", "alpha").read_bytes()
    spoil(filmed)
    run = filmed.run()
    assert run.code == 1 and "Traceback" not in run.output
    (line,) = [line for line in run.output.splitlines() if line.startswith("failed: ")]
    assert expected in line and "alpha-waves" in line
    assert filmed.file("video", "alpha").read_bytes() == before
    assert not list((filmed.folder / "data/output").rglob("*.tmp"))


def test_an_ffmpeg_that_fails_is_one_line_and_the_old_videos_stay(
    filmed: Studio, tmp_path: Path
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text(
        '#!/bin/sh\ncase "$*" in *-version*) echo ffmpeg version 99.0; exit;; esac\n'
        "echo '[x @ 0x1] no such thing as a picture' >&2; echo Conversion failed! >&2; exit 3\n"
    )
    program.chmod(0o755)
    before = {name: filmed.file("video", name).read_bytes() for name in EVERY}
    filmed.environment["IMAGEIO_FFMPEG_EXE"] = str(program)
    filmed.config["video"]["zoom"] = 0.2
    run = filmed.run()
    assert run.code == 1 and "Traceback" not in run.output
    told = "ffmpeg failed with exit code 3: no such thing as a picture"
    assert run.output.count(f"failed: video {SLUGS['alpha']}: {told}") == 1
    assert {name: filmed.file("video", name).read_bytes() for name in EVERY} == before
    del filmed.environment["IMAGEIO_FFMPEG_EXE"]
    filmed.succeed()
    assert filmed.record_of("video", "alpha")["request"]["zoom"] == 0.2
