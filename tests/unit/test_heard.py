"""The check `heard`: what a recogniser hears of each sentence, and which of its sounds is used."""

import itertools
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import sample_media
from audio_pipeline.core.attempts import Attempt
from audio_pipeline.core.production import Artifact
from audio_pipeline.core.record import Record
from audio_pipeline.core.stage import Job
from audio_pipeline.errors import BadAnswer, EngineError
from audio_pipeline.makers import speaking
from audio_pipeline.makers.spoken_pieces import SpokenPieces
from audio_pipeline.sound import recogniser
from direct import HTTP, TOPIC, build, configuration, settings
from service_stubs import PiperStub

RIVER = "The Danube flows through Vienna and Budapest."
TEA = "Tea is hot and good."
SCRIPT = f"{RIVER} {TEA}"
BAD, WORSE = "The Daniel flows through the end of the best.", "No one is there at all, my friend."
DOUBT = (
    "the sound of 'The Danube flows through Vienna and Buda…' was heard as "
    f"{BAD!r} (word error rate 0.86; audio.checks.heard)"
)


class Killed(BaseException):
    """Stands for the end of a process."""


class World:
    """A Piper whose sounds are heard as the tests say. says: sentence → what is heard of its 1st, 2nd, … sound."""

    def __init__(self, folder: Path, stub: PiperStub, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.stub = folder, stub
        self.says: dict[str, list[str]] = {}
        self.heard_as: dict[bytes, str] = {}
        self.events: list[str] = []
        self._times: Counter[str] = Counter()
        self._outputs = itertools.count()
        stub.sound = self._sound
        monkeypatch.setattr(recogniser, "load", lambda model: self._hear)

    def _sound(self, text: str) -> bytes:
        number = self._times[text]
        self._times[text] += 1
        says = self.says.get(text, [])
        made = sample_media.tone(f"{text} {number}", seconds=0.3 * max(len(text.split()), 2))
        self.heard_as[made] = says[number] if number < len(says) else text
        self.events.append(f"requested {text.split()[0]} {text.split()[1]}")
        return made

    def _hear(self, file: bytes, language: str) -> str:
        self.events.append("heard")
        return self.heard_as[file]

    def asked(self) -> int:
        """Return the number of requests since the last call."""
        count = len(self.stub.asked())
        self.stub.requests.clear()
        return count

    def make(
        self, level: str = "warn", script: str = SCRIPT, before: Artifact | None = None, cache="cache", **changes
    ) -> Artifact:  # fmt: skip
        """Return a recording. before: the one in the record."""
        values = settings("audio", "piper", self.stub.url, **{"split": "sentence", **changes})
        values = replace(values, checks={**values.checks, "heard": level})
        config = configuration(cache={"folder": cache and str(self.folder / cache)})
        output = self.folder / f"{next(self._outputs)}.wav"
        job = Job(TOPIC, values, replace(config, http=HTTP), {}, output, output)
        request = build("audio", TOPIC, values, script)
        record = before and Record(
            request, "", "", "piper", "", None, 0, 1, 0.0, [], "", answers=before.answers
        )
        return speaking.maker(job)(request, Attempt(None, 0, record))

    def cached(self, kind: str) -> list[dict]:
        """Return the requests of the cache's entries."""
        found = sorted((self.folder / "cache" / kind).rglob("*.json"))
        return [json.loads(path.read_text())["request"] for path in found]


@pytest.fixture
def world(tmp_path, monkeypatch):
    with PiperStub() as stub:
        yield World(tmp_path, stub, monkeypatch)


def take_of(made: Artifact, world: World) -> list[int]:
    """Return the numbers of the attempts that a recording is made of."""
    folder = world.folder / "cache/speech"
    keys = [answer.key for answer in made.answers]
    about = [json.loads((folder / key[:2] / f"{key}.json").read_text()) for key in keys]
    return [each["request"]["take"] for each in about]


def test_nothing_is_heard_unless_the_check_is_on(world):
    world.says[RIVER] = [BAD]

    made = world.make("off")

    assert "heard" not in world.events and "heard" not in made.checks and not world.cached("heard")


def test_what_is_heard_as_written_passes_and_is_kept_in_the_cache(world, monkeypatch):
    made = world.make()
    assert made.checks[-1] == "heard" and "warnings" not in made.service
    assert world.asked() == 2 and world.events.count("heard") == 2
    assert {request["language"] for request in world.cached("heard")} == {"en"}

    monkeypatch.setattr(recogniser, "load", None)  # it is not loaded again
    again = world.make(before=made)

    assert world.asked() == 0 and again.answers == made.answers


def test_a_sentence_that_is_heard_as_another_is_requested_again_alone(world, capsys):
    world.says[RIVER] = [BAD]

    made = world.make()

    assert world.events == [
        "requested The Danube", "requested Tea is", "heard", "heard", "requested The Danube", "heard",
    ]  # fmt: skip
    assert take_of(made, world) == [1000, 0] and made.requested == 3
    assert made.checks[-1] == "heard" and "warnings" not in made.service
    assert DOUBT in capsys.readouterr().out


@pytest.mark.parametrize("with_record", [True, False])
@pytest.mark.parametrize(
    ("says", "chosen"), [([BAD, RIVER], 1000), ([WORSE, BAD], 1000), ([BAD, WORSE], 0), ([BAD, BAD], 0)]
)  # fmt: skip
def test_the_next_recording_keeps_the_sound_and_requests_nothing(world, says, chosen, with_record):
    world.says[RIVER] = says
    made = world.make()
    assert take_of(made, world)[0] == chosen and world.asked() == 3

    again = world.make(before=made if with_record else None, sentence_pause_s=1)

    assert world.asked() == 0
    assert again.answers == made.answers
    assert again.service.get("warnings") == made.service.get("warnings")
    assert world.make("off", before=made).answers == made.answers


def test_the_best_is_kept_with_a_warning_that_says_what_was_heard(world, capsys):
    world.says[RIVER] = [WORSE, BAD]

    made = world.make()

    assert made.service["warnings"] == [DOUBT] and "heard" not in made.checks
    assert f"warning: {DOUBT}" in capsys.readouterr().out


def test_each_doubtful_sentence_is_named(world):
    world.says = {RIVER: [BAD, BAD], TEA: [WORSE, WORSE]}

    assert len(world.make(script=f"{SCRIPT} {TEA}").service["warnings"]) == 2


def test_at_level_error_nothing_is_assembled_and_nothing_is_paid_for_twice(world):
    world.says[RIVER] = [WORSE, BAD]
    message = r"\(word error rate 0.86; audio.checks.heard\), the best of 2 attempts; raise audio.attempts"

    for requests in (3, 0):
        with pytest.raises(BadAnswer, match=message):
            world.make("error")
        assert world.asked() == requests and not list(world.folder.glob("*.wav"))

    best = world.make("warn")
    assert world.asked() == 0 and best.service["warnings"] == [DOUBT]
    good = world.make("error", attempts=3)
    assert world.asked() == 1 and take_of(good, world)[0] == 2000


@pytest.mark.parametrize("level", ["warn", "error"])
@pytest.mark.parametrize("killed_at", ["load", "the second request"])
def test_a_killed_job_goes_on_where_it_was(world, level, killed_at, monkeypatch):
    world.says[RIVER] = [BAD]

    def killed(*_):
        raise Killed

    passes = iter([SpokenPieces.spoken, killed])
    with monkeypatch.context() as patch, pytest.raises(Killed):
        if killed_at == "load":
            patch.setattr(recogniser, "load", killed)
        else:
            patch.setattr(SpokenPieces, "spoken", lambda *given: next(passes)(*given))
        world.make(level)
    assert world.asked() == 2 and len(world.cached("heard")) == (0 if killed_at == "load" else 2)

    made = world.make(level)

    assert world.asked() == 1 and take_of(made, world) == [1000, 0]


def test_sentences_that_the_user_has_are_reported_but_not_replaced(world):
    world.says[RIVER] = [BAD]
    before = world.make("off")
    world.asked()

    made = world.make("warn", f"{RIVER} Tea is cold.", before)

    assert world.asked() == 1 and made.answers[0] == before.answers[0]
    assert made.service["warnings"] == [DOUBT]
    assert take_of(world.make("error", before=before), world) == [1000, 0]


def test_an_answer_that_fails_another_check_leaves_the_best(world):
    world.says[RIVER] = [BAD]
    made = iter([world._sound(RIVER), sample_media.tone("", seconds=0)])
    world.stub.sound = lambda text: next(made) if text == RIVER else world._sound(text)

    assert world.make().service["warnings"] == [DOUBT]


def test_without_a_cache_the_best_is_kept_too(world):
    world.says[RIVER] = [BAD, WORSE]

    made = world.make(cache="")

    assert world.asked() == 3 and made.service["warnings"] == [DOUBT]


@pytest.mark.parametrize(
    ("script", "heard"),
    [
        ("In 1969, it flew 3.5 km.", "in nineteen sixty nine it flew 3.5 kilometers"),
        ("Tea.", "King."),
        ("Why not?", "Why knot?"),
        ("It works well.", "It works."),
        ("Nguyen spoke to Nguyen about Xqzt.", "Win spoke to win about Mary"),
        ("Nguyen spoke to Nguyen about Xqzt.", "Nguyen spoke to Nguyen about Xqzt"),
        ("Say [pause 2s] it.", "Say. It."),
    ],
)
def test_what_sounds_right_is_no_error(world, script, heard):
    world.stub.sound = lambda text: (
        world.heard_as.setdefault(made := sample_media.speech(text), heard) and made
    )
    terms = {"Nguyen": "win", "Xqzt": "[[mˈɛɹi]]"}

    made = world.make(script=script, lexicon={"en": terms})

    assert "warnings" not in made.service


def test_a_short_sentence_that_is_heard_as_another_is_doubtful(world):
    world.says["It works."] = ["Thank you.", "So long."]

    (warning,) = world.make(script="It works.").service["warnings"]

    assert "'It works.' was heard as 'Thank you.' (word error rate 1.00;" in warning


def test_the_rate_can_be_set(world):
    world.says[RIVER] = [BAD]

    assert "warnings" not in world.make(heard_word_error_rate=0.86).service
    assert world.asked() == 2


def test_the_parts_of_a_long_sentence_are_compared_one_by_one(world):
    long = "Since the light of the sun is scattered by the air, the sky above us is as blue as the sea."

    made = world.make(script=long, max_characters=60)

    assert world.asked() == 2 and made.checks[-1] == "heard"


def test_a_language_that_the_recogniser_does_not_know_is_not_heard(world, capsys):
    made = world.make(language="eo")

    assert "heard" not in world.events and "heard" not in made.checks
    assert "warning: the recogniser does not know 'eo'" in capsys.readouterr().out


# The recogniser


def test_a_missing_library_is_an_error_only_if_something_must_be_heard(world, monkeypatch):
    made = world.make()

    def load(model):
        raise EngineError("faster-whisper is not installed: run 'make verify'")

    monkeypatch.setattr(recogniser, "load", load)
    world.make(before=made)
    with pytest.raises(EngineError, match="not installed"):
        world.make(script="Coffee is hot and good.")
    world.make("off", script="Coffee is hot and good.")


@pytest.mark.parametrize(
    ("model", "language", "known"),
    [
        ("", "pt-BR", True),
        ("", "nb", True),
        ("", "eo", False),
        ("small.en", "en-GB", True),
        ("small.en", "de", False),
        ("small", "de", True),
    ],
)
def test_languages_that_a_model_knows(model, language, known):
    assert recogniser.knows(model, language) is known


def test_a_folder_without_a_model_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(recogniser.importlib.util, "find_spec", lambda name: True)

    with pytest.raises(EngineError, match=r"is not a folder with model\.bin"):
        recogniser.check_installed(str(tmp_path))


def test_another_model_in_the_same_folder_hears_again(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"12")
    before = recogniser.identity(str(tmp_path))
    (tmp_path / "model.bin").write_bytes(b"123")

    assert recogniser.identity(str(tmp_path)) != before
    assert recogniser.identity("small") == "small" and recogniser.identity("")
