"""Storyboards: scenes of a text, their names, edits that survive, and files that were edited wrongly."""

import json
import textwrap

import pytest
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.record import Record, store
from audio_pipeline.core.stage import Material
from audio_pipeline.core.stage import build as build_request
from audio_pipeline.errors import InputError
from audio_pipeline.stages import registry
from audio_pipeline.video import storyboard
from audio_pipeline.video.storyboard import Scene, Storyboard
from direct import TOPIC, build, maker, settings

TEXT = (
    "Tea began in China. Farmers boiled its leaves in water. The drink kept them awake at night.\n\n"
    "Ships brought it to Europe. People drank it with milk and sugar. Soon everyone wanted a cup."
)


def says(text: str, seconds: float) -> list[str]:
    return storyboard.divided(text, "en", seconds)


def test_the_scenes_say_the_whole_text():
    for seconds in (2, 6, 20, 120):
        assert " ".join(says(TEXT, seconds)) == " ".join(TEXT.split())


def test_a_scene_is_about_as_long_as_wanted():
    assert len(says(TEXT, 2)) == 6
    assert len(says(TEXT, 8)) == 2
    assert len(says(TEXT, 120)) == 1


def test_scenes_end_with_paragraphs():
    for seconds in (4, 6, 8, 10):
        assert not any("night. Ships" in said for said in says(TEXT, seconds))


def test_a_name_depends_on_what_is_said_alone():
    some = [Scene("Tea is hot."), Scene("It is green.")]
    names = Storyboard(tuple(some)).ids()

    assert Storyboard((Scene("A new one."), *some)).ids()[1:] == names
    assert Storyboard((Scene("Tea is hot.", "another show"),)).ids() == names[:1]
    assert len({*Storyboard((some[0], some[0], some[1])).ids()}) == 3
    assert Storyboard((Scene("茶は熱い。"), Scene("🫖 1"))).ids()[0].isascii()


def test_a_file_is_read_as_it_was_written():
    scenes = (
        Scene("Tea: \"hot\", 'it' is #1."),
        Scene("茶は熱い。 - yes", "a: b | c"),
        Scene("A ship came.", file="data/input/media/a.mp4", start_s=2.5, loop=False, sound=True),
    )
    board = Storyboard(scenes, (Scene("Old.", "x"),))
    assert storyboard.parse(storyboard.dump(board), "x.yaml") == board


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scenes: [", "x.yaml:1: is not YAML"),
        ("", "x.yaml: holds None; expected a list 'scenes:'"),
        ("- say: a", "holds [{'say': 'a'}]; expected a list 'scenes:'"),
        ("scenes: []", "has 0 scenes; expected 1 to 2000"),
        ("scenes: [{say: a}]\nmore: 1", "has the key 'more'; expected scenes"),
        ("scenes: [{say: a}, tea]", "scene 2 is 'tea'; expected 'say:'"),
        ("scenes: [{say: a, show: [b]}]", "scene 1 has show ['b']; expected a text or {file: …}"),
        (
            "scenes: [{say: a, show: {files: b.png}}]",
            "expected file, and for a clip from, loop and sound",
        ),
        ("scenes: [{say: a, show: {file: b.txt}}]", "'b.txt', which is no picture or clip"),
        ("scenes: [{say: a, show: {file: ../b.png}}]", "which is outside of the project"),
        ("scenes: [{say: a, show: {file: /b.png}}]", "which is outside of the project"),
        ("scenes: [{say: a, show: {file: b.mp4, from: -1}}]", "has from: -1; expected seconds"),
        ("scenes: [{say: a, show: {file: b.mp4, loop: 7}}]", "has loop: 7; expected true or false"),
        (
            "scenes: [{say: a, show: {file: b.mp4, sound: mix}}]",
            "has sound: 'mix'; expected true or false",
        ),
        ("scenes: [{say: a, picture: b}]", "scene 1 has the key 'picture'; expected say, show"),
        ("scenes: [{say: '?!'}]", "scene 1 says nothing"),
        ("scenes: &a [*a]", "is not YAML"),
        ("scenes: [{say: a}]\nunused: 7", "unused is not a list"),
    ],
)
def test_an_invalid_file_is_an_error_of_one_line(text, message):
    with pytest.raises(InputError) as told:
        storyboard.parse(text, "x.yaml")

    assert message in str(told.value)
    assert str(told.value).endswith("correct it, or delete it to make it again")
    assert "\n" not in str(told.value)


# Edits


def made(tmp_path, text, **changes) -> Storyboard:
    """Make the storyboard of a text as a job does, over the one that is there."""
    values = settings("storyboard", **{"seconds": 2, **changes})
    output, record = tmp_path / "storyboards/x.yaml", tmp_path / "records/storyboard/x.json"
    output.parent.mkdir(exist_ok=True)
    request = build("storyboard", TOPIC, values, text)
    artifact = maker("storyboard", values, output=output, record=record)(request, Attempt(None))
    output.write_bytes(artifact.data)
    store(
        record,
        Record(
            json.loads(json.dumps(request)), "", "", "rules", "rules", None, 0, 1, 0.0, [],
            "2026-11-28T10:00:00Z", artifact.service,
        ),
    )  # fmt: skip
    return storyboard.parse(output.read_text(), "x.yaml")


def edit(tmp_path, before: str, after: str) -> None:
    path = tmp_path / "storyboards/x.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_the_first_scene_shows_the_topics_picture_and_the_others_a_phrase(tmp_path):
    board = made(tmp_path, TEXT)

    assert [scene.show for scene in board.scenes[:3]] == [
        "",
        "Farmers boiled its leaves in water",
        "The drink kept them awake at night",
    ]


def test_an_edit_survives_a_changed_sentence_elsewhere(tmp_path):
    made(tmp_path, TEXT)
    edit(tmp_path, "show: The drink kept them awake at night", "show: A monk at night")

    board = made(tmp_path, TEXT.replace("milk and sugar", "lemon"))

    assert board.scenes[2] == Scene("The drink kept them awake at night.", "A monk at night")
    assert board.scenes[4].say == "People drank it with lemon."


def test_an_edit_survives_a_moved_sentence_and_other_settings(tmp_path):
    made(tmp_path, TEXT)
    edit(tmp_path, "show: The drink kept them awake at night", "show: A monk at night")
    moved = (
        TEXT.replace(" The drink kept them awake at night.", "")
        + " The drink kept them awake at night."
    )

    board = made(tmp_path, moved)
    assert board.scenes[-1] == Scene("The drink kept them awake at night.", "A monk at night")

    board = made(tmp_path, moved, seconds=30)
    assert board.scenes[-1] == Scene("The drink kept them awake at night.", "A monk at night")
    assert len(board.scenes) < 5


def test_an_edit_of_a_removed_sentence_returns_with_it(tmp_path):
    made(tmp_path, TEXT)
    edit(tmp_path, "show: The drink kept them awake at night", "show: A monk at night")
    edited = Scene("The drink kept them awake at night.", "A monk at night")

    without = made(tmp_path, TEXT.replace(" The drink kept them awake at night.", ""))
    assert without.unused == (edited,)
    again = made(tmp_path, TEXT)

    assert again.scenes[2] == edited
    assert again.unused == ()


def test_prompts_of_the_language_model_are_what_is_seen(tmp_path):
    values = settings("storyboard", seconds=2)
    says = storyboard.divided(TEXT, "en", 2)
    prompts = [f"Picture number {number}" for number in range(len(says))]
    material = Material(TEXT, {}, {"scene_prompts": "\n".join(prompts) + "\n"})
    request = build_request(registry.every()["storyboard"], TOPIC, values, material)
    made = maker("storyboard", values, output=tmp_path / "x.yaml")(request, Attempt(None))

    board = storyboard.parse(made.data.decode(), "x.yaml")
    assert [scene.show for scene in board.scenes] == ["", *prompts[1:]]


def test_joined_scenes_stay_joined(tmp_path):
    made(tmp_path, TEXT)
    joined = """\
        scenes:
        - say: Tea began in China.
        - say: Farmers boiled its leaves in water. The drink kept them awake at night.
          show: A monk
        - say: Ships brought it to Europe. People drank it with milk and sugar.
          show: A ship
        - say: Soon everyone wanted a cup.
          show: A cup
        """
    (tmp_path / "storyboards/x.yaml").write_text(textwrap.dedent(joined))

    board = made(tmp_path, "Long ago, it was new. " + TEXT.replace("milk and sugar", "lemon"))

    assert [
        scene.show for scene in board.scenes if scene.show in ("A monk", "A ship", "A cup")
    ] == [
        "A monk",
        "A cup",
    ]
    assert board.unused == (
        Scene("Ships brought it to Europe. People drank it with milk and sugar.", "A ship"),
    )


def test_what_was_generated_follows_the_settings(tmp_path):
    made(tmp_path, TEXT)
    board = made(tmp_path, TEXT, seconds=8)

    assert len(board.scenes) == 2
    assert board.unused == ()
