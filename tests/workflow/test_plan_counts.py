"""The plan counts the answers that the services are then asked for, no more and no less."""

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterator

import pytest
import sample_media
from audio_pipeline import project
from audio_pipeline.core.answer_cache import Answer, AnswerCache
from audio_pipeline.core.attempts import numbered
from audio_pipeline.makers.speaking import pieces
from audio_pipeline.makers.spoken_pieces import KIND, unit
from audio_pipeline.planning.costs import Cost, Costs
from stub_sentences import INTRO, TAIL, Sentences

pytestmark = pytest.mark.xdist_group("plan_counts")  # one project, changed step by step


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    studio = Sentences(tmp_path_factory.mktemp("counted") / "work")
    studio.succeed()
    studio.requests()
    yield studio
    studio.close()


@contextlib.contextmanager
def within(studio: Sentences) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(studio.folder)
    try:
        yield
    finally:
        os.chdir(before)


def costs(studio: Sentences) -> Costs:
    studio.write_config()
    with within(studio):
        loaded = project.load([])
        return Costs(loaded)


def setting(stage: str, **values) -> Callable[[Sentences], None]:
    return lambda studio: studio.config[stage].update(values)


def delete(stage: str) -> Callable[[Sentences], None]:
    return lambda studio: studio.file(stage, "beta").unlink()


def forget_records(studio: Sentences) -> None:
    """Delete a recording and its record: it counts as new, and its answers are in the cache."""
    (studio.folder / "data/output/records/audio/beta-decay.json").unlink()
    studio.file("audio", "beta").unlink()


def forget_answers(studio: Sentences) -> None:
    shutil.rmtree(studio.folder / "data/cache/speech")
    forget_records(studio)


# In this order, on one project: each is counted, then made. Texts, sentences and pictures that are missing.
CHANGES: dict[str, tuple[Callable[[Sentences], None], tuple[int, int, int]]] = {
    "nothing": (lambda studio: None, (0, 0, 0)),
    "loudness": (setting("audio", loudness_lufs=-20), (0, 0, 0)),
    "voice": (setting("audio", voice="en_US-bert"), (0, 8, 0)),
    "voice back": (setting("audio", voice="en_US-anna"), (0, 0, 0)),
    "a word": (lambda studio: studio.edit("more to say", "less to say"), (0, 1, 0)),
    "a sentence twice": (lambda studio: studio.edit(TAIL, f"{TAIL} New. New."), (0, 1, 0)),
    "another take of a recording": (delete("audio"), (0, 4, 0)),
    "passages": (setting("audio", split="paragraph"), (0, 3, 0)),
    "short passages": (setting("audio", max_characters=60), (0, 5, 0)),
    "sentences": (setting("audio", split="sentence", max_characters=None), (0, 0, 0)),
    "another take of a picture": (delete("image"), (0, 0, 1)),
    "steps": (setting("image", steps=6), (0, 0, 3)),
    "steps back": (setting("image", steps=5), (0, 0, 0)),
    "no record": (forget_records, (0, 4, 0)),
    "no answers": (forget_answers, (0, 4, 0)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_counted_is_then_asked_for(studio: Sentences, change: str) -> None:
    apply, expected = CHANGES[change]
    apply(studio)
    planned = costs(studio)
    missing = tuple(planned.of(stage).missing for stage in ("script", "audio", "image"))
    assert not any(planned.of(stage).unknown for stage in planned.by_stage)

    studio.succeed()

    texts, sentences, pictures = studio.requests()
    assert missing == (texts, len(sentences), pictures)
    assert change in ("short passages", "no record") or missing == expected


def test_a_service_that_refuses_long_texts_is_counted_by_parts(studio: Sentences) -> None:
    """Answers in the cache say so: what is asked for then are the parts."""
    studio.config["audio"]["split"] = "none"
    studio.tts.sound = sample_media.speech
    with within(studio):
        loaded = project.load([])
        request = loaded.request("audio", "gamma-rays")
    assert request
    cache = AnswerCache(studio.folder / "data/cache")
    (piece,) = pieces({**request, "split": "none"})
    refusal = Answer(b"", details={"most_characters": 80})
    cache.put(KIND, numbered(unit(request, piece.spoken), 0), refusal)
    planned = costs(studio).of("audio")

    studio.succeed("audio")

    spoken = studio.requests()[1]
    assert planned.missing == len(spoken) == 2 + 2
    assert "Gamma are a topic of their own." in spoken
    studio.config["audio"]["split"] = "sentence"
    studio.succeed("audio")


def test_the_plan_shows_answers_and_time_for_each_reason(studio: Sentences) -> None:
    studio.config["audio"]["voice"] = "en_US-carl"
    studio.topics("Alpha waves\nBeta decay\nGamma rays\nDelta wings\n")
    studio.file("image", "alpha").unlink()
    studio.write_config()

    lines = studio.program("plan.py").stdout.splitlines()

    counted = {line.split()[0]: line for line in lines[1:]}
    assert counted["script"].startswith("script  1 to make (1 new): 1 text to request, about ")
    assert counted["audio"].startswith("audio   4 to make (3 voice changed, 1 new): ")
    assert " when their sources are made, about " in counted["audio"]
    assert any(line.strip().startswith("voice changed: ") for line in lines)
    assert any(
        re.fullmatch(r" +new: about \d+ sentences when their sources are made", line)
        for line in lines
    )
    assert counted["image"].startswith("image   2 to make (")
    assert "1 picture to request, and about 1 picture when their sources" in counted["image"]
    assert lines[-1].startswith("in all  about ")
    studio.config["audio"]["voice"] = "en_US-anna"
    studio.topics("Alpha waves\nBeta decay\nGamma rays\n")


def test_costs_of_shared_answers_count_once(studio: Sentences) -> None:
    studio.config["audio"]["voice"] = "en_US-dora"
    cost = costs(studio).by_stage["audio"]["voice changed"]
    assert (cost.files, cost.unknown) == (3, 0)
    assert cost.missing == cost.answers
    written = [studio.file("script", name).read_text() for name in ("alpha", "beta", "gamma")]
    assert all(INTRO in text for text in written) and cost.answers < 3 * 4
    studio.config["audio"]["voice"] = "en_US-anna"


def test_costs_add_up() -> None:
    assert Cost(1, 1, 3, 2, 0) + Cost(2, 0, 4, 0, 2) == Cost(3, 1, 7, 2, 2)
