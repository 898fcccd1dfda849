"""Rows about what a video of many scenes costs."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmark import Benchmark
from measurement import cost_of
from report import Row, tell

PROGRAM = Path(__file__).parents[2] / "scripts/make_video.py"
_SCENE_S, _RATE_HZ = 5, 22_050
_SIZES_S = [60, 1200]


def films(bout: Benchmark) -> Iterator[Row]:
    for seconds in bout.sizes or _SIZES_S:
        yield _film(bout, seconds)


def _film(bout: Benchmark, seconds: int) -> Row:
    """Make a video of 720p with 12 scenes a minute, from pictures that are already drawn."""
    scenes = seconds // _SCENE_S
    tell(f"a video of {seconds} s with {scenes} scenes")
    folder = bout.folder / f"film-{seconds}"
    _prepare(folder, scenes)
    command = [bout.python, str(PROGRAM), "--config", "image={engine: none}"]
    command += [
        "subtitles={enabled: false}",
        "scenes={enabled: true}",
        "--topic",
        "A film",
        "--audio",
        "a.wav",
    ]
    command += ["--scenes", "scenes/a-film.json", "--threads", str(min(2, os.cpu_count() or 1))]
    cost = cost_of([*command, "--record", "records/video/x.json", "--output", "film.mp4"], folder)
    share = cost.cpu_s / seconds
    return Row(
        f"a video of {seconds} s, 720p, {scenes} scenes",
        f"{cost.wall_s:.0f} s, CPU {cost.cpu_s:.0f} s, {cost.peak_mb:.0f} MB",
        f"{share:.2f} CPU s a second",
        "≤ 0.5 CPU s a second, ≤ 700 MB",
        share <= 0.5 and cost.peak_mb <= 700,
    )


def _prepare(folder: Path, scenes: int) -> None:
    """Write a recording of noise, and a card for each scene."""
    sys.path.append(str(PROGRAM.parent))
    import numpy as np
    from audio_pipeline.pictures import title_card
    from audio_pipeline.sound import wav
    from audio_pipeline.video import scene_list
    from audio_pipeline.video.scene_list import Shown

    (folder / "scenes/a-film").mkdir(parents=True)
    noise = np.random.default_rng(1).normal(0, 2000, _RATE_HZ * _SCENE_S).astype("<i2")
    noise[-_RATE_HZ // 4 :] = 0
    (folder / "a.wav").write_bytes(wav.plain(noise.tobytes() * scenes, _RATE_HZ, 1))
    cards = []
    for number in range(12):
        card = title_card.render_scene(
            "A film", f"Scene {number}", width_px=1280, height_px=720, seed=1
        )
        card.save(folder / f"scenes/a-film/{number}.png", compress_level=1)
        cards.append(f"a-film/{number}.png")
    shown = [
        Shown(
            f"Number {number} is said here now.", cards[number % 12], "0" * 64, card=number % 2 == 0
        )
        for number in range(scenes)
    ]
    (folder / "scenes/a-film.json").write_bytes(scene_list.dump(shown))
    (folder / "records").mkdir()
