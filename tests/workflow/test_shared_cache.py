"""Two runs that share one answer cache, and are killed again and again: nothing is lost, and little is paid twice."""

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from collections import Counter

import psutil
import pytest
from audio_pipeline.core import cached_files
from audio_pipeline.core.answer_cache import AnswerCache
from stub_sentences import Sentences
from waiting import LONGEST_S

KILLS = int(os.environ.get("KILLS", "6"))


@pytest.fixture
def two(tmp_path):
    """Return two projects with the same topics, services and answer cache."""
    with contextlib.ExitStack() as stack:
        first, second = (Sentences(tmp_path / name) for name in ("one", "two"))
        for each in (first, second):
            stack.callback(each.close)
        for stage in ("script", "audio", "image"):
            second.config[stage]["url"] = first.config[stage]["url"]
        for each in (first, second):
            each.config["cache"] = {"folder": str(tmp_path / "cache")}
            each.config["audio"]["split"] = "sentence"
            each.config["caps"] = {"llm": 2, "tts": 2, "sd": 2}
        yield first, second


def requests(studio: Sentences) -> Counter[str]:
    """Return how often each answer was requested."""
    return Counter(
        [str(request.body["messages"]) for request in studio.llm.asked()]
        + [request.body["text"] for request in studio.tts.asked()]
        + [request.body["prompt"] for request in studio.sd.asked()]
    )


def test_two_runs_at_once_request_each_answer_once(two):
    first, second = two
    for stub in (first.llm, first.tts, first.sd):
        stub.latency_s = 0.3
    running = [each.start() for each in two]
    for process in running:
        output, _ = process.communicate(timeout=LONGEST_S)
        assert process.returncode == 0, output

    assert set(requests(first).values()) == {1}
    assert len(first.files()) == len(second.files()) == 9


def kill(process: subprocess.Popen[str]) -> None:
    """Kill a run with all of its processes, as the loss of power does."""
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
    process.communicate()


@pytest.mark.timeout(1800)
def test_killed_runs_lose_no_answer(two, tmp_path):
    first, second = two
    chance = random.Random(KILLS)
    for stub in (first.llm, first.tts, first.sd):
        stub.latency_s = 0.2
    for number in range(KILLS):
        running = [each.start() for each in two]
        time.sleep(chance.uniform(0.5, 4.0))
        kill(running[number % 2])
        if number % 3:
            kill(running[1 - number % 2])
        else:
            running[1 - number % 2].send_signal(signal.SIGINT)
            running[1 - number % 2].communicate(timeout=LONGEST_S)
        if number % 4 == 3:  # what is asked for changes meanwhile
            for each in two:
                each.config["audio"]["voice"] = f"en_US-{('anna', 'bert')[number % 8 > 4]}"

    for each in two:
        each.succeed()
    assert first.files().keys() == second.files().keys() and len(first.files()) == 9
    # A request that is under way when its job is killed may be made again: at most one for each slot.
    again = sum(times - 1 for times in _by_voice(first).values())
    assert again <= 8 * KILLS
    cache = AnswerCache(tmp_path / "cache")
    entries = [entry for entry in cached_files.entries(tmp_path / "cache") if entry.key]
    assert len(entries) >= 3 + 8 + 3
    for entry in entries:
        if len(entry.paths) == 2:
            request = _request(entry.paths)
            assert cache.get(entry.kind, request), entry
    for stub in (first.llm, first.tts, first.sd):
        stub.requests.clear()
    for each in two:
        assert each.run().nothing_to_do
    assert not requests(first)


def _request(paths) -> dict:
    (about,) = (path for path in paths if path.suffix == ".json")
    return json.loads(about.read_bytes())["request"]


def _by_voice(studio: Sentences) -> Counter[str]:
    spoken = [f"{request.body['voice']} {request.body['text']}" for request in studio.tts.asked()]
    return Counter(spoken) + Counter(
        str(request.body["messages"]) for request in studio.llm.asked()
    )
