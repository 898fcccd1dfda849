"""Caps shared by several runs at once, and one GPU for the language model and the pictures."""

import shutil
import threading
from pathlib import Path

import pytest
from project import Project
from service_stubs import OllamaStub
from stub_project import Studio
from waiting import LONGEST_S, wait_until

LATENCY_S = 1.0


def project(folder: Path, name: str, url: str, turns: Path, topics: int = 4, cap: int = 1):
    """Return a project with scripts alone; each topic and each prompt names its project."""
    config = {
        "script": {"engine": "ollama", "model": "gemma3:4b", "url": url, "template": "config/t.j2"},
        "audio": {"engine": "piper"},
        "image": {"engine": "none"},
        "caps": {"llm": cap},
        "shared_caps": str(turns),
        "http": {"connect_timeout_s": 2},
    }
    lines = "".join(f"{name} {n}\n" for n in range(topics))
    made = Project(folder / name, lines, config)
    (made.folder / "config/t.j2").write_text("Write: {{ topic }}.")
    return made


def names_of(stub: OllamaStub) -> list[str]:
    """Return the project of each request, in order."""
    texts = [request.body["messages"][-1]["content"] for request in stub.asked()]
    return [text.removeprefix("Write: ").split()[0] for text in texts]


def finish(*processes) -> None:
    for process in processes:
        output, _ = process.communicate(timeout=LONGEST_S)
        assert process.returncode == 0, output
        assert "Traceback" not in output


@pytest.mark.parametrize("caps", [(1, 1, 1), (2, 2, 2), (2, 1, 1)])
def test_three_runs_keep_to_one_cap_and_none_waits_for_all_of_another(
    tmp_path: Path, caps: tuple[int, ...]
) -> None:
    all_here = threading.Event()

    def text(prompt: str, seed: int | None) -> str:
        assert all_here.wait(200)
        return f"This is about {prompt} It has two plain sentences."

    with OllamaStub(latency_s=LATENCY_S) as ollama:
        ollama.text = text
        projects = [
            project(tmp_path, name, ollama.url, tmp_path / "turns", cap=cap)
            for name, cap in zip(("Red", "Green", "Blue"), caps, strict=True)
        ]
        running = [each.start("scripts") for each in projects]

        def is_here(each: Project) -> bool:
            logs = (each.folder / "data/output/logs/script").glob("*.log")
            waiting = any("waiting for a slot at" in log.read_text() for log in logs)
            return waiting or each.folder.name in names_of(ollama)

        wait_until(lambda: all(is_here(each) for each in projects))
        all_here.set()
        ollama.ready = lambda: ollama.peak >= max(caps)
        finish(*running)

        assert ollama.peak == max(caps)
        order = names_of(ollama)
        assert len(order) == 12
        first_of_last = max(order.index(each.folder.name) for each in projects)
        last_of_first = min(11 - order[::-1].index(each.folder.name) for each in projects)
        assert first_of_last < last_of_first, order


class OneGpu(Studio):
    """Project with gpu: shared and a cap of two language model jobs."""

    def __init__(self, folder: Path, **options) -> None:
        super().__init__(folder, **options)
        self.config |= {"gpu": "shared", "caps": {"llm": 2, "sd": 2}}
        self.llm.latency_s = self.sd.latency_s = LATENCY_S / 2

    def check_order(self) -> None:
        """Check that all texts were written before the first picture, and pictures drawn one at a time."""
        assert max(end for _, end in self.llm.spans) <= min(begun for begun, _ in self.sd.spans)
        assert self.sd.peak == 1


@pytest.fixture
def one_gpu(tmp_path: Path):
    studio = OneGpu(tmp_path / "work")
    yield studio
    studio.close()


def test_all_scripts_come_before_all_pictures_and_the_memory_is_freed_once(one_gpu: OneGpu) -> None:
    one_gpu.succeed()

    one_gpu.check_order()
    assert one_gpu.llm.unloaded == ["m1:1b"]
    assert one_gpu.sd.memory == ["unload", "reload"]
    assert one_gpu.run().nothing_to_do


def test_pictures_alone_unload_the_language_model_and_write_nothing(one_gpu: OneGpu) -> None:
    one_gpu.succeed()
    one_gpu.asked()
    one_gpu.llm.unloaded.clear(), one_gpu.sd.memory.clear()
    one_gpu.file("image", "beta").unlink()

    one_gpu.succeed()

    assert one_gpu.asked() == (set(), set(), {"beta"})
    assert one_gpu.llm.unloaded == ["m1:1b"] and one_gpu.sd.memory == ["reload"]


def test_prompts_by_the_language_model_come_before_all_pictures_too(one_gpu: OneGpu) -> None:
    (one_gpu.folder / "config/describe.j2").write_text("Describe a picture of: {{ script }}")
    one_gpu.config["image"] |= {"prompt": "llm", "prompt_template": "config/describe.j2"}
    one_gpu.sd.memory = None  # stable-diffusion.cpp

    one_gpu.succeed()

    assert len(one_gpu.llm.asked()) == 6 and len(one_gpu.sd.asked()) == 3
    one_gpu.check_order()
    assert one_gpu.llm.unloaded == ["m1:1b"]


def test_a_script_that_fails_stops_no_other_picture(one_gpu: OneGpu) -> None:
    usual = one_gpu.llm.text
    one_gpu.llm.text = lambda prompt, seed: "" if "Beta" in prompt else usual(prompt, seed)

    run = one_gpu.run()

    assert run.code == 1
    assert len(one_gpu.sd.asked()) == 2
    one_gpu.check_order()
    assert one_gpu.sd.memory == ["unload", "reload"]


def test_two_runs_at_one_gpu_are_never_at_both_services_at_once(tmp_path: Path) -> None:
    one = OneGpu(tmp_path / "one")
    try:
        one.config["shared_caps"] = str(tmp_path / "turns")
        other = Project(tmp_path / "other", "Delta wings\nOmega points\n", one.config)
        for name in ("script.j2", "image.j2"):
            shutil.copy(one.folder / "config" / name, other.folder / "config")
        running = [each.start("images") for each in (one, other)]
        finish(*running)

        written, drawn = one.llm.spans, one.sd.spans
        assert len(written) == 5 and len(drawn) == 5
        assert not [
            (text, picture)
            for text in written
            for picture in drawn
            if text[0] < picture[1] and picture[0] < text[1]
        ]
        assert one.llm.peak <= 2 and one.sd.peak == 1
        assert len(one.llm.unloaded) <= 2
        assert one.sd.memory in (["unload", "reload"], ["unload", "reload"] * 2)
    finally:
        one.close()
