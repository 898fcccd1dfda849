"""Costs of a plan: the estimate of the time, and the lines that show it."""

import dataclasses
import os
from pathlib import Path

import finished_project
import pytest
from audio_pipeline import project as projects
from audio_pipeline.core import record
from audio_pipeline.core.answer_cache import Answer, AnswerCache
from audio_pipeline.core.record import UsedAnswer, unit_of
from audio_pipeline.core.request import digest
from audio_pipeline.planning.costs import Costs

TOPICS = "Tea\nMilk\nBread\nSalt\n"
SLUGS = ("tea", "milk", "bread", "salt")


@pytest.fixture
def made(tmp_path):
    """Four topics, all made, each file in 2.5 s."""
    before = os.getcwd()
    project = finished_project.load(tmp_path, TOPICS)
    for slug in SLUGS:
        finished_project.make(project, slug)
    yield project
    os.chdir(before)


def with_settings(**values):
    return Costs(projects.load([("--config", values)]))


def change_records(project, stage, **values):
    for slug in SLUGS:
        path = Path(project.record(stage, slug))
        loaded = record.load(path)
        assert loaded
        record.store(path, dataclasses.replace(loaded, **values))


def test_nothing_due_costs_nothing(made, monkeypatch):
    for name in ("keys", "has", "has_key", "get", "seconds"):  # nothing is looked up
        monkeypatch.delattr(AnswerCache, name)
    costs = with_settings()
    assert list(costs.lines("audio")) == ["0 to make"]
    assert costs.by_stage == {"script": {}, "audio": {}, "image": {}}


def test_the_time_is_that_of_the_missing_answers_divided_by_the_cap(made):
    voice = {"audio": {"voice": "en_US-bert"}}
    costs = with_settings(**voice)
    # Records of earlier versions do not say how many sentences were requested: 2.5 s for each of two.
    assert costs.of("audio").missing == 5  # one is in all texts
    change_records(made, "audio", service={"passages": 2})
    assert with_settings(**voice).seconds("audio") == pytest.approx(5 * 1.25)
    assert with_settings(**voice, caps={"tts": 2}).seconds("audio") == pytest.approx(5 * 1.25 / 2)
    assert with_settings(**voice, caps={"tts": 9}).seconds("audio") == pytest.approx(5 * 1.25 / 4)
    assert costs.seconds_in_all() == costs.seconds("audio")


def test_files_that_came_from_the_cache_tell_the_time_by_their_answers(made):
    request = {"text": "Tea."}
    AnswerCache(Path("data/cache")).put("speech", request, Answer(b"x", seconds=4.0))
    used = [UsedAnswer(digest(request), unit_of(request), 0)] * 2
    change_records(made, "audio", attempts=0, answers=used, seconds=0.1)
    costs = with_settings(audio={"voice": "en_US-bert"})
    assert costs.seconds("audio") == pytest.approx(5 * 4.0)
    assert list(costs.lines("audio")) == [
        "4 to make (4 voice changed): 5 sentences to request, about 20 s"
    ]


def test_what_follows_its_sources_counts_as_much_as_other_files(made):
    Path("data/input/topics.txt").write_text(TOPICS + "Wine\n")
    change_records(made, "audio", service={"passages": 2})
    costs = with_settings()
    assert costs.of("audio").unknown == 1
    assert costs.seconds("audio") == pytest.approx(2.5)
    assert list(costs.lines("audio")) == [
        "1 to make (1 new): about 2 sentences when their sources are made, about 2 s"
    ]
    assert list(costs.lines("script")) == ["1 to make (1 new): 1 text to request, about 2 s"]


def test_cards_need_no_answers(made):
    costs = with_settings(image={"style": "silk"})
    assert list(costs.lines("image")) == ["4 to make (4 style changed), about 10 s"]


def test_nothing_is_estimated_from_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    finished_project.load(tmp_path, TOPICS)
    costs = with_settings()
    assert costs.seconds("script") is None and costs.seconds_in_all() is None
    assert list(costs.lines("script")) == ["4 to make (4 new): 4 texts to request"]
