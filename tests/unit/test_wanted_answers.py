"""Answers that the plan looks up: digests of all attempts, an index of the cache, several processes."""

import dataclasses

import pytest
from audio_pipeline.core.answer_cache import Answer, AnswerCache
from audio_pipeline.core.attempts import Attempt, WantedAnswer, numbered
from audio_pipeline.core.cache_index import CacheIndex
from audio_pipeline.core.record import Record
from audio_pipeline.core.request import digest, digests
from audio_pipeline.core.topics import Topic
from audio_pipeline.planning import wanted_answers
from audio_pipeline.planning.wanted_answers import DueFile
from audio_pipeline.project import Project
from direct import configuration

SPEECH = {"engine": "piper", "voice": "joe", "text": 'Tea "is" hot, é.'}
PICTURE = {"engine": "stable-diffusion", "prompt": "tea", "seed": 42, "width": 256}


@pytest.mark.parametrize("request_", [SPEECH, PICTURE, {}, {"a": {"seed": 1}}, {"z": None}])
@pytest.mark.parametrize("key", ["seed", "take", "a", "zz"])
def test_digests_of_many_numbers_are_those_of_each(request_, key):
    numbers = [0, 1, 1000, 2_000_000_000]

    assert list(digests(request_, key, numbers)) == [
        digest({**request_, key: number}) for number in numbers
    ]


@pytest.mark.parametrize("unit", [SPEECH, PICTURE])
@pytest.mark.parametrize(("take", "number"), [(0, 0), (0, 9000), (3, 2003)])
def test_any_attempt_at_a_take_counts_as_cached(tmp_path, unit, take, number):
    cache = AnswerCache(tmp_path)
    cache.put("speech", numbered(unit, number), Answer(b"x"))

    index = CacheIndex(cache)

    assert index.has(WantedAnswer("speech", unit, take))
    assert not index.has(WantedAnswer("speech", unit, take + 1))
    assert not index.has(WantedAnswer("picture", unit, take))
    assert index.refusal(WantedAnswer("speech", unit, take)) is None


def test_answers_in_a_folder_of_others_count_too(tmp_path):
    AnswerCache(tmp_path / "others").put("speech", numbered(SPEECH, 0), Answer(b"x"))

    assert CacheIndex(AnswerCache(None, [tmp_path / "others"])).has(
        WantedAnswer("speech", SPEECH, 0)
    )
    assert not CacheIndex(AnswerCache(None)).has(WantedAnswer("speech", SPEECH, 0))


def test_a_refusal_is_an_answer_without_data(tmp_path):
    cache = AnswerCache(tmp_path)
    cache.put("speech", numbered(SPEECH, 1000), Answer(b"", details={"most_characters": 80}))

    found = CacheIndex(cache).refusal(WantedAnswer("speech", SPEECH, 0))

    assert found and found.details == {"most_characters": 80}


def test_the_seconds_of_an_answer_are_those_in_its_description(tmp_path):
    cache = AnswerCache(tmp_path)
    request = numbered(SPEECH, 0)
    cache.put("speech", request, Answer(b"x", seconds=1.5))

    assert cache.seconds("speech", digest(request)) == 1.5
    assert cache.seconds("picture", digest(request)) is None


def record(**values) -> Record:
    plain = Record({"text": "Tea."}, "", "", "piper", "joe", None, 0, 1, 1.0, [], "")
    return dataclasses.replace(plain, **values)


def test_a_slim_attempt_keeps_what_another_take_needs():
    used = [("0" * 64, "unit", 0)]
    before = record(answers=used, takes={"unit": [1, 1]}, again=["other"], previous=record())

    kept = wanted_answers.slim(Attempt(None, 1, before)).before
    assert kept and (kept.takes, kept.again, kept.answers) == ({"unit": [1, 1]}, ["other"], [])
    assert kept.request == {} and kept.previous is None
    kept = wanted_answers.slim(Attempt(None, 1, before, is_new_take=True)).before
    assert kept and kept.answers == used
    assert wanted_answers.slim(Attempt(None)) == Attempt(None)


@pytest.fixture
def due(tmp_path, monkeypatch):
    """Return a project with recordings of 30 topics to make, one without a script, one without words."""
    monkeypatch.chdir(tmp_path)
    topics = {f"t{number}": Topic(f"T{number}", f"t{number}") for number in range(30)}
    (tmp_path / "scripts").mkdir()
    for slug in list(topics)[:-1]:
        (tmp_path / f"scripts/{slug}.txt").write_text(f"Welcome. This is {slug}.")
    (tmp_path / "scripts/t7.txt").write_text("???")
    config = configuration(output=str(tmp_path), cache={"folder": str(tmp_path / "cache")})
    return Project(config, topics), [DueFile("audio", slug, Attempt(None)) for slug in topics]


def test_several_processes_find_the_same_as_one(due, monkeypatch):
    project, files = due
    alone = list(wanted_answers.of_files(project, files))
    monkeypatch.setattr(wanted_answers, "_FEW", 1)
    monkeypatch.setattr(wanted_answers.os, "cpu_count", lambda: 3)

    assert list(wanted_answers.of_files(project, files)) == alone
    assert alone[-1] is None and alone[7] == []
    assert all(answers and len(answers) == 2 for answers in alone[:7])
    assert alone[0][0].name == alone[1][0].name and alone[0][1].name != alone[1][1].name
