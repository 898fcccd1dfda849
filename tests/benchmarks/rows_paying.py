"""Rows about what a change costs once its answers are in the cache."""

import concurrent.futures
import functools
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from benchmark import Benchmark
from contestants import AudioPipeline, slug, topic
from measurement import CommandFailed, Cost
from report import Row, tell
from stub_services import sentence

CAPS = {"llm": 1, "tts": 1, "sd": 1}
_TTS_S = 0.3
_HOUR_S, _SOUND_S = 3600, 6  # length of a stub's sound


def pay(bout: Benchmark) -> Iterator[Row]:
    yield _hit(bout)
    yield _one_word(bout, *(bout.sizes or [300])[:1])
    yield _voice_and_back(bout, *(bout.sizes or [300])[:1])
    yield _hour(bout)


class _Speaking(AudioPipeline):
    """This project with scripts of its own, which are spoken sentence by sentence, and without pictures."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.config["audio"]["split"] = "sentence"
        self.config["image"]["engine"] = "none"
        self.voice("en_US-anna")

    def voice(self, name: str) -> None:
        self.config["audio"]["voice"] = name
        self.write("bench.yaml", yaml.safe_dump(self.config))

    def scripts(self, count: int, sentences: int) -> None:
        self.topics(count)
        for number in range(count):
            self.write(self.script(number), text(number, sentences) + "\n")

    def script(self, number: int) -> str:
        return f"{self.output}/scripts/{slug(number)}.txt"


def text(number: int, sentences: int) -> str:
    return " ".join(sentence(f"{number} {each}", number, each) for each in range(sentences))


def _speaking(bout: Benchmark) -> _Speaking:
    made = bout.contestant(_Speaking, CAPS)
    assert isinstance(made, _Speaking)
    return made


def _run(bout: Benchmark, ours: _Speaking, requests: int, latency_s: float = 0.0) -> Cost:
    """Run, and check the number of requests."""
    bout.services.begin({"tts": latency_s} if latency_s else None)
    cost = ours.run()
    asked = len(bout.services.log())
    if asked != requests:
        raise CommandFailed(f"{asked} requests; expected {requests}")
    return cost


def _one_word(bout: Benchmark, topics: int) -> Row:
    tell(f"one word in one of {topics} scripts of 40 sentences")
    ours = _speaking(bout)
    ours.pretend_finished(topics)
    ours.scripts(topics, 40)
    _describe(ours)
    _run(bout, ours, 40)
    path = ours.folder / ours.script(0)
    path.write_text(path.read_text().replace("near the", "close to the", 1))
    cost = _run(bout, ours, 1, _TTS_S)
    return Row(
        f"one word changed in one of {topics} scripts of 40 sentences, {_TTS_S} s a sentence",
        f"{cost.wall_s:.2f} s, 1 request",
        f"{cost.wall_s / (40 * _TTS_S):.2f} of all sentences spoken again",
        "≤ 2.5 s",
        cost.wall_s <= 2.5,
    )


def _describe(ours: _Speaking) -> None:
    """Let the recordings of all topics but the first count as made from the present scripts."""
    from audio_pipeline import project
    from audio_pipeline.core.request import digest

    here = os.getcwd()
    os.chdir(ours.folder)
    try:
        loaded = project.load([("bench.yaml", ours.config)], {})
        for number, name in enumerate(loaded.topics):
            Path(loaded.record("script", name)).unlink()  # placed by hand
            record = Path(loaded.record("audio", name))
            if not number:
                record.unlink()
                Path(loaded.file("audio", name)).unlink()
                continue
            values = json.loads(record.read_text())
            values["request"] = loaded.request("audio", name)
            values["request_sha256"] = digest(values["request"])
            record.write_text(json.dumps(values))
    finally:
        os.chdir(here)


def _voice_and_back(bout: Benchmark, topics: int) -> Row:
    tell(f"another voice and back, {topics} topics of 5 sentences")
    ours = _speaking(bout)
    ours.scripts(topics, 5)
    _run(bout, ours, 5 * topics)
    ours.voice("en_US-bert")
    _run(bout, ours, 5 * topics)
    ours.voice("en_US-anna")
    cost = _run(bout, ours, 0)
    alone_s = _levelling_s(ours, topics)
    ratio = cost.wall_s / alone_s
    return Row(
        f"another voice and back, {topics} topics of 5 sentences, over levelling and writing alone ({alone_s:.1f} s)",
        f"{cost.wall_s:.1f} s, CPU {cost.cpu_s:.1f} s, 0 requests",
        f"{ratio:.2f}",
        "0 requests, ≤ 1.1",
        ratio <= 1.1,
    )


def _levelling_s(ours: _Speaking, topics: int) -> float:
    """Return the time in which two processes assemble the recordings from sounds in memory."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # of the processes, as in a run
    assemble = functools.partial(_assemble, ours.folder, ours.config["audio"])
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(assemble, range(topics, topics + 4)))  # the processes are warm
        begun = time.monotonic()
        list(pool.map(assemble, range(topics)))
        return time.monotonic() - begun


def _assemble(folder: Path, section: dict[str, Any], number: int) -> None:
    from audio_pipeline import files
    from audio_pipeline.settings import AudioSettings
    from audio_pipeline.sound import assembly

    request, settings, sound = _settings(AudioSettings)
    pieces = assembly.pieces(text(number, 5), "en", "sentence")
    path = folder / f"alone-{number}.wav"
    temporary = files.temporary_of(path)
    assembly.assembled(pieces, [lambda: sound] * len(pieces), request, settings, temporary)
    files.rename(temporary, path)


@functools.cache
def _settings(kind: type) -> tuple[dict[str, Any], Any, bytes]:
    from contestants import REPOSITORY
    from stub_services import _sound

    config = yaml.safe_load((REPOSITORY / "config/config.yaml").read_text(encoding="utf-8"))
    keys = ("sentence_pause_s", "paragraph_pause_s", "rate_hz", "loudness_lufs")
    request = {key: config["audio"][key] for key in keys} | {"language": "en"}
    return request, kind.of({**config, "lexicon": {}}, "audio"), _sound(200)


def _hour(bout: Benchmark) -> Row:
    tell("a recording of 60 minutes")
    ours = _speaking(bout)
    ours.scripts(1, _HOUR_S // _SOUND_S)
    bout.services.begin()
    program = [ours.python, str(Path(__file__).parents[2] / "scripts/synthesize_audio.py")]
    options = ["--configfile", "bench.yaml", "--topic", topic(0), "--script", ours.script(0)]
    from measurement import cost_of

    cost = cost_of([*program, *options, "--output", "hour.wav"], ours.folder)
    minutes = (ours.folder / "hour.wav").stat().st_size / 22050 / 2 / 60
    return Row(
        f"memory of a recording of {minutes:.0f} minutes",
        f"{cost.peak_mb:.0f} MB, {cost.wall_s:.0f} s",
        "",
        "≤ 600 MB",
        cost.peak_mb <= 600,
    )


def _hit(bout: Benchmark) -> Row:
    from audio_pipeline.core.answer_cache import Answer, AnswerCache
    from stub_services import _sound

    cache = AnswerCache(bout.folder / "hits")
    requests = [
        {"engine": "piper", "text": f"Sentence {number}", "take": 0} for number in range(500)
    ]
    sound = _sound(200)
    for request in requests:
        cache.put(
            "speech",
            request,
            Answer(sound, "anna", {"version": "1.8"}, 0.3, "2026-11-28T10:00:00Z"),
        )
    begun = time.monotonic()
    for request in requests:
        assert cache.get("speech", request)
    each_ms = (time.monotonic() - begun) / len(requests) * 1000
    return Row(
        f"a hit in the answer cache, {len(sound) // 1000} kB",
        f"{each_ms:.2f} ms",
        "",
        "≤ 2 ms",
        each_ms <= 2,
    )
