"""Scenes: after a change, exactly the pictures that it concerns are requested, and nothing made by hand is lost."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable

import pytest
import yaml
from PIL import Image
from project import REPOSITORY, Run
from replies import json_reply
from scenes_project import (
    SENTENCES,
    SLUG,
    edit_board,
    edit_script,
    film,
    pictures,
    prompts,
)
from stub_project import Studio
from waiting import LONGEST_S

pytestmark = pytest.mark.xdist_group("scenes")


def test_there_is_a_picture_of_each_scene_but_the_first(shown: Studio) -> None:
    board = yaml.safe_load(shown.path("storyboard", SLUG).read_text())
    assert [scene["say"] for scene in board["scenes"]] == SENTENCES
    assert [name.rpartition("-")[0] for name in pictures(shown)] == [
        "a-doctor-in-jena-them",
        "they-grow-when-the-eyes",
        "they-vanish-as-soon-as-a",
    ]
    cuts = shown.record("video", SLUG)["service"]["scenes"]
    assert len(cuts) == 4 and cuts == sorted(cuts)


CHANGES: dict[str, tuple[Callable[[Studio], None], list[str]]] = {
    "a show": (
        lambda studio: edit_board(studio, f"show: {SENTENCES[2]}", "show: A closed eye"),
        ["A closed eye"],
    ),
    "a word of a sentence": (
        lambda studio: edit_script(studio, "silver", "golden"),
        [SENTENCES[1].replace("silver", "golden")],
    ),
    "a new sentence": (
        lambda studio: edit_script(studio, " They grow", " Nobody believed him for five long years. They grow"),
        ["Nobody believed him for five long years."],
    ),
    "a sentence is gone": (lambda studio: edit_script(studio, SENTENCES[2] + " ", ""), []),
    "voice": (lambda studio: studio.config["audio"].update(voice="en_US-bert"), []),
    "negative prompt": (
        lambda studio: studio.config["image"].update(negative_prompt="people"),
        SENTENCES,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_draws_only_what_it_concerns(shown: Studio, name: str) -> None:
    change, expected = CHANGES[name]
    before, first = pictures(shown), film(shown)
    change(shown)
    shown.succeed()
    after = pictures(shown)

    asked = prompts(shown)
    # The topic's picture follows the script, whatever changed in it.
    asked = [prompt for prompt in asked if name == "negative prompt" or prompt != SENTENCES[0]]
    assert sorted(asked) == sorted(expected)
    same = {key for key in before if before[key] == after.get(key)}
    assert len(same) == 3 - {"a new sentence": 0, "voice": 0, "negative prompt": 3}.get(name, 1)
    # The stub's pictures depend on the prompt alone, and its sounds on the text.
    assert (film(shown) == first) == (name in ("voice", "negative prompt"))
    assert shown.run().nothing_to_do
    assert prompts(shown) == []


def test_a_deleted_picture_is_drawn_again_as_another_take(shown: Studio) -> None:
    (path,) = (shown.folder / "data/output/scenes" / SLUG).glob("they-grow*.png")
    before = path.read_bytes()
    path.unlink()
    shown.succeed()

    assert [(r.body["prompt"], r.body["seed"]) for r in shown.sd.asked()] == [(SENTENCES[2], 43)]
    assert path.read_bytes() != before
    assert shown.run().nothing_to_do


def test_a_picture_of_ones_own_is_kept_and_shown(shown: Studio) -> None:
    (path,) = (shown.folder / "data/output/scenes" / SLUG).glob("they-grow*.png")
    Image.new("RGB", (256, 256), "red").save(path)
    mine, first = path.read_bytes(), film(shown)
    shown.succeed()
    assert film(shown) != first
    assert prompts(shown) == []

    edit_board(shown, f"show: {SENTENCES[2]}", "show: A closed eye")
    run = shown.succeed()

    assert prompts(shown) == []
    assert path.read_bytes() == mine
    assert shown.run().nothing_to_do, run.output


def test_pictures_that_a_killed_job_had_not_put_into_place_are_found_again(shown: Studio) -> None:
    """The record is written first, then the list, and then the pictures get their names."""
    folder = shown.folder / "data/output/scenes" / SLUG
    before = pictures(shown)
    for path in list(folder.glob("they*.png")):
        path.rename(path.with_name(f".{path.name}.tmp"))
    (folder / ".other.png.tmp").write_bytes(b"cut off")
    shown.succeed()

    assert prompts(shown) == []
    assert pictures(shown) == before
    assert shown.run().nothing_to_do


def test_a_picture_that_fails_is_a_card_until_the_next_run(shown: Studio) -> None:
    answer = shown.sd.answer

    def failing(request):
        body = request.body or {}
        if isinstance(body, dict) and "closed eye" in str(body.get("prompt")):
            return json_reply({"error": "OutOfMemoryError", "detail": ""}, 500)
        return answer(request)

    shown.sd.answer = failing
    edit_board(shown, f"show: {SENTENCES[2]}", "show: A closed eye")
    run = shown.succeed()
    log = (shown.folder / f"data/output/logs/scenes/{SLUG}.log").read_text()
    with_card = film(shown)
    assert "has a card for now, and the next run tries again" in log
    assert list(shown.record("scenes", SLUG)["service"]["failed"])
    assert "pictures missing" in shown.run("-n").output, run.output
    prompts(shown)

    shown.sd.answer = answer
    shown.succeed()
    assert prompts(shown) == ["A closed eye"]
    assert "failed" not in shown.record("scenes", SLUG)["service"]
    assert film(shown) != with_card
    assert shown.run().nothing_to_do


def test_an_invalid_storyboard_stops_its_topic_alone_and_loses_nothing(shown: Studio) -> None:
    before, first = pictures(shown), film(shown)
    path = shown.path("storyboard", SLUG)
    mine = path.read_text() + "- say: [\n"
    path.write_text(mine)
    run = shown.run()

    assert run.code != 0
    assert re.search(r"storyboards/alpha-waves\.yaml:\d+: is not YAML", run.output)
    assert "Traceback" not in run.output
    assert (path.read_text(), pictures(shown), film(shown)) == (mine, before, first)


def test_scenes_that_say_something_else_are_an_error(shown: Studio) -> None:
    edit_board(shown, "two silver needles", "two golden needles")
    run = shown.run()

    assert run.code != 0
    assert "scene 2 says 'two golden needles.', which the script does not say there" in run.output


def test_everything_comes_from_the_cache_if_the_output_is_deleted(shown: Studio) -> None:
    before, text = pictures(shown), shown.path("script", SLUG).read_text()
    shutil.rmtree(shown.folder / "data/output")
    shown.path("script", SLUG).parent.mkdir(parents=True)
    shown.path("script", SLUG).write_text(text)
    shown.succeed()

    assert prompts(shown) == []
    assert pictures(shown) == before


def test_without_pictures_of_a_service_scenes_are_cards(shown: Studio) -> None:
    shown.config["image"]["engine"] = "card"
    shown.succeed()

    assert prompts(shown) == []
    board = yaml.safe_load(shown.path("storyboard", SLUG).read_text())
    assert board["scenes"][1]["show"] == "A doctor in Jena measured them"
    assert {
        Image.open(path).size for path in (shown.folder / "data/output/scenes" / SLUG).iterdir()
    } == {(256, 256)}


def takes(studio: Studio, *arguments: str) -> Run:
    studio.write_config()
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "scripts/takes.py"), "scenes", SLUG, *arguments],
        cwd=studio.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LONGEST_S,
    )  # fmt: skip
    assert "Traceback" not in done.stdout, done.stdout
    return Run(done.returncode, done.stdout)


def test_a_scene_has_takes_of_its_own(shown: Studio) -> None:
    before, first = pictures(shown), film(shown)
    assert "another take of scene 3" in takes(shown, "--scene", "3", "--new").output
    assert pictures(shown) == before
    shown.succeed()
    assert [(r.body["prompt"], r.body["seed"]) for r in shown.sd.asked()] == [(SENTENCES[2], 43)]
    prompts(shown)
    second = film(shown)
    assert second != first

    listing = takes(shown).output
    assert f"   2  takes [0]  {SENTENCES[1]}" in listing
    assert f"   3  takes 0, [1]  {SENTENCES[2]}" in listing
    assert takes(shown, "--scene", "3", "--use", "0").code == 0
    assert pictures(shown) == before
    shown.succeed()
    assert prompts(shown) == []
    assert film(shown) == first
    assert "has 3 scenes with a picture of its own: 2 to 4" in takes(shown, "--scene", "1").output


def test_pruning_removes_pictures_but_not_ones_own(shown: Studio) -> None:
    folder = shown.folder / "data/output/scenes" / SLUG
    (mine,) = folder.glob("they-grow*.png")
    Image.new("RGB", (256, 256), "red").save(mine)
    shown.topics("Beta decay\n")
    shown.write_config()
    command = [sys.executable, str(REPOSITORY / "scripts/prune.py"), "--delete"]
    subprocess.run(command, cwd=shown.folder, check=True, timeout=LONGEST_S)

    assert list(folder.iterdir()) == [mine]


def test_a_trial_takes_the_pictures_along(shown: Studio) -> None:
    shown.write_config()
    command = [
        sys.executable,
        str(REPOSITORY / "scripts/trial.py"),
        "--directory",
        str(shown.folder),
    ]
    command += ["--cores", "2", "--config", "audio={voice: en_US-bert}"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert prompts(shown) == []
    copies = shown.folder / "data/trial/scenes" / SLUG
    assert {path.stem: path.read_bytes() for path in copies.iterdir()} == pictures(shown)
