"""Trials: which topics, copies of their files, the lines of their topics file, and the marks in texts."""

import json
import os
from pathlib import Path

import finished_project
import pytest
from audio_pipeline import project as projects
from audio_pipeline.core.configuration import from_command_line
from audio_pipeline.core.topics import Topic, read_topics
from audio_pipeline.errors import InputError
from audio_pipeline.planning import trial
from audio_pipeline.planning.trial import Difference
from audio_pipeline.publishing.trial_page import Part, marked

TOPICS = "".join(f"Topic {number}\n" for number in range(1, 8)) + "Cake | language=en,pt-BR\n"
VOICES = {"pt-BR": {"voice": "pt_BR-faber-medium"}}


@pytest.fixture
def made(tmp_path):
    """Eight topics with finished files, and the second language of the last without."""
    before = os.getcwd()
    project = finished_project.load(tmp_path, TOPICS, voices=VOICES)
    for slug in list(project.topics)[:-1]:
        finished_project.make(project, slug)
    yield project
    os.chdir(before)


def changed(**values):
    return projects.load([("--config", values)])


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1, "e"), (2, "ch"), (3, "beh"), (5, "bcegi"), (9, "abcdefghi"), (20, "abcdefghi")],
)
def test_topics_are_spread_over_the_list(number, expected):
    slugs = trial.spread(list("abcdefghi"), number)

    assert len(slugs) == min(number, 9) == len(set(slugs))
    assert slugs == sorted(slugs)
    assert number not in (1, 20) or "".join(slugs) == expected


def test_topics_that_the_settings_change_are_tried_first(made):
    lexicon = {"en": {"Topic 3": "topic the third"}}
    assert trial.select(changed(lexicon=lexicon), 5) == ["topic-3"]
    assert trial.select(changed(audio={"voice": "en_US-bert"}), 2) == ["topic-3", "topic-7"]
    assert trial.select(made, 5) == ["cake-pt-br"]  # the only one with something to make
    Path("data/input/topics.txt").write_text("Topic 1\n")
    with pytest.raises(InputError, match="every file stays as it is"):
        trial.select(changed(), 5)


def test_chosen_topics_must_exist(made):
    assert trial.check_topics(made, ["topic-2", "cake", "topic-2"]) == ["topic-2", "cake"]
    with pytest.raises(InputError, match=r"no topic in .* has the slug 'pie'"):
        trial.check_topics(made, ["cake", "pie"])


@pytest.mark.parametrize(
    "topic",
    [
        Topic("Tea", "tea"),
        Topic("Tea | or coffee?", "x", "pt-BR", "pt_BR-faber-medium", 7),
        Topic("<b> \\u003c & “quotes” =", "slug"),
    ],
)
def test_a_line_gives_the_same_topic(tmp_path, topic):
    (tmp_path / "topics.txt").write_text(topic.as_line + "\n", encoding="utf-8")

    assert read_topics(tmp_path / "topics.txt") == ([topic], [])


def test_files_are_copied_with_their_records_and_times_and_never_linked(made):
    project = changed(audio={"voice": "en_US-bert"})
    text = Path(project.file("script", "topic-2"))
    text.write_text("By hand. And more.\n")
    os.utime(text, (1_700_000_000, 1_700_000_000))
    picture = Path(project.file("image", "topic-2"))
    picture.rename("elsewhere.png")
    picture.symlink_to(Path("elsewhere.png").absolute())

    tried, before = trial.prepare(project, ["topic-2", "cake-pt-br"])

    for copy in (tried, before):
        path = Path(copy.file("script", "topic-2"))
        assert path.read_text() == "By hand. And more.\n"
        assert path.stat().st_mtime == 1_700_000_000 and path.stat().st_nlink == 1
        assert Path(copy.record("script", "topic-2")).is_file()
        assert not Path(copy.file("image", "topic-2")).is_symlink()
        assert Path(copy.file("image", "topic-2")).read_bytes() == picture.read_bytes()
        assert not Path(copy.file("script", "cake-pt-br")).exists()
    topics = read_topics("data/trial/topics.txt")[0]
    assert [topic.slug for topic in topics] == ["topic-2", "cake-pt-br"]
    settings = json.loads(trial.settings_path().read_text())
    assert settings["audio"]["voice"] == "en_US-bert" and settings["output"] == "data/trial"
    assert not settings["gallery"]["enabled"] and settings["metrics"] == ""
    assert changed(**settings).config == tried.config


@pytest.mark.parametrize("kind", ["file", "link", "other folder"])
def test_what_is_no_trial_is_not_removed(made, kind, tmp_path):
    folder, precious = Path("data/trial"), tmp_path / "precious"
    precious.mkdir()
    (precious / "settings.json").write_text("{}")
    if kind == "file":
        folder.write_text("mine")
    elif kind == "link":
        folder.symlink_to(precious)
    else:
        folder.mkdir()
        (folder / "mine").write_text("mine")

    with pytest.raises(InputError, match="is not the folder of a trial; move it elsewhere"):
        trial.prepare(made, ["topic-1"])

    assert (precious / "settings.json").exists() and folder.exists()


@pytest.mark.parametrize("output", ["data/trial", "data/trial/output", "data"])
def test_the_output_folder_is_never_inside_or_around(made, output):
    with pytest.raises(InputError, match="trials are made in data/trial"):
        trial.prepare(changed(output=output), ["topic-1"])


def test_differences_are_those_of_the_settings_not_of_what_follows(made):
    Path(made.file("script", "topic-1")).write_text("By hand.\n")
    project = changed(audio={"voice": "en_US-bert"}, script={"model": "m2:1b"})

    found = trial.differing(project, ["topic-1", "topic-2", "cake-pt-br"])

    both = ["topic-1", "topic-2"]
    assert found == [
        Difference("script", "model", [("m1:1b", "m2:1b")], both),
        Difference("audio", "voice", [("en_US-anna", "en_US-bert")], both),
    ]


@pytest.mark.parametrize(
    "items",
    [
        ["audio={voice:", "x,", "checks:", "{gap:", "off}}", "language=pt"],
        ["audio={voice: x, checks: {gap: off}}", "language=pt"],
    ],
)
def test_values_that_the_shell_has_divided_are_joined(items):
    _, values = from_command_line(items)

    assert values == {"audio": {"voice": "x", "checks": {"gap": False}}, "language": "pt"}


def test_an_open_brace_is_an_error_of_its_own():
    with pytest.raises(InputError, match=r"'x': expected KEY=VALUE"):
        from_command_line(["audio={voice:", "x"])


def test_words_that_differ_are_marked_on_both_sides():
    old, new = marked("Tea is hot.\n\nDrink it.", "Tea is very hot.\n\nDrink it now.")

    assert old == [Part("Tea is ", False), Part("hot.\n\nDrink ", False), Part("it.", True)]
    assert new[1] == Part("very ", True) and new[-1] == Part("it now.", True)
    assert "".join(part.text for part in new) == "Tea is very hot.\n\nDrink it now."
    assert marked("", "") == ([], [])
    assert marked("", "New.") == ([], [Part("New.", True)])
