"""One service on several servers: the work is shared, and a server that is down costs only a line of output."""

import contextlib
import os
import re
import threading
import time
from pathlib import Path

import pytest
from project import Project, Run
from service_stubs import OllamaStub, StableDiffusionStub
from stub_project import Studio
from waiting import wait_until

SLOW_S = 1.0  # more than the differences in the start of jobs


def project(folder: Path, urls: list[str], topics: int, cap: int = 1) -> Project:
    """Return a project with scripts alone, by Ollama."""
    config = {
        "script": {"engine": "ollama", "model": "gemma3:4b", "url": urls},
        "audio": {"engine": "piper"},
        "image": {"engine": "none"},
        "caps": {"llm": cap},
        "http": {"tries": 2, "first_pause_s": 0.1, "connect_timeout_s": 2},
    }
    made = Project(folder / "work", "".join(f"Topic {n}\n" for n in range(topics)), config)
    temporary = folder / "tmp"
    temporary.mkdir()
    made.environment["TMPDIR"] = str(temporary)
    return made


def lines_about(run: Run, stub: OllamaStub) -> list[str]:
    return [line for line in run.output.splitlines() if stub.url in line]


def complete(run: Run, of: Project, topics: int) -> None:
    assert run.code == 0, run.output
    assert "Traceback" not in run.output
    assert len(of.files()) == topics


def test_two_servers_are_used_alike_and_neither_beyond_its_cap(tmp_path: Path) -> None:
    with OllamaStub(latency_s=SLOW_S) as one, OllamaStub(latency_s=SLOW_S) as other:
        of = project(tmp_path, [one.url, other.url], topics=12, cap=2)

        complete(of.run("scripts"), of, 12)

        assert one.peak <= 2 and other.peak <= 2
        assert abs(len(one.asked()) - len(other.asked())) <= 2
        assert len(one.asked()) + len(other.asked()) == 12
        assert of.run("scripts").nothing_to_do
        of.config["script"]["url"] = other.url
        assert of.run("scripts").nothing_to_do


def test_resources_set_the_total_of_the_run_and_each_server_takes_its_part(tmp_path: Path) -> None:
    with OllamaStub(latency_s=SLOW_S) as one, OllamaStub(latency_s=SLOW_S) as other:
        one.ready = other.ready = lambda: one.peak == other.peak == 2
        of = project(tmp_path, [one.url, other.url], topics=8)

        complete(of.run("--resources", "llm=4", "--", "scripts"), of, 8)

        assert one.peak == 2 and other.peak == 2


def test_servers_come_from_the_environment_with_commas(tmp_path: Path) -> None:
    with OllamaStub(latency_s=SLOW_S) as one, OllamaStub(latency_s=SLOW_S) as other:
        of = project(tmp_path, ["http://127.0.0.1:9"], topics=4)
        of.environment["OLLAMA_BASE_URL"] = f"{one.url}/, {other.url}"

        complete(of.run("scripts"), of, 4)

        assert one.asked() and other.asked()


def test_a_server_that_is_down_from_the_start_costs_one_line(tmp_path: Path) -> None:
    with OllamaStub() as dead:
        pass
    with OllamaStub() as alive:
        of = project(tmp_path, [dead.url, alive.url], topics=4)

        run = of.run("scripts")

        complete(run, of, 4)
        assert len(alive.asked()) == 4
        (line,) = lines_about(run, dead)
        assert "note: Ollama at" in line and "another server is used" in line


def test_a_server_that_dies_in_mid_run_costs_one_line_and_no_topic(tmp_path: Path) -> None:
    with OllamaStub(latency_s=SLOW_S) as alive, contextlib.ExitStack() as stack:
        dying = stack.enter_context(OllamaStub(latency_s=SLOW_S))
        of = project(tmp_path, [dying.url, alive.url], topics=12, cap=2)
        end = threading.Thread(
            target=lambda: (wait_until(lambda: len(dying.asked()) > 1), stack.close())
        )
        end.start()

        run = of.run("scripts")

        end.join()
        complete(run, of, 12)
        assert len(alive.asked()) > 6 and alive.peak <= 2
        (line,) = lines_about(run, dying)
        assert line.startswith(f"note: Ollama at {dying.url} refused the connection; ")
        assert line.endswith("another server is used until it responds")


def test_a_server_that_comes_back_is_taken_back_with_one_line(tmp_path: Path) -> None:
    with OllamaStub() as dead:
        pass
    back = threading.Event()

    def text(prompt: str, seed: int | None) -> str:
        if len(alive.asked()) > 2:
            back.wait(120)
        return f"This is text number {len(alive.asked())} about it. It has two plain sentences."

    with OllamaStub() as alive, contextlib.ExitStack() as stack:
        alive.text = text
        of = project(tmp_path, [dead.url, alive.url], topics=10)
        revived = []

        def revive() -> None:
            wait_until(lambda: len(alive.asked()) > 2)
            revived.append(stack.enter_context(OllamaStub(port=dead.port, latency_s=SLOW_S)))
            (mark,) = (tmp_path / "tmp").glob("audio-pipeline-*/down-*")
            os.utime(mark, (time.time() - 60,) * 2)  # half a minute has gone by
            alive.latency_s = SLOW_S
            back.set()

        thread = threading.Thread(target=revive)
        thread.start()

        run = of.run("scripts")

        thread.join()
        complete(run, of, 10)
        assert len(revived[0].asked()) >= 2
        out, taken = lines_about(run, dead)
        assert (
            "another server is used" in out
            and taken == f"note: {dead.url} responds again and is used"
        )


def test_a_server_without_the_model_is_left_out_with_one_line(tmp_path: Path) -> None:
    with OllamaStub({"other:1b": "c" * 64}) as wrong, OllamaStub() as right:
        of = project(tmp_path, [wrong.url, right.url], topics=4)

        run = of.run("scripts")

        complete(run, of, 4)
        (line,) = lines_about(run, wrong)
        assert "has no model 'gemma3:4b'" in line
        assert len(right.asked()) == 4 and not wrong.asked()


def test_a_server_that_loses_the_model_in_mid_run_is_left_out_for_the_rest_of_it(
    tmp_path: Path,
) -> None:
    with OllamaStub() as losing, OllamaStub(latency_s=SLOW_S) as right:
        of = project(tmp_path, [losing.url, right.url], topics=6)
        losing.text = lambda *_: losing.models.clear() or "It is one text. It has two sentences."

        run = of.run("scripts")

        complete(run, of, 6)
        assert 2 <= len(losing.asked()) <= 4  # requests before another server has proved to be up
        (line,) = lines_about(run, losing)
        assert "another server is used for the rest of the run" in line


def test_when_all_servers_are_down_the_message_names_each(tmp_path: Path) -> None:
    with OllamaStub() as one, OllamaStub() as other:
        pass
    of = project(tmp_path, [one.url, other.url], topics=3)

    run = of.run("scripts")

    assert run.code == 1
    failed = [line for line in run.output.splitlines() if line.startswith("failed: ")]
    assert len(failed) == 3
    assert all(one.url in line and other.url in line for line in failed)


@pytest.mark.parametrize("cap", [1, 2])
def test_pictures_too_are_shared_out(tmp_path: Path, cap: int) -> None:
    with OllamaStub() as ollama, contextlib.ExitStack() as stack:
        first, second = (
            stack.enter_context(StableDiffusionStub(latency_s=SLOW_S)) for _ in range(2)
        )
        of = project(tmp_path, [ollama.url], topics=6)
        of.config["image"] = {"engine": "stable-diffusion", "url": [first.url, second.url]}
        of.config["image"] |= {"width": 256, "height": 256}
        of.config["caps"]["sd"] = cap

        complete(of.run("images"), of, 12)

        assert first.peak <= cap and second.peak <= cap
        assert abs(len(first.asked()) - len(second.asked())) <= 2
        assert not re.search("is used", of.run("-n").output)


# A cap of the command line applies, up and down: counted at the service


def most_at_once(*stubs) -> int:
    """Return the maximum of concurrent requests, over all stubs together."""
    begun = [(start, 1) for stub in stubs for start, _ in stub.spans]
    ended = [(end, -1) for stub in stubs for _, end in stub.spans]
    now = most = 0
    for _, change in sorted(begun + ended):
        now += change
        most = max(most, now)
    return most


@pytest.mark.parametrize(
    ("cap", "given", "shared"),
    [
        (4, {"llm": 2, "tts": 1, "sd": 3}, False),
        (4, {"llm": 2, "tts": 1, "sd": 3}, True),
        (2, {"llm": 1}, False),
        (1, {"llm": 3, "tts": 2, "sd": 2}, False),
    ],
)
def test_resources_change_a_cap_up_and_down(
    empty: Studio, tmp_path: Path, cap: int, given: dict[str, int], shared: bool
) -> None:
    empty.topics("".join(f"Alpha waves number {n}\n" for n in range(8)))
    empty.config["caps"] = dict.fromkeys(("llm", "tts", "sd"), cap)
    empty.config["shared_caps"] = str(tmp_path / "turns") if shared else ""
    stubs = {"llm": empty.llm, "tts": empty.tts, "sd": empty.sd}
    for stub in stubs.values():
        stub.latency_s = 0.2
    for name, most in given.items():
        stubs[name].ready = lambda stub=stubs[name], most=most: stub.peak >= most
    run = empty.run("--resources", *(f"{name}={number}" for name, number in given.items()))
    assert run.code == 0, run.output
    peaks = {name: stub.peak for name, stub in stubs.items()}
    assert {name: peaks[name] for name in given} == given
    assert all(peak <= given.get(name, cap) for name, peak in peaks.items())


@pytest.mark.parametrize(
    ("given", "most", "shared"), [(3, 3, False), (3, 3, True), (1, 1, False), (6, 6, False)]
)
def test_resources_change_the_sum_of_several_servers(
    tmp_path: Path, given: int, most: int, shared: bool
) -> None:
    with OllamaStub(latency_s=0.2) as one, OllamaStub(latency_s=0.2) as two:
        one.ready = two.ready = lambda: len(one.asked() + two.asked()) >= most
        of = project(tmp_path, [one.url, two.url], topics=12, cap=2)
        of.config["shared_caps"] = str(tmp_path / "turns") if shared else ""
        complete(of.run("--resources", f"llm={given}", "--", "scripts"), of, 12)
        assert most_at_once(one, two) == most
        assert one.peak <= max(2, most // 2) and two.peak <= max(2, most // 2)
