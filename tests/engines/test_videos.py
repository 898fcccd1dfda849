"""Content of real videos made by ffmpeg."""

import importlib.util
import itertools
import json
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from audio_pipeline import ffmpeg
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.topics import Topic
from audio_pipeline.errors import EngineError, InputError
from audio_pipeline.files import sha256_of
from audio_pipeline.makers import filming
from audio_pipeline.sound import wav
from audio_pipeline.video import encoding, scene_list
from audio_pipeline.video.scene_list import Shown
from direct import build, command, maker, settings
from PIL import Image, ImageDraw
from waiting import LONGEST_S, wait_until

SETTINGS = settings("video", short_side=256, zoom=0.08)
HOSTILE = "'; rm -rf / %{pts} \\n : , [x]=y {\\an8} <b> -vf \" $(touch owned) `x` é 日本"


def filmed(
    path: Path,
    folder: Path,
    title: str = "Tea",
    picture: Path | None = None,
    srt: str = "",
    **changes,
) -> Path:
    files = {"audio": path}
    if picture:
        files["image"] = picture
    if srt:
        files["subtitles"] = folder / "cues of mine.srt"
        files["subtitles"].write_text(srt, encoding="utf-8")
    values = replace(SETTINGS, **changes)
    request = build("video", Topic(title, "x"), values)
    made = maker("video", values, files=files, threads=2)(request, Attempt(None))
    (folder / "video.mp4").write_bytes(made.data)
    return folder / "video.mp4"


def told(path: Path) -> str:
    """Return ffmpeg's description of a file."""
    command = [ffmpeg.program().path, "-hide_banner", "-i", str(path)]
    return subprocess.run(command, capture_output=True, text=True).stderr


def frames_of(path: Path) -> np.ndarray:
    """Return the frames in grey: uint8, (n, height, width)."""
    width, height = map(int, re.search(r"h264.*?, (\d+)x(\d+)", told(path)).groups())
    command = [ffmpeg.program().path, "-v", "error", "-i", str(path), "-map", "0:v:0"]
    command += ["-f", "rawvideo", "-pix_fmt", "gray", "-"]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(data, np.uint8).reshape(-1, height, width)


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw four dots near the corners, on grey."""
    image = Image.new("RGB", (1280, 720), (60, 60, 60))
    pen = ImageDraw.Draw(image)
    for x, y in ((200, 120), (1080, 120), (200, 600), (1080, 600)):
        pen.ellipse((x - 30, y - 30, x + 30, y + 30), fill=(230, 230, 230))
    path = tmp_path_factory.mktemp("picture") / "dots.png"
    image.save(path)
    return path


SRT = "1\n00:00:00,500 --> 00:00:02,000\nOne & two.\n"


def test_a_video_has_the_right_streams_lengths_and_tags(
    recordings: dict[str, Path], picture: Path, tmp_path: Path
) -> None:
    path = filmed(recordings["rain"], tmp_path, picture=picture, srt=SRT, language="pt-BR")
    sound_s = wav.duration_s(recordings["rain"].read_bytes())
    found = {one.codec: one for one in ffmpeg.streams(path.name, tmp_path)}
    said = told(path)

    assert set(found) == {"h264", "aac", "mov_text", "mjpeg"}
    assert found["h264"].size == "456x256"
    assert 0 <= found["h264"].length_s - (sound_s + filming.TAIL_S) <= 1 / 25 + 1e-6
    assert found["aac"].length_s == pytest.approx(found["h264"].length_s, abs=2 * 1024 / 48_000)
    assert "yuv420p(tv, bt709" in said and "attached pic" in said
    assert re.search(r"title\s+: Tea\n", said)
    assert re.findall(r"Stream #\S+?\((\w+)\): (Audio|Subtitle)", said) == [
        ("por", "Audio"),
        ("por", "Subtitle"),
    ]


def test_a_video_can_be_played_while_it_is_loaded(
    recordings: dict[str, Path], picture: Path, tmp_path: Path
) -> None:
    data = filmed(recordings["yeast"], tmp_path, picture=picture).read_bytes()

    assert data[4:8] == b"ftyp" and 0 < data.index(b"moov") < data.index(b"mdat")


def test_a_video_has_the_sound_of_the_recording(
    recordings: dict[str, Path], picture: Path, tmp_path: Path
) -> None:
    path = filmed(recordings["rain"], tmp_path, picture=picture)
    command = [ffmpeg.program().path, "-v", "error", "-i", str(path), "-f", "s16le", "-ar", "22050"]
    data = subprocess.run([*command, "-ac", "1", "-"], capture_output=True, check=True).stdout
    ours = np.frombuffer(wav.parse(recordings["rain"].read_bytes()).samples, "<i2").astype(float)
    theirs = np.frombuffer(data, "<i2")[: len(ours)].astype(float)

    assert np.corrcoef(ours[: len(theirs)], theirs)[0, 1] > 0.98  # no shift, not even by 1 ms
    assert abs(np.frombuffer(data, "<i2")[len(ours) + 2000 :]).max() < 50


@pytest.mark.parametrize(
    ("aspect", "size"), [("16:9", "456x256"), ("1:1", "256x256"), ("9:16", "256x456")]
)
def test_the_whole_picture_is_in_each_shape(
    aspect: str, size: str, recordings: dict[str, Path], picture: Path, tmp_path: Path
) -> None:
    path = filmed(recordings["yeast"], tmp_path, picture=picture, aspect=aspect)
    frames = frames_of(path)

    assert "{}x{}".format(*frames.shape[:0:-1]) == size
    for frame in (frames[0], frames[-1]):
        assert len(dots(frame)) == 4


def dots(frame: np.ndarray) -> list[tuple[float, float]]:
    """Return the centres of the light spots, in px."""
    left = frame.astype(float) - 120
    found = []
    while left.max() > 60 and len(found) < 9:
        y, x = np.unravel_index(left.argmax(), left.shape)
        rows, columns = slice(max(0, y - 28), y + 29), slice(max(0, x - 28), x + 29)
        part = left[rows, columns].clip(min=0)
        ys, xs = np.mgrid[rows, columns][:, : part.shape[0], : part.shape[1]]
        found.append(((part * xs).sum() / part.sum(), (part * ys).sum() / part.sum()))
        left[rows, columns] = 0
    return found


def test_the_picture_grows_evenly(
    recordings: dict[str, Path], picture: Path, tmp_path: Path
) -> None:
    """Along the video, no frame is more than a fifth of a pixel off the even movement of a spot."""
    frames = frames_of(filmed(recordings["rain"], tmp_path, picture=picture))
    paths = np.array([min(dots(frame), key=sum) for frame in frames])
    moments = np.arange(len(paths))
    even = np.stack(
        [np.polyval(np.polyfit(moments, paths[:, k], 3), moments) for k in (0, 1)], axis=1
    )

    assert paths[0, 0] - paths[-1, 0] > 4
    assert np.abs(paths - even).max() < 0.2
    assert np.sqrt(np.mean((paths - even) ** 2)) < 0.08


def test_without_zoom_nothing_moves(
    recordings: dict[str, Path], picture: Path, tmp_path: Path
) -> None:
    frames = frames_of(filmed(recordings["yeast"], tmp_path, picture=picture, zoom=0))

    assert np.abs(frames[5].astype(int) - frames[-1]).mean() < 0.5


def test_burnt_in_subtitles_are_there_while_they_are_said(
    recordings: dict[str, Path], picture: Path, tmp_path: Path
) -> None:
    path = filmed(
        recordings["yeast"], tmp_path, picture=picture, srt=SRT, burn_subtitles=True, zoom=0
    )
    frames = frames_of(path)
    low = frames[:, 200:, 100:326].reshape(len(frames), -1).max(axis=1)

    assert low[round(0.2 * 25)] < 120 and low[round(2.3 * 25)] < 120
    assert low[round(1.0 * 25)] > 200


def test_hostile_text_is_only_text(
    recordings: dict[str, Path], picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = HOSTILE.replace("日本", "")  # not in any font installed everywhere
    lines = f"1\n00:00:00,500 --> 00:00:02,000\n{shown}\nsecond -- line\n"
    path = filmed(
        recordings["yeast"],
        tmp_path,
        title=HOSTILE,
        picture=picture,
        srt=lines,
        burn_subtitles=True,
    )
    title = re.search(r"title\s+: (.*)", told(path))[1]
    command = [
        ffmpeg.program().path,
        "-v",
        "error",
        "-i",
        str(path),
        "-map",
        "0:s",
        "-f",
        "srt",
        "-",
    ]
    track = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert title == HOSTILE
    assert not (tmp_path / "owned").exists()
    shown = track.replace("\u2060", "").splitlines()[2]
    assert (
        "rm -rf / %{pts}".replace("{", "(").replace("}", ")") in shown and "\\n : , [x]=y" in shown
    )


def test_a_title_card_is_drawn_where_there_is_no_picture(
    recordings: dict[str, Path], tmp_path: Path
) -> None:
    frames = frames_of(filmed(recordings["yeast"], tmp_path, aspect="9:16", short_side=360))

    assert frames.shape[1:] == (640, 360) and frames[10].std() > 5


def test_a_video_cut_short_by_ffmpeg_is_not_kept(
    recordings: dict[str, Path], picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = encoding.arguments

    def short(*given):
        made = arguments(*given)
        return [*made[:-1], "-frames:v:0", "20", made[-1]]

    monkeypatch.setattr(encoding, "arguments", short)

    with pytest.raises(EngineError, match=r"ffmpeg made 20 frames of 456x256; expected \d+ of"):
        filmed(recordings["yeast"], tmp_path, picture=picture)


def test_the_request_of_a_video_can_be_kept_as_json(picture: Path) -> None:
    request = build("video", Topic(HOSTILE, "x"), SETTINGS, inputs={"image": "0" * 64})

    assert json.loads(json.dumps(request)) == request


def test_ffmpeg_ends_with_the_program_that_started_it(picture: Path, tmp_path: Path) -> None:
    (tmp_path / "long.wav").write_bytes(wav.plain(bytes(2 * 8000 * 3600), 8000, 1))
    words = command("make_video.py", "video", SETTINGS, tmp_path, Topic("Tea", "tea"))
    words += [
        "--config",
        "subtitles={enabled: false}",
        "scenes={enabled: false}",
        "--audio",
        "long.wav",
        "--image",
        str(picture),
        "--record",
        "records/video/x.json",
    ]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    environment.pop("AUDIO_PIPELINE_RUN", None)
    process = subprocess.Popen([*words, "--output", "x.mp4"], cwd=tmp_path, env=environment)
    wait_until(lambda: list(tmp_path.glob("video-*/video.mp4")), process)  # ffmpeg is at work
    process.terminate()

    assert process.wait(timeout=LONGEST_S) == 143
    assert not list(tmp_path.glob("video-*")) and not (tmp_path / "x.mp4").exists()
    lines = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True).stdout
    assert f"file:{tmp_path}" not in lines


@pytest.fixture
def no_system_fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the system's fonts, as in a small container."""
    path = tmp_path / "none.conf"
    path.write_text("<fontconfig></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(path))


@pytest.mark.parametrize(
    ("signs", "step"),
    [
        ("\U00012000", "remove them from the subtitles, install such a font"),
        ("ไทย", "remove them from the subtitles, install such a font"),
        ("日本", "run 'pip install justmytype-intl-cjk'"),
    ],
)
@pytest.mark.usefixtures("no_system_fonts")
def test_a_sign_that_no_font_has_is_an_error(
    recordings: dict[str, Path], picture: Path, tmp_path: Path, signs: str, step: str
) -> None:
    if signs == "日本" and importlib.util.find_spec("justmytype_intl_cjk"):
        pytest.skip("justmytype-intl-cjk is installed")
    lines = SRT.replace("One", f"One, {signs}")

    with pytest.raises(
        InputError, match=r"^subtitles in the picture: no installed font has"
    ) as told:
        filmed(recordings["yeast"], tmp_path, picture=picture, srt=lines, burn_subtitles=True)

    found = re.search("has (.*?): (.*), or set video.burn_subtitles: false", str(told.value))
    assert (set(found[1]), found[2]) == (set(signs), step)
    assert not (tmp_path / "x.mp4").exists()


@pytest.mark.usefixtures("no_system_fonts")
def test_the_fonts_of_the_workflow_are_used_where_the_system_has_none(
    recordings: dict[str, Path], picture: Path, tmp_path: Path
) -> None:
    """For a sign that its font lacks, libass looks no further than fontconfig does."""
    lines = SRT.replace("One", "تاريخ הקפה Почему हिन्दी → \u3000½ \u200b")

    assert filmed(recordings["yeast"], tmp_path, picture=picture, srt=lines, burn_subtitles=True)


def test_a_sign_that_no_font_has_is_left_to_the_player_where_subtitles_are_not_burnt_in(
    recordings: dict[str, Path], picture: Path, tmp_path: Path
) -> None:
    lines = SRT.replace("One", "\U00012000")

    assert filmed(recordings["yeast"], tmp_path, picture=picture, srt=lines)


def test_scenes_change_between_sentences_and_give_chapters(
    recordings: dict[str, Path], tmp_path: Path
) -> None:
    """Four plain pictures stand for four sentences of real speech; each is seen while its sentence is heard."""
    name, greys = "night", [40, 100, 160, 220]
    record = json.loads(recordings[name].with_suffix(".json").read_text())
    rate_hz = wav.parse(recordings[name].read_bytes()).rate_hz
    spans = [(a / rate_hz, b / rate_hz, text) for a, b, text in record["service"]["sentences"]]
    (tmp_path / "records/audio").mkdir(parents=True)
    (tmp_path / "records/audio/x.json").write_text(json.dumps(record))
    (tmp_path / "scenes/x").mkdir(parents=True)
    shown = []
    for number, (_, _, text) in enumerate(spans):
        path = tmp_path / f"scenes/x/{number}.png"
        Image.new("RGB", (1280, 720), (greys[number],) * 3).save(path)
        shown.append(Shown(text, f"x/{number}.png", sha256_of(path)))
    (tmp_path / "scenes/x.json").write_bytes(scene_list.dump(shown))
    files = {"audio": recordings[name], "scenes": tmp_path / "scenes/x.json"}
    inputs = {role: sha256_of(path) for role, path in files.items()}
    request = build("video", Topic("Night", "x"), SETTINGS, inputs=inputs)
    made = maker(
        "video",
        SETTINGS,
        Topic("Night", "x"),
        files=files,
        record=tmp_path / "records/video/x.json",
    )(request, Attempt(None))
    (tmp_path / "video.mp4").write_bytes(made.data)
    levels = frames_of(tmp_path / "video.mp4").mean(axis=(1, 2))

    for number, (begin_s, end_s, _) in enumerate(spans):
        inside = levels[round(25 * begin_s) + 3 : round(25 * end_s) - 3]
        assert np.abs(inside - greys[number]).max() < 3, (number, inside)
    cuts = made.service["scenes"]
    assert len(cuts) == len(spans) == len(greys)
    for cut_s, ((_, end_s, _), (begin_s, _, _)) in zip(
        cuts[1:], itertools.pairwise(spans), strict=True
    ):
        assert end_s - 0.1 <= cut_s <= begin_s + 0.1
