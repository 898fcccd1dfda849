"""Translations: a change asks for exactly the sentences that it concerns, and edits by hand are kept."""

import itertools
import json
import shutil
from pathlib import Path

import pytest
import sample_media
import yaml
from scenes_project import SMALL
from service_stubs import piper_voice
from stub_project import Studio

pytestmark = pytest.mark.xdist_group("translations")

ENGLISH = [
    "Alpha waves are slow waves of the brain at rest.",
    "A doctor in Jena measured them in 1924 with two silver needles.",
    "They grow when the eyes are closed and the mind is calm.",
]
GERMAN = {
    ENGLISH[0]: "Alphawellen sind langsame Wellen des ruhenden Gehirns.",
    ENGLISH[1]: "Ein Arzt in Jena maß sie 1924 mit zwei silbernen Nadeln.",
    ENGLISH[2]: "Sie wachsen, wenn die Augen zu sind und der Geist ruht.",
    "A doctor in Jena measured them in 1929 with two silver needles.": (
        "Ein Arzt in Jena maß sie 1929 mit zwei silbernen Nadeln."
    ),
}
ORIGINAL, OURS = "alpha-waves", "alpha-waves-de"


class Translated(Studio):
    """Studio with one topic in English, and its translation into German."""

    def serve(self, first_version: int = 1) -> None:
        super().serve(first_version)
        self.tts.sound = sample_media.speech
        self.tts.voices["de_DE-bert"] = piper_voice("de_DE-bert")
        self.translations = dict(GERMAN)

    def text(self, prompt: str, seed: int | None) -> str:
        if prompt.startswith("Into"):
            return self.translations[prompt.partition(": ")[2]]
        return " ".join(ENGLISH)

    def requests(self) -> tuple[list[str], list[str], list[str]]:
        """Return the prompts, first words that were spoken, and pictures requested since the last call."""
        texts = [request.body["messages"][-1]["content"] for request in self.llm.asked()]
        spoken = [request.body["text"].split()[0] for request in self.tts.asked()]
        drawn = [request.body["prompt"] for request in self.sd.asked()]
        for stub in (self.llm, self.tts, self.sd):
            stub.requests.clear()
        return texts, spoken, drawn

    def edit(self, slug: str, before: str, after: str) -> None:
        path = self.path("script", slug)
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))

    def board(self, slug: str) -> list[dict]:
        return yaml.safe_load(self.path("storyboard", slug).read_text())["scenes"]


def new(folder: Path) -> Translated:
    studio = Translated(folder, "Alpha waves | language=en,de from=en\n")
    studio.config["audio"] |= {"split": "sentence", "voice": "en_US-anna"}
    studio.config["voices"] = {"de": {"voice": "de_DE-bert"}}
    studio.config["translation"] = {"engine": "script", "template": "config/translation.j2"}
    studio.config["subtitles"] = {"enabled": True}
    studio.config["video"] = SMALL
    studio.config["scenes"] = {"enabled": True, "seconds": 2}
    studio.config["image"]["template"] = "config/image.j2"
    (studio.folder / "config/translation.j2").write_text("Into {{ language }}: {{ sentence }}\n")
    (studio.folder / "config/image.j2").write_text("{{ first_sentence }}")
    return studio


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Translated:
    studio = new(tmp_path_factory.mktemp("translated") / "work")
    studio.succeed()
    texts, spoken, drawn = studio.requests()
    assert sorted(texts) == sorted(
        ["Write about Alpha waves.", *(f"Into de: {s}" for s in ENGLISH)]
    )
    assert sorted(spoken) == ["A", "Alpha", "Alphawellen", "Ein", "Sie", "They"]
    assert sorted(drawn) == sorted(ENGLISH)  # the cover, and two scenes: none for the translation
    assert studio.run().nothing_to_do
    studio.close()
    return studio


@pytest.fixture
def studio(once: Translated, tmp_path: Path):
    studio = Translated.copy(once, tmp_path / "work")
    yield studio
    studio.close()


def test_a_translation_is_a_script_with_the_scenes_and_pictures_of_its_original(studio) -> None:
    assert studio.path("script", OURS).read_text() == " ".join(GERMAN[s] for s in ENGLISH) + "\n"
    assert [scene["say"] for scene in studio.board(OURS)] == [GERMAN[s] for s in ENGLISH]
    names = [
        Path(name).stem
        for name in sorted((studio.folder / "data/output/scenes" / ORIGINAL).iterdir())
    ]
    assert sorted(scene["show"]["scene"] for scene in studio.board(OURS)[1:]) == names
    shown = json.loads(studio.path("scenes", OURS).read_text())["scenes"]
    assert shown[0]["file"] is None
    assert all(scene["file"].startswith(f"{ORIGINAL}/") for scene in shown[1:])
    assert not studio.path("image", OURS).exists()
    record = studio.record("video", OURS)
    assert record["request"]["image"] == studio.record("video", ORIGINAL)["request"]["image"]
    page = (studio.folder / "data/output/index.html").read_text()
    assert page.count(f'"thumbnail":"thumbnails/{ORIGINAL}.webp"') == 2


def test_a_changed_sentence_of_the_original_is_translated_and_spoken_again_alone(studio) -> None:
    studio.edit(ORIGINAL, "1924", "1929")
    studio.succeed()
    texts, spoken, drawn = studio.requests()
    changed = ENGLISH[1].replace("1924", "1929")
    assert texts == [f"Into de: {changed}"]
    assert sorted(spoken) == ["A", "Ein"]
    assert drawn == [changed]
    assert "1929" in studio.path("script", OURS).read_text()
    assert studio.run().nothing_to_do


def test_a_plan_counts_what_follows_in_the_translation(studio) -> None:
    studio.edit(ORIGINAL, "1924", "1929")
    plan = studio.program("plan.py")
    assert "original changed" in plan.stdout, plan.stdout
    run = studio.run("-n")
    assert f"scripts/{OURS}.txt" in run.output
    assert studio.requests() == ([], [], [])


def test_a_translation_edited_by_hand_is_kept_and_its_changed_original_reported(studio) -> None:
    studio.edit(OURS, "ruhenden", "schlafenden")
    studio.succeed()
    assert studio.requests() == (
        [],
        ["Alphawellen"],
        [],
    )
    studio.edit(ORIGINAL, "1924", "1929")
    run = studio.succeed()
    kept = f"data/output/scripts/{OURS}.txt was edited by hand, and its original has changed since"
    assert run.output.count(kept) == 1
    assert kept in studio.program("plan.py").stdout
    assert "schlafenden" in studio.path("script", OURS).read_text()
    texts, spoken, _ = studio.requests()
    assert texts == [] and spoken == ["A"]


def test_a_translation_alone_as_a_target_has_its_original_made_first(tmp_path: Path) -> None:
    studio = new(tmp_path / "work")
    studio.succeed(str(studio.path("audio", OURS).relative_to(studio.folder)))
    texts, spoken, drawn = studio.requests()
    assert texts[0] == "Write about Alpha waves." and len(texts) == 4
    assert len(spoken) == 3 and drawn == []
    studio.close()


def test_a_translation_with_another_number_is_asked_for_again_and_never_kept(
    tmp_path: Path,
) -> None:
    studio = new(tmp_path / "work")
    right = GERMAN[ENGLISH[1]]
    answers = itertools.chain([right.replace("1924", "1942")] * 2, itertools.repeat(right))
    text = studio.text
    studio.llm.text = lambda prompt, seed: (
        next(answers) if prompt == f"Into de: {ENGLISH[1]}" else text(prompt, seed)
    )
    studio.succeed("--", "scripts")
    texts, _, _ = studio.requests()
    assert texts.count(f"Into de: {ENGLISH[1]}") == 3 and len(texts) == 6
    assert right in studio.path("script", OURS).read_text()
    record = studio.record("script", OURS)
    assert record["attempts"] == 5 and "numbers" in record["checks"]
    studio.close()


def test_after_the_last_attempt_the_error_names_the_sentence_and_the_check(tmp_path: Path) -> None:
    studio = new(tmp_path / "work")
    studio.translations[ENGLISH[1]] = GERMAN[ENGLISH[1]].replace("1924", "1942")
    run = studio.run("--", "scripts")
    assert run.code == 1 and "Traceback" not in run.output
    assert "A doctor in Jena measured them in 1924" in run.output
    assert "differs in 1924, 1942 (translation.checks.numbers)" in run.output
    assert not studio.path("script", OURS).exists()
    assert len(studio.requests()[0]) == 1 + 2 + 3 - 1  # the third sentence is not reached
    studio.close()


def test_another_take_of_a_picture_is_shown_in_the_translation_too(studio) -> None:
    folder = studio.folder / "data/output/scenes" / ORIGINAL
    first = sorted(folder.iterdir())[0]
    first.unlink()
    studio.succeed()
    texts, spoken, drawn = studio.requests()
    assert (texts, spoken) == ([], []) and len(drawn) == 1
    shown = json.loads(studio.path("scenes", OURS).read_text())["scenes"]
    original = json.loads(studio.path("scenes", ORIGINAL).read_text())["scenes"]
    assert [scene["sha256"] for scene in shown] == [scene["sha256"] for scene in original]
    assert studio.run().nothing_to_do


def test_cards_are_in_the_language_of_the_translation(tmp_path: Path) -> None:
    studio = new(tmp_path / "work")
    studio.config["image"] = {"engine": "card", "width": 256, "height": 256}
    studio.succeed()
    assert studio.path("image", OURS).exists()
    assert [scene.get("show") for scene in studio.board(OURS)][1:] != [None, None]
    assert all(
        scene["show"] in scene["say"] or scene["show"].lower() in scene["say"].lower()
        for scene in studio.board(OURS)[1:]
    )
    shown = json.loads(studio.path("scenes", OURS).read_text())["scenes"]
    assert all(scene["card"] for scene in shown) and shown[1]["file"].startswith(f"{OURS}/")
    studio.close()


def test_own_words_and_shows_in_the_translated_storyboard_survive_a_changed_original(
    studio,
) -> None:
    path = studio.path("storyboard", OURS)
    board = yaml.safe_load(path.read_text())
    board["scenes"][2]["show"] = "A closed eye"
    path.write_text(yaml.safe_dump(board, allow_unicode=True, sort_keys=False))
    studio.succeed()
    assert studio.requests() == ([], [], ["A closed eye"])
    studio.edit(ORIGINAL, "1924", "1929")
    studio.succeed()
    assert studio.board(OURS)[2]["show"] == "A closed eye"
    assert "A closed eye" not in studio.requests()[2]


def test_a_scene_that_the_original_does_not_have_is_named(studio) -> None:
    path = studio.path("storyboard", OURS)
    board = yaml.safe_load(path.read_text())
    board["scenes"][1]["show"] = {"scene": "no-such-scene-12345678"}
    path.write_text(yaml.safe_dump(board, allow_unicode=True, sort_keys=False))
    run = studio.run()
    assert run.code == 1 and "the original has no such scene" in run.output
    assert "Traceback" not in run.output


def test_the_output_deleted_asks_nobody(studio) -> None:
    shutil.rmtree(studio.folder / "data/output")
    studio.succeed()
    assert studio.requests() == ([], [], [])


def test_another_take_of_one_sentence_is_asked_for_alone(studio) -> None:
    listed = studio.program("takes.py", "script", OURS).stdout
    assert all(sentence[:30] in listed for sentence in ENGLISH), listed
    assert studio.program("takes.py", "script", OURS, "--sentence", "2", "--new").returncode == 0
    first = studio.path("script", OURS).read_text()
    studio.translations[ENGLISH[1]] = "Ein Arzt aus Jena maß sie 1924 mit zwei Nadeln aus Silber."
    studio.succeed()
    texts, spoken, _ = studio.requests()
    assert texts == [f"Into de: {ENGLISH[1]}"] and spoken == ["Ein"]
    used = studio.program("takes.py", "script", OURS, "--sentence", "2", "--use", "0")
    assert used.returncode == 0, used.stdout + used.stderr
    assert studio.path("script", OURS).read_text() == first
    studio.succeed()
    assert studio.requests() == ([], [], [])
