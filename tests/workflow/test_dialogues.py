"""Speakers: each line by its own voice, and a change of one voice speaks that one's lines again, no other."""

from pathlib import Path

import pytest
import sample_media
from scenes_project import SMALL
from stub_project import Studio

pytestmark = pytest.mark.xdist_group("speakers")

TURNS = [
    ("Anna", "Where do alpha waves come from?"),
    ("Ben", "They come from the brain at rest. Nobody hears them."),
    ("Anna", "That is a good thing to know."),
]
TEXT = "\n\n".join(f"{name}: {said}" for name, said in TURNS)
SLUG = "alpha-waves"


class Dialogue(Studio):
    def serve(self, first_version: int = 1) -> None:
        super().serve(first_version)
        self.tts.sound = sample_media.speech

    def text(self, prompt: str, seed: int | None) -> str:
        return f"Here is the dialogue:\n\n{TEXT}"

    def spoken(self) -> list[tuple[str, str]]:
        """Return voices and texts requested since the last call."""
        asked = [(request.body["voice"], request.body["text"]) for request in self.tts.asked()]
        for stub in (self.llm, self.tts, self.sd):
            stub.requests.clear()
        return sorted(asked)


def new(folder: Path) -> Dialogue:
    studio = Dialogue(folder, "Alpha waves\n")
    studio.config["audio"]["split"] = "sentence"
    studio.config["cast"] = {"Anna": {"voice": "en_US-anna"}, "Ben": {"voice": "en_US-bert"}}
    studio.config["script"]["template"] = "config/prompts/dialogue.txt.j2"
    studio.config["subtitles"] = {"enabled": True}
    studio.config["video"] = SMALL
    studio.config["scenes"] = {"enabled": True, "seconds": 3}
    return studio


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Dialogue:
    studio = new(tmp_path_factory.mktemp("dialogue") / "work")
    studio.succeed()
    (prompt,) = [request.body["messages"][-1]["content"] for request in studio.llm.asked()]
    assert "The speakers are Anna and Ben." in prompt
    assert studio.spoken() == [
        ("en_US-anna", "That is a good thing to know."),
        ("en_US-anna", "Where do alpha waves come from?"),
        ("en_US-bert", "Nobody hears them."),
        ("en_US-bert", "They come from the brain at rest."),
    ]
    assert studio.run().nothing_to_do
    studio.close()
    return studio


@pytest.fixture
def studio(once: Dialogue, tmp_path: Path):
    studio = Dialogue.copy(once, tmp_path / "work")
    yield studio
    studio.close()


def test_names_are_in_scripts_and_subtitles_and_nowhere_else(studio) -> None:
    assert studio.path("script", SLUG).read_text() == TEXT + "\n"
    subtitles = studio.path("subtitles", SLUG).read_text()
    assert subtitles.count("Anna: ") == 2 and subtitles.count("Ben: ") == 1
    board = studio.path("storyboard", SLUG).read_text()
    assert "Where do alpha waves come from?" in board and "Anna" not in board and "Ben" not in board
    record = studio.record("audio", SLUG)
    assert record["model"] == "en_US-anna, en_US-bert"


def test_another_voice_of_one_speaker_speaks_that_one_s_lines_again(studio) -> None:
    studio.config["cast"]["Ben"] = {"voice": "en_US-bert", "length_scale": 1.3}
    studio.succeed()
    assert [text for _, text in studio.spoken()] == [
        "Nobody hears them.",
        "They come from the brain at rest.",
    ]
    studio.config["cast"]["Ben"] = {"voice": "en_US-bert"}
    studio.succeed()
    assert studio.spoken() == []


def test_a_speaker_that_no_script_has_makes_nothing_stale(tmp_path: Path) -> None:
    studio = new(tmp_path / "work")
    studio.config["script"]["template"] = "config/script.j2"  # which names no speakers
    studio.config["scenes"] = {"enabled": False}
    studio.config["video"] = {"enabled": False}
    studio.succeed()
    studio.config["cast"]["Carla"] = {"voice": "en_US-bert", "length_scale": 2.0}
    assert studio.run().nothing_to_do
    studio.close()


def test_a_template_that_names_the_speakers_asks_for_the_script_of_another_cast(studio) -> None:
    studio.config["cast"]["Carla"] = {"voice": "en_US-bert"}
    assert "script: prompt changed" in studio.run("-n").output


def test_a_line_that_changes_its_speaker_is_spoken_by_the_other(studio) -> None:
    path = studio.path("script", SLUG)
    path.write_text(path.read_text().replace("Anna: That", "Ben: That"))
    studio.succeed()
    assert studio.spoken() == [("en_US-bert", "That is a good thing to know.")]
    assert studio.path("subtitles", SLUG).read_text().count("Anna: ") == 1


def test_without_names_subtitles_show_the_words_alone(studio) -> None:
    studio.config["subtitles"]["names"] = False
    studio.succeed()
    assert studio.spoken() == []
    subtitles = studio.path("subtitles", SLUG).read_text()
    assert "Anna" not in subtitles and "Where do alpha waves come from?" in subtitles


def test_a_voice_that_the_server_does_not_have_is_named_before_the_run(studio) -> None:
    studio.config["cast"]["Ben"] = {"voice": "en_US-nobody"}
    run = studio.run()
    assert run.code == 1 and "en_US-nobody" in run.output and "Traceback" not in run.output
    assert studio.spoken() == []


WRONG = {
    "no voice": ({"Anna": {}}, "cast.Anna has no 'voice'; add it"),
    "a name that is no text": (
        {"Anna": {"voice": "x"}, True: {"voice": "x"}},
        "cast has the key True",
    ),
    "a name with a colon": ({"An:na": {"voice": "x"}}, "cast.An:na"),
    "an unknown key": ({"Anna": {"voice": "x", "sped": 1}}, "cast.Anna.sped"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_cast_is_one_line(tmp_path: Path, name: str) -> None:
    studio = new(tmp_path / "work")
    studio.config["cast"], message = WRONG[name]
    run = studio.run("-n")
    assert run.code == 1 and message in run.output and "Traceback" not in run.output
    studio.close()
