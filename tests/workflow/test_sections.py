"""Longer scripts: an outline, then section by section; a changed line of the outline writes what follows from it."""

import subprocess
from pathlib import Path

import pytest
import sample_media
from audio_pipeline import ffmpeg
from scenes_project import SMALL
from stub_project import Studio

pytestmark = pytest.mark.xdist_group("sections")

SLUG = "alpha-waves"
LINES = ["Origins: where they come from", "At rest: when they grow", "Uses: what doctors do"]
TEXTS = {
    "Origins": "A doctor in Jena found these slow waves of the brain a hundred years ago.",
    "At rest": "They grow when the eyes are closed and nobody speaks to the sleeper at all.",
    "Uses": "Today machines in many clinics draw them on a screen within a few seconds.",
    "Ends": "In the end a closed window makes them vanish from every screen in town.",
}


class Long(Studio):
    def serve(self, first_version: int = 1) -> None:
        super().serve(first_version)
        self.tts.sound = sample_media.speech
        self.texts = dict(TEXTS)

    def text(self, prompt: str, seed: int | None) -> str:
        if "Outline Alpha" in prompt:
            return "Here is the outline:\n\n" + "\n".join(
                f"{n}. **{line}**" for n, line in enumerate(LINES, 1)
            )
        return self.texts[prompt.partition("] ")[2].partition(" after")[0]]

    def asked_texts(self) -> list[str]:
        """Return the prompts since the last call."""
        prompts = [request.body["messages"][-1]["content"] for request in self.llm.asked()]
        for stub in (self.llm, self.tts, self.sd):
            stub.requests.clear()
        return prompts


def new(folder: Path) -> Long:
    studio = Long(folder, "Alpha waves\n")
    studio.config["audio"]["split"] = "sentence"
    studio.config["script"] |= {
        "sections": 3,
        "outline_template": "config/outline.j2",
        "section_template": "config/section.j2",
    }
    studio.config["video"] = {**SMALL, "enabled": True}
    (studio.folder / "config/outline.j2").write_text("Outline {{ topic }} in {{ sections }}")
    (studio.folder / "config/section.j2").write_text(
        "{{ topic }} [{{ number }}] {{ title }} after: {{ before if number > 1 }}"
    )
    return studio


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Long:
    studio = new(tmp_path_factory.mktemp("sections") / "work")
    studio.succeed()
    assert studio.asked_texts() == [
        "Outline Alpha waves in 3",
        "Alpha waves [1] Origins after:",
        f"Alpha waves [2] At rest after: {TEXTS['Origins']}",
        f"Alpha waves [3] Uses after: {TEXTS['Origins']}\n\n{TEXTS['At rest']}",
    ]
    assert studio.run().nothing_to_do
    studio.close()
    return studio


@pytest.fixture
def studio(once: Long, tmp_path: Path):
    studio = Long.copy(once, tmp_path / "work")
    yield studio
    studio.close()


def chapters(path: Path) -> list[str]:
    command = [str(ffmpeg.program().path), "-v", "error", "-i", str(path), "-f", "ffmetadata", "-"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line[6:] for line in shown.splitlines() if line.startswith("title=")][1:]


def test_the_outline_the_script_and_the_chapters(studio) -> None:
    assert studio.path("outline", SLUG).read_text().splitlines() == LINES
    text = studio.path("script", SLUG).read_text()
    assert (
        text
        == "\n\n".join(
            f"[chapter {line.partition(':')[0]}]\n\n{TEXTS[line.partition(':')[0]]}"
            for line in LINES
        )
        + "\n"
    )
    assert chapters(studio.path("video", SLUG)) == ["Origins", "At rest", "Uses"]


def test_a_changed_line_writes_its_section_and_those_after_it(studio) -> None:
    path = studio.path("outline", SLUG)
    path.write_text(path.read_text().replace("Uses: what doctors do", "Ends: when they vanish"))
    plan = studio.program("plan.py").stdout
    assert "1 of 3 texts to request" in plan, plan
    studio.succeed()
    assert studio.asked_texts() == [
        f"Alpha waves [3] Ends after: {TEXTS['Origins']}\n\n{TEXTS['At rest']}"
    ]
    assert chapters(studio.path("video", SLUG)) == ["Origins", "At rest", "Ends"]


def test_a_renamed_chapter_makes_the_video_again_and_asks_nobody(studio) -> None:
    path = studio.path("script", SLUG)
    path.write_text(path.read_text().replace("[chapter Origins]", "[chapter In the beginning]"))
    studio.succeed()
    assert studio.asked_texts() == []
    assert not studio.tts.asked() and not studio.sd.asked()
    assert chapters(studio.path("video", SLUG)) == ["In the beginning", "At rest", "Uses"]


def test_a_section_that_says_an_earlier_sentence_again_is_refused(tmp_path: Path) -> None:
    studio = new(tmp_path / "work")
    studio.texts["Uses"] = TEXTS["Origins"].replace("ago.", "ago now.")
    run = studio.run("--", "scripts")
    assert run.code == 1 and "Traceback" not in run.output
    assert (
        "section 3, 'Uses: what doctors do': the script says again what an earlier section says"
        in run.output
    )
    assert not studio.path("script", SLUG).exists()
    assert len(studio.asked_texts()) == 1 + 2 + 3
    studio.texts["Uses"] = TEXTS["Uses"]
    studio.succeed("--", "scripts")
    assert len(studio.asked_texts()) == 1  # what passed is in the cache
    studio.close()


def test_an_outline_with_another_number_of_sections_is_refused(tmp_path: Path) -> None:
    studio = new(tmp_path / "work")
    studio.config["script"]["sections"] = 4
    run = studio.run("--", "scripts")
    assert run.code == 1 and "wrote the sections 1, 2, 3; expected 1 to 4" in run.output
    studio.close()


def test_an_empty_outline_fails_its_own_script(studio) -> None:
    studio.path("outline", SLUG).write_text("\n")
    run = studio.run()
    assert run.code == 1 and f"outlines/{SLUG}.txt: has no lines" in run.output
    assert "Traceback" not in run.output


def test_the_shipped_template_writes_no_section_before_a_changed_line_again(studio) -> None:
    studio.config["script"].pop("section_template")
    first = studio.llm.text
    studio.llm.text = lambda prompt, seed: next(
        text for title, text in TEXTS.items() if f'"{title}"' in prompt
    )
    studio.succeed("--", "scripts")
    assert len(studio.asked_texts()) == 3
    path = studio.path("outline", SLUG)
    path.write_text(path.read_text().replace("Uses: what doctors do", "Ends: when they vanish"))
    studio.succeed("--", "scripts")
    (prompt,) = studio.asked_texts()
    assert 'Write part 3, "Ends"' in prompt and "End the narration." in prompt
    studio.llm.text = first


def test_sections_can_stand_behind_one_topic(tmp_path: Path) -> None:
    studio = new(tmp_path / "work")
    studio.config["script"]["sections"] = 1
    studio.config["video"] = {"enabled": False}
    studio.topics("Alpha waves | script.sections=3\nBeta decay\n")
    text = studio.text
    studio.llm.text = lambda prompt, seed: (
        Studio.text(studio, prompt, seed) if "Beta" in prompt else text(prompt, seed)
    )
    studio.succeed("--", "scripts")
    assert len(studio.asked_texts()) == 5
    assert not studio.path("outline", "beta-decay").exists()
    assert studio.run("--", "scripts").nothing_to_do
    studio.close()
